/** Where ours refuses what the notary client accepts, and why that is right. */
interface Stricter {
  /** The mutation, and how our denial begins. */
  readonly mutation: string
  readonly ours: RegExp
  readonly why: string
}

const MALFORMED = /^UNTRUSTED_MALFORMED_METADATA: /

const TWO_READERS = 'two readers could see two documents, so each member is there once and exact'
const NULL =
  'Go reads null as nothing at all; the notary client never writes it for a mapping or a key'
const CONFLICT =
  'where signers disagree nobody is believed; the client takes the first one it finds'
const EXACT = 'a length is exact: the client takes zero, and more than there is, for no promise'

const STRICTER: readonly Stricter[] = [
  { mutation: 'a member twice', ours: /: duplicate member "/, why: TWO_READERS },
  {
    mutation: 'a member in another case',
    ours: /(?:required property|in another letter case)/,
    why: TWO_READERS,
  },
  { mutation: 'root roles', ours: /in another letter case/, why: TWO_READERS },
  { mutation: 'unknown member', ours: /in another letter case/, why: TWO_READERS },
  {
    mutation: 'deep nesting',
    ours: /: nesting deeper than 32/,
    why: 'honest metadata is at most 6 deep, and a parser must not be driven into the depth',
  },
  { mutation: 'null member', ours: MALFORMED, why: NULL },
  { mutation: 'missing member', ours: MALFORMED, why: NULL },
  {
    mutation: 'another kind',
    ours: MALFORMED,
    why: 'Go reads null, and what is missing, as zero; what the client never writes is no metadata',
  },
  {
    mutation: 'another kind',
    ours: /^UNTRUSTED_HASH_MISMATCH: .* bytes, \d+ are promised/,
    why: EXACT,
  },
  {
    mutation: 'another kind',
    ours: /does not name the pinned key|its id is not the hash of the key/,
    why: 'a key whose id is not its hash, or of a type that nobody knows, is not read as a key',
  },
  {
    mutation: 'key',
    ours: /its id is not the hash of the key/,
    why: 'under an id that is not its hash one key could stand twice, and count as two signers',
  },
  { mutation: 'key', ours: MALFORMED, why: NULL },
  { mutation: 'key ids', ours: MALFORMED, why: NULL },
  {
    mutation: 'file length',
    ours: /^UNTRUSTED_HASH_MISMATCH: .* bytes, \d+ are promised/,
    why: EXACT,
  },
  { mutation: 'file length', ours: MALFORMED, why: EXACT },
  {
    mutation: 'file hashes',
    ours: MALFORMED,
    why: 'a hash has the length of its algorithm; the client looks at those that it compares only',
  },
  {
    mutation: 'method',
    ours: /^UNTRUSTED_SIGNATURE: /,
    why: 'the name of a method is exact; the client takes it in any letter case',
  },
  { mutation: 'another digest', ours: /^UNTRUSTED_CONFLICT: /, why: CONFLICT },
  { mutation: 'file hashes', ours: /^UNTRUSTED_CONFLICT: /, why: CONFLICT },
  {
    mutation: 'delegation twice',
    ours: MALFORMED,
    why: 'two entries of one delegation could name different keys',
  },
]

/** Finds why our refusal is right although the notary client accepts; nothing where nobody said. */
export function findReason(mutation: string, ours: string): string | undefined {
  return STRICTER.find((each) => each.mutation === mutation && each.ours.test(ours))?.why
}
