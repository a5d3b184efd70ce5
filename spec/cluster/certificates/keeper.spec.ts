import { afterEach, beforeEach, describe, expect, test } from 'bun:test'
import { X509Certificate } from 'node:crypto'
import { CertificateKeeper, RENEW_ANNOTATION } from '../../../src/cluster/certificates/keeper.ts'
import type { TrustedBundle } from '../../../src/cluster/certificates/source.ts'
import { isIssuedBy } from '../../../src/cluster/certificates/state.ts'
import { KubeClient } from '../../../src/cluster/client.ts'
import { failure, type KubeServer } from '../../support/kube/server.ts'
import { toFields } from '../../support/kube/store.ts'
import { connectTo, startServer } from '../fixture.ts'

const DAY_MS = 24 * 60 * 60 * 1000
const PATH = '/api/v1/namespaces/ours/secrets/ours-tls'
const NAMES = ['svc.ours.svc', 'svc.ours', 'svc', 'svc.ours.svc.cluster.local']

let server: KubeServer
let now: Date
let reports: string[]
/** What the webhook's bundle holds, and for how long. */
let held: Map<string, number>
let isAbsent: boolean

beforeEach(() => {
  server = startServer()
  server.store.put(PATH, {
    apiVersion: 'v1',
    kind: 'Secret',
    metadata: { namespace: 'ours', name: 'ours-tls', labels: { release: 'ours' } },
    type: 'Opaque',
  })
  now = new Date('2026-01-01T00:00:00Z')
  reports = []
  held = new Map()
  isAbsent = false
})
afterEach(() => server.stop())

const trusted: TrustedBundle = {
  get isAbsent() {
    return isAbsent
  },
  heldForMs: (cert) => held.get(cert),
}

function createKeeper() {
  const api = new KubeClient({ connection: connectTo(server), report: () => {} })
  return new CertificateKeeper({
    api,
    secret: { namespace: 'ours', name: 'ours-tls' },
    names: NAMES,
    report: (message, fields) => reports.push(`${message}: ${fields['step'] ?? fields['problem']}`),
    now: () => now,
    jitter: 0,
  })
}

/** The API server trusts, and has trusted for long, what a keeper says. */
function trust(keeper: CertificateKeeper): void {
  held = new Map(keeper.bundle.map((cert) => [cert, 60_000]))
}

const data = () => toFields(server.store.get(PATH)?.['data'])

function annotate(value: string): void {
  const secret = server.store.get(PATH) ?? { metadata: {} }
  const metadata = { ...secret.metadata, annotations: { [RENEW_ANNOTATION]: value } }
  server.store.put(PATH, { ...secret, metadata })
}

describe('the first replica', () => {
  test('fills the Secret that it finds empty: P-256, 90 days, for every name of the Service', async () => {
    const keeper = createKeeper()
    await keeper.round(trusted)
    const leaf = new X509Certificate(keeper.serving?.cert ?? '')
    const [authority = ''] = keeper.bundle
    expect(leaf.publicKey.asymmetricKeyDetails).toMatchObject({ namedCurve: 'prime256v1' })
    expect(new Date(leaf.validTo).getTime() - now.getTime()).toBe(90 * DAY_MS)
    for (const name of NAMES) expect(leaf.checkHost(name)).toBe(name)
    expect(isIssuedBy(leaf.toString(), authority)).toBe(true)
    expect(new X509Certificate(authority).ca).toBe(true)
    expect(server.store.get(PATH)?.metadata['labels']).toEqual({ release: 'ours' })
  })

  test('of many at once is the one that counts: all serve the same', async () => {
    const keepers = Array.from({ length: 5 }, createKeeper)
    await Promise.all(keepers.map((keeper) => keeper.round(trusted)))
    const certs = keepers.map(({ serving }) => serving?.cert)
    expect(new Set(certs).size).toBe(1)
    expect(Buffer.from(String(data()['tls.crt']), 'base64').toString()).toBe(certs[0] ?? '')
    expect(reports).toEqual(['certificates were changed: restore'])
  })

  test('makes the Secret where there is none', async () => {
    server.store.remove(PATH)
    const keeper = createKeeper()
    await keeper.round(trusted)
    expect(Object.keys(data())).toContain('tls.crt')
  })
})

describe('a Secret', () => {
  test('that is deleted is made again as it was: nobody has to trust anything new', async () => {
    const keeper = createKeeper()
    await keeper.round(trusted)
    const before = data()
    server.store.remove(PATH)
    await keeper.round(trusted)
    expect(data()).toEqual(before)
  })

  test.each([
    ['no PEM', { 'tls.crt': 'AAAA' }, 'tls.crt is not a certificate in PEM form'],
    ['less than all', { 'ca.key': undefined }, 'ca.key is missing'],
  ])('that holds %s is written again as it was', async (_, damage, problem) => {
    const keeper = createKeeper()
    await keeper.round(trusted)
    const before = data()
    const secret = server.store.get(PATH) ?? {}
    server.store.put(PATH, {
      ...secret,
      data: JSON.parse(JSON.stringify({ ...before, ...damage })),
    })
    await keeper.round(trusted)
    expect(data()).toEqual(before)
    expect(reports.join()).toContain(problem)
  })

  test('whose certificate is of another authority, or has another key, is not served', async () => {
    const keeper = createKeeper()
    await keeper.round(trusted)
    const before = data()
    server.store.remove(PATH)
    await createKeeper().round(trusted)
    const other = data()
    for (const damage of [
      { 'ca.crt': other['ca.crt'], 'ca.key': other['ca.key'] },
      { 'tls.key': other['tls.key'] },
    ]) {
      server.store.put(PATH, { ...server.store.get(PATH), data: { ...before, ...damage } })
      await keeper.round(trusted)
      expect(data()).toEqual(before)
    }
  })

  test('that cannot be read or written leaves what is served', async () => {
    const keeper = createKeeper()
    await keeper.round(trusted)
    const { serving } = keeper
    annotate('leaf')
    server.fault = ({ method }) => (method === 'PUT' ? failure(403, 'Forbidden') : undefined)
    await expect(keeper.round(trusted)).rejects.toThrow('403')
    expect(keeper.serving).toBe(serving)
  })
})

describe('a renewal', () => {
  test('of the server certificate happens at two thirds, once, under the same authority', async () => {
    const [one, other] = [createKeeper(), createKeeper()]
    await one.round(trusted)
    await other.round(trusted)
    const before = one.serving?.cert
    const { bundle } = one
    now = new Date(now.getTime() + 60 * DAY_MS)
    trust(one)
    await Promise.all([one.round(trusted), other.round(trusted)])
    await Promise.all([one.round(trusted), other.round(trusted)])
    expect(one.serving?.cert).not.toBe(before)
    expect(other.serving).toEqual(one.serving)
    expect(one.bundle).toEqual(bundle)
    expect(reports.filter((each) => each.endsWith('renew leaf'))).toHaveLength(1)
  })

  test('of the authority: announced, then issuing once it is trusted, the old one kept', async () => {
    const keeper = createKeeper()
    await keeper.round(trusted)
    const [old = ''] = keeper.bundle
    const before = keeper.serving
    trust(keeper)
    annotate('authority')
    await keeper.round(trusted)
    expect(keeper.bundle).toHaveLength(2)
    expect(keeper.serving).toEqual(before)
    await keeper.round(trusted)
    expect(keeper.serving).toEqual(before)
    const [, next = ''] = keeper.bundle
    held.set(next, 9999)
    await keeper.round(trusted)
    expect(keeper.serving).toEqual(before)
    held.set(next, 10_000)
    await keeper.round(trusted)
    expect(isIssuedBy(keeper.serving?.cert ?? '', next)).toBe(true)
    expect(new Set(keeper.bundle)).toEqual(new Set([old, next]))
    expect(reports.map((each) => each.split(': ')[1])).toEqual(['restore', 'announce', 'promote'])
    now = new Date(now.getTime() + 91 * DAY_MS)
    trust(keeper)
    await keeper.round(trusted)
    await keeper.round(trusted)
    expect(keeper.bundle).toEqual([next])
  })

  test('of a Secret of years ago is done at once, also where nothing is registered', async () => {
    await createKeeper().round(trusted)
    now = new Date(now.getTime() + 1000 * DAY_MS)
    isAbsent = true
    const keeper = createKeeper()
    await keeper.round(trusted)
    await keeper.round(trusted)
    const { validTo } = new X509Certificate(keeper.serving?.cert ?? '')
    expect(new Date(validTo).getTime() - now.getTime()).toBe(90 * DAY_MS)
  })

  test('is served under another authority only by who sees that it is trusted', async () => {
    const [one, other] = [createKeeper(), createKeeper()]
    await one.round(trusted)
    await other.round(trusted)
    const before = other.serving
    annotate('authority')
    await one.round(trusted)
    trust(one)
    await one.round(trusted)
    expect(one.serving).not.toEqual(before)
    held = new Map()
    await other.round(trusted)
    expect(other.serving).toEqual(before)
    trust(one)
    await other.round(trusted)
    expect(other.serving).toEqual(one.serving)
  })

  test('where nothing is registered has nobody to wait for', async () => {
    const [one, other] = [createKeeper(), createKeeper()]
    await one.round(trusted)
    server.store.remove(PATH)
    await other.round(trusted)
    expect(one.serving).not.toEqual(other.serving)
    await one.round(trusted)
    expect(one.serving).not.toEqual(other.serving)
    isAbsent = true
    await one.round(trusted)
    expect(one.serving).toEqual(other.serving)
  })
})
