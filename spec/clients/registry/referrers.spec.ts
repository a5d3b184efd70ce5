import { afterEach, describe, expect, test } from 'bun:test'
import { RegistryClient } from '../../../src/clients/registry/client.ts'
import type { Descriptor } from '../../../src/clients/registry/manifest.ts'
import type { EmbeddedRegistry } from '../../support/registry/server.ts'
import { OCI_INDEX } from '../../support/registry/store.ts'
import { failureOf } from '../fixture.ts'
import {
  at,
  leaveAt,
  NAME,
  pushImage,
  pushReferrer,
  signal,
  start,
  stopAll,
  toDigest,
} from './fixture.ts'

const SIGNATURE = 'application/x-signature'
const OTHER = 'application/x-bill-of-materials'

afterEach(stopAll)

const isWanted = ({ artifactType }: Descriptor) => artifactType === SIGNATURE

function list(
  registry: EmbeddedRegistry,
  subject: string,
  max = 64,
  client = new RegistryClient(),
) {
  const wish = { subject: toDigest(subject), isWanted, max, signal: signal() }
  return client.fetchReferrers(at(registry), wish)
}

/** Writes the list of referrers that clients keep where the registry does not know the API. */
function writeTag(registry: EmbeddedRegistry, subject: string): void {
  const store = registry.repository(NAME)
  const manifests = store.listReferrers(subject)
  const index = { schemaVersion: 2, mediaType: OCI_INDEX, manifests }
  store.addManifest(index, subject.replace(':', '-'))
}

describe('the referrers of an image', () => {
  test('are those of a wanted type, of all pages', async () => {
    const registry = start({ pageSize: 2 })
    const image = pushImage(registry, '1')
    const wanted: string[] = []
    for (let n = 0; n < 5; n++) {
      wanted.push(pushReferrer(registry, image, SIGNATURE))
      pushReferrer(registry, image, OTHER)
    }
    const { found, complete, via } = await list(registry, image)
    expect(found.map(({ digest }) => digest)).toEqual(wanted)
    expect([complete, via, registry.requests.length]).toEqual([true, 'referrers API', 5])
  })

  test('are those of the tag, where the registry does not know the API', async () => {
    const registry = start({ referrersApi: false })
    const image = pushImage(registry, '1')
    const wanted = pushReferrer(registry, image, SIGNATURE)
    writeTag(registry, image)
    const { found, complete, via } = await list(registry, image)
    expect(found.map(({ digest }) => digest)).toEqual([wanted])
    expect([complete, via]).toEqual([true, 'referrers tag'])
  })

  test.each([400, 404, 405, 406])('HTTP %d means that it does not know the API', async (status) => {
    const registry = start()
    const image = pushImage(registry, '1')
    pushReferrer(registry, image, SIGNATURE)
    writeTag(registry, image)
    registry.intercept = (_, path) =>
      path.includes('/referrers/') ? new Response(null, { status }) : undefined
    expect((await list(registry, image)).found.length).toBe(1)
  })

  test('cost one request less where that is known, and the API is asked before "none"', async () => {
    const registry = start({ referrersApi: false })
    const [signed, unsigned] = [pushImage(registry, '1'), pushImage(registry, '2')]
    pushReferrer(registry, signed, SIGNATURE)
    writeTag(registry, signed)
    const client = new RegistryClient()
    const costOf = async (subject: string) => {
      const before = registry.requests.length
      await list(registry, subject, 64, client)
      return registry.requests.slice(before).map(({ path }) => path.split('/').at(-2))
    }
    expect(await costOf(signed)).toEqual(['referrers', 'manifests'])
    expect(await costOf(signed)).toEqual(['manifests'])
    expect(await costOf(unsigned)).toEqual(['manifests', 'referrers'])
  })

  test('are none only after both places have answered', async () => {
    const registry = start({ referrersApi: false })
    const image = pushImage(registry, '1')
    expect((await list(registry, image)).found).toEqual([])
    expect(registry.asked).toEqual([
      `GET /v2/${NAME}/referrers/${image}`,
      `GET /v2/${NAME}/manifests/${image.replace(':', '-')}`,
    ])
  })
})

describe('what an attacker can make of a list is bounded', () => {
  test('more than the wanted number is said to be incomplete', async () => {
    const registry = start({ pageSize: 3 })
    const image = pushImage(registry, '1')
    for (let n = 0; n < 12; n++) pushReferrer(registry, image, SIGNATURE)
    const { found, complete } = await list(registry, image, 4)
    expect([found.length, complete, registry.requests.length]).toEqual([4, false, 2])
    expect((await list(registry, image, 12)).complete).toBe(true)
  })

  test('pages without an end are read so far, and said to be incomplete', async () => {
    const registry = start()
    const image = pushImage(registry, '1')
    registry.intercept = (_, path) =>
      Response.json(
        { schemaVersion: 2, manifests: [] },
        { headers: { 'content-type': OCI_INDEX, link: `<${path}?again=1>; rel="next"` } },
      )
    const { found, complete } = await list(registry, image)
    expect([found.length, complete, registry.requests.length]).toEqual([0, false, 16])
  })

  test.each([
    ['another server', '<http://127.0.0.1:1/v2/x>; rel="next"'],
    ['an address without a scheme', '<//evil.example/v2/x>; rel="next"'],
    ['no address', 'nonsense'],
    ['a long one', `<${'x'.repeat(4000)}>; rel="next"`],
  ])('hole 7: a next page elsewhere is not asked for: %s', async (_, link) => {
    const registry = start()
    const image = pushImage(registry, '1')
    registry.intercept = () =>
      Response.json(
        { schemaVersion: 2, manifests: [] },
        { headers: { 'content-type': OCI_INDEX, link: link.slice(0, 8000) } },
      )
    expect((await failureOf(list(registry, image)))[0]).toBe('UNAVAILABLE_STATUS')
  })
})

describe('hole 9: an outage counted as "no referrers"', () => {
  test.each([
    [500, '5xx'],
    [503, '5xx'],
    [302, '3xx'],
  ] as const)('HTTP %d of the API', async (status, end) => {
    const registry = start()
    const image = pushImage(registry, '1')
    registry.intercept = (_, path) =>
      path.includes('/referrers/') ? new Response(null, { status }) : undefined
    const wish = { subject: image, isWanted, max: 64 }
    const listed = leaveAt(end, (client, signal) =>
      client.fetchReferrers(at(registry), { ...wish, signal }),
    )
    expect((await failureOf(listed))[0]).toBe('UNAVAILABLE_STATUS')
  })

  test('a second page that fails takes the first one with it', async () => {
    const registry = start({ pageSize: 1 })
    const image = pushImage(registry, '1')
    for (let n = 0; n < 3; n++) pushReferrer(registry, image, SIGNATURE)
    registry.intercept = ({ url }) =>
      url.includes('from=') ? new Response(null, { status: 404 }) : undefined
    expect((await failureOf(list(registry, image)))[0]).toBe('UNAVAILABLE_STATUS')
  })

  test.each([
    ['the API', { schemaVersion: 2 }, 'UNAVAILABLE_BODY'],
    ['the API', '{"schemaVersion":2,"schemaVersion":2,"manifests":[]}', 'UNAVAILABLE_BODY'],
  ])('a list of %s that is none', async (_, body, code) => {
    const registry = start()
    const image = pushImage(registry, '1')
    registry.intercept = () =>
      new Response(typeof body === 'string' ? body : JSON.stringify(body), {
        headers: { 'content-type': OCI_INDEX },
      })
    expect((await failureOf(list(registry, image)))[0]).toBe(code)
  })

  test('what somebody pushed to the tag in place of a list is theirs, not an outage', async () => {
    const registry = start({ referrersApi: false })
    const image = pushImage(registry, '1')
    registry.repository(NAME).addManifest('[]', image.replace(':', '-'))
    expect((await failureOf(list(registry, image)))[0]).toBe('UNTRUSTED_MALFORMED_SIGNATURE')
  })
})
