import { afterEach, describe, expect, test } from 'bun:test'
import { RegistryClient } from '../../../src/clients/registry/client.ts'
import { ignoreCalls } from '../../../src/clients/upstream-call.ts'
import { digestOf } from '../../support/registry/store.ts'
import { FakeClock, settle } from '../fake-clock.ts'
import { failureOf } from '../fixture.ts'
import { at, leaveAt, NAME, pushImage, signal, start, stopAll, toDigest } from './fixture.ts'

afterEach(stopAll)

describe('a tag', () => {
  test('is resolved with one HEAD, and names an index as such', async () => {
    const registry = start()
    const digest = pushImage(registry, '1')
    expect(await new RegistryClient().resolveTag(at(registry), '1', signal())).toBe(digest)
    expect(registry.asked).toEqual([`HEAD /v2/${NAME}/manifests/1`])
  })

  test.each<[string, Response]>([
    ['leaves the digest out', new Response(null)],
    ['names another algorithm', withDigest(`sha512:${'a'.repeat(128)}`)],
    ['knows no HEAD', new Response(null, { status: 405 })],
  ])('of a registry that %s is fetched and hashed', async (_, answer) => {
    const registry = start()
    const digest = pushImage(registry, '1')
    registry.intercept = ({ method }) => (method === 'HEAD' ? answer : undefined)
    expect(await new RegistryClient().resolveTag(at(registry), '1', signal())).toBe(digest)
  })

  test('that is not there is nothing', async () => {
    const registry = start()
    expect(await new RegistryClient().resolveTag(at(registry), '1', signal())).toBeUndefined()
    expect(registry.requests.length).toBe(1)
  })
})

function withDigest(digest: string): Response {
  return new Response(null, { headers: { 'docker-content-digest': digest } })
}

describe('content of a digest', () => {
  test('is fetched once', async () => {
    const registry = start()
    const digest = pushImage(registry, '1')
    const client = new RegistryClient()
    const fetch = () => client.fetchManifest(at(registry), digest, signal())
    expect(digestOf((await fetch()) ?? Buffer.alloc(0))).toBe(digest)
    await fetch()
    expect(registry.requests.length).toBe(1)
  })

  test('is not lent to another repository, whose readers may be others', async () => {
    const registry = start()
    const digest = pushImage(registry, '1')
    const client = new RegistryClient()
    await client.fetchManifest(at(registry), digest, signal())
    expect(await client.fetchManifest(at(registry, 'other'), digest, signal())).toBeUndefined()
  })

  test('that has another hash is an outage, not an image', async () => {
    const registry = start()
    const digest = pushImage(registry, '1')
    registry.intercept = () => Response.json({ schemaVersion: 2 })
    const fetched = new RegistryClient().fetchManifest(at(registry), digest, signal())
    expect(await failureOf(fetched)).toEqual([
      'UNAVAILABLE_BODY',
      `${registry.host} sends other bytes than ${digest}`,
    ])
  })

  test('over 4 MiB is refused for a manifest', async () => {
    const registry = start()
    const large = 'x'.repeat(4 * 1024 * 1024 + 1)
    const digest = toDigest(registry.repository(NAME).addManifest(large))
    const fetched = new RegistryClient().fetchManifest(at(registry), digest, signal())
    expect((await failureOf(fetched))[0]).toBe('UNAVAILABLE_BODY')
  })

  test('of another size than it was said to have is refused, and the registry not to blame', async () => {
    const registry = start()
    const digest = toDigest(registry.repository(NAME).addBlob('four'))
    const fetch = (size: number) =>
      new RegistryClient().fetchBlob(at(registry), { digest, size }, signal())
    expect(Buffer.from((await fetch(4)) ?? []).toString()).toBe('four')
    for (const size of [3, 5]) {
      expect(await failureOf(fetch(size))).toEqual([
        'UNTRUSTED_MALFORMED_SIGNATURE',
        `malformed signature: its layer has 4 bytes, and its manifest says ${size}`,
      ])
    }
  })

  test('of many more values than a list of referrers has is refused', async () => {
    const registry = start()
    const tag = `sha256-${'a'.repeat(64)}`
    const values = `{"schemaVersion":2,"manifests":[],"more":[${'0,'.repeat(200_000)}0]}`
    registry.repository(NAME).addManifest(values, tag)
    const wish = { subject: toDigest(tag.replace('-', ':')), isWanted: () => true, max: 1 }
    registry.intercept = (_, path) =>
      path.includes('/referrers/') ? new Response(null, { status: 404 }) : undefined
    const fetched = new RegistryClient().fetchReferrers(at(registry), { ...wish, signal: signal() })
    expect((await failureOf(fetched))[1]).toContain('more than 200000 values')
  })
})

describe('hole 9: an outage counted as "not there"', () => {
  test.each([
    [500, '5xx'],
    [502, '5xx'],
    [503, '5xx'],
    [429, '4xx'],
  ] as const)('HTTP %d is UNAVAILABLE_STATUS', async (status, end) => {
    const registry = start()
    registry.intercept = () => new Response(null, { status })
    const [code, message] = await failureOf(
      leaveAt(end, (client, soon) => client.resolveTag(at(registry), '1', soon)),
    )
    expect(code).toBe('UNAVAILABLE_STATUS')
    expect(message).toStartWith(`${registry.host} answers with HTTP ${status}`)
  })

  test.each([418, 204])('HTTP %d is UNAVAILABLE_STATUS, for good', async (status) => {
    const registry = start()
    registry.intercept = () => new Response(null, { status })
    const resolved = new RegistryClient().resolveTag(at(registry), '1', signal())
    expect(await failureOf(resolved)).toEqual([
      'UNAVAILABLE_STATUS',
      `${registry.host} answers with HTTP ${status}`,
    ])
  })

  test('a registry that is gone is UNAVAILABLE_NETWORK', async () => {
    const registry = start()
    const where = at(registry)
    registry.stop()
    const resolved = leaveAt('network', (client, soon) => client.resolveTag(where, '1', soon))
    expect((await failureOf(resolved))[0]).toBe('UNAVAILABLE_NETWORK')
  })

  test('a registry that wants credentials is MISCONFIGURED_CREDENTIALS', async () => {
    const registry = start({ auth: { scheme: 'basic', users: { joe: 'x' } } })
    const [code, message] = await failureOf(
      new RegistryClient().resolveTag(at(registry), '1', signal()),
    )
    expect(code).toBe('MISCONFIGURED_CREDENTIALS')
    expect(message).toContain(`anybody without credentials read ${registry.host}/${NAME}`)
  })
})

test('the wish of a registry to be left alone is heeded: Retry-After', async () => {
  const registry = start()
  const digest = pushImage(registry, '1')
  let refusals = 1
  registry.intercept = () =>
    refusals-- > 0
      ? new Response(null, { status: 429, headers: { 'retry-after': '9' } })
      : undefined
  const clock = new FakeClock()
  let answered = 0
  const client = new RegistryClient({
    clock,
    observe: { ...ignoreCalls, ended: () => void answered++ },
  })
  const resolved = client.resolveTag(at(registry), '1', signal())
  while (answered === 0) await settle()
  await clock.advance(8999)
  expect(registry.requests.length).toBe(1)
  await clock.advance(1)
  expect(await resolved).toBe(digest)
})
