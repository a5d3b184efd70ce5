import { afterEach, beforeEach, describe, expect, test } from 'bun:test'
import { AlertChannel } from '../../src/clients/alert-channel.ts'
import { Secret } from '../../src/text/secret.ts'
import { TrustError } from '../../src/trust/errors.ts'
import { AlertReceiver } from '../support/alert-receiver.ts'
import { failureOf } from './fixture.ts'

const forever = new AbortController().signal

let receiver: AlertReceiver
beforeEach(() => {
  receiver = new AlertReceiver()
})
afterEach(() => receiver.stop())

function open(url: string, headers: Readonly<Record<string, string>> = {}): AlertChannel {
  const list = Object.entries(headers).map(([name, value]) => ({ name, value: new Secret(value) }))
  return new AlertChannel({ url: new Secret(url), headers: list })
}

describe('an alert channel', () => {
  test('posts JSON with the headers of its receiver', async () => {
    const channel = open(`${receiver.url}/a/b?c=d`, { Authorization: 'GenieKey k', 'X-A': '1' })
    expect(await channel.send('{"a":1}', forever)).toEqual({ status: 200, text: 'ok' })
    const [got] = receiver.received
    expect(got).toMatchObject({ path: '/a/b?c=d', body: { a: 1 } })
    expect(got?.headers.get('authorization')).toBe('GenieKey k')
    expect(got?.headers.get('x-a')).toBe('1')
    expect(got?.headers.get('content-type')).toBe('application/json')
  })

  test('lets a header of its receiver replace ours', async () => {
    const channel = open(receiver.url, { 'Content-Type': 'application/x-ndjson' })
    await channel.send('{}', forever)
    expect(receiver.received[0]?.headers.get('content-type')).toBe('application/x-ndjson')
  })

  test('sends a user that stands in the URL as a header', async () => {
    await open(receiver.url.replace('://', '://me:p%40ss@')).send('{}', forever)
    const { headers, path } = receiver.received[0] ?? {}
    expect(headers?.get('authorization')).toBe(`Basic ${btoa('me:p@ss')}`)
    expect(path).toBe('/')
  })

  test.each([408, 429, 500, 503])('tries again after HTTP %d', async (status) => {
    const statuses = [status, 200]
    receiver.answer = () => new Response('', { status: statuses.shift() ?? 200 })
    expect(await open(receiver.url).send('{}', forever)).toEqual({ status: 200, text: '' })
    expect(receiver.received).toHaveLength(2)
  })

  test('does not try again what is refused', async () => {
    receiver.answer = () => new Response('invalid_blocks', { status: 400 })
    expect(await open(receiver.url).send('{}', forever)).toEqual({
      status: 400,
      text: 'invalid_blocks',
    })
    expect(receiver.received).toHaveLength(1)
  })

  test('follows no redirect, so that nothing secret goes to another host', async () => {
    const other = new AlertReceiver()
    receiver.answer = () => Response.redirect(other.url, 307)
    const { status } = await open(receiver.url, { Authorization: 'k' }).send('{}', forever)
    expect(status).toBe(307)
    expect(other.received).toEqual([])
    await other.stop()
  })

  test('gives up when its time is over', async () => {
    receiver.answer = () => new Promise(() => {})
    const controller = new AbortController()
    const sent = open(receiver.url).send('{}', controller.signal)
    await receiver.until(1)
    controller.abort()
    expect(await failureOf(sent)).toEqual(['UNAVAILABLE_TIMEOUT', 'it did not answer in time'])
  })
})

describe('hole 12: the URL of a receiver and its headers are in no message', () => {
  const SECRETS = ['T0KEN', 'h3ader', 'us3r', 'passw0rd', '127.0.0.1']

  test('neither of a failure nor of its cause', async () => {
    const url = `${receiver.url.replace('://', '://us3r:passw0rd@')}/T0KEN?key=T0KEN`
    await receiver.stop()
    const channel = open(url, { 'X-Key': 'h3ader' })
    const error: unknown = await channel.send('{}', AbortSignal.timeout(20)).catch((each) => each)
    const text = `${Bun.inspect(error)} ${Bun.inspect(channel)} ${JSON.stringify(channel)}`
    for (const secret of SECRETS) expect(text).not.toContain(secret)
    expect(error).toBeInstanceOf(TrustError)
    expect(error).not.toHaveProperty('cause')
  })

  test('nor of an answer that repeats them', async () => {
    const url = `${receiver.url}/T0KEN`
    receiver.answer = () => new Response(`no ${url} for h3ader at /T0KEN`, { status: 404 })
    const { text } = await open(url, { 'X-Key': 'h3ader' }).send('{}', forever)
    expect(text).toBe('no [redacted] for [redacted] at [redacted]')
  })

  test.each([
    ['the last part of the path', 'no T0KEN here'],
    ['a part of the query', 'bad key qu3ry/1'],
    ['what follows the scheme of a header', 'Key h3ader is not valid'],
    ['the user or the password', 'us3r has another one than passw0rd'],
    ['both, encoded', `unknown ${btoa('us3r:passw0rd')}`],
    ['what begins like another one', 'h3ader-0ther is not valid'],
  ])('nor of one that repeats %s alone', async (_, words) => {
    const url = `${receiver.url.replace('://', '://us3r:%70assw0rd@')}/services/T0KEN?key=qu3ry%2F1`
    receiver.answer = () => new Response(words, { status: 403 })
    const headers = { 'X-Key': 'GenieKey h3ader', 'X-Other': 'Key h3ader-0ther' }
    const { text } = await open(url, headers).send('{}', forever)
    expect(text).toContain('[redacted]')
    for (const secret of [...SECRETS, '0ther', 'qu3ry', btoa('us3r:passw0rd')]) {
      expect(text).not.toContain(secret)
    }
  })
})
