import { afterAll, beforeAll, describe, expect, test } from 'bun:test'
import { parsePublicKeyPem } from '../../src/trust/key.ts'
import { DIGEST } from '../admission/fixture.ts'
import { createCertificateAuthority, issueServerCertificate } from '../support/certificate.ts'
import { createSigningKey } from '../support/notary/key.ts'
import { createRepository, type Repository } from '../support/notary/repository.ts'
import { type EmbeddedNotary, startNotary } from '../support/notary/server.ts'
import { Folder, makeConfig, runInside } from './fixture.ts'

const GUN = 'docker.io/acme/app'
const FIRST_USE = 'This is trust on first use: it is what the server says.'

let folder: Folder
let notary: EmbeddedNotary
let repository: Repository
let config: string

beforeAll(async () => {
  repository = await createRepository({ gun: GUN })
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

describe('root-key', () => {
  test('prints the keys alone to stdout, ready to paste, and what they are to stderr', async () => {
    const { exitCode, stdout, stderr } = await runInside('root-key', '--config', config, 'acme/app')
    expect(exitCode).toBe(0)
    expect(parsePublicKeyPem(stdout).identity).toBe(
      parsePublicKeyPem(repository.rootPublicKeyPem).identity,
    )
    expect(stderr).toStartWith(FIRST_USE)
    const [key] = repository.keys.get('root') ?? []
    const bare = key && (await createSigningKey({ type: 'ecdsa', keyPair: key.keyPair }))
    expect(stderr).toContain(`repository   ${GUN}\n`)
    expect(stderr).toContain(`id           ${bare?.id}, as "notary key list" has it\n`)
    expect(stderr).toContain(`in the root  ${key?.id}\n`)
    expect(stderr).toMatch(/key {10}ecdsa, SHA-256 fingerprint [0-9a-f]{64}\n/)
    expect(stderr).toContain(`certificate  CN=${GUN}, from `)
  })

  test('prints json that holds all of it', async () => {
    const { stdout } = await runInside('root-key', '--output=json', '--config', config, 'acme/app')
    expect(JSON.parse(stdout)).toMatchObject({
      server: notary.url,
      repository: GUN,
      version: 1,
      threshold: 1,
      keys: [{ type: 'ecdsa', pem: repository.rootPublicKeyPem }],
    })
  })

  test('asks a server without a configuration, under its own CA', async () => {
    const authority = await createCertificateAuthority()
    const secure = startNotary({ tls: await issueServerCertificate(authority) })
    secure.repositories.set(GUN, repository)
    try {
      const server = ['--server', secure.host, '--cacert', folder.write('ca.crt', authority.cert)]
      const { exitCode, stdout } = await runInside('root-key', ...server, 'acme/app')
      expect([exitCode, stdout]).toEqual([0, repository.rootPublicKeyPem])
      const distrusted = await runInside('root-key', '--server', secure.host, 'acme/app')
      expect([distrusted.exitCode, distrusted.stdout]).toEqual([2, ''])
      expect(distrusted.stderr).toContain('[UNAVAILABLE_TLS, for the network to act]')
    } finally {
      secure.stop()
    }
  })

  test.each<[string, readonly string[], number, string]>([
    [
      'a repository without trust data',
      ['acme/none'],
      1,
      `no trust data for docker.io/acme/none [UNTRUSTED_NO_TRUST_DATA,`,
    ],
  ])('says so of %s', async (_, images, exitCode, words) => {
    const outcome = await runInside('root-key', '--config', config, ...images)
    expect([outcome.exitCode, outcome.stdout]).toEqual([exitCode, ''])
    expect(outcome.stderr).toContain(words)
  })

  test('says so of a root that is not sound in itself', async () => {
    const forged = await createRepository({ gun: 'docker.io/acme/forged' })
    forged.publish(new Date(), { root: { signers: [] } })
    notary.repositories.set('docker.io/acme/forged', forged)
    const { exitCode, stdout, stderr } = await runInside(
      'root-key',
      '--config',
      config,
      'acme/forged',
    )
    expect([exitCode, stdout]).toEqual([1, ''])
    expect(stderr).toContain('[UNTRUSTED_SIGNATURE, for the publisher to act]')
  })

  test.each<[readonly string[], string]>([
    [['bad/app'], 'has this image verified by the validator deny, not by a Notary server'],
    [['UPPER'], 'UPPER'],
    [['--cacert', '/x', 'acme/app'], '--cacert goes with --server'],
    [['--server', 'a b', 'acme/app'], 'it holds white space or a backslash'],
    [
      ['--server', 'notary.example', '--cacert', '/nowhere/ca.crt', 'acme/app'],
      'there is no file /nowhere/ca.crt',
    ],
  ])('is misused as %p', async (argv, message) => {
    await expect(runInside('root-key', '--config', config, ...argv)).rejects.toThrow(message)
  })
})

describe('forget', () => {
  const stateDir = () => `${folder.path}/state`
  const verify = () =>
    runInside('verify', '--config', config, '--state-dir', stateDir(), 'acme/app:1')
  const forget = (image = 'acme/app') =>
    runInside('forget', '--config', config, '--state-dir', stateDir(), image)

  test('lets a repository go back to an older state, which is refused else', async () => {
    const older = { files: new Map(repository.files) }
    repository.publish()
    expect((await verify()).exitCode).toBe(0)
    notary.repositories.set(GUN, older)
    const refused = await verify()
    expect([refused.exitCode, refused.stdout.includes('UNTRUSTED_ROLLBACK')]).toEqual([1, true])
    const { exitCode, stdout } = await forget('acme/app:any')
    expect([exitCode, stdout]).toEqual([
      0,
      `what was remembered of ${GUN} at ${notary.url} is forgotten\n`,
    ])
    expect((await verify()).exitCode).toBe(0)
  })

  test('says where nothing was remembered', async () => {
    const { exitCode, stdout } = await forget('acme/other')
    expect(exitCode).toBe(0)
    expect(stdout).toStartWith('nothing was remembered of docker.io/acme/other at ')
  })

  test('needs a folder', async () => {
    await expect(runInside('forget', '--config', config, 'acme/app')).rejects.toThrow(
      'forget needs --state-dir DIR',
    )
    const file = folder.write('file', '')
    await expect(
      runInside('forget', '--config', config, '--state-dir', file, 'acme/app'),
    ).rejects.toThrow(`${file} cannot be used to keep state`)
  })
})

describe('verify --explain', () => {
  const explain = async (...argv: readonly string[]) =>
    (await runInside('verify', '--config', config, '--timeout=1', '--explain', ...argv)).stdout

  test('shows each step under the verdict', async () => {
    const out = await explain('acme/app:1')
    const heads = out.split('\n').filter((line) => /^ {2}\d/.test(line))
    expect(heads).toEqual([
      '  1. reference',
      '  2. rule',
      '  3. server',
      '  4. roots',
      '  5. root',
      '  6. timestamp',
      '  7. snapshot',
      '  8. targets',
      '  9. target',
    ])
    expect(out).toContain('     normalised  docker.io/acme/app:1\n')
    expect(out).toContain('     why        it is the only rule that matches\n')
  })

  test('marks the step that failed, and says who has to act', async () => {
    const out = await explain('acme/app:2')
    expect(out).toContain('  9. target  failed\n')
    expect(out).toEndWith(
      '\n  The publisher of the image has to act: what there is of signatures is not what the rule asks for.\n',
    )
  })

  test.each([
    ['not an image', '  1. reference  failed\n'],
    ['bad/app:1', '  3. verdict  failed\n'],
    ['ok/app:1', '  3. approval\n     by        the static validator allow\n'],
    ['ok/app:1', '     beaten     *:*  it has fewer components (1 against 3)\n'],
  ])('explains %p', async (image, words) => {
    expect(await explain(image)).toContain(words)
  })

  test('is complete in json', async () => {
    const { images } = JSON.parse(await explain('--output=json', 'acme/app:1', 'acme/app:2'))
    expect(images.map(({ steps }: { steps: readonly object[] }) => steps.length)).toEqual([9, 9])
    expect(images[1].steps[8]).toMatchObject({ step: 'target', ok: false, facts: { tag: '2' } })
  })

  test('is absent where nobody asked', async () => {
    const { stdout } = await runInside('verify', '--config', config, '--output=json', 'acme/app:1')
    expect(JSON.parse(stdout).images[0]).not.toHaveProperty('steps')
  })
})

test.each(['0', '-1', 'x', '1e3', '99999'])('verify --timeout %p is refused', async (seconds) => {
  await expect(
    runInside('verify', '--config', config, `--timeout=${seconds}`, 'acme/app:1'),
  ).rejects.toThrow('--timeout needs a number of seconds')
})

test('a switch takes no value', async () => {
  await expect(runInside('verify', '--explain=yes', 'acme/app:1')).rejects.toThrow(
    '--explain takes no value',
  )
})
