import { describe, expect, test } from 'bun:test'
import { toAlert } from '../../../src/reporting/alerts/values.ts'
import { answering, HeldChannel, makeAdmission, makeReceiver } from './fixture.ts'

const never = new AbortController().signal

/** An alert of a request with this uid. */
function alert(uid: string) {
  const made = toAlert(makeAdmission({}, { uid }), { cluster: 'c', pod: 'p', now: new Date(0) })
  if (made === undefined) throw new Error('no alert')
  return made
}

const uidsOf = (bodies: readonly string[]) => bodies.map((body) => JSON.parse(body)[0])

describe('alerts that nobody waits for', () => {
  test('are sent, a few at a time, in their order', async () => {
    const channel = new HeldChannel()
    const { receiver, outcomes } = makeReceiver(channel)
    for (const uid of 'abcdef') receiver.tell(alert(uid))
    expect(uidsOf(channel.bodies)).toEqual(['a', 'b', 'c', 'd'])
    channel.answer(200)
    await Bun.sleep(0)
    expect(uidsOf(channel.bodies)).toEqual(['a', 'b', 'c', 'd', 'e', 'f'])
    channel.answer(202)
    await receiver.close(1000)
    expect(outcomes).toEqual(Array(6).fill('admit-1-slack sent'))
  })

  test('give way to newer ones, the oldest first, and are counted', async () => {
    const channel = new HeldChannel()
    const { receiver, outcomes, reports, waiting } = makeReceiver(channel)
    for (let each = 0; each < 1010; each++) receiver.tell(alert(String(each)))
    expect(outcomes).toEqual(Array(6).fill('admit-1-slack dropped'))
    expect(waiting.count).toBe(1000)
    expect(reports).toEqual([
      {
        message: 'alerts could not be sent',
        receiver: 'admit-1-slack',
        reason: 'it is too slow, the oldest alert was dropped',
        alerts: 1,
      },
    ])
    channel.answer(200)
    await Bun.sleep(0)
    expect(uidsOf(channel.bodies)).toEqual(['0', '1', '2', '3', '10', '11', '12', '13'])
    await receiver.close(0)
    expect(waiting.count).toBe(0)
  })

  test('take no more room than a limit, though there are few', async () => {
    const { receiver, outcomes } = makeReceiver(new HeldChannel())
    const { values, category } = alert('a')
    const long = { category, values: { ...values, alert_message: 'x'.repeat(3_000_000) } }
    for (let each = 0; each < 7; each++) receiver.tell(long)
    expect(outcomes).toEqual(['admit-1-slack dropped'])
    await receiver.close(0)
  })

  test('are given up at the end, if they are not sent in time', async () => {
    const channel = new HeldChannel()
    const { receiver, outcomes } = makeReceiver(channel)
    for (const uid of 'abcde') receiver.tell(alert(uid))
    await receiver.close(1)
    expect(outcomes.toSorted()).toEqual([
      'admit-1-slack dropped',
      ...Array(4).fill('admit-1-slack failed'),
    ])
  })

  test('that fail are written of once in ten seconds, with how many they are', async () => {
    const { receiver, outcomes, reports, pass } = makeReceiver(answering(404, 'no_service\n'))
    for (const uid of 'abc') receiver.tell(alert(uid))
    await receiver.close(1000)
    pass(10_000)
    receiver.tell(alert('d'))
    await receiver.close(1000)
    const reason = 'it answers with HTTP 404: "no_service\\n"'
    const common = { message: 'alerts could not be sent', receiver: 'admit-1-slack', reason }
    expect(reports).toEqual([
      { ...common, alerts: 1 },
      { ...common, alerts: 3 },
    ])
    expect(outcomes).toEqual(Array(4).fill('admit-1-slack failed'))
  })
})

describe('an alert that is waited for', () => {
  test('is sent at once, whatever else waits', async () => {
    const channel = new HeldChannel()
    const { receiver } = makeReceiver(channel)
    for (const uid of 'abcdef') receiver.tell(alert(uid))
    const told = receiver.tellNow(alert('now'), never)
    expect(uidsOf(channel.bodies).at(-1)).toBe('now')
    channel.answer(200)
    expect(await told).toBeUndefined()
    await receiver.close(0)
  })

  test.each([
    [199, 'MISCONFIGURED_ALERT'],
    [302, 'MISCONFIGURED_ALERT'],
    [400, 'MISCONFIGURED_ALERT'],
  ] as const)('has failed at HTTP %d: the operator has to act', async (status, code) => {
    const { receiver } = makeReceiver(answering(status))
    expect(await receiver.tellNow(alert('a'), never)).toEqual({
      code,
      reason: `it answers with HTTP ${status}`,
    })
  })

  test('has failed when its time is over: the network has to act', async () => {
    const { receiver } = makeReceiver(new HeldChannel())
    const controller = new AbortController()
    const told = receiver.tellNow(alert('a'), controller.signal)
    controller.abort()
    expect(await told).toEqual({ code: 'UNAVAILABLE_ALERT', reason: 'it did not answer in time' })
  })
})
