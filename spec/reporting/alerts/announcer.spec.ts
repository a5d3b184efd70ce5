import { describe, expect, test } from 'bun:test'
import type { Admission } from '../../../src/admission/verdict.ts'
import { Announcer } from '../../../src/reporting/alerts/announcer.ts'
import type { Receiver } from '../../../src/reporting/alerts/receiver.ts'
import {
  answering,
  DENIED,
  HeldChannel,
  makeAdmission,
  makeReceiver,
  UNTRUSTED,
} from './fixture.ts'

const context = { signal: new AbortController().signal }

function announcerOf(...receivers: readonly { readonly receiver: Receiver }[]) {
  return new Announcer({
    receivers: receivers.map(({ receiver }) => receiver),
    source: { cluster: 'c', pod: 'p' },
    now: () => new Date(0),
  })
}

const REJECTED = makeAdmission({ verdicts: [UNTRUSTED], decision: DENIED })
const SOFTENED = makeAdmission({
  verdicts: [UNTRUSTED],
  decision: {
    admitted: true,
    patch: [],
    warnings: ['detection mode is on, admitted all the same'],
  },
})

test('receivers hear of what they are for', async () => {
  const [admit, reject] = [answering(200), answering(200)]
  const announcer = announcerOf(
    makeReceiver(admit, { category: 'admit' }),
    makeReceiver(reject, { category: 'reject' }),
  )
  const admitted = makeAdmission()
  expect(await announcer.announce(admitted, context)).toBe(admitted)
  expect(await announcer.announce(REJECTED, context)).toBe(REJECTED)
  await announcer.close()
  expect(admit.bodies).toEqual(['["the-uid","CONNAISSEUR admitted a request"]'])
  expect(reject.bodies).toEqual(['["the-uid","CONNAISSEUR rejected a request: untrusted images"]'])
})

test('a receiver that does not answer keeps no admission waiting that does not depend on it', async () => {
  const [dead, live] = [new HeldChannel(), answering(200)]
  const announcer = announcerOf(makeReceiver(dead), makeReceiver(live))
  const admission = makeAdmission()
  expect(await announcer.announce(admission, context)).toBe(admission)
  expect(dead.bodies).toHaveLength(1)
  expect(live.bodies).toHaveLength(1)
})

describe('failIfAlertSendingFails', () => {
  const must = { mustHear: true } as const

  test('denies an admission that could not be told, and says which receiver', async () => {
    const { receiver } = makeReceiver(answering(404), must)
    const { decision, refusal } = await announcerOf({ receiver }).announce(makeAdmission(), context)
    expect(refusal?.code).toBe('MISCONFIGURED_ALERT')
    expect(decision).toEqual({
      admitted: false,
      status: 500,
      message:
        'the alert receiver admit-1-slack has to hear of every such request and could not be told (failIfAlertSendingFails), the log of connaisseur says why [MISCONFIGURED_ALERT]',
    })
  })

  test('denies with 503 where the receiver could not be asked', async () => {
    const channel = { send: () => Promise.reject(new Error('it cannot be reached')) }
    const { receiver } = makeReceiver(channel, must)
    const { decision } = await announcerOf({ receiver }).announce(makeAdmission(), context)
    expect(decision).toMatchObject({ admitted: false, status: 503 })
  })

  test('denies what detection mode let through', async () => {
    const { receiver } = makeReceiver(answering(500), { ...must, category: 'reject' })
    const announced = await announcerOf({ receiver }).announce(SOFTENED, context)
    expect(announced.decision.admitted).toBe(false)
  })

  test('waits for the answer, of all that must hear at once', async () => {
    const [one, two] = [new HeldChannel(), new HeldChannel()]
    const announcer = announcerOf(makeReceiver(one, must), makeReceiver(two, must))
    let announced: Admission | undefined
    const admission = makeAdmission()
    const done = announcer.announce(admission, context).then((each) => {
      announced = each
    })
    expect([one.bodies.length, two.bodies.length]).toEqual([1, 1])
    one.answer(200)
    await Bun.sleep(1)
    expect(announced).toBeUndefined()
    two.answer(200)
    await done
    expect(announced).toBe(admission)
  })

  test('leaves a denial as it is', async () => {
    const { receiver } = makeReceiver(answering(404), { ...must, category: 'reject' })
    expect(await announcerOf({ receiver }).announce(REJECTED, context)).toBe(REJECTED)
  })

  test('keeps no denial waiting, and tells it though the time of the request is up', async () => {
    const held = new HeldChannel()
    const announcer = announcerOf(makeReceiver(held, { ...must, category: 'reject' }))
    expect(await announcer.announce(REJECTED, { signal: AbortSignal.abort() })).toBe(REJECTED)
    expect(held.bodies).toHaveLength(1)
    held.answer(200)
    await announcer.close()
  })

  test.each([
    ['admitted', makeAdmission()],
    ['let through by detection mode', SOFTENED],
  ])('tells of its own denial where some have heard that it was %s', async (_, admission) => {
    const reject = answering(200)
    const announcer = announcerOf(
      makeReceiver(answering(404), must),
      makeReceiver(answering(404), { ...must, category: 'reject' }),
      makeReceiver(reject, { category: 'reject' }),
    )
    await announcer.announce(admission, context)
    await announcer.close()
    expect(reject.bodies.at(-1)).toContain('CONNAISSEUR rejected a request: the alert receiver')
  })

  test('hole 13: a dry run is admitted without a word', async () => {
    const channel = answering(404)
    const admission = makeAdmission({}, { dryRun: true })
    const announcer = announcerOf(makeReceiver(channel, must))
    expect(await announcer.announce(admission, context)).toBe(admission)
    expect(channel.bodies).toEqual([])
  })
})
