import type { Random } from '../support/random.ts'

/** What parsers stumble over, as bytes. */
const TOKENS: readonly string[] = [
  '"',
  '\\',
  '{',
  '}',
  '[',
  ']',
  ',',
  ':',
  '\n',
  '\r\n',
  '\0',
  '\t',
  ' ',
  '/',
  '//',
  '..',
  '@',
  '*',
  '?',
  'null',
  'true',
  '-1',
  '0',
  '1e999',
  '-0',
  '9007199254740993',
  '0x10',
  '1_000',
  '.5',
  'NaN',
  '"__proto__":',
  '"constructor":{"prototype":{}}',
  '"a":1,"a":2',
  '&a [*a]',
  '<<: *a',
  '!!js/function',
  '%s%n',
  `$${'{PATH}'}`,
  '{{ images }}',
  '\u202e',
  '\ufeff',
  '\ud800',
  'é',
  'İ',
  '\\u0000',
  '\\ud83d',
  '-----BEGIN PUBLIC KEY-----',
  '=====',
  'sha256:',
  `sha256:${'f'.repeat(64)}`,
]

/** Values that have the wrong type, size or name, for members of JSON. */
const VALUES: readonly unknown[] = [
  null,
  true,
  false,
  0,
  -1,
  1.5,
  1e308,
  2 ** 53,
  '',
  ' ',
  'x',
  '\0',
  '__proto__',
  '../..',
  'é',
  [],
  {},
  [null],
  [[]],
  { a: 1 },
  'x'.repeat(100_000),
  Array.from({ length: 5000 }, () => 'x'),
  'sha256:',
  '1970-01-01T00:00:00Z',
  '9999-12-31T23:59:59Z',
  'evil.example/bad:1',
]

/** How deep values are nested in the worst case: more than a parser that recurses may take. */
const DEPTH = 20_000

/** Damages a text in one to four places; it may be no text any more. */
export function mutateBytes(bytes: Uint8Array, random: Random): Uint8Array<ArrayBuffer> {
  let mutated: Buffer = Buffer.from(bytes)
  for (let count = 1 + random.below(4); count > 0; count--) mutated = mutateOnce(mutated, random)
  return new Uint8Array(mutated)
}

/** As `mutateBytes`, for what takes a text. */
export function mutateText(text: string, random: Random): string {
  return Buffer.from(mutateBytes(Buffer.from(text), random)).toString('utf8')
}

/** Replaces, drops, copies or nests one to three members of a JSON value, anywhere in it. */
export function mutateJson(value: unknown, random: Random): unknown {
  const mutated: unknown = structuredClone(value)
  for (let count = 1 + random.below(3); count > 0; count--) mutateMember(mutated, random)
  return mutated
}

/** A text of pieces that are put together at random. */
export function compose(pieces: readonly string[], random: Random, maxPieces = 12): string {
  return Array.from({ length: random.below(maxPieces + 1) }, () => random.pick(pieces)).join('')
}

function mutateOnce(bytes: Buffer, random: Random): Buffer {
  const at = random.below(bytes.length + 1)
  const length = Math.min(bytes.length - at, 1 + random.below(random.below(10) === 0 ? 500 : 8))
  const [head, middle, tail] = [
    bytes.subarray(0, at),
    bytes.subarray(at, at + length),
    bytes.subarray(at + length),
  ]
  switch (random.below(8)) {
    case 0:
      return Buffer.concat([head, tail])
    case 1:
      return Buffer.concat([head, middle, middle, tail])
    case 2:
      return Buffer.concat([head, Buffer.from(random.pick(TOKENS)), middle, tail])
    case 3:
      return Buffer.concat([head, Buffer.from(random.pick(TOKENS)), tail])
    case 4:
      return Buffer.concat([head, Buffer.from([random.below(256)]), tail])
    case 5:
      return Buffer.concat([head, middle.map((byte) => byte ^ (1 << random.below(8))), tail])
    case 6:
      return random.below(20) === 0
        ? Buffer.concat([head, Buffer.from(random.pick(['[', '{"a":', '- ']).repeat(DEPTH)), tail])
        : Buffer.concat([
            head,
            bytes.subarray(random.below(bytes.length + 1)).subarray(0, 100),
            tail,
          ])
    default:
      return random.below(4) === 0 ? head : Buffer.concat([head, middle.toReversed(), tail])
  }
}

interface Place {
  readonly parent: Record<string, unknown>
  readonly key: string
}

function mutateMember(root: unknown, random: Random): void {
  const places = listPlaces(root)
  if (places.length === 0) return
  const { parent, key } = random.pick(places)
  const other = random.pick(places)
  switch (random.below(6)) {
    case 0:
      delete parent[key]
      return
    case 1:
      set(parent, key, structuredClone(other.parent[other.key]))
      return
    case 2:
      set(
        parent,
        random.pick(['__proto__', 'toString', '', `${key} `, key.toUpperCase()]),
        parent[key],
      )
      return
    case 3:
      set(parent, key, random.below(2) === 0 ? [parent[key]] : { inner: parent[key] })
      return
    case 4:
      set(parent, key, mutateString(parent[key], random))
      return
    default:
      set(parent, key, structuredClone(random.pick(VALUES)))
  }
}

function mutateString(value: unknown, random: Random): unknown {
  return typeof value === 'string' ? mutateText(value, random) : JSON.stringify(value)
}

/** Assigning to `__proto__` would set no member. */
function set(parent: Record<string, unknown>, key: string, value: unknown): void {
  Object.defineProperty(parent, key, {
    value,
    enumerable: true,
    configurable: true,
    writable: true,
  })
}

function listPlaces(value: unknown): readonly Place[] {
  if (typeof value !== 'object' || value === null) return []
  const parent = value as Record<string, unknown>
  return Object.keys(parent).flatMap((key) => [{ parent, key }, ...listPlaces(parent[key])])
}
