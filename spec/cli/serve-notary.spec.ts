import { afterEach, beforeEach, describe, expect, test } from 'bun:test'
import { existsSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { FileTrustStore } from '../../src/clients/trust-store.ts'
import type { CertificateAuthority } from '../support/certificate.ts'
import { createRepository, type Repository } from '../support/notary/repository.ts'
import { type EmbeddedNotary, startNotary } from '../support/notary/server.ts'
import { Folder, makeConfig } from './fixture.ts'
import { Serving, writeCertificate } from './serving.ts'

const GUN = 'registry.example/acme/app'
const IMAGE = `${GUN}:1`
const DIGEST = `sha256:${'a'.repeat(64)}`
const DAY_MS = 86_400_000
const ALLOWED = { response: { allowed: true } }
const DENIED = { response: { allowed: false } }

let folder: Folder
let notary: EmbeddedNotary
let repository: Repository
let authority: CertificateAuthority
let tlsFlags: readonly string[]
let running: Serving[]
beforeEach(async () => {
  folder = new Folder()
  running = []
  notary = startNotary()
  const expires = { targets: new Date(Date.now() + 20 * DAY_MS) }
  repository = await createRepository({ gun: GUN, expires })
  repository.addTarget('1', DIGEST)
  repository.publish()
  notary.repositories.set(GUN, repository)
  const certificate = await writeCertificate(folder)
  authority = certificate.authority
  tlsFlags = certificate.flags
})
afterEach(async () => {
  await Promise.all(running.map((each) => each.stop()))
  notary.stop()
  folder.remove()
})

/** Starts the program; the settings are of its validator. */
function serve(settings = '', ...flags: readonly string[]): Serving {
  const text = makeConfig(repository.rootPublicKeyPem, notary.url)
  const config = text.replace('    type: notaryv1\n', `    type: notaryv1\n${settings}`)
  const file = folder.write('config.yaml', `${config}features: { cache: { expirySeconds: 0 } }\n`)
  const serving = new Serving(authority, '--config', file, ...tlsFlags, ...flags)
  running.push(serving)
  return serving
}

describe('--state-dir', () => {
  test('keeps what is remembered across restarts, so that a rollback is refused', async () => {
    const dir = join(folder.path, 'state')
    const old = new Map(repository.files)
    repository.publish()
    const first = serve('', '--state-dir', dir)
    expect(await first.admit(IMAGE)).toMatchObject(ALLOWED)
    expect(await first.stop()).toBe('')
    expect(readdirSync(dir)).toEqual(['notary-v1'])
    notary.repositories.set(GUN, { files: old })
    const second = serve('', '--state-dir', dir)
    expect(await second.admit(IMAGE)).toMatchObject(DENIED)
    expect(await second.line('request denied')).toMatchObject({
      images: [{ code: 'UNTRUSTED_ROLLBACK' }],
    })
  })

  test('lets a running server hear that an operator had a repository forgotten', async () => {
    const dir = join(folder.path, 'state')
    const old = new Map(repository.files)
    repository.publish()
    const serving = serve('', '--state-dir', dir)
    expect(await serving.admit(IMAGE)).toMatchObject(ALLOWED)
    notary.repositories.set(GUN, { files: old })
    expect(await serving.admit(IMAGE)).toMatchObject(DENIED)
    const reports: unknown[] = []
    const store = new FileTrustStore(dir, (...report) => void reports.push(report))
    expect(await store.forget(notary.url, GUN)).toBe(true)
    expect(await serving.admit(IMAGE)).toMatchObject(ALLOWED)
    expect(reports).toEqual([])
  })

  test('reports a folder that went bad meanwhile, and goes on', async () => {
    const dir = join(folder.path, 'state')
    const serving = serve('', '--state-dir', dir)
    await serving.line('listening')
    folder.write('state/notary-v1', 'in the way')
    expect(await serving.admit(IMAGE)).toMatchObject(ALLOWED)
    expect(await serving.line('remembered trust data is not usable')).toMatchObject({
      level: 'warn',
      gun: GUN,
      problem: 'it is not a folder',
    })
  })

  test('has no default: nothing is written without it', async () => {
    const serving = serve()
    expect(await serving.admit(IMAGE)).toMatchObject(ALLOWED)
    expect(existsSync(join(folder.path, 'state'))).toBe(false)
    expect(readdirSync(folder.path).toSorted()).toEqual(['config.yaml', 'tls.crt', 'tls.key'])
  })

  test('that cannot be used ends the program with 2 and one line', async () => {
    const file = join(folder.path, 'tls.crt')
    const serving = serve('', '--state-dir', file)
    expect(await serving.exitCode).toBe(2)
    expect(await serving.stop()).toBe(`${file} cannot be used to keep state (EEXIST)\n`)
  })
})

describe('freshness', () => {
  test('is logged with every new version', async () => {
    const serving = serve()
    await serving.admit(IMAGE)
    const { roles } = await serving.line('trust data verified')
    expect(roles).toContainEqual(expect.objectContaining({ role: 'timestamp', version: 1 }))
    repository.publish()
    await serving.admit(IMAGE)
    const { roles: news } = await serving.line('trust data verified', 2)
    expect(news).toContainEqual(expect.objectContaining({ role: 'timestamp', version: 2 }))
    expect(serving.lines.filter(({ level }) => level === 'warn')).toEqual([])
  })

  test('is warned of as early as the validator has it', async () => {
    const serving = serve('    expiryWarningDays: 30\n')
    await serving.admit(IMAGE)
    expect(await serving.line('trust data expires soon')).toMatchObject({
      level: 'warn',
      validator: 'default',
      gun: GUN,
      role: 'targets',
    })
  })
})

describe('/ready', () => {
  test('asks a required server, and says that it is down', async () => {
    const serving = serve('    required: true\n')
    // A machine that is slow now may be in time at the next check.
    while ((await serving.ready()).status !== 200) await Bun.sleep(200)
    expect(notary.requests[0]?.path).toBe('/_notary_server/health')
    notary.stop()
    const other = serve('    required: true\n')
    expect(await other.ready()).toMatchObject({
      status: 503,
      body: {
        ready: false,
        conditions: expect.arrayContaining([
          {
            name: 'validator default',
            ok: false,
            reason: expect.stringContaining(notary.host),
          },
        ]),
      },
    })
  }, 30_000)

  test('does not ask an optional server', async () => {
    notary.stop()
    const serving = serve()
    expect((await serving.ready()).status).toBe(200)
  })
})
