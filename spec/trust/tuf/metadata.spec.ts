import { describe, expect, test } from 'bun:test'
import { type MetadataKind, parseMetadata } from '../../../src/trust/tuf/metadata.ts'
import { createRepository } from '../../support/notary/repository.ts'
import { outcomeOf } from '../outcome.ts'

const repository = await createRepository({ gun: 'registry.example/app' })
await repository.delegate('targets/releases')
repository.addTarget('1', 'a'.repeat(64))
repository.publish()

const bytesOf = (role: string) => repository.files.get(`${role}.json`) ?? new Uint8Array()
const BASE64 = 'is not as expected: base64'

/** Sets a member, by a path such as `/signed/version`, in an honest file; undefined removes it. */
function parseAltered(role: MetadataKind, path: string, value: unknown): string {
  const file: unknown = JSON.parse(Buffer.from(bytesOf(role)).toString())
  const names = path.slice(1).split('/')
  let parent = Object(file)
  for (const name of names.slice(0, -1)) parent = parent[nameIn(parent, name)]
  parent[nameIn(parent, names.at(-1) ?? '')] = value
  return parse(role, JSON.stringify(file))
}

/** `*` stands for the only or first member, such as a key id. */
const nameIn = (parent: object, name: string) =>
  name === '*' ? (Object.keys(parent)[0] ?? '') : name

const parse = (role: MetadataKind, text: string) =>
  outcomeOf(() => parseMetadata(role, role, Buffer.from(text)))

describe('metadata of the right shape', () => {
  test.each(['root', 'timestamp', 'snapshot', 'targets'] as const)('is read: %s', (role) => {
    const { signed, signatures, raw } = parseMetadata(role, role, bytesOf(role))
    expect(signed.version).toBe(1)
    expect(signatures).toHaveLength(1)
    expect(raw).toBe(bytesOf(role))
  })

  test.each([
    ['targets', '/signed/delegations', undefined],
    ['targets', '/signed/delegations/keys', null],
    ['targets', '/signed/delegations/roles', null],
    ['targets', '/signed/delegations/roles/0/keyids', null],
    ['targets', '/signed/delegations/roles/0/paths', null],
    ['root', '/signed/roles/targets/keyids', null],
    ['root', '/signed/keys/*/keyval/private', undefined],
    ['snapshot', '/signed/meta/*/hashes/md5', 'anything'],
    ['targets', '/signed/targets/*/custom', { a: 1 }],
    ['root', '/signed/roles/mirrors', {}],
    ['root', '/signed/roles/mirrors', { keyids: null, threshold: 0 }],
    ['snapshot', '/signed/meta/*/hashes/md5', null],
  ] as const)('may differ as Go writes it: %s %s %j', (role, path, value) => {
    expect(parseAltered(role, path, value)).toBe('accepted')
  })
})

describe('metadata of another shape is refused, and the message names the place', () => {
  test.each<readonly [MetadataKind, string, unknown, string]>([
    ['root', '/signed', undefined, '"/signed" is not as expected'],
    ['root', '/signed', [], '"/signed" is not as expected: object'],
    ['root', '/signatures', undefined, '"/signatures" is not as expected'],
    ['root', '/signatures', null, '"/signatures" is not as expected: array'],
    ['root', '/signatures/0/keyid', 1, '"/signatures/0/keyid" is not as expected: string'],
    ['root', '/signatures/0/method', undefined, '"/signatures/0/method" is not'],
    ['root', '/signatures/0/sig', 'not base64', `"/signatures/0/sig" ${BASE64}`],
    ['root', '/signatures/0/sig', 'AAA', `"/signatures/0/sig" ${BASE64}`],
    ['root', '/signatures/0/sig', 'AAAA\n', `"/signatures/0/sig" ${BASE64}`],
    ['root', '/signed/_type', 'root', '"/_type" is not as expected'],
    ['root', '/signed/_type', 'Targets', '"/_type" is not as expected'],
    ['timestamp', '/signed/_type', 'Snapshot', '"/_type" is not as expected'],
    ['snapshot', '/signed/_type', 'Timestamp', '"/_type" is not as expected'],
    ['targets', '/signed/_type', 'Root', '"/_type" is not as expected'],
    ['root', '/signed/version', 0, '"/version" is not as expected'],
    ['root', '/signed/version', '1', '"/version" is not as expected'],
    ['root', '/signed/expires', 1765079056, '"/expires" is not as expected'],
    ['root', '/signed/expires', '2'.repeat(41), '"/expires" is not as expected'],
    ['root', '/signed/roles/timestamp', undefined, '"/roles/timestamp" is not as expected'],
    ['root', '/signed/roles/root/threshold', 0, '"/roles/root/threshold" is not as expected'],
    ['root', '/signed/roles/root/threshold', -1, '"/roles/root/threshold" is not as expected'],
    ['root', '/signed/roles/root/threshold', undefined, '"/roles/root/threshold" is not'],
    ['root', '/signed/roles/root/keyids', 'id', '"/roles/root/keyids" is not as expected'],
    ['root', '/signed/consistent_snapshot', 'false', '"/consistent_snapshot" is not as expected'],
    ['root', '/signed/keys', [], '"/keys" is not as expected'],
    ['root', '/signed/keys/*/keyval/private', 'AAAA', '"/keys/'],
    ['root', '/signed/keys/*/keyval/public', '-----BEGIN', '"/keys/'],
    ['root', '/signed/keys/*/keyval', undefined, '"/keys/'],
    ['timestamp', '/signed/meta/snapshot', undefined, '"/meta/snapshot" is not as expected'],
    ['timestamp', '/signed/meta/other', [], '"/meta/other" is not as expected: object'],
    ['timestamp', '/signed/meta/snapshot/length', '683', '"/meta/snapshot/length" is not'],
    ['snapshot', '/signed/meta/root/hashes', {}, '"/meta/root/hashes/sha256" is not as expected'],
    ['snapshot', '/signed/meta/root/hashes/sha512', 'x', `"/meta/root/hashes/sha512" ${BASE64}`],
    ['snapshot', '/signed/meta/root/hashes/md5', 'x', `"/meta/root/hashes/md5" is not as expected`],
    ['targets', '/signed/targets/1/hashes/md5', {}, `"/targets/1/hashes/md5" is not as expected`],
    ['root', '/signed/roles/mirrors', null, '"/roles/mirrors" is not as expected: object'],
    ['root', '/signed/roles/mirrors', [], '"/roles/mirrors" is not as expected: object'],
    ['root', '/signed/roles/mirrors', { keyids: 5 }, '"/roles/mirrors/keyids" is not as expected'],
    ['root', '/signed/roles/mirrors', { threshold: '1' }, '"/roles/mirrors/threshold" is not'],
    ['targets', '/signed/targets', [], '"/targets" is not as expected'],
    ['targets', '/signed/targets/1', null, '"/targets/1" is not as expected'],
    ['targets', '/signed/targets/1/hashes/sha256', 'a'.repeat(63), '"/targets/1/hashes/sha256" is'],
    ['targets', '/signed/delegations/roles/0/name', undefined, '"/delegations/roles'],
    ['targets', '/signed/delegations/roles/0/paths', 'v', '"/delegations/roles'],
  ])('%s %s %j', (role, path, value, why) => {
    expect(parseAltered(role, path, value)).toStartWith(
      `UNTRUSTED_MALFORMED_METADATA: malformed ${role} metadata: ${why}`,
    )
  })

  test.each(['null', '[]', '1', '"root"', '{}'])('%s is no envelope', (text) => {
    expect(parse('root', text)).toStartWith('UNTRUSTED_MALFORMED_METADATA: malformed root metadata')
  })

  test.each(['a\nb', 'a\rb', 'a\u2028b', 'a\u2029b', '\n', '__proto__', 'constructor', ''])(
    'a tag %j is checked like any other',
    (tag) => {
      const targets = Object.fromEntries([[tag, null]])
      expect(parseAltered('targets', '/signed/targets', targets)).toStartWith(
        'UNTRUSTED_MALFORMED_METADATA: malformed targets metadata: "/targets/',
      )
    },
  )

  test('64 KiB are enough for a key', () => {
    const path = '/signed/keys/*/keyval/public'
    expect(parseAltered('root', path, 'A'.repeat(65_536))).toBe('accepted')
    expect(parseAltered('root', path, 'A'.repeat(65_540))).toEndWith(
      'is not as expected: base64 of at most 65536 characters',
    )
  })

  test('64 signatures are enough, and so are 64 keys of a role', () => {
    const signature = { keyid: 'a', method: 'ecdsa', sig: '' }
    expect(parseAltered('root', '/signatures', Array(64).fill(signature))).toBe('accepted')
    expect(parseAltered('root', '/signatures', Array(65).fill(signature))).toStartWith(
      'UNTRUSTED_MALFORMED_METADATA: malformed root metadata: "/signatures" is not as expected',
    )
    expect(parseAltered('root', '/signed/roles/root/keyids', Array(64).fill('a'))).toBe('accepted')
    expect(parseAltered('root', '/signed/roles/root/keyids', Array(65).fill('a'))).toStartWith(
      'UNTRUSTED_MALFORMED_METADATA: malformed root metadata: "/roles/root/keyids" is not',
    )
  })
})
