import { describe, expect, test } from 'bun:test'
import { parsePublicKeyPem } from '../../../src/trust/key.ts'
import { parseMetadata } from '../../../src/trust/tuf/metadata.ts'
import { anchorRoot } from '../../../src/trust/tuf/root-chain.ts'
import { verifyRoot } from '../../../src/trust/tuf/verify.ts'
import { selfSignedCertificate } from '../../support/certificate.ts'
import { createKeyPair, type KeyPair, toPublicKeyPem } from '../../support/key-pair.ts'
import { createSigningKey, keyIdOf, type SigningKey } from '../../support/notary/key.ts'
import { createRepository, type Repository } from '../../support/notary/repository.ts'
import { outcomeOf } from '../outcome.ts'

const GUN = 'registry.example/acme/app'
const NOW = new Date('2026-06-01T12:00:00Z')
const NOT_NAMED = `UNTRUSTED_ROOT: root version 1 of ${GUN} does not name the pinned key among its root keys`

const rootKey = (options: Parameters<typeof createSigningKey>[0] = {}) =>
  createSigningKey({ type: 'ecdsa-x509', commonName: GUN, ...options })

/** Makes a repository with these root keys, published. */
async function publish(keys: readonly SigningKey[], threshold = 1): Promise<Repository> {
  const options = { gun: GUN, now: NOW, keys: { root: keys }, thresholds: { root: threshold } }
  const repository = await createRepository(options)
  repository.publish()
  return repository
}

function verify(repository: Repository, pins = [repository.rootPublicKeyPem], now = NOW): string {
  const anchor = { gun: GUN, pins: pins.map(parsePublicKeyPem) }
  const bytes = repository.files.get('root.json') ?? new Uint8Array()
  const read = () => anchorRoot(parseMetadata('root', 'root', bytes), anchor)
  return outcomeOf(() => verifyRoot(read(), now))
}

/** Verifies a root whose only key has such a certificate. */
const verifyCertified = async (options: Parameters<typeof createSigningKey>[0], now = NOW) =>
  verify(await publish([await rootKey(options)]), undefined, now)

describe('a root is anchored on the pinned key', () => {
  test('given as public key', async () => {
    expect(verify(await publish([await rootKey()]))).toBe('accepted')
  })

  test('given with a `role: root` header (notary key export)', async () => {
    const repository = await publish([await rootKey()])
    const pin = repository.rootPublicKeyPem.replace('-----\n', '-----\nrole: root\n\n')
    expect(verify(repository, [pin])).toBe('accepted')
  })

  test('given as the certificate in the root', async () => {
    const repository = await publish([await rootKey()])
    expect(verify(repository, [repository.rootCertificatePem])).toBe('accepted')
  })

  test('given as another, expired certificate of the same key for another name', async () => {
    const keyPair = createKeyPair('p256')
    const repository = await publish([await rootKey({ keyPair })])
    const notAfter = new Date('2001-01-01T00:00:00Z')
    const pin = await selfSignedCertificate({ commonName: 'elsewhere', keyPair, notAfter })
    expect(verify(repository, [pin])).toBe('accepted')
  })

  test('one of two pins is enough (trustRoot "*")', async () => {
    const repository = await publish([await rootKey()])
    const other = toPublicKeyPem(createKeyPair('p256'))
    expect(verify(repository, [other, repository.rootPublicKeyPem])).toBe('accepted')
    expect(verify(repository, [other])).toBe(NOT_NAMED)
  })

  test('and on nothing without a pin', async () => {
    expect(verify(await publish([await rootKey()]), [])).toBe(NOT_NAMED)
  })

  test.each(['p256', 'p384', 'p521', 'ed25519', 'rsa2048'] as const)(
    'rejects a root of another key than the pinned %s key',
    async (kind) => {
      const pin = toPublicKeyPem(createKeyPair(kind))
      expect(verify(await publish([await rootKey()]), [pin])).toBe(NOT_NAMED)
    },
  )

  test('rejects a root that lists the pinned key for other roles only', async () => {
    const pinned = await rootKey()
    const keys = { root: [await rootKey()], targets: [pinned] }
    const repository = await createRepository({ gun: GUN, now: NOW, keys })
    repository.publish(NOW, { root: { signers: [...keys.root, pinned] } })
    expect(verify(repository, [toPublicKeyPem(pinned.keyPair)])).toBe(NOT_NAMED)
  })

  test('rejects a root that names the pinned key, which has not signed', async () => {
    const [pinned, attacker] = [await rootKey(), await rootKey()]
    const repository = await publish([pinned, attacker])
    repository.publish(NOW, { root: { signers: [attacker] } })
    expect(verify(repository, [toPublicKeyPem(pinned.keyPair)])).toBe(
      `UNTRUSTED_ROOT: the root of ${GUN} is not signed by the pinned key`,
    )
  })

  test('rejects a root that claims the id of the pinned key for another one', async () => {
    const [pinned, attacker] = [await rootKey(), await rootKey()]
    const repository = await publish([{ ...attacker, id: pinned.id }])
    expect(verify(repository, [toPublicKeyPem(pinned.keyPair)])).toBe(NOT_NAMED)
  })
})

describe('a root needs its own threshold', () => {
  test('of two keys, one of them pinned', async () => {
    const keys = [await rootKey(), await rootKey()]
    expect(verify(await publish(keys, 2))).toBe('accepted')
  })

  test('which the pinned key alone does not meet', async () => {
    const keys = [await rootKey(), await rootKey()]
    const repository = await publish(keys, 2)
    repository.publish(NOW, { root: { signers: keys.slice(0, 1) } })
    expect(verify(repository)).toBe(
      'UNTRUSTED_SIGNATURE: root metadata version 2 has 1 of 2 valid signatures of its 2 keys',
    )
  })

  test('to which a key certified for another repository does not count', async () => {
    const other = await rootKey({ commonName: 'registry.example/other' })
    const repository = await publish([await rootKey(), other], 2)
    expect(verify(repository)).toBe(
      `UNTRUSTED_SIGNATURE: root metadata version 1 has 1 of 2 valid signatures of its 1 keys; keys that cannot count: "${other.id.slice(0, 12)}...": a root key's certificate is for "registry.example/other", not for ${GUN}`,
    )
  })
})

describe('the certificate of the pinned root key', () => {
  test.each([
    GUN,
    'registry.example/acme/*',
    'registry.example/*',
    'registry.example/acme/a*',
    '*',
  ])('may be for %s', async (commonName) => {
    expect(await verifyCertified({ commonName })).toBe('accepted')
  })

  test.each([
    ['registry.example/acme/app2'],
    ['registry.example/acme'],
    ['registry.example/acme/ap'],
    ['registry.example/other/*'],
    ['*/acme/app'],
    ['registry.example/*/app'],
    ['Registry.example/acme/app'],
    [`${GUN}\u0000`],
    [`${GUN}, O=x`],
    [`x\nCN=${GUN}`],
    [' '],
  ])('rejects the name %j', async (commonName) => {
    expect(await verifyCertified({ commonName })).toStartWith(
      `UNTRUSTED_ROOT: a root key's certificate is for "`,
    )
  })

  const DAY = '2026-06-02T12:00:00Z'
  const FOREVER = '2049-12-31T00:00:00Z'
  test.each([
    ['2000-01-01T00:00:00Z', '2026-06-01T12:00:01Z', 'accepted'],
    [DAY, FOREVER, 'accepted'],
    ['2000-01-01T00:00:00Z', '2026-06-01T12:00:00Z', 'UNTRUSTED_EXPIRED: the certificate of a'],
    ['2026-06-02T12:00:01Z', FOREVER, 'UNTRUSTED_EXPIRED: the certificate of a root key of'],
  ])('holds from %s (a day of leeway) to %s: %s', async (from, to, outcome) => {
    const validity = { notBefore: new Date(from), notAfter: new Date(to) }
    expect(await verifyCertified(validity)).toStartWith(outcome)
  })

  test('must not be that of a certificate authority', async () => {
    const keyPair = createKeyPair('p256')
    const ca = await selfSignedCertificate({ commonName: GUN, keyPair, isCa: true })
    expect(verify(await publish([recertify(await rootKey({ keyPair }), ca)]))).toBe(
      `UNTRUSTED_ROOT: a root key of ${GUN} has the certificate of a CA`,
    )
  })

  test('may be followed by those of its issuers', async () => {
    const key = await rootKey()
    const issuer = await selfSignedCertificate({ commonName: 'CA', keyPair: newPair(), isCa: true })
    const chain = recertify(key, key.certificatePem + issuer)
    expect(verify(await publish([chain]))).toBe('accepted')
  })

  test('is the first of the chain, so that another key cannot pose in front of it', async () => {
    const key = await rootKey()
    const attacker = await selfSignedCertificate({ commonName: GUN, keyPair: newPair() })
    const repository = await publish([recertify(key, attacker + key.certificatePem)])
    expect(verify(repository)).toBe(NOT_NAMED)
  })

  test.each(['ecdsa', 'rsa', 'ed25519'] as const)(
    'must exist: a bare %s key names no repository (notary, trustpinning)',
    async (type) => {
      expect(await verifyCertified({ type })).toBe(
        `UNTRUSTED_ROOT: a root key of ${GUN} has no certificate`,
      )
    },
  )
})

const newPair = (): KeyPair => createKeyPair('p256')

/** The same key with another PEM text in the root. */
function recertify(key: SigningKey, pem: string): SigningKey {
  const keyval = { private: null, public: Buffer.from(pem).toString('base64') }
  const tufKey = { keytype: 'ecdsa-x509', keyval }
  const id = keyIdOf(tufKey)
  return { ...key, id, tufKey, sign: (message) => ({ ...key.sign(message), keyid: id }) }
}
