import { describe, expect, test } from 'bun:test'
import { parsePublicKeyPem } from '../../../src/trust/key.ts'
import { parseMetadata } from '../../../src/trust/tuf/metadata.ts'
import { anchorRoot } from '../../../src/trust/tuf/root-chain.ts'
import { verifyRoot } from '../../../src/trust/tuf/verify.ts'
import type { Forgeries } from '../../support/notary/forgery.ts'
import { createSigningKey, keyIdOf, type SigningKey } from '../../support/notary/key.ts'
import { createRepository } from '../../support/notary/repository.ts'
import { outcomeOf } from '../outcome.ts'

const GUN = 'registry.example/app'
/** Clears a terminal, C1's introducer of such commands, turns the writing direction, ends a line. */
const HOSTILE = '\u001b[2J\u009b2J\u202e\nadmitted\u0007'
const FLOOD = 'A'.repeat(700_000)

/** Whoever answers as the server writes a root that the pinned key did not sign. */
async function verifyForged(
  forgery: Forgeries['root'],
  unusable: readonly SigningKey[] = [],
): Promise<string> {
  const pinned = await createSigningKey({ type: 'ecdsa-x509', commonName: GUN })
  const keys = { root: [pinned, ...unusable] }
  const repository = await createRepository({ gun: GUN, keys, thresholds: { root: 2 } })
  const files = repository.publish(undefined, forgery === undefined ? {} : { root: forgery })
  const anchor = { gun: GUN, pins: [parsePublicKeyPem(repository.rootPublicKeyPem)] }
  const bytes = files.get('root.json') ?? new Uint8Array()
  const read = () => anchorRoot(parseMetadata('root', 'root', bytes), anchor)
  return outcomeOf(() => verifyRoot(read(), new Date()))
}

async function keyOf(keytype: string, publicText: string): Promise<SigningKey> {
  const keyval = { private: null, public: Buffer.from(publicText).toString('base64') }
  const tufKey = { keytype, keyval }
  return { ...(await createSigningKey()), id: keyIdOf(tufKey), tufKey }
}

async function certifiedFor(commonName: string): Promise<SigningKey> {
  return createSigningKey({ type: 'ecdsa-x509', commonName })
}

const pemOf = (label: string) => `-----BEGIN ${label}-----\n!\n-----END ${label}-----\n`
/** A file with the same member twice. */
function withMember(text: string) {
  const name = JSON.stringify(text)
  return { bytes: () => Buffer.from(`{${name}:1,${name}:1}`) }
}

describe.each([
  ['commands for the terminal', HOSTILE],
  ['700 KB', FLOOD],
])('a denial repeats, in one short printable line, no %s', (_, text) => {
  test.each<readonly [string, () => Promise<string>]>([
    ['of a member name that is there twice', () => verifyForged(withMember(text))],
    [
      'of a key id whose key has no shape',
      () => verifyForged({ signed: (root) => ({ ...root, keys: { [text]: 1 } }) }),
    ],
    ['of a time', () => verifyForged({ signed: (root) => ({ ...root, expires: text }) })],
    [
      'of a key id that the root does not list',
      () =>
        verifyForged({
          signed: (root) => {
            const keyids = [...(root.roles['root']?.keyids ?? []), text]
            return { ...root, roles: { ...root.roles, root: { keyids, threshold: 9 } } }
          },
        }),
    ],
    ['of a key type', async () => verifyForged({ signers: [] }, [await keyOf(text, 'x')])],
    [
      'of a PEM label',
      async () => verifyForged({ signers: [] }, [await keyOf('ecdsa-x509', pemOf(text))]),
    ],
    [
      'of a common name',
      async () => verifyForged({ signers: [] }, [await certifiedFor(text.slice(0, 30_000))]),
    ],
  ])('%s', async (_, verify) => {
    const outcome = await verify()
    expect(outcome).toStartWith('UNTRUSTED_')
    expect(outcome).toMatch(/^[ -~]+$/)
    expect(outcome.length).toBeLessThan(2000)
  })
})

describe('a root that is hostile to its parser ends in a denial', () => {
  test.each([
    ['40 000 PEM blocks without an end', '-----BEGIN A-----\n'.repeat(40_000)],
    ['one PEM block without an end', `-----BEGIN A-----\n${FLOOD}`],
    ['a PEM label without an end', `-----BEGIN ${FLOOD}`],
    ['80 000 ends of no block', `-----BEGIN A-----\n${'-----END '.repeat(80_000)}`],
    ['40 000 headers', `-----BEGIN A-----\n${'a: b\n'.repeat(40_000)}-----END A-----\n`],
  ])('%s in place of a certificate', async (_, publicText) => {
    const key = await keyOf('ecdsa-x509', publicText)
    expect(await verifyForged({ signers: [] }, [key])).toStartWith('UNTRUSTED_')
  })
})
