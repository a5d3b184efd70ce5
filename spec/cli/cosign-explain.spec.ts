import { afterAll, beforeAll, expect, test } from 'bun:test'
import { attachBundle, keyBundle, pushImage } from '../support/cosign/shelf.ts'
import { createKeyPair, toPublicKeyPem } from '../support/key-pair.ts'
import { type EmbeddedRegistry, startRegistry } from '../support/registry/server.ts'
import { Folder, runInside } from './fixture.ts'

const ALICE = createKeyPair('p256')
const NAME = 'team/app'

let folder: Folder
let registry: EmbeddedRegistry
let digest: string
let manifest: string
let config: string

beforeAll(() => {
  registry = startRegistry()
  digest = pushImage(registry, NAME, '1')
  const store = registry.repository(NAME)
  manifest = attachBundle(store, digest, keyBundle(digest, ALICE))
  folder = new Folder()
  const key = toPublicKeyPem(ALICE)
    .trim()
    .replaceAll('\n', `\n${' '.repeat(10)}`)
  config = folder.write(
    'config.yaml',
    `validators:
  - name: signed
    type: cosign
    trustRoots:
      - name: alice
        key: |
          ${key}
policy:
  - pattern: "*:*"
    validator: signed
    with: { trustRoot: alice, verifyInTransparencyLog: false }
`,
  )
})
afterAll(() => {
  registry.stop()
  folder.remove()
})

const verify = (...flags: readonly string[]) =>
  runInside('verify', '--config', config, '--explain', ...flags, `${registry.host}/${NAME}:1`)

test('verify --explain tells of the digest, each place, each signature and what it counted for', async () => {
  const { exitCode, stdout } = await verify()
  expect(exitCode).toBe(0)
  const heads = stdout.split('\n').filter((line) => /^ {2}\d/.test(line))
  expect(heads).toEqual([
    '  1. reference',
    '  2. rule',
    '  3. digest',
    '  4. signature tag',
    '  5. referrers',
    '  6. signature',
    '  7. demand',
  ])
  expect(stdout).toContain('     form    bundle v0.3\n')
  expect(stdout).toContain('     counts  alice\n')
})

test('and so does its json', async () => {
  const { stdout } = await verify('--output', 'json')
  const { images } = JSON.parse(stdout)
  expect(images[0]).toMatchObject({ trusted: true, digest, validator: 'signed' })
  expect(images[0].steps[5]).toMatchObject({
    step: 'signature',
    ok: true,
    facts: { found: 'referrers API', digest: manifest, form: 'bundle v0.3', counts: ['alice'] },
  })
})
