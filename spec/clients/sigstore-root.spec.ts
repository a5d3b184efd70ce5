import { afterAll, afterEach, describe, expect, test } from 'bun:test'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { readPublicGoodSeed } from '../../src/clients/public-good-seed.ts'
import { SigstoreRoot } from '../../src/clients/sigstore-root.ts'
import { SigstoreRootFiles } from '../../src/clients/sigstore-root-files.ts'
import { TrustError } from '../../src/trust/errors.ts'
import { parseTrustedRoot } from '../../src/trust/sigstore/trusted-root.ts'
import { createKeyPair } from '../support/key-pair.ts'
import { createSigstore } from '../support/sigstore/world.ts'
import { SigstoreMirror } from '../support/tuf/sigstore-mirror.ts'

const START = new Date('2026-11-25T00:00:00Z')
const HOUR_MS = 3_600_000
const DAY_MS = 24 * HOUR_MS
const { trustedRoot: BUILT_IN } = await createSigstore()
const { trustedRoot: NEW } = await createSigstore()

const folders: string[] = []
const stops: (() => Promise<void>)[] = []
afterEach(async () => {
  await Promise.all(stops.splice(0).map((stop) => stop()))
})
afterAll(() => {
  for (const folder of folders) rmSync(folder, { recursive: true })
})

/** A mirror, a program that was built when it began, and what an operator hears. */
function play({ folder = newFolder() } = {}) {
  const mirror = new SigstoreMirror(START, BUILT_IN)
  const seed = { root: mirror.root, trustedRoot: Buffer.from(JSON.stringify(BUILT_IN)) }
  const server = mirror.serve()
  stops.push(() => server.stop())
  const reports: string[] = []
  const clock = { now: START }
  const start = () =>
    new SigstoreRoot({
      seed: async () => ({ mirror: server.url, ...seed }),
      files: new SigstoreRootFiles(folder),
      report: (message, fields) => reports.push(`${message}: ${String(fields['problem'])}`),
      now: () => clock.now,
    })
  const root = start()
  /** What counts once nothing is under way. */
  const read = async (from = root) => {
    await from.read(AbortSignal.timeout(5000))
    await from.settled()
    return JSON.parse(Buffer.from(await from.read(AbortSignal.timeout(5000))).toString('utf8'))
  }
  return { mirror, server, reports, clock, root, start, read, folder }
}

function newFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'sigstore-root-'))
  folders.push(folder)
  return folder
}

describe('the trusted root of Sigstore', () => {
  test('what is built in counts at once, and is refreshed beside what needs it', async () => {
    const { mirror, root, read } = play()
    mirror.publish(NEW)
    expect(JSON.parse(Buffer.from(await root.read(AbortSignal.timeout(5000))).toString())).toEqual(
      BUILT_IN,
    )
    expect(await read()).toEqual(NEW)
  })

  test('the public-good root that is built in can be used', async () => {
    const seed = await readPublicGoodSeed()
    const material = parseTrustedRoot(seed.trustedRoot)
    expect(material.transparencyLogs.length).toBeGreaterThan(0)
    expect(material.certificateAuthorities.length).toBeGreaterThan(0)
    const silent = new SigstoreRoot({
      seed: async () => ({ ...seed, mirror: new URL('http://127.0.0.1:1/') }),
      report: () => {},
      now: () => new Date('2026-11-25T00:00:00Z'),
    })
    expect(await silent.read(AbortSignal.timeout(100))).toBe(seed.trustedRoot)
  })

  test('one refresh a day, and the same object until the root changes', async () => {
    const { mirror, root, clock, read } = play()
    await read()
    const before = mirror.requests.length
    const first = await root.read(AbortSignal.timeout(5000))
    expect(await root.read(AbortSignal.timeout(5000))).toBe(first)
    expect(mirror.requests.length).toBe(before)
    clock.now = new Date(START.getTime() + DAY_MS)
    await read()
    expect(mirror.requests.slice(before)).toEqual([
      '2.root.json',
      'timestamp.json',
      '1.snapshot.json',
      '1.targets.json',
    ])
    expect(await root.read(AbortSignal.timeout(5000))).toBe(first)
  })

  test('a refresh that fails keeps the last good root and says so', async () => {
    const { mirror, clock, read, reports } = play()
    mirror.publish(NEW)
    await read()
    mirror.brokenWith = 410
    clock.now = new Date(START.getTime() + DAY_MS)
    expect(await read()).toEqual(NEW)
    expect(reports).toEqual([
      'trusted root of Sigstore cannot be refreshed, the last good one counts: 127.0.0.1:' +
        `${reports[0]?.match(/:(\d+) answers/)?.[1]} answers with HTTP 410`,
    ])
  })

  test('what is kept on disk counts at the next start, verified again', async () => {
    const { mirror, read, start } = play()
    mirror.publish(NEW)
    await read()
    mirror.brokenWith = 410
    expect(await read(start())).toEqual(NEW)
  })

  test('a kept file that was changed is reported, and what is built in counts', async () => {
    const { mirror, read, start, folder, reports } = play()
    mirror.publish(NEW)
    await read()
    mirror.brokenWith = 410
    const file = join(folder, 'sigstore-root.json')
    const kept = JSON.parse(readFileSync(file, 'utf8'))
    kept.trustedRoot = Buffer.from(JSON.stringify({ ...NEW, tlogs: [] })).toString('base64')
    writeFileSync(file, JSON.stringify(kept))
    expect(await read(start())).toEqual(BUILT_IN)
    expect(reports[0]).toStartWith(
      'kept trusted root of Sigstore cannot be used, the one that is built in counts: ',
    )
  })

  test('a root that nobody could confirm for a month is an outage, never unsigned', async () => {
    const { mirror, root, clock, read } = play()
    await read()
    mirror.brokenWith = 410
    clock.now = new Date(START.getTime() + 30 * DAY_MS)
    await read()
    clock.now = new Date(START.getTime() + 30 * DAY_MS + HOUR_MS)
    const outage = await root.read(AbortSignal.timeout(5000)).catch((error) => error)
    expect(outage).toBeInstanceOf(TrustError)
    expect(outage.code).toBe('UNAVAILABLE_METADATA')
    expect(outage.message).toMatch(
      /^the trusted root of Sigstore could not be refreshed from 127\.0\.0\.1:\d+ since 2026-11-25T00:00:00\.000Z; let that host be reached, or set trustedRoot$/,
    )
    mirror.brokenWith = undefined
    mirror.now = clock.now
    mirror.publish(NEW)
    clock.now = new Date(clock.now.getTime() + HOUR_MS)
    expect(await read()).toEqual(NEW)
  })

  test('what is built in counts as long as the root of its repository, were it never confirmed', async () => {
    const { mirror, root, clock, read } = play()
    mirror.brokenWith = 410
    clock.now = new Date(START.getTime() + 364 * DAY_MS)
    expect(await read()).toEqual(BUILT_IN)
    clock.now = new Date(START.getTime() + 366 * DAY_MS)
    expect(root.read(AbortSignal.timeout(5000))).rejects.toThrow('could not be refreshed from')
  })

  test('roots are followed one by one to the newest keys (TUF 5.3)', async () => {
    const { mirror, read, reports } = play()
    const old = mirror.rootKey
    mirror.rootKey = createKeyPair('ed25519')
    mirror.publishRoot([old, mirror.rootKey])
    mirror.publish(NEW)
    expect(await read()).toEqual(NEW)
    expect(reports).toEqual([])
  })

  test('versions that a thief of replaced keys has raised do not last (TUF 5.3.11, fast forward)', async () => {
    const { mirror, clock, read, reports } = play()
    for (const role of ['timestamp', 'snapshot', 'targets'] as const) mirror.setVersion(role, 1000)
    mirror.publish(BUILT_IN)
    await read()
    mirror.onlineKey = createKeyPair('p256')
    mirror.publishRoot()
    for (const role of ['timestamp', 'snapshot', 'targets'] as const) mirror.setVersion(role, 1)
    mirror.publish(NEW)
    clock.now = new Date(START.getTime() + DAY_MS)
    expect(await read()).toEqual(NEW)
    expect(reports).toEqual([])
  })
})

describe('a mirror that lies', () => {
  const cases: readonly (readonly [
    name: string,
    lie: (mirror: SigstoreMirror) => void,
    why: string,
  ])[] = [
    [
      'a root of other keys',
      (mirror) => {
        mirror.rootKey = createKeyPair('ed25519')
        mirror.publishRoot([mirror.rootKey])
        mirror.publish(NEW)
      },
      'the root of the Sigstore repository: root was signed by 0/1 keys',
    ],
    [
      'a skipped root (TUF 5.3.5)',
      (mirror) => {
        mirror.setVersion('root', 2)
        mirror.publishRoot()
        mirror.files.set('2.root.json', mirror.file('3.root.json'))
      },
      'the root of the Sigstore repository: version 3 in place of 2',
    ],
    [
      'an expired root (TUF 5.3.10)',
      (mirror) => mirror.publishRoot([mirror.rootKey], -1),
      'the root of the Sigstore repository: it expired at 2026-11-24T00:00:00Z',
    ],
    [
      'a timestamp of another key',
      (mirror) => {
        mirror.onlineKey = createKeyPair('p256')
        mirror.publish(NEW)
      },
      'the timestamp of the Sigstore repository: timestamp was signed by 0/1 keys',
    ],
    [
      'a frozen timestamp (TUF 5.4.4)',
      (mirror) => mirror.publish(NEW, { timestampDays: -1 }),
      'the timestamp of the Sigstore repository: it expired at 2026-11-24T00:00:00Z',
    ],
    [
      'expired targets (TUF 5.6.5)',
      (mirror) => mirror.publish(NEW, { targetDays: -1 }),
      'the targets of the Sigstore repository: it expired at 2026-11-24T00:00:00Z',
    ],
    [
      'targets without the trusted root',
      (mirror) => mirror.publish(NEW, { listsTarget: false }),
      'the targets of the Sigstore repository: it does not list trusted_root.json with a SHA-256',
    ],
    [
      'another file in the place of the trusted root',
      (mirror) => {
        mirror.publish(NEW)
        for (const [path] of mirror.files) {
          if (path.startsWith('targets/')) mirror.files.set(path, Buffer.from('{}'))
        }
      },
      'trusted_root.json is not the one that is described',
    ],
    [
      'a trusted root with a log that would be trusted for ever',
      (mirror) => {
        const [log, ...logs] = NEW.tlogs
        const { validFor: _, ...publicKey } = log?.publicKey ?? { validFor: undefined }
        mirror.publish({ ...NEW, tlogs: [{ ...log, publicKey }, ...logs] })
      },
      'trusted_root.json cannot be used: tlogs[0] has no start of its validity, so it would be trusted for ever',
    ],
    [
      'a timestamp with a member twice',
      (mirror) => {
        const text = mirror.file('timestamp.json').toString('utf8')
        mirror.files.set('timestamp.json', Buffer.from(text.replace('{', '{"signed":{},')))
      },
      'the timestamp of the Sigstore repository: duplicate member "signed" at character',
    ],
  ]

  test.each(cases)('%s', async (_name, lie, why) => {
    const { mirror, read, reports } = play()
    lie(mirror)
    expect(await read()).toEqual(BUILT_IN)
    expect(reports).toHaveLength(1)
    expect(reports[0]).toStartWith(
      `trusted root of Sigstore cannot be refreshed, the last good one counts: ${why}`,
    )
  })

  test('an older timestamp than before (TUF 5.4.3, rollback)', async () => {
    const { mirror, clock, read, reports } = play()
    const old = mirror.file('timestamp.json')
    mirror.publish(NEW)
    await read()
    mirror.files.set('timestamp.json', old)
    clock.now = new Date(START.getTime() + DAY_MS)
    expect(await read()).toEqual(NEW)
    expect(reports[0]).toEndWith('version 1 is older than the known 2')
  })

  test('older targets under a newer snapshot (TUF 5.5.5, mix and match)', async () => {
    const { mirror, clock, read, reports } = play()
    mirror.publish(NEW)
    await read()
    mirror.setVersion('targets', 1)
    mirror.publishSnapshot()
    clock.now = new Date(START.getTime() + DAY_MS)
    expect(await read()).toEqual(NEW)
    expect(reports[0]).toEndWith(
      'the snapshot of the Sigstore repository: version 1 is older than the known 2',
    )
  })

  test('metadata without an end', async () => {
    const { mirror, read, reports } = play()
    mirror.files.set('timestamp.json', Buffer.alloc(600 * 1024, 0x20))
    expect(await read()).toEqual(BUILT_IN)
    expect(reports[0]).toEndWith('answers with more than 524288 bytes')
  })
})
