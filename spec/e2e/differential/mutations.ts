import { createHash } from 'node:crypto'
import type { FileMeta, RoleName } from '../../support/notary/metadata.ts'
import { anotherKind } from './another-kind.ts'
import { DIGEST, OTHER, TAG } from './bases.ts'
import {
  enveloped,
  type Mutation,
  resigned,
  rewritten,
  type Signed,
  type Subject,
  served,
} from './mutation.ts'

const isTargets = (role: RoleName) => role.startsWith('targets')
const isRoot = (role: RoleName) => role === 'root'

/** A member that is a mapping. */
function mapping(value: unknown): Record<string, unknown> {
  if (typeof value !== 'object' || value === null) throw new TypeError('no mapping')
  return value as Record<string, unknown>
}

/** The keys and roles that a file appoints: those of the root, or those of delegations. */
function appointed(signed: Signed): { keys: Record<string, unknown>; roles: Signed[] } {
  const holder = 'delegations' in signed ? mapping(signed['delegations']) : signed
  const roles = Object.values(mapping(holder['roles'])).map(mapping)
  return { keys: mapping(holder['keys']), roles }
}

function pickRole(signed: Signed, { random }: Subject): Signed {
  const { roles } = appointed(signed)
  return roles.length === 0 ? {} : random.pick(roles)
}

function pickFile(signed: Signed, { random }: Subject): Record<string, unknown> {
  const files = mapping(signed['targets'] ?? signed['meta'])
  const names = Object.keys(files)
  return names.length === 0 ? { hashes: {} } : mapping(files[random.pick(names)])
}

const hasFiles = (role: RoleName) => !isRoot(role)
const appoints = (role: RoleName) => isRoot(role) || isTargets(role)

const flip = (text: string, { random }: Subject) => {
  const bytes = Buffer.from(text, 'base64')
  const at = random.below(bytes.length)
  bytes[at] = (bytes[at] ?? 0) ^ (1 << random.below(8))
  return bytes.toString('base64')
}

const SIGNED: readonly Mutation[] = [
  resigned('version', (signed, { random }) => {
    signed['version'] = random.pick([0, -1, 2, 1e15, 2 ** 53 - 1, 2 ** 31, '1', null, true])
  }),
  resigned('expires', (signed, { random }) => {
    signed['expires'] = random.pick([
      '2001-01-01T00:00:00Z',
      '2099-01-01T00:00:00+02:00',
      '2099-01-01T00:00:00.123456789Z',
      '2099-01-01t00:00:00z',
      '2099-01-01',
      '2099-02-30T00:00:00Z',
      '10000-01-01T00:00:00Z',
      '',
      4_070_908_800,
      null,
    ])
  }),
  resigned('type', (signed, { random }) => {
    signed['_type'] = random.pick(['Root', 'Targets', 'Snapshot', 'Timestamp', 'targets', '', 1])
  }),
  resigned('missing member', (signed, { random }) => {
    delete signed[random.pick(Object.keys(signed))]
  }),
  resigned('unknown member', (signed, { random }) => {
    signed[random.pick(['custom', 'spec_version', 'Version', 'EXPIRES', '__proto__x'])] = 'x'
  }),
  resigned('null member', (signed, { random }) => {
    signed[random.pick(Object.keys(signed))] = null
  }),
  resigned(
    'threshold',
    (signed, subject) => {
      pickRole(signed, subject)['threshold'] = subject.random.pick([0, -1, 2, 3, '1', null])
    },
    appoints,
  ),
  resigned(
    'key ids',
    (signed, subject) => {
      const role = pickRole(signed, subject)
      const ids = (role['keyids'] ?? []) as string[]
      role['keyids'] = subject.random.pick([
        [],
        [...ids, ...ids],
        [...ids, subject.stranger.id],
        [subject.stranger.id],
        ids.map((id) => id.toUpperCase()),
        null,
        ids[0] ?? '',
      ])
    },
    appoints,
  ),
  resigned(
    'key',
    (signed, { random, stranger }) => {
      const { keys } = appointed(signed)
      const [id] = Object.keys(keys)
      if (id === undefined) return
      const key = mapping(structuredClone(keys[id]))
      const value = mapping(key['keyval'])
      const bytes = Buffer.from(String(value['public']), 'base64')
      switch (random.below(8)) {
        case 0:
          key['keytype'] = random.pick(['rsa', 'ecdsa', 'ed25519', 'ecdsa-x509', 'ECDSA', ''])
          break
        case 1:
          value['public'] = Buffer.concat([bytes, Buffer.from([0])]).toString('base64')
          break
        case 2:
          value['public'] = bytes.subarray(1).toString('base64')
          break
        case 3:
          value['private'] = ''
          break
        case 4:
          delete keys[id]
          return
        case 5:
          keys['0'.repeat(64)] = key
          return
        case 6:
          keys[stranger.id] = stranger.tufKey
          return
        default:
          keys[id] = stranger.tufKey
          return
      }
      keys[id] = key
    },
    appoints,
  ),
  resigned(
    'file hashes',
    (signed, subject) => {
      const file = pickFile(signed, subject)
      const hashes = mapping(file['hashes'])
      const sha256 = String(hashes['sha256'])
      const { random } = subject
      switch (random.below(7)) {
        case 0:
          hashes['sha256'] = flip(sha256, subject)
          break
        case 1:
          hashes['sha512'] = flip(Buffer.alloc(64).toString('base64'), subject)
          break
        case 2:
          delete hashes['sha256']
          break
        case 3:
          hashes['sha256'] = Buffer.from(sha256, 'base64').subarray(1).toString('base64')
          break
        case 4:
          hashes['md5'] = Buffer.alloc(16).toString('base64')
          break
        case 5:
          file['hashes'] = {}
          break
        default:
          hashes['sha256'] = Buffer.from(sha256, 'base64').toString('hex')
      }
    },
    hasFiles,
  ),
  resigned(
    'file length',
    (signed, subject) => {
      const file = pickFile(signed, subject)
      const length = Number(file['length'])
      const lengths = [
        0,
        -1,
        length - 1,
        length + 1,
        length + 1000,
        1e12,

        String(length),
        null,
      ]
      file['length'] = subject.random.pick(lengths)
    },
    hasFiles,
  ),
  resigned(
    'file missing',
    (signed, { random }) => {
      const files = mapping(signed['targets'] ?? signed['meta'])
      delete files[random.pick([...Object.keys(files), 'nothing'])]
    },
    hasFiles,
  ),
  resigned(
    'file of a stranger',
    (signed, { random }) => {
      const files = mapping(signed['targets'] ?? signed['meta'])
      const names = ['mirrors', 'targets/unknown', '../x', 'root', 'timestamp', TAG.repeat(300)]
      files[random.pick(names)] = { hashes: { sha256: hashOf('x') }, length: 1 }
    },
    hasFiles,
  ),
  resigned(
    'another digest',
    (signed) => {
      mapping(signed['targets'])[TAG] = describe(OTHER)
    },
    isTargets,
  ),
  resigned(
    'tag',
    (signed, { random }) => {
      const targets = mapping(signed['targets'])
      targets[random.pick(['10', '1a', '1-', './1', '01', '\u0661', '1\u0000'])] = describe(OTHER)
      if (random.below(2) === 0) delete targets[TAG]
    },
    isTargets,
  ),
  resigned(
    'custom of a tag',
    (signed, { random }) => {
      const target = mapping(mapping(signed['targets'])[TAG] ?? {})
      target['custom'] = random.pick([{ a: 1 }, null, 'x', { big: 'y'.repeat(500) }])
    },
    isTargets,
  ),
  resigned(
    'paths',
    (signed, subject) => {
      if (!('delegations' in signed)) return
      pickRole(signed, subject)['paths'] = subject.random.pick([
        [],
        ['2'],
        ['1'],
        ['', '1'],
        ['*'],
        null,
        '',
        ['1/'],
      ])
    },
    isTargets,
  ),
  resigned(
    'delegation name',
    (signed, subject) => {
      const role = pickRole(signed, subject)
      const name = String(role['name'])
      role['name'] = subject.random.pick([
        name.toUpperCase(),
        `${name}/deeper`,
        'targets',
        'root',
        'releases',
        `${name}/`,
        'targets/../root',
        '',
        null,
      ])
    },
    isTargets,
  ),
  resigned(
    'delegation twice',
    (signed, subject) => {
      const { roles } = appointed(signed)
      if (roles.length === 0) return
      const copy = structuredClone(subject.random.pick(roles))
      copy['keyids'] = subject.random.pick([copy['keyids'], [subject.stranger.id], []])
      const delegations = mapping(signed['delegations'])
      delegations['roles'] = subject.random.pick([
        [copy, ...roles],
        [...roles, copy],
      ])
      mapping(delegations['keys'])[subject.stranger.id] = subject.stranger.tufKey
    },
    isTargets,
  ),
  resigned(
    'root roles',
    (signed, { random }) => {
      const roles = mapping(signed['roles'])
      if (random.below(2) === 0) delete roles[random.pick(Object.keys(roles))]
      else roles[random.pick(['mirrors', 'targets/x', 'ROOT'])] = { keyids: [], threshold: 1 }
    },
    isRoot,
  ),
  resigned(
    'consistent snapshot',
    (signed, { random }) => {
      signed['consistent_snapshot'] = random.pick([true, null, 'false', 0])
    },
    isRoot,
  ),
  resigned(
    'one key for two roles',
    (signed) => {
      const roles = mapping(signed['roles'])
      mapping(roles['timestamp'])['keyids'] = mapping(roles['targets'])['keyids']
    },
    isRoot,
  ),
  resigned(
    'snapshot of another root',
    (signed) => {
      const meta = mapping(signed['meta'])
      meta['root'] = { hashes: { sha256: hashOf('another') }, length: 100 }
    },
    (role) => role === 'snapshot',
  ),
]

const SIGNATURES: readonly Mutation[] = [
  enveloped('no signature', (envelope) => ({ ...envelope, signatures: [] })),
  enveloped('signatures twice', ({ signed, signatures }) => ({
    signed,
    signatures: [...signatures, ...signatures],
  })),
  enveloped('signatures reversed', ({ signed, signatures }) => ({
    signed,
    signatures: signatures.toReversed(),
  })),
  enveloped('a bit of a signature', ({ signed, signatures }, subject) => ({
    signed,
    signatures: signatures.map((each) => ({ ...each, sig: flip(each.sig, subject) })),
  })),
  enveloped('a first signature that is wrong', ({ signed, signatures }, subject) => ({
    signed,
    signatures: [
      ...signatures.map((each) => ({ ...each, sig: flip(each.sig, subject) })),
      ...signatures,
    ],
  })),
  enveloped('method', ({ signed, signatures }, { random }) => {
    const method = random.pick(['ECDSA', 'rsapss', 'eddsa', 'rsapkcs1v15', '', 'none', 'ed25519'])
    return { signed, signatures: signatures.map((each) => ({ ...each, method })) }
  }),
  enveloped('key id', ({ signed, signatures }, { random, stranger }) => {
    const change = (id: string) =>
      random.pick([stranger.id, id.toUpperCase(), '', `${id}0`, '0'.repeat(64)])
    return {
      signed,
      signatures: signatures.map((each) => ({ ...each, keyid: change(each.keyid) })),
    }
  }),
  enveloped('signed bytes', ({ signed, signatures }, { random }) => ({
    signed: { ...signed, version: random.pick([2, 7]) },
    signatures,
  })),
  {
    name: 'a stranger signs',
    forge: ({ role, stranger }) => ({ [role]: { signers: [stranger] } }),
  },
  {
    name: 'a stranger signs too',
    forge: ({ base, role, stranger }) => ({
      [role]: { signers: [stranger, ...(base.repository.keys.get(role) ?? [])] },
    }),
  },
  {
    name: 'one of the signers signs',
    forge: ({ base, role }) => ({
      [role]: { signers: (base.repository.keys.get(role) ?? []).slice(0, 1) },
    }),
  },
  {
    name: 'one of the signers signs twice',
    forge: ({ base, role }) => {
      const [first] = base.repository.keys.get(role) ?? []
      return { [role]: { signers: first === undefined ? [] : [first, first] } }
    },
  },
  {
    name: 'the key of another role signs',
    forge: ({ base, role, random }) => {
      const other = random.pick(base.roles.filter((each) => each !== role))
      return { [role]: { signers: base.repository.keys.get(other) ?? [] } }
    },
  },
]

const ENCODINGS: readonly Mutation[] = [
  rewritten('white space', (text, { random }) =>
    random.pick([` ${text}`, `${text}\n`, text.replace(/([{,])/g, '$1 '), `\t${text}\r\n`]),
  ),
  rewritten('trailing bytes', (text, { random }) =>
    random.pick([`${text}{}`, `${text}x`, `${text}\u0000`, `${text},`]),
  ),
  rewritten('byte order mark', (text) => `\ufeff${text}`),
  rewritten('a member twice', (text, { random }) => {
    const [first, second] = random.pick([
      ['"version":1', '"version":9,"version":1'],
      ['"version":1', '"version":1,"version":9'],
      ['"signed":', '"signed":{},"signed":'],
      ['"signatures":', '"signatures":[],"signatures":'],
    ] as const)
    return text.replace(first, second)
  }),
  rewritten('a member in another case', (text, { random }) => {
    const [name, other] = random.pick([
      ['version', 'Version'],
      ['expires', 'EXPIRES'],
      ['signed', 'Signed'],
      ['signatures', 'Signatures'],
      ['keyid', 'KeyID'],
    ] as const)
    return text.replaceAll(`"${name}":`, `"${other}":`)
  }),
  rewritten('a number in another form', (text, { random }) =>
    text.replace('"version":1', `"version":${random.pick(['1.0', '1e0', '10e-1', '01', '+1'])}`),
  ),
  rewritten('an escape', (text, { random }) =>
    text.replace(
      random.pick(['version', 'expires', 'sha256', '_type']),
      (name) => `\\u${name.charCodeAt(0).toString(16).padStart(4, '0')}${name.slice(1)}`,
    ),
  ),
  rewritten('no JSON', (text, { random }) =>
    random.pick(['', 'null', '[]', '{}', '"x"', text.slice(0, -1), `[${text}]`, '{"signed":null}']),
  ),
  rewritten('deep nesting', (text) =>
    text.replace('{', `{"deep":${'['.repeat(5000)}${']'.repeat(5000)},`),
  ),
]

const SERVED: readonly Mutation[] = [
  served('a flipped bit', (bytes, { random }) => {
    const at = random.below(bytes.length)
    bytes[at] = (bytes[at] ?? 0) ^ (1 << random.below(8))
    return bytes
  }),
  served('a cut file', (bytes, { random }) => bytes.subarray(0, random.below(bytes.length))),
  served('a longer file', (bytes) => Buffer.concat([bytes, Buffer.from(' ')])),
]

/** Every way of altering a repository. */
export const MUTATIONS: readonly Mutation[] = [
  ...SIGNED,
  anotherKind,
  ...SIGNATURES,
  ...ENCODINGS,
  ...SERVED,
]

function describe(digest: string): FileMeta {
  const sha256 = Buffer.from(digest.slice('sha256:'.length), 'hex').toString('base64')
  return { hashes: { sha256 }, length: DIGEST.length }
}

function hashOf(text: string): string {
  return createHash('sha256').update(text).digest('base64')
}
