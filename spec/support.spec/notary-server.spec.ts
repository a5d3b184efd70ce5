import { afterEach, beforeEach, describe, expect, test } from 'bun:test'
import { createCertificateAuthority, issueServerCertificate } from '../support/certificate.ts'
import type { Fault } from '../support/notary/fault.ts'
import { createRepository, type Repository } from '../support/notary/repository.ts'
import { type EmbeddedNotary, startNotary } from '../support/notary/server.ts'

const GUN = 'registry.example:5000/acme/app'

const authority = await createCertificateAuthority()
const tls = await issueServerCertificate(authority)

let notary: EmbeddedNotary
let repository: Repository

beforeEach(async () => {
  repository = await createRepository({ gun: GUN })
  await repository.delegate('targets/releases')
  repository.addTarget('v1', 'a'.repeat(64), 'targets/releases')
  repository.publish()
  notary = startNotary({ tls })
  notary.repositories.set(GUN, repository)
})

afterEach(() => notary.stop())

function get(path: string): Promise<Response> {
  return fetch(`${notary.url}${path}`, { tls: { ca: authority.cert }, redirect: 'manual' })
}

function getFile(name: string): Promise<Response> {
  return get(`/v2/${GUN}/_trust/tuf/${name}`)
}

/** Reads at most so many bytes, and cancels the rest. */
async function readSome(response: Response, bytes: number): Promise<number> {
  let total = 0
  for await (const piece of response.body ?? []) {
    total += piece.length
    if (total >= bytes) break
  }
  return total
}

describe('the embedded Notary', () => {
  test('serves a file by role, by version and by hash', async () => {
    const names = [...repository.files.keys()]
    expect(names.filter((name) => name.includes('targets/releases'))).toHaveLength(3)
    for (const name of names) {
      const response = await getFile(name)
      expect(await response.bytes()).toEqual(new Uint8Array(repository.files.get(name) ?? []))
    }
  })

  test.each([
    `/v2/${GUN}/_trust/tuf/targets/none.json`,
    '/v2/acme/none/_trust/tuf/root.json',
    '/%ff%',
  ])('answers 404 with METADATA_NOT_FOUND at %s', async (path) => {
    const response = await get(path)
    expect(response.status).toBe(404)
    expect(await response.json()).toMatchObject({ errors: [{ code: 'METADATA_NOT_FOUND' }] })
  })

  test.each(['/_notary_server/health', '/v2/'])('is up at %s', async (path) => {
    expect((await get(path)).status).toBe(200)
  })

  test('records what was asked', async () => {
    await getFile('root.json')
    const path = `/v2/${GUN}/_trust/tuf/root.json`
    expect(notary.requests).toMatchObject([{ method: 'GET', path }])
  })

  test('starts again on the port that it had', async () => {
    const { url } = notary
    notary.stop()
    await expect(getFile('root.json')).rejects.toThrow()
    notary.start()
    expect(notary.url).toBe(url)
    expect((await getFile('root.json')).status).toBe(200)
  })

  test('is refused by a client that does not know its authority', async () => {
    await expect(fetch(`${notary.url}/v2/`)).rejects.toThrow()
  })
})

describe('a fault', () => {
  test('of a role hits it under all of its names, and no other role', async () => {
    notary.faults.set('targets/releases', { kind: 'status', status: 500 })
    expect((await getFile('targets/releases.json')).status).toBe(500)
    expect((await getFile('1.targets/releases.json')).status).toBe(500)
    expect((await getFile('targets.json')).status).toBe(200)
  })

  test('of * hits every role', async () => {
    const headers = { 'Retry-After': '7' }
    notary.faults.set('*', { kind: 'status', status: 429, headers })
    const response = await getFile('root.json')
    expect([response.status, response.headers.get('retry-after')]).toEqual([429, '7'])
  })

  test.each<Fault>([{ kind: 'truncated' }, { kind: 'reset' }])(
    '$kind breaks off in the middle of the body',
    async (fault) => {
      notary.faults.set('root', fault)
      const read = getFile('root.json').then((response) => response.bytes())
      await expect(read).rejects.toThrow()
    },
  )

  test('endless goes on for ever', async () => {
    notary.faults.set('root', { kind: 'endless' })
    const response = await getFile('root.json')
    expect(await readSome(response, 3_000_000)).toBeGreaterThanOrEqual(3_000_000)
  })

  test('slow sends a byte at a time', async () => {
    notary.faults.set('root', { kind: 'slow', bytesPerSecond: 10 })
    const response = await getFile('root.json')
    expect(await readSome(response, 1)).toBeLessThan(100)
  })

  test('silent never answers', async () => {
    notary.faults.set('root', { kind: 'silent' })
    const answered = getFile('root.json').then(
      () => true,
      () => false,
    )
    while (notary.requests.length === 0) await Bun.sleep(1)
    notary.stop()
    expect(await answered).toBe(false)
  })

  test('gzip-bomb inflates to far more than it sends', async () => {
    notary.faults.set('root', { kind: 'gzip-bomb', inflatedBytes: 5_000_000 })
    const response = await getFile('root.json')
    expect(response.headers.get('content-encoding')).toBe('gzip')
    expect(Number(response.headers.get('content-length'))).toBeLessThan(10_000)
    expect((await response.bytes()).length).toBe(5_000_000)
  })

  test('huge announces its size and sends it', async () => {
    notary.faults.set('root', { kind: 'huge', bytes: 5_000_000 })
    const response = await getFile('root.json')
    expect(response.headers.get('content-length')).toBe('5000000')
    expect((await response.bytes()).length).toBe(5_000_000)
  })

  test('redirect points to the same path elsewhere', async () => {
    notary.faults.set('root', { kind: 'redirect', to: 'https://evil.example' })
    const { status, headers } = await getFile('root.json')
    const location = `https://evil.example/v2/${GUN}/_trust/tuf/root.json`
    expect([status, headers.get('location')]).toEqual([307, location])
  })

  test('altered sends other bytes', async () => {
    notary.faults.set('root', { kind: 'altered', alter: () => Buffer.from('{}') })
    expect(await (await getFile('root.json')).text()).toBe('{}')
  })

  test('content-type labels the file otherwise', async () => {
    notary.faults.set('root', { kind: 'content-type', contentType: 'text/html' })
    expect((await getFile('root.json')).headers.get('content-type')).toBe('text/html')
  })
})
