import { describe, expect, test } from 'bun:test'
import {
  constants,
  createHash,
  createPublicKey,
  type KeyObject,
  verify,
  X509Certificate,
} from 'node:crypto'
import { createKeyPair } from '../support/key-pair.ts'
import { createSigningKey, type KeyType, type TufKey } from '../support/notary/key.ts'
import { createRepository, type Repository } from '../support/notary/repository.ts'

const NOW = new Date('2026-06-01T12:00:00Z')
const DIGEST = 'a'.repeat(64)
const KEY_TYPES: readonly KeyType[] = ['ecdsa', 'rsa', 'ecdsa-x509', 'rsa-x509', 'ed25519']

interface File {
  readonly signed: {
    readonly version: number
    readonly expires: string
    readonly keys: Record<string, TufKey>
    readonly roles: Record<string, { readonly keyids: readonly string[] }>
    readonly meta: Record<string, { readonly hashes: { readonly sha256: string } }>
    readonly targets: Record<string, { readonly hashes: { readonly sha256: string } }>
  }
  readonly signatures: readonly { readonly keyid: string; readonly sig: string }[]
}

function read(repository: Repository, name: string): File {
  return JSON.parse(Buffer.from(repository.files.get(name) ?? []).toString())
}

/** Takes the signed object from the text, which the forger writes in canonical form there. */
function signedBytes(repository: Repository, name: string): Buffer {
  const text = Buffer.from(repository.files.get(name) ?? []).toString()
  return Buffer.from(text.slice('{"signed":'.length, text.lastIndexOf(',"signatures":')))
}

function publicKeyOf({ keytype, keyval }: TufKey): KeyObject {
  const bytes = Buffer.from(keyval.public, 'base64')
  if (keytype.endsWith('-x509')) return new X509Certificate(bytes).publicKey
  if (keytype !== 'ed25519') return createPublicKey({ key: bytes, format: 'der', type: 'spki' })
  const x = bytes.toString('base64url')
  return createPublicKey({ key: { kty: 'OKP', crv: 'Ed25519', x }, format: 'jwk' })
}

function isSignedBy(key: TufKey, message: Buffer, sig: string): boolean {
  const publicKey = publicKeyOf(key)
  const signature = Buffer.from(sig, 'base64')
  if (key.keytype === 'ed25519') return verify(null, message, publicKey, signature)
  const rsa = { padding: constants.RSA_PKCS1_PSS_PADDING, saltLength: 32 }
  const ecdsa = { dsaEncoding: 'ieee-p1363' as const }
  const options = key.keytype.startsWith('rsa') ? rsa : ecdsa
  return verify('sha256', message, { key: publicKey, ...options }, signature)
}

describe('an embedded repository', () => {
  test.each(KEY_TYPES)('signs every base role with %s keys that its root lists', async (type) => {
    const keyTypes = { root: type, targets: type, snapshot: type, timestamp: type }
    const repository = await createRepository({ gun: 'acme/app', now: NOW, keyTypes })
    repository.publish()
    const { keys, roles } = read(repository, 'root.json').signed
    for (const role of ['root', 'targets', 'snapshot', 'timestamp']) {
      const [signature] = read(repository, `${role}.json`).signatures
      const id = roles[role]?.keyids[0] ?? ''
      const key = keys[id]
      if (signature === undefined || key === undefined) throw new RangeError(`${role} has no key`)
      expect(signature.keyid).toBe(id)
      expect(isSignedBy(key, signedBytes(repository, `${role}.json`), signature.sig)).toBe(true)
      expect(isSignedBy(key, Buffer.from('other'), signature.sig)).toBe(false)
    }
  })

  test.each([
    ['p256', 64],
    ['p384', 96],
    ['p521', 132],
  ] as const)('signs with %s as %d raw bytes over SHA-256', async (kind, length) => {
    const key = await createSigningKey({ type: 'ecdsa', keyPair: createKeyPair(kind) })
    const { sig } = key.sign(Buffer.from('message'))
    expect(Buffer.from(sig, 'base64')).toHaveLength(length)
    expect(isSignedBy(key.tufKey, Buffer.from('message'), sig)).toBe(true)
  })

  test('names a key by the hash of its canonical JSON (notary, tuf/data/keys.go)', async () => {
    const { id, tufKey } = await createSigningKey({ type: 'rsa' })
    const text = `{"keytype":"rsa","keyval":{"private":null,"public":"${tufKey.keyval.public}"}}`
    expect(id).toBe(createHash('sha256').update(text).digest('hex'))
  })

  test('serves each file by its hash as the snapshot and the timestamp promise it', async () => {
    const repository = await createRepository({ gun: 'acme/app', now: NOW })
    await repository.delegate('targets/releases')
    repository.addTarget('v1', `acme/app:v1@sha256:${DIGEST}`, 'targets/releases')
    repository.publish()
    const { snapshot } = read(repository, 'timestamp.json').signed.meta
    const files = { ...read(repository, 'snapshot.json').signed.meta, snapshot }
    expect(Object.keys(files).sort()).toEqual(['root', 'snapshot', 'targets', 'targets/releases'])
    for (const [role, meta] of Object.entries(files)) {
      const hex = Buffer.from(meta?.hashes.sha256 ?? '', 'base64').toString('hex')
      const bytes = repository.files.get(`${role}.${hex}.json`)
      expect(bytes).toEqual(repository.files.get(`${role}.json`))
      expect(
        createHash('sha256')
          .update(bytes ?? '')
          .digest('hex'),
      ).toBe(hex)
    }
  })

  test('publishes the next version of all but an unchanged root', async () => {
    const repository = await createRepository({ gun: 'acme/app', now: NOW })
    repository.publish()
    repository.publish(new Date('2026-06-02T12:00:00Z'))
    const versions = ['root', 'targets', 'snapshot', 'timestamp'].map(
      (role) => read(repository, `${role}.json`).signed.version,
    )
    expect(versions).toEqual([1, 2, 2, 2])
    expect(read(repository, 'timestamp.json').signed.expires).toBe('2026-06-16T12:00:00.000Z')
    expect(read(repository, '1.timestamp.json').signed.expires).toBe('2026-06-15T12:00:00.000Z')
  })

  test('signs a rotated root with the old key and with the new one', async () => {
    const repository = await createRepository({ gun: 'acme/app', now: NOW })
    repository.publish()
    const old = repository.keys.get('root')?.[0]?.id
    const next = await createSigningKey({ type: 'ecdsa-x509', commonName: 'acme/app' })
    repository.keys.set('root', [next])
    repository.publish()
    const signers = read(repository, '2.root.json').signatures.map(({ keyid }) => keyid)
    expect(signers).toEqual([next.id, old ?? ''])
  })

  test('signs tags that break naive JSON code', async () => {
    const repository = await createRepository({ gun: 'acme/app', now: NOW })
    const tags = ['2', '10', '1', '__proto__', '<b>', '"\\', '\u{1f600}', '\uffff']
    for (const tag of tags) repository.addTarget(tag, DIGEST)
    repository.publish()
    const { targets } = read(repository, 'targets.json').signed
    expect(Object.keys(targets).sort()).toEqual([...tags].sort())
    const text = Buffer.from(repository.files.get('targets.json') ?? []).toString()
    expect(text.indexOf('"10"')).toBeLessThan(text.indexOf('"2"'))
    expect(text.indexOf('\uffff')).toBeLessThan(text.indexOf('\u{1f600}'))
    expect(text).toContain('"\\u003cb\\u003e"')
  })
})
