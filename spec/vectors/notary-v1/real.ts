import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fetchRootKey } from '../../e2e/support/metadata.ts'
import { type Notary, startNotaryServers } from '../../e2e/support/notary-servers.ts'
import {
  addDelegation,
  createPublisher,
  initRepository,
  type Publisher,
  rotateKeyTo,
  signImage,
} from '../../e2e/support/publisher.ts'
import { createCertificateAuthority } from '../../support/certificate.ts'
import { createKeyPair } from '../../support/key-pair.ts'
import { DIGEST, denied, OTHER, RELEASES, trusted } from './forge.ts'
import type { Expected, Vector } from './vector.ts'

/** How long a Notary takes for one file before it is certainly gone. */
const ROLES = ['root', 'timestamp', 'snapshot', 'targets']
const ALICE = 'targets/alice'
const BOB = 'targets/bob'
const IMAGE = { digest: DIGEST, length: 1024 }
const OTHER_IMAGE = { digest: OTHER, length: 1024 }

/** Makes the vectors of the real notary client 0.7.0, notary-server and notary-signer (Debian). */
export async function createReal(): Promise<readonly Vector[]> {
  const folder = await mkdtemp(join(tmpdir(), 'connaisseur-vectors-'))
  const authority = await createCertificateAuthority()
  const notary = await startNotaryServers(join(folder, 'notary'), authority)
  const ed25519 = await startNotaryServers(join(folder, 'ed25519'), authority, 'ed25519')
  try {
    const studio = new Studio(notary, await createPublisher(notary, join(folder, 'publisher')))
    const other = new Studio(ed25519, await createPublisher(ed25519, join(folder, 'other')))
    return await createAll(studio, other)
  } finally {
    await notary.stop()
    await ed25519.stop()
    await rm(folder, { recursive: true })
  }
}

/** Makes repositories with the real client and captures what the real server has of them. */
class Studio {
  readonly publisher: Publisher
  readonly #notary: Notary

  constructor(notary: Notary, publisher: Publisher) {
    this.#notary = notary
    this.publisher = publisher
  }

  rootKey(gun: string): Promise<string> {
    return fetchRootKey(this.#notary, gun).then(({ publicKey }) => publicKey)
  }

  /** Everything that the server has: the roles, the delegations and every version of the root. */
  async download(gun: string, delegations: readonly string[]) {
    const files = new Map<string, Uint8Array>()
    const versions = Array.from({ length: 20 }, (_, index) => `${index + 1}.root`)
    for (const name of [...ROLES, ...delegations, ...versions]) {
      const response = await fetch(`${this.#notary.url}/v2/${gun}/_trust/tuf/${name}.json`, {
        tls: { ca: this.#notary.authority },
      })
      if (response.ok) files.set(name, await response.bytes())
    }
    return files
  }
}

async function createAll(studio: Studio, ed25519: Studio): Promise<readonly Vector[]> {
  const vectors: Vector[] = []
  const make = async (
    name: string,
    source: string,
    expect: Expected,
    // What it returns is pinned in place of the root key that the repository has then.
    work: (gun: string, publisher: Publisher) => Promise<unknown>,
    more: {
      readonly studio?: Studio
      readonly tag?: string
      readonly snapshot?: 'docker' | 'local'
      readonly delegations?: readonly string[]
      readonly files?: readonly string[]
    } = {},
  ) => {
    const { tag = '1', snapshot = 'docker', delegations, files = [RELEASES, ALICE, BOB] } = more
    const { studio: own = studio } = more
    const gun = `registry.example/real/${name}`
    await initRepository(own.publisher, gun, snapshot)
    const first = await work(gun, own.publisher)
    const pin = typeof first === 'string' ? first : await own.rootKey(gun)
    const now = new Date(Math.ceil(Date.now() / 1000) * 1000 + 60_000)
    const stage = { files: await own.download(gun, files), now, expect }
    vectors.push({
      name: `real-${name}`,
      source: `notary 0.7.0: ${source}`,
      image: `${gun}:${tag}`,
      pins: [pin],
      ...(delegations && { delegations }),
      stages: [stage],
    })
  }
  const sign =
    (tag = '1', ...roles: readonly string[]) =>
    (gun: string, publisher: Publisher) =>
      signImage(publisher, gun, tag, IMAGE, ...roles)
  const delegate = async (gun: string, publisher: Publisher, ...roles: readonly string[]) => {
    for (const role of roles) {
      await addDelegation(publisher, gun, role)
      await signImage(publisher, gun, '1', IMAGE, role)
    }
  }
  const rotate = async (gun: string, publisher: Publisher, times: number) => {
    await signImage(publisher, gun, '1', IMAGE)
    const first = await studio.rootKey(gun)
    for (let time = 0; time < times; time++) await publisher.run('key', 'rotate', gun, 'root')
    return first
  }

  await make('plain', 'init, addhash; the publisher keeps the snapshot key.', trusted(), sign(), {
    snapshot: 'local',
  })
  await make('docker', 'init, key rotate snapshot -r, addhash.', trusted(), sign())
  await make(
    'unsigned',
    'init and nothing else.',
    denied('UNTRUSTED_NOT_SIGNED'),
    async (gun, publisher) => {
      await publisher.run('publish', gun)
    },
  )
  await make(
    'releases',
    'delegation add targets/releases, addhash -r.',
    trusted(),
    (gun, publisher) => delegate(gun, publisher, RELEASES),
  )
  await make(
    'conflict',
    'addhash of one digest in targets/releases and of another in targets.',
    denied('UNTRUSTED_CONFLICT', OTHER),
    async (gun, publisher) => {
      await delegate(gun, publisher, RELEASES)
      await signImage(publisher, gun, '1', OTHER_IMAGE)
    },
  )
  await make(
    'signers',
    'two delegations that sign the same.',
    trusted(),
    (gun, publisher) => delegate(gun, publisher, ALICE, BOB),
    { delegations: [ALICE, BOB] },
  )
  await make(
    'signers-disagree',
    'two delegations that sign different digests.',
    denied('UNTRUSTED_CONFLICT', OTHER),
    async (gun, publisher) => {
      await delegate(gun, publisher, ALICE, BOB)
      await signImage(publisher, gun, '1', OTHER_IMAGE, BOB)
    },
    { delegations: [ALICE, BOB] },
  )
  const nested = `${ALICE}/nightly`
  await make(
    'nested',
    'a delegation below a delegation.',
    trusted(),
    (gun, publisher) => delegate(gun, publisher, ALICE, nested),
    { delegations: [nested], files: [ALICE, nested] },
  )
  await make(
    'removed',
    'delegation remove; the server keeps the file.',
    denied('UNTRUSTED_NO_DELEGATION', 'there is none'),
    async (gun, publisher) => {
      await delegate(gun, publisher, ALICE)
      await publisher.run('delegation', 'remove', gun, ALICE, '--yes', '-p')
    },
    { delegations: [ALICE] },
  )
  await make(
    'witnessed',
    'witness of a delegation after its key was replaced.',
    trusted(),
    async (gun, publisher) => {
      await delegate(gun, publisher, RELEASES)
      await publisher.run('witness', gun, RELEASES, '-p')
    },
  )
  await make(
    'paths',
    'delegation add --paths v.',
    denied('UNTRUSTED_NOT_SIGNED', ALICE),
    async (gun, publisher) => {
      await addDelegation(publisher, gun, ALICE, 'p256', ['v'])
      await signImage(publisher, gun, 'v1', IMAGE, ALICE)
    },
    { delegations: [ALICE] },
  )
  for (const [times, word] of [
    [1, 'once'],
    [2, 'twice'],
  ] as const) {
    await make(
      `rotated-${word}-old-pin`,
      `key rotate root, ${word}; the first key is pinned.`,
      trusted(),
      (gun, publisher) => rotate(gun, publisher, times),
    )
    await make(
      `rotated-${word}-new-pin`,
      `key rotate root, ${word}; the newest key is pinned.`,
      trusted(),
      async (gun, publisher) => void (await rotate(gun, publisher, times)),
    )
  }
  await make(
    'rotated-others',
    'key rotate targets, timestamp and snapshot.',
    trusted(),
    async (gun, publisher) => {
      await signImage(publisher, gun, '1', IMAGE)
      await publisher.run('key', 'rotate', gun, 'targets')
      await publisher.run('key', 'rotate', gun, 'timestamp', '-r')
      await publisher.run('key', 'rotate', gun, 'snapshot', '-r')
    },
  )
  for (const kind of ['p384', 'p521', 'rsa2048'] as const) {
    await make(
      `keys-${kind}`,
      `a delegation and targets with ${kind} keys.`,
      trusted(),
      async (gun, publisher) => {
        await rotateKeyTo(publisher, gun, 'targets', createKeyPair(kind))
        await addDelegation(publisher, gun, RELEASES, kind)
        await signImage(publisher, gun, '1', IMAGE, RELEASES)
      },
    )
  }
  await make('keys-ed25519', 'a notary-server with Ed25519 keys of its own.', trusted(), sign(), {
    studio: ed25519,
  })
  await make(
    'tag-odd',
    'a tag of all characters that a tag may have.',
    trusted(),
    sign('a.B-c_9'),
    {
      tag: 'a.B-c_9',
    },
  )
  await make('tag-longest', 'a tag of 128 characters.', trusted(), sign('x'.repeat(128)), {
    tag: 'x'.repeat(128),
  })
  await make('tag-prefix', 'the tag 10, asked for 1.', denied('UNTRUSTED_NOT_SIGNED'), sign('10'))
  await make(
    'tag-removed',
    'remove of a tag.',
    denied('UNTRUSTED_NOT_SIGNED'),
    async (gun, publisher) => {
      await signImage(publisher, gun, '1', IMAGE)
      await publisher.run('remove', gun, '1', '-p')
    },
  )
  return vectors
}
