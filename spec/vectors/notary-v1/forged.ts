import { createSigningKey } from '../../support/notary/key.ts'
import {
  type DelegationRole,
  describeFile,
  type FileMeta,
  type MetaSigned,
  type RootSigned,
} from '../../support/notary/metadata.ts'
import type { Repository } from '../../support/notary/repository.ts'
import {
  type About,
  capture,
  createApp,
  createReleases,
  createRootKey,
  DIGEST,
  denied,
  forged,
  GUN,
  NOW,
  OTHER,
  RELEASES,
  signed,
  text,
  trusted,
  vector,
  version,
} from './forge.ts'
import type { Expected, Vector } from './vector.ts'

const DAY_MS = 86_400_000
const later = (days: number) => new Date(NOW.getTime() + days * DAY_MS)

/** Makes every forged vector, with fresh keys. */
export async function createForged(): Promise<readonly Vector[]> {
  return [
    ...(await createChains()),
    ...(await createKeys()),
    ...(await createDelegations()),
    ...(await createFiles()),
    ...(await createEncodings()),
    ...(await createTargets()),
    ...(await createMemories()),
  ]
}

/** Rotates the root so many times and returns the pin of the first key. */
async function createRotated(times: number) {
  const app = await createApp()
  const pin = app.rootPublicKeyPem
  app.publish()
  for (let time = 0; time < times; time++) {
    app.keys.set('root', [await createRootKey()])
    app.publish()
  }
  return { app, pin }
}

async function createChains(): Promise<readonly Vector[]> {
  const vectors: Vector[] = []
  const chain = async (
    name: string,
    source: string,
    expect: Expected,
    alter: (files: Map<string, Uint8Array>) => void,
    times = 3,
  ) => {
    const { app, pin } = await createRotated(times)
    const files = new Map(app.files)
    alter(files)
    const about: About = { source, pins: [pin] }
    vectors.push(vector(name, about, app, capture(files, expect)))
  }
  const copy = (from: string, to: string) => (files: Map<string, Uint8Array>) => {
    const bytes = files.get(`${from}.json`)
    if (bytes !== undefined) files.set(`${to}.json`, bytes)
  }
  await chain(
    'chain-honest',
    'Three honest rotations, the first key is pinned.',
    trusted(),
    () => {},
  )
  await chain(
    'chain-gap',
    'The server hides the third root.',
    denied('UNTRUSTED_ROOT'),
    (files) => void files.delete('3.root.json'),
  )
  await chain(
    'chain-reordered',
    'The second root is served in place of the third.',
    denied('UNTRUSTED_ROOT'),
    copy('2.root', '3.root'),
  )
  await chain(
    'chain-newest-twice',
    'The newest root is served in place of the third.',
    denied('UNTRUSTED_ROOT'),
    copy('root', '3.root'),
  )
  await chain(
    'chain-stops-early',
    'The server serves the second root as the newest: a freeze that the snapshot gives away.',
    denied('UNTRUSTED_HASH_MISMATCH', 'root'),
    copy('2.root', 'root'),
  )
  const broken = async (
    name: string,
    source: string,
    expect: Expected,
    forge: (
      old: Repository,
      keys: readonly Awaited<ReturnType<typeof createRootKey>>[],
    ) => {
      readonly signers: readonly Awaited<ReturnType<typeof createRootKey>>[]
    },
  ) => {
    const app = await createApp()
    const pin = app.rootPublicKeyPem
    app.publish()
    const old = app.keys.get('root') ?? []
    const next = await createRootKey()
    app.keys.set('root', [next])
    const { signers } = forge(app, [...old, next])
    app.publish(NOW, { root: { signers } })
    vectors.push(vector(name, { source, pins: [pin] }, app, capture(app.files, expect)))
  }
  await broken(
    'chain-predecessor-missing',
    'Who owns the server appoints a new root key that the old one did not sign.',
    denied('UNTRUSTED_SIGNATURE', "version 1's"),
    (_, keys) => ({ signers: keys.slice(1) }),
  )
  await broken(
    'chain-own-missing',
    'The old key signs a root whose own new key did not sign it.',
    denied('UNTRUSTED_SIGNATURE'),
    (_, keys) => ({ signers: keys.slice(0, 1) }),
  )
  const skipping = await createApp()
  const skippingPin = skipping.rootPublicKeyPem
  skipping.publish()
  skipping.keys.set('root', [await createRootKey()])
  skipping.publish(NOW, { root: version(3) })
  vectors.push(
    vector(
      'chain-skips-a-version',
      { source: 'The second root calls itself version 3.', pins: [skippingPin] },
      skipping,
      capture(skipping.files, denied('UNTRUSTED_ROOT')),
    ),
  )
  const aged = await createApp({ expires: { root: later(-1) } })
  const agedPin = aged.rootPublicKeyPem
  aged.publish()
  aged.expires.delete('root')
  aged.keys.set('root', [await createRootKey()])
  aged.publish()
  vectors.push(
    vector(
      'chain-intermediate-expired',
      { source: 'The first root has expired, its successor has not: fine.', pins: [agedPin] },
      aged,
      capture(aged.files, trusted()),
    ),
  )
  const ending = await createApp()
  const endingPin = ending.rootPublicKeyPem
  ending.publish()
  ending.expires.set('root', later(-1))
  ending.keys.set('root', [await createRootKey()])
  ending.publish()
  vectors.push(
    vector(
      'chain-last-expired',
      { source: 'The newest root has expired.', pins: [endingPin] },
      ending,
      capture(ending.files, denied('UNTRUSTED_EXPIRED', 'root')),
    ),
  )
  return vectors
}

async function createKeys(): Promise<readonly Vector[]> {
  const withRoot = async (
    name: string,
    source: string,
    options: Parameters<typeof createSigningKey>[0],
    expect: Expected,
  ) => {
    const key = await createSigningKey({ type: 'ecdsa-x509', commonName: GUN, ...options })
    const app = await createApp({ keys: { root: [key] } })
    return vector(name, { source }, app, capture(app.publish(), expect))
  }
  const twins = async (threshold: number, expect: Expected) => {
    const root = await createRootKey()
    const key = await createSigningKey()
    const twin = await createSigningKey({ type: 'ecdsa-x509', keyPair: key.keyPair })
    const app = await createApp({
      keys: { root: [root], targets: [key, twin] },
      thresholds: { targets: threshold },
    })
    const source = 'One targets key, as bare key and in a certificate, signs twice for two.'
    return vector(`keys-twins-${threshold}`, { source }, app, capture(app.publish(), expect))
  }
  const stranger = await createSigningKey()
  const onlyFirst = async () => {
    const keys = [await createSigningKey(), await createSigningKey()]
    const app = await createApp({ keys: { targets: keys }, thresholds: { targets: 2 } })
    const files = app.publish(NOW, { targets: { signers: keys.slice(0, 1) } })
    const source = 'Who has one of two targets keys signs for both.'
    const expect = denied('UNTRUSTED_SIGNATURE', '1 of 2')
    return vector('keys-one-of-two', { source }, app, capture(files, expect))
  }
  const other = await createApp()
  const foreign = await createApp()
  return [
    await withRoot(
      'keys-wildcard',
      'A certificate for registry.example/*.',
      { commonName: 'registry.example/*' },
      trusted(),
    ),
    await withRoot(
      'keys-other-repository',
      'The whole trust data of another repository: its certificate names that one.',
      { commonName: 'registry.example/other' },
      denied('UNTRUSTED_ROOT', 'not for registry.example/app'),
    ),
    await withRoot(
      'keys-other-wildcard',
      'A certificate for evil.example/*.',
      { commonName: 'evil.example/*' },
      denied('UNTRUSTED_ROOT'),
    ),
    await withRoot(
      'keys-certificate-expired',
      'The certificate of the only root key has expired.',
      { notAfter: later(-1) },
      denied('UNTRUSTED_EXPIRED', 'certificate'),
    ),
    await withRoot(
      'keys-bare-root',
      'A root key without a certificate.',
      { type: 'ecdsa' },
      denied('UNTRUSTED_ROOT'),
    ),
    await twins(1, trusted()),
    await twins(2, denied('UNTRUSTED_SIGNATURE', '1 of 2')),
    await onlyFirst(),
    await forged(
      'keys-stranger-signs-targets',
      'Who owns the server signs targets with a key of their own, in perfect order otherwise.',
      { targets: { signers: [stranger] } },
      denied('UNTRUSTED_SIGNATURE', 'targets'),
    ),
    await forged(
      'keys-unsigned-timestamp',
      'A timestamp that nobody signed.',
      { timestamp: { signers: [] } },
      denied('UNTRUSTED_SIGNATURE', 'timestamp'),
    ),
    await forged(
      'keys-threshold-zero',
      'A root that demands no signature for targets.',
      {
        root: {
          signed: ({ roles, ...rest }: RootSigned) => ({
            ...rest,
            roles: { ...roles, targets: { ...roles['targets'], threshold: 0 } },
          }),
        },
      },
      denied('UNTRUSTED_MALFORMED_METADATA', 'threshold'),
    ),
    await forged(
      'keys-false-id',
      'A targets key under an id that is not its hash.',
      {
        root: {
          signed: ({ keys, roles, ...rest }: RootSigned) => {
            const [id = ''] = roles['targets']?.keyids ?? []
            const { [id]: key, ...others } = keys
            const fake = '0'.repeat(64)
            const targets = { keyids: [fake], threshold: 1 }
            return { ...rest, keys: { ...others, [fake]: key }, roles: { ...roles, targets } }
          },
        },
      },
      denied('UNTRUSTED_SIGNATURE', 'its id is not the hash'),
    ),
    await forged(
      'keys-wrong-method',
      'An ECDSA signature that calls itself rsapss.',
      {
        targets: {
          envelope: (envelope) => ({
            ...envelope,
            signatures: envelope.signatures.map((each) => ({ ...each, method: 'rsapss' })),
          }),
        },
      },
      denied('UNTRUSTED_SIGNATURE'),
    ),
    vector(
      'keys-pin-of-somebody-else',
      {
        source: 'Trust data in perfect order under a root key that is not pinned.',
        pins: [foreign.rootPublicKeyPem],
      },
      other,
      capture(other.publish(), denied('UNTRUSTED_ROOT', 'does not name the pinned key')),
    ),
  ]
}

async function createDelegations(): Promise<readonly Vector[]> {
  const releases = (
    name: string,
    source: string,
    forgeries: Parameters<Repository['publish']>[1],
    expect: Expected,
  ) => forged(`delegation-${name}`, source, forgeries ?? {}, expect, createReleases)
  const signers = async (
    name: string,
    source: string,
    delegations: readonly string[],
    expect: Expected,
    arrange: (app: Repository) => void | Promise<void> = () => {},
  ) => {
    const app = await createApp()
    for (const role of ['targets/alice', 'targets/bob'] as const) {
      await app.delegate(role)
      app.addTarget('1', DIGEST, role)
    }
    app.publish()
    await arrange(app)
    return vector(`delegation-${name}`, { source, delegations }, app, capture(app.files, expect))
  }
  const both = ['targets/alice', 'targets/bob']
  const withEntry = (change: object) => ({
    targets: {
      signed: (honest: { readonly delegations: { readonly roles: readonly object[] } }) => ({
        ...honest,
        delegations: {
          ...honest.delegations,
          roles: honest.delegations.roles.map((role) => ({ ...role, ...change })),
        },
      }),
    },
  })
  const scoped = async (
    name: string,
    source: string,
    paths: readonly string[],
    expect: Expected,
  ) => {
    const app = await createApp()
    app.removeTarget('1')
    await app.delegate(RELEASES, { paths })
    app.addTarget('1', DIGEST, RELEASES)
    return vector(`delegation-${name}`, { source }, app, capture(app.publish(), expect))
  }
  const nested = await createApp()
  await nested.delegate('targets/alice', { paths: ['nightly-'] })
  await nested.delegate('targets/alice/ci', { paths: ['nightly-', ''] })
  nested.addTarget('1', DIGEST, 'targets/alice')
  nested.addTarget('1', DIGEST, 'targets/alice/ci')
  const wider: About = {
    source: 'The holder of a delegation for nightly-* delegates everything on.',
    delegations: ['targets/alice/ci'],
  }
  const unlisted: Parameters<Repository['publish']>[1] = {
    snapshot: {
      signed: ({ meta, ...rest }: MetaSigned) => {
        const { [RELEASES]: _, ...others } = meta
        return { ...rest, meta: others }
      },
    },
  }
  const stranger = await createSigningKey()
  return [
    await releases(
      'releases',
      'Docker: targets/releases and targets sign the same.',
      {},
      trusted(),
    ),
    await releases(
      'conflict',
      'The holder of the delegation signs another digest than targets.',
      {
        [RELEASES]: {
          signed: (honest) => ({
            ...honest,
            targets: {
              '1': {
                hashes: { sha256: Buffer.from('b'.repeat(64), 'hex').toString('base64') },
                length: 1,
              },
            },
          }),
        },
      },
      denied('UNTRUSTED_CONFLICT', OTHER),
    ),
    await releases(
      'expired',
      'An expired delegation is no reason to believe targets alone.',
      { [RELEASES]: signed({ expires: '2026-05-31T12:00:00Z' }) },
      denied('UNTRUSTED_EXPIRED', RELEASES),
    ),
    await releases(
      'signed-by-stranger',
      'The delegation is signed with a key that targets do not name.',
      { [RELEASES]: { signers: [stranger] } },
      denied('UNTRUSTED_SIGNATURE', RELEASES),
    ),
    await releases(
      'name-outside',
      'Targets list a delegation named root.',
      withEntry({ name: 'root' }),
      denied('UNTRUSTED_MALFORMED_METADATA'),
    ),
    await releases(
      'name-grandchild',
      'Targets list a grandchild.',
      withEntry({ name: 'targets/a/b' }),
      denied('UNTRUSTED_MALFORMED_METADATA', 'no direct child'),
    ),
    await releases(
      'threshold-two-of-one',
      'A delegation that demands two signatures and names one key.',
      withEntry({ threshold: 2 }),
      denied('UNTRUSTED_SIGNATURE', '1 of 2'),
    ),
    await releases(
      'left-out-of-snapshot',
      'Who signs snapshots leaves the delegation out: to a process without memory it never was.',
      unlisted,
      trusted(),
    ),
    await scoped('paths', 'The paths of the delegation cover the tag.', ['1'], trusted()),
    await scoped('paths-outside', 'They do not.', ['v'], denied('UNTRUSTED_NOT_SIGNED')),
    await scoped('paths-none', 'There are none.', [], denied('UNTRUSTED_NOT_SIGNED')),
    vector(
      'delegation-paths-wider-than-parent',
      wider,
      nested,
      capture(nested.publish(), denied('UNTRUSTED_NOT_SIGNED')),
    ),
    await signers('two-signers', 'Two named signers sign the same.', both, trusted()),
    await signers(
      'signers-disagree',
      'Two named signers sign different digests.',
      both,
      denied('UNTRUSTED_CONFLICT', OTHER),
      (app) => {
        app.addTarget('1', OTHER, 'targets/bob')
        app.publish()
      },
    ),
    await signers(
      'signer-silent',
      'One of two named signers did not sign the tag.',
      both,
      denied('UNTRUSTED_NOT_SIGNED', 'targets/bob'),
      (app) => {
        app.removeTarget('1', 'targets/bob')
        app.publish()
      },
    ),
    await signers(
      'misspelt',
      'A rule names a signer that the repository does not have.',
      ['targets/alcie'],
      denied('UNTRUSTED_NO_DELEGATION', 'targets/alice, targets/bob'),
    ),
    await signers(
      'removed',
      'A signer was removed; the server still has the file, and the snapshot lists it.',
      both,
      denied('UNTRUSTED_NO_DELEGATION'),
      (app) => {
        app.undelegate('targets/bob')
        app.publish()
      },
    ),
    await signers(
      'sibling-signs',
      "One signer's file is signed with the key of the other.",
      both,
      denied('UNTRUSTED_SIGNATURE', 'targets/bob'),
      (app) => {
        const alice = app.keys.get('targets/alice') ?? []
        const role: DelegationRole = 'targets/bob'
        app.publish(NOW, { [role]: { signers: alice } })
      },
    ),
    await signers(
      'missing-on-server',
      'The server does not have the file of a signer that the snapshot promises.',
      both,
      denied('UNAVAILABLE_METADATA'),
      (app) => {
        for (const name of [...app.files.keys()]) {
          if (name.includes('targets/bob')) app.files.delete(name)
        }
      },
    ),
  ]
}

async function createFiles(): Promise<readonly Vector[]> {
  const mixed = await createReleases()
  const old = new Map(mixed.publish())
  mixed.addTarget('1', OTHER)
  mixed.addTarget('1', OTHER, RELEASES)
  mixed.publish()
  const withOld = (role: string) => {
    const files = new Map(mixed.files)
    files.set(`${role}.json`, old.get(`${role}.json`) ?? new Uint8Array())
    return files
  }
  const promise = (change: (file: FileMeta) => FileMeta) => ({
    snapshot: {
      signed: ({ meta, ...rest }: MetaSigned) => {
        const { targets = describeFile(new Uint8Array()) } = meta
        return { ...rest, meta: { ...meta, targets: change(targets) } }
      },
    },
  })
  const empty = await createApp()
  return [
    vector(
      'files-no-trust-data',
      { source: 'A server that has nothing of the repository.' },
      empty,
      capture(new Map(), denied('UNTRUSTED_NO_TRUST_DATA')),
    ),
    vector(
      'files-mixed-targets',
      { source: 'New snapshot, old targets: mix and match.' },
      mixed,
      capture(withOld('targets'), denied('UNTRUSTED_HASH_MISMATCH', 'targets')),
    ),
    vector(
      'files-mixed-snapshot',
      { source: 'New timestamp, old snapshot.' },
      mixed,
      capture(withOld('snapshot'), denied('UNTRUSTED_HASH_MISMATCH', 'snapshot')),
    ),
    vector(
      'files-mixed-delegation',
      { source: 'New snapshot, old delegation.' },
      mixed,
      capture(withOld(RELEASES), denied('UNTRUSTED_HASH_MISMATCH', RELEASES)),
    ),
    await forged(
      'files-timestamp-expired',
      'A replay that has expired: the freeze is over.',
      { timestamp: signed({ expires: '2026-05-31T12:00:00Z' }) },
      denied('UNTRUSTED_EXPIRED', 'timestamp'),
    ),
    await forged(
      'files-snapshot-expired',
      'The snapshot has expired.',
      { snapshot: signed({ expires: '2026-05-31T12:00:00Z' }) },
      denied('UNTRUSTED_EXPIRED', 'snapshot'),
    ),
    await forged(
      'files-expires-now',
      'Targets expire at this very moment.',
      { targets: signed({ expires: NOW.toISOString() }) },
      denied('UNTRUSTED_EXPIRED', 'targets'),
    ),
    await forged(
      'files-sha512-wrong',
      'The sha256 of targets fits, the sha512 does not.',
      promise((file) => ({
        ...file,
        hashes: { ...file.hashes, sha512: Buffer.alloc(64).toString('base64') },
      })),
      denied('UNTRUSTED_HASH_MISMATCH', 'sha512'),
    ),
    await forged(
      'files-length-one-more',
      'The snapshot promises a byte more than there is.',
      promise((file) => ({ ...file, length: file.length + 1 })),
      denied('UNTRUSTED_HASH_MISMATCH', 'are promised'),
    ),
    await forged(
      'files-length-huge',
      'The snapshot promises a terabyte.',
      promise((file) => ({ ...file, length: 1e12 })),
      denied('UNTRUSTED_MALFORMED_METADATA', 'more than'),
    ),
    await forged(
      'files-snapshot-without-targets',
      'A snapshot that lists no targets.',
      {
        snapshot: {
          signed: ({ meta, ...rest }: MetaSigned) => {
            const { targets: _, ...others } = meta
            return { ...rest, meta: others }
          },
        },
      },
      denied('UNTRUSTED_MALFORMED_METADATA', 'targets'),
    ),
    await forged(
      'files-wrong-type',
      'Targets that call themselves a snapshot.',
      { targets: signed({ _type: 'Snapshot' }) },
      denied('UNTRUSTED_MALFORMED_METADATA', '_type'),
    ),
  ]
}

async function createEncodings(): Promise<readonly Vector[]> {
  const malformed = (name: string, source: string, alter: (text: string) => string, reason = '') =>
    forged(
      `json-${name}`,
      source,
      { targets: text(alter) },
      denied('UNTRUSTED_MALFORMED_METADATA', reason),
    )
  return [
    await malformed(
      'duplicate-member',
      'Two versions: one reader takes the first, another the last.',
      (file) => file.replace('"version":', '"version":9,"version":'),
      'duplicate member',
    ),
    await malformed(
      'other-letter-case',
      'A second Version, which Go would take for the first.',
      (file) => file.replace('"version":', '"Version":9,"version":'),
      'letter case',
    ),
    await malformed('byte-order-mark', 'A byte order mark.', (file) => `\ufeff${file}`),
    await malformed('trailing-bytes', 'A second document behind the first.', (file) => `${file}{}`),
    await malformed('nan', 'NaN for a version.', (file) =>
      file.replace('"version":1', '"version":NaN'),
    ),
    await malformed('float', '1.0 for a version.', (file) =>
      file.replace('"version":1', '"version":1.0'),
    ),
    await malformed('huge-integer', 'A version beyond what is exact.', (file) =>
      file.replace('"version":1', '"version":9007199254740993'),
    ),
    await malformed(
      'deep-nesting',
      'Ten thousand lists in each other.',
      (file) => file.replace('{', `{"x":${'['.repeat(10_000)}${']'.repeat(10_000)},`),
      'nesting',
    ),
    await malformed('lone-surrogate', 'Half of a character.', (file) =>
      file.replace('"version":', '"x\\ud800":1,"version":'),
    ),
    await forged(
      'json-invalid-utf-8',
      'A byte that is no UTF-8.',
      { targets: { bytes: (bytes) => Buffer.concat([bytes, Buffer.from([0xff])]) } },
      denied('UNTRUSTED_MALFORMED_METADATA'),
    ),
    await forged(
      'json-white-space',
      'White space between the members changes nothing.',
      { targets: text((file) => file.replaceAll('":', '" : ')) },
      trusted(),
    ),
  ]
}

async function createTargets(): Promise<readonly Vector[]> {
  const asked = async (
    name: string,
    source: string,
    image: string,
    expect: Expected,
    arrange: (app: Repository) => void = () => {},
  ) => {
    const app = await createApp()
    arrange(app)
    return vector(`target-${name}`, { source, image }, app, capture(app.publish(), expect))
  }
  const withTarget = (target: object) => ({
    targets: {
      signed: (honest: object) => ({ ...honest, targets: { '1': target } }),
    },
  })
  const sha256 = Buffer.from('a'.repeat(64), 'hex')
  return [
    await asked('digest', 'A digest that is signed for some tag.', `${GUN}@${DIGEST}`, trusted()),
    await asked(
      'digest-unsigned',
      'A digest that is signed for no tag.',
      `${GUN}@${OTHER}`,
      denied('UNTRUSTED_NOT_SIGNED'),
    ),
    await asked(
      'digest-mismatch',
      'A signed tag with another digest behind it.',
      `${GUN}:1@${OTHER}`,
      denied('UNTRUSTED_DIGEST_MISMATCH'),
    ),
    await asked(
      'prefix',
      'The tag 10 is signed, 1 is not.',
      `${GUN}:1`,
      denied('UNTRUSTED_NOT_SIGNED'),
      (app) => {
        app.removeTarget('1')
        app.addTarget('10', DIGEST)
      },
    ),
    await asked(
      'letter-case',
      'v1 is signed, V1 is not.',
      `${GUN}:V1`,
      denied('UNTRUSTED_NOT_SIGNED'),
      (app) => app.addTarget('v1', DIGEST),
    ),
    await asked(
      'prototype',
      'A tag that every object of JavaScript has.',
      `${GUN}:__proto__`,
      denied('UNTRUSTED_NOT_SIGNED'),
    ),
    await asked(
      'none',
      'Targets without any tag.',
      `${GUN}:1`,
      denied('UNTRUSTED_NOT_SIGNED'),
      (app) => app.removeTarget('1'),
    ),
    await forged(
      'target-short-hash',
      'A digest of 31 bytes.',
      withTarget({ hashes: { sha256: sha256.subarray(1).toString('base64') }, length: 1 }),
      denied('UNTRUSTED_MALFORMED_METADATA'),
    ),
    await forged(
      'target-sha512-only',
      'A tag that is signed with sha512 alone.',
      withTarget({ hashes: { sha512: Buffer.alloc(64).toString('base64') }, length: 1 }),
      denied('UNTRUSTED_MALFORMED_METADATA', 'sha256'),
    ),
  ]
}

async function createMemories(): Promise<readonly Vector[]> {
  const vectors: Vector[] = []
  const rollback = await createApp()
  const before = new Map(rollback.publish())
  rollback.addTarget('1', OTHER)
  rollback.publish()
  vectors.push(
    vector(
      'memory-rollback',
      { source: 'Who owns the network replays the state before the last publication.' },
      rollback,
      capture(rollback.files, trusted(OTHER)),
      capture(before, denied('UNTRUSTED_ROLLBACK', 'timestamp')),
      capture(rollback.files, trusted(OTHER)),
    ),
  )
  const same = await createApp()
  const first = new Map(same.publish())
  same.publish(new Date(NOW.getTime() + 1000), { timestamp: version(1) })
  vectors.push(
    vector(
      'memory-same-version',
      { source: 'The thief of the timestamp key signs a second timestamp of the same version.' },
      same,
      capture(first, trusted()),
      capture(same.files, denied('UNTRUSTED_ROLLBACK', 'another file')),
    ),
  )
  const keys = await createApp()
  const honest = new Map(keys.publish())
  keys.publish(NOW, { snapshot: version(1_000_000), timestamp: version(1_000_000) })
  const raised = new Map(keys.files)
  keys.publish(NOW, { snapshot: version(2), timestamp: version(2) })
  const refused = new Map(keys.files)
  for (const role of ['snapshot', 'timestamp'] as const)
    keys.keys.set(role, [await createSigningKey()])
  keys.publish(NOW, { snapshot: version(3), timestamp: version(3) })
  vectors.push(
    vector(
      'memory-fast-forward',
      {
        source:
          'The thief of the server keys raises the versions to the sky; the publisher rotates both keys.',
      },
      keys,
      capture(honest, trusted()),
      capture(raised, trusted()),
      capture(refused, denied('UNTRUSTED_ROLLBACK')),
      capture(keys.files, trusted()),
    ),
  )
  const omitted = await createReleases()
  omitted.removeTarget('1')
  omitted.addTarget('1', OTHER, RELEASES)
  const complete = new Map(omitted.publish())
  omitted.addTarget('1', DIGEST)
  omitted.publish(NOW, {
    snapshot: {
      signed: ({ meta, ...rest }: MetaSigned) => {
        const { [RELEASES]: _, ...others } = meta
        return { ...rest, meta: others }
      },
    },
  })
  vectors.push(
    vector(
      'memory-delegation-left-out',
      { source: 'Who signs snapshots leaves out a delegation that was known.' },
      omitted,
      capture(complete, trusted(OTHER)),
      capture(omitted.files, denied('UNTRUSTED_ROLLBACK', RELEASES)),
    ),
  )
  const rotated = await createApp()
  const rotatedPin = rotated.rootPublicKeyPem
  const unrotated = new Map(rotated.publish())
  rotated.keys.set('root', [await createRootKey()])
  rotated.publish()
  const oldKeys = await forkRoot()
  vectors.push(
    vector(
      'memory-old-root-key',
      {
        source:
          'The thief of an old root key, rotated away, forks the chain: refused by who knows the newer root.',
        pins: [oldKeys.pin],
      },
      oldKeys.app,
      capture(oldKeys.honest, trusted()),
      capture(oldKeys.fork, denied('UNTRUSTED_ROOT')),
    ),
    vector(
      'memory-root-rolled-back',
      { source: 'The state before a rotation of the root is replayed.', pins: [rotatedPin] },
      rotated,
      capture(rotated.files, trusted()),
      capture(unrotated, denied('UNTRUSTED_ROLLBACK')),
    ),
  )
  const removed = await createApp()
  await removed.delegate('targets/bob')
  removed.addTarget('1', DIGEST, 'targets/bob')
  const withBob = new Map(removed.publish())
  removed.undelegate('targets/bob')
  removed.publish()
  vectors.push(
    vector(
      'memory-removed-delegation-replayed',
      {
        source: 'After a signer was removed the state with the signer is replayed.',
        delegations: ['targets/bob'],
      },
      removed,
      capture(withBob, trusted()),
      capture(removed.files, denied('UNTRUSTED_NO_DELEGATION')),
      capture(withBob, denied('UNTRUSTED_ROLLBACK')),
    ),
  )
  const outage = await createApp()
  outage.publish()
  const without = new Map([...outage.files].filter(([name]) => !name.includes('targets')))
  outage.publish()
  const second = new Map(outage.files)
  vectors.push(
    vector(
      'memory-outage-between',
      { source: 'A file is missing for a while; nothing of that is remembered.' },
      outage,
      capture(without, denied('UNAVAILABLE_METADATA')),
      capture(second, trusted()),
    ),
  )
  return vectors
}

/** An honest rotation, and a second root that the old key's thief makes beside it. */
async function forkRoot() {
  const root = await createRootKey()
  const keys = { root: [root] }
  const app = await createApp({ keys })
  const pin = app.rootPublicKeyPem
  app.publish()
  app.keys.set('root', [await createRootKey()])
  const honest = new Map(app.publish())
  const thief = await createApp({ keys })
  thief.addTarget('1', OTHER)
  thief.publish()
  thief.keys.set('root', [await createRootKey()])
  for (let publication = 0; publication < 5; publication++) thief.publish()
  return { app, pin, honest, fork: new Map(thief.files) }
}
