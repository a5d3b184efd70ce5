import { describe, expect, test } from 'bun:test'
import { generateKeyPairSync, sign } from 'node:crypto'
import { createKeyPair, type KeyPair } from '../../support/key-pair.ts'
import {
  createSigningKey,
  type KeyType,
  keyIdOf,
  type SigningKey,
  type TufKey,
} from '../../support/notary/key.ts'
import { toSpki } from '../../trust/encoded-key.ts'
import { createApp, createReleases, DIGEST, GUN, validate } from './app.ts'

const TYPES: readonly KeyType[] = ['ecdsa', 'rsa', 'ecdsa-x509', 'rsa-x509', 'ed25519']
const CERTIFIED: readonly KeyType[] = ['ecdsa-x509', 'rsa-x509']

/** Validates a repository in which this key alone signs a role. */
async function validateSignedBy(
  role: 'root' | 'targets' | 'snapshot' | 'timestamp' | 'targets/releases',
  key: SigningKey,
): Promise<string> {
  if (role === 'targets/releases') {
    const app = await createReleases({ keys: [key] })
    app.addTarget('1', DIGEST, role)
    app.publish()
    return validate(app)
  }
  const app = await createApp({ keys: { [role]: [key] } })
  app.publish()
  return validate(app)
}

/** The same key described by other data, and signing under the id of that. */
function describeAs(key: SigningKey, keytype: string, publicBytes: Uint8Array): SigningKey {
  const keyval = { private: null, public: Buffer.from(publicBytes).toString('base64') }
  const tufKey: TufKey = { keytype, keyval }
  const id = keyIdOf(tufKey)
  return { ...key, id, tufKey, sign: (message) => ({ ...key.sign(message), keyid: id }) }
}

function signWith(key: SigningKey, signature: (message: Uint8Array) => object): SigningKey {
  return { ...key, sign: (message) => ({ ...key.sign(message), ...signature(message) }) }
}

const published = (key: SigningKey) => Buffer.from(key.tufKey.keyval.public, 'base64')

describe.each(TYPES)('a key of type %s', (type) => {
  test.each(['targets', 'snapshot', 'timestamp', 'targets/releases'] as const)(
    'signs %s',
    async (role) => {
      expect(await validateSignedBy(role, await createSigningKey({ type }))).toBe(DIGEST)
    },
  )
})

test.each(CERTIFIED)('a key of type %s signs the root', async (type) => {
  expect(await validateSignedBy('root', await createSigningKey({ type, commonName: GUN }))).toBe(
    DIGEST,
  )
})

describe.each(['p384', 'p521'] as const)('a key on %s', (kind) => {
  test.each(['ecdsa', 'ecdsa-x509'] as const)('of type %s signs over SHA-256', async (type) => {
    const key = await createSigningKey({ type, keyPair: createKeyPair(kind), commonName: GUN })
    expect(await validateSignedBy('targets', key)).toBe(DIGEST)
    if (type === 'ecdsa-x509') expect(await validateSignedBy('root', key)).toBe(DIGEST)
  })
})

describe('a signature does not count', () => {
  const NONE =
    'UNTRUSTED_SIGNATURE: targets metadata version 1 has 0 of 1 valid signatures of its 1 keys'

  test.each(['rsapss', 'eddsa', 'ECDSA', 'ecdsa-sha2-nistp256', 'rsapkcs1v15', ''])(
    'of an ecdsa key with the method "%s"',
    async (method) => {
      const key = await createSigningKey()
      expect(
        await validateSignedBy(
          'targets',
          signWith(key, () => ({ method })),
        ),
      ).toBe(NONE)
    },
  )

  test('in ASN.1', async () => {
    const key = await createSigningKey()
    const asn1 = (message: Uint8Array) => ({
      sig: sign('sha256', message, key.keyPair.privateKey).toString('base64'),
    })
    expect(await validateSignedBy('targets', signWith(key, asn1))).toBe(NONE)
  })

  test('over the bytes of the file in place of the canonical ones', async () => {
    const key = await createSigningKey()
    const raw = (message: Uint8Array) =>
      key.sign(Buffer.from(JSON.stringify(JSON.parse(Buffer.from(message).toString()), null, 1)))
    expect(await validateSignedBy('targets', signWith(key, raw))).toBe(NONE)
  })

  test('of nothing', async () => {
    const key = await createSigningKey()
    expect(
      await validateSignedBy(
        'targets',
        signWith(key, () => ({ sig: '' })),
      ),
    ).toBe(NONE)
  })
})

describe('a key does not count', () => {
  const reasonOf = async (key: SigningKey) => {
    const outcome = await validateSignedBy('targets', key)
    const [, reason] =
      /^UNTRUSTED_SIGNATURE: .* of its 0 keys; keys that cannot count: "[0-9a-f]{12}\.\.\.": (.*)$/.exec(
        outcome,
      ) ?? []
    return reason ?? outcome
  }
  const certificate = (key: SigningKey) => Buffer.from(key.certificatePem)
  const pair = (keys: Omit<KeyPair, 'kind'>): KeyPair => ({ kind: 'p256', ...keys })

  test.each<readonly [string, KeyType, string, (key: SigningKey) => Uint8Array, string]>([
    ['ecdsa called rsa', 'ecdsa', 'rsa', published, 'a ecdsa key is called rsa'],
    ['rsa called ecdsa', 'rsa', 'ecdsa', published, 'a rsa key is called ecdsa'],
    [
      'an ecdsa certificate called rsa',
      'ecdsa-x509',
      'rsa-x509',
      published,
      'a ecdsa key is called',
    ],
    [
      'a certificate called bare',
      'ecdsa',
      'ecdsa',
      certificate,
      'a public key that cannot be read',
    ],
    ['a bare key called certificate', 'ecdsa', 'ecdsa-x509', published, 'no PEM block'],
    [
      'an SPKI called ed25519',
      'ed25519',
      'ed25519',
      (key) => toSpki(key.keyPair.publicKey),
      'an ed25519 key of 44 bytes',
    ],
    ['raw ed25519 called ecdsa', 'ed25519', 'ecdsa', published, 'a public key that cannot be read'],
    [
      'an ed25519 SPKI called ecdsa',
      'ed25519',
      'ecdsa',
      (key) => toSpki(key.keyPair.publicKey),
      'a ed25519 key is called ecdsa',
    ],
    ['ecdsa called ED25519', 'ecdsa', 'ED25519', published, 'unknown key type "ED25519"'],
    ['ecdsa called __proto__', 'ecdsa', '__proto__', published, 'unknown key type "__proto__"'],
  ])('%s', async (_, type, keytype, publicBytes, reason) => {
    const key = await createSigningKey({ type })
    expect(await reasonOf(describeAs(key, keytype, publicBytes(key)))).toStartWith(reason)
  })

  test('of RSA with 1024 bits', async () => {
    const weak = pair(generateKeyPairSync('rsa', { modulusLength: 1024 }))
    const key = await createSigningKey({ type: 'rsa', keyPair: { ...weak, kind: 'rsa2048' } })
    expect(await reasonOf(key)).toBe('an RSA key of 1024 bits, at least 2048 are needed')
  })

  test('on P-224', async () => {
    const weak = pair(generateKeyPairSync('ec', { namedCurve: 'secp224r1' }))
    const key = describeAs(await createSigningKey(), 'ecdsa', toSpki(weak.publicKey))
    expect(await reasonOf(key)).toStartWith('an elliptic curve (secp224r1) other than P-256')
  })

  test('that the role names and the root does not list', async () => {
    const app = await createApp()
    const key = await createSigningKey()
    app.publish(undefined, {
      root: {
        signed: (root) => ({
          ...root,
          roles: { ...root.roles, targets: { keyids: [key.id], threshold: 1 } },
        }),
      },
      targets: { signers: [key] },
    })
    expect(await validate(app)).toBe(
      `UNTRUSTED_MALFORMED_METADATA: malformed root metadata: targets names the key "${key.id.slice(0, 12)}...", which is not listed`,
    )
  })
})
