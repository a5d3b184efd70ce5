import { describe, expect, test } from 'bun:test'
import { parsePublicKeyPem } from '../../../src/trust/key.ts'
import { type MetadataKind, parseMetadata } from '../../../src/trust/tuf/metadata.ts'
import { anchorRoot } from '../../../src/trust/tuf/root-chain.ts'
import { findTarget, readDelegation } from '../../../src/trust/tuf/targets.ts'
import type { TargetsRole } from '../../../src/trust/tuf/trusted.ts'
import {
  verifyRoot,
  verifySnapshot,
  verifyTargets,
  verifyTimestamp,
} from '../../../src/trust/tuf/verify.ts'
import type { TargetsSigned } from '../../support/notary/metadata.ts'
import { createRepository } from '../../support/notary/repository.ts'
import { outcomeOf } from '../outcome.ts'

const GUN = 'registry.example/app'
const NOW = new Date('2026-06-01T12:00:00Z')
const RELEASES = 'targets/releases'

/** Publishes and verifies targets that delegate these paths, and sign a tag with this sha256. */
async function verifiedTargets(paths: readonly string[], sha256 = ''): Promise<TargetsRole> {
  const repository = await createRepository({ gun: GUN, now: NOW })
  await repository.delegate(RELEASES, { paths })
  const signed = (honest: TargetsSigned) => ({
    ...honest,
    targets: { '1': { hashes: { sha256 }, length: 1 } },
  })
  const files = repository.publish(NOW, { targets: { signed } })
  const read = <Kind extends MetadataKind>(kind: Kind) =>
    parseMetadata(kind, kind, files.get(`${kind}.json`) ?? new Uint8Array())
  const anchor = { gun: GUN, pins: [parsePublicKeyPem(repository.rootPublicKeyPem)] }
  const circumstances = { now: NOW, seen: () => undefined }
  const root = verifyRoot(anchorRoot(read('root'), anchor), NOW)
  const timestamp = verifyTimestamp(root, read('timestamp'), circumstances)
  const snapshot = verifySnapshot(root, timestamp, read('snapshot'), circumstances)
  return verifyTargets(root, snapshot, read('targets'), circumstances)
}

describe('the paths of a delegation', () => {
  test.each([
    [[''], ['', 'v', '1'], ['', 'v', '1']],
    [['v'], ['', 'v', 'v1', 'rc-'], ['v', 'v1']],
    [
      ['v', 'rc-'],
      ['r', 'rc-', 'v'],
      ['rc-', 'v'],
    ],
    [[], ['', 'v'], []],
  ])('are those within the paths of its parent: %j of %j', async (own, paths, expected) => {
    const parent = { ...(await verifiedTargets(paths)), paths: own }
    expect(readDelegation(parent, RELEASES).paths).toEqual(expected)
  })

  test('are not read from a role that does not delegate to it', async () => {
    const targets = await verifiedTargets([''])
    expect(outcomeOf(() => readDelegation(targets, 'targets/alice'))).toBe(
      'UNTRUSTED_MALFORMED_METADATA: targets metadata delegates to targets/alice not',
    )
  })
})

describe('the sha256 of a tag', () => {
  test('is read as hex', async () => {
    const sha256 = Buffer.alloc(32, 0xab).toString('base64')
    expect(findTarget(await verifiedTargets([''], sha256), '1')).toBe('ab'.repeat(32))
  })

  test.each([0, 20, 31, 33, 64])('is refused with %d bytes', async (length) => {
    const targets = await verifiedTargets([''], Buffer.alloc(length).toString('base64'))
    expect(outcomeOf(() => findTarget(targets, '1'))).toBe(
      `UNTRUSTED_MALFORMED_METADATA: targets metadata has a sha256 of ${length} bytes`,
    )
  })
})
