import { afterAll, beforeAll, describe, expect, test } from 'bun:test'
import { UsageError } from '../../src/cli/command.ts'
import { DIGEST } from '../admission/fixture.ts'
import { createRepository } from '../support/notary/repository.ts'
import { type EmbeddedNotary, startNotary } from '../support/notary/server.ts'
import { Folder, makeConfig, runInside } from './fixture.ts'

const GUN = 'docker.io/acme/app'
const SIGNED_AT = new Date('2026-01-01T00:00:00Z')

let folder: Folder
let notary: EmbeddedNotary
let config: string

beforeAll(async () => {
  const repository = await createRepository({ gun: GUN, now: SIGNED_AT })
  repository.addTarget('1', DIGEST)
  repository.publish()
  notary = startNotary()
  notary.repositories.set(GUN, repository)
  folder = new Folder()
  config = folder.write('config.yaml', makeConfig(repository.rootPublicKeyPem, notary.url))
})
afterAll(() => {
  notary.stop()
  folder.remove()
})

const verify = (...argv: readonly string[]) =>
  runInside('verify', '--config', config, '--at', '2026-01-02T00:00:00Z', ...argv)

/** For images that cannot be judged: somebody who does not wait for long. */
const IMPATIENT = '--timeout=0.2'

describe('verify exits', () => {
  test.each([
    ['0 when all images are trusted', 0, ['acme/app:1', 'ok/app:1']],
    ['1 when one is not', 1, ['acme/app:1', 'acme/app:2']],
    [
      '1 when one is not, though another could not be judged',
      1,
      [IMPATIENT, 'bad/app:1', 'down/app:1'],
    ],
    ['1 when one is no reference', 1, ['not an image']],
  ])('%s', async (_, exitCode, argv) => {
    expect((await verify(...argv)).exitCode).toBe(exitCode)
  })

  test('2 when it could not tell and no image was definitely untrusted', async () => {
    notary.faults.set('*', { kind: 'status', status: 500 })
    try {
      expect((await verify(IMPATIENT, 'acme/app:1', 'ok/app:1')).exitCode).toBe(2)
      expect((await verify(IMPATIENT, 'acme/app:1', 'bad/app:1')).exitCode).toBe(1)
    } finally {
      notary.faults.clear()
    }
  })
})

test('verify prints a table, an image after the other in the order they were given', async () => {
  const { stdout, stderr } = await verify('ok/b:1', 'acme/app:1', 'bad/a:1')
  const heads = stdout.split('\n').filter((line) => /^\S/.test(line))
  expect(heads).toEqual(['trusted  ok/b:1', 'trusted  acme/app:1', 'not trusted  bad/a:1'])
  expect(stderr).toBe('')
})

test('verify prints json that holds the digest and the pinned name', async () => {
  const { stdout } = await verify('--output', 'json', 'acme/app:1')
  expect(JSON.parse(stdout)).toEqual({
    images: [
      {
        image: 'acme/app:1',
        trusted: true,
        digest: DIGEST,
        pinned: `${GUN}:1@${DIGEST}`,
        rule: '*:*',
        validator: 'default',
      },
    ],
  })
})

describe('--at', () => {
  const at = (time: string) =>
    runInside('verify', '--config', config, '--output=json', '--at', time, 'acme/app:1')

  test.each(['2026-01-02', '2026-01-14T23:59:59Z', '2026-01-02T00:00:00.5+02:00'])(
    'judges as of %s, when the timestamp was fresh',
    async (time) => {
      expect((await at(time)).exitCode).toBe(0)
    },
  )

  test('judges as of a time when it had expired', async () => {
    const { stdout } = await at('2026-01-16T00:00:00Z')
    expect(JSON.parse(stdout)).toMatchObject({ images: [{ code: 'UNTRUSTED_EXPIRED' }] })
  })

  test.each([
    'now',
    '',
    '2026',
    '1767312000',
    '2026-13-01',
    '2026-02-30T00:00:00Z',
    '2026-01-02 (x)',
  ])('refuses %p, which is no time', async (time) => {
    await expect(at(time)).rejects.toBeInstanceOf(UsageError)
  })
})

test('verify refuses a configuration that is not there', async () => {
  const missing = `${folder.path}/missing.yaml`
  await expect(runInside('verify', '--config', missing, 'app:1')).rejects.toThrow(
    new UsageError(`the configuration ${missing} cannot be read: ENOENT`),
  )
})
