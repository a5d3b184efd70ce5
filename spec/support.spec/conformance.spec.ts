import { afterAll, describe, expect, test } from 'bun:test'
import { createHash } from 'node:crypto'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseCommandLine } from '../support/conformance/command-line.ts'
import { runSuite } from '../support/conformance/suite.ts'
import { verifyBundle } from '../support/conformance/verify-bundle.ts'
import { createKeyPair, toPublicKeyPem } from '../support/key-pair.ts'
import { createSigstore, imageStatement } from '../support/sigstore/world.ts'

const SUBJECT = 'https://ci.example/workflow@refs/heads/main'
const ISSUER = 'https://issuer.example'
const ARTIFACT = Buffer.from('an artifact\n')
const DIGEST = `sha256:${createHash('sha256').update(ARTIFACT).digest('hex')}`

const sigstore = await createSigstore()
const now = new Date(sigstore.clock.getTime() + 60_000)
const folder = mkdtempSync(join(tmpdir(), 'conformance-'))
const cases = join(folder, 'test/assets/bundle-verify')
afterAll(() => rmSync(folder, { recursive: true }))

function writeCase(name: string, files: Readonly<Record<string, string | Buffer | object>>): void {
  mkdirSync(join(cases, name), { recursive: true })
  for (const [file, content] of Object.entries(files)) {
    const isText = typeof content === 'string' || Buffer.isBuffer(content)
    writeFileSync(join(cases, name, file), isText ? content : JSON.stringify(content))
  }
}

describe('the conformance program', () => {
  test('runs each folder of a suite, and wants those that end in _fail refused', async () => {
    const certified = await sigstore.certify({ issuer: ISSUER, subject: SUBJECT })
    const message = await sigstore.signBundle(certified, { payload: ARTIFACT, content: 'message' })
    const identity = { identity: `${SUBJECT}\n`, issuer: `${ISSUER}\n` }
    const common = { 'trusted_root.json': sigstore.trustedRoot, ...identity }
    const pair = createKeyPair('p256')
    const statement = await sigstore.signBundle(pair, { payload: imageStatement(DIGEST) })
    writeCase('message', { ...common, 'bundle.sigstore.json': message, artifact: ARTIFACT })
    writeCase('other-artifact_fail', { ...common, 'bundle.sigstore.json': message, artifact: 'x' })
    writeCase('other-identity_fail', {
      'bundle.sigstore.json': message,
      'trusted_root.json': sigstore.trustedRoot,
      artifact: ARTIFACT,
    })
    writeCase('public-good_fail', {
      ...identity,
      'bundle.sigstore.json': message,
      artifact: ARTIFACT,
    })
    const key = { 'key.pub': toPublicKeyPem(pair), 'trusted_root.json': sigstore.trustedRoot }
    writeCase('key', { ...key, 'bundle.sigstore.json': statement, artifact: ARTIFACT })
    writeCase('wrongly-named_fail', {
      ...key,
      'bundle.sigstore.json': statement,
      artifact: ARTIFACT,
    })
    const results = await runSuite(folder, now)
    expect(results.map(({ name, passed }) => `${name} ${passed}`)).toEqual([
      'key true',
      'message true',
      'other-artifact_fail true',
      'other-identity_fail true',
      'public-good_fail true',
      'wrongly-named_fail false',
    ])
  })

  test('takes a digest in place of a file for a statement', async () => {
    const pair = createKeyPair('p256')
    const bundle = join(folder, 'bundle.json')
    const key = join(folder, 'key.pub')
    const trustedRoot = join(folder, 'trusted_root.json')
    const signed = await sigstore.signBundle(pair, { payload: imageStatement(DIGEST) })
    writeFileSync(bundle, JSON.stringify(signed))
    writeFileSync(key, toPublicKeyPem(pair))
    writeFileSync(trustedRoot, JSON.stringify(sigstore.trustedRoot))
    const asked = { bundle, trustedRoot, signer: { kind: 'key', file: key } } as const
    await verifyBundle({ ...asked, artifact: DIGEST }, now)
    const other = verifyBundle({ ...asked, artifact: `sha256:${'0'.repeat(64)}` }, now)
    expect(other).rejects.toThrow('the statement does not name the artifact')
  })

  test('speaks the protocol of the suite', () => {
    const words = ['verify-bundle', '--bundle', 'b', '--trusted-root', 't']
    const who = ['--certificate-identity', 'me', '--certificate-oidc-issuer', 'is']
    expect(parseCommandLine([...words, ...who, 'a.txt'])).toEqual({
      bundle: 'b',
      trustedRoot: 't',
      artifact: 'a.txt',
      signer: { kind: 'identity', subject: 'me', issuer: 'is' },
    })
    expect(() => parseCommandLine([...words, ...who, '--key', 'k', 'a.txt'])).toThrow(
      'either --key',
    )
    expect(() => parseCommandLine([...words, 'a.txt'])).toThrow('either --key')
  })
})
