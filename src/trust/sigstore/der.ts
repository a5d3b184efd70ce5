/** One value of DER (X.690 10), as bytes that are shared with what it was read from. */
export interface DerValue {
  readonly tag: number
  readonly content: Buffer
  /** Tag, length and content. */
  readonly raw: Buffer
}

/** The tags that certificates are made of. */
export const TAG = {
  boolean: 0x01,
  integer: 0x02,
  bitString: 0x03,
  octetString: 0x04,
  objectIdentifier: 0x06,
  utf8String: 0x0c,
  utcTime: 0x17,
  generalizedTime: 0x18,
  sequence: 0x30,
} as const

/** Reads bytes that are exactly one value; throws a `SyntaxError`. */
export function readDer(bytes: Buffer): DerValue {
  const value = readAt(bytes, 0)
  if (value.raw.length !== bytes.length) throw new SyntaxError('bytes behind a DER value')
  return value
}

/** Reads the values within a value; throws a `SyntaxError`. */
export function readDerList({ content }: DerValue): readonly DerValue[] {
  const values: DerValue[] = []
  for (let at = 0; at < content.length; ) {
    const value = readAt(content, at)
    values.push(value)
    at += value.raw.length
  }
  return values
}

/** Returns the content of a value of the expected tag; throws a `SyntaxError`. */
export function contentOf(value: DerValue | undefined, tag: number): Buffer {
  if (value?.tag !== tag) throw new SyntaxError(`a DER value of another type than ${tag}`)
  return value.content
}

/** Writes a value. */
export function writeDer(tag: number, ...content: readonly Buffer[]): Buffer {
  const length = content.reduce((sum, each) => sum + each.length, 0)
  return Buffer.concat([Buffer.from([tag, ...lengthBytes(length)]), ...content])
}

/** Multi-byte tags and lengths that DER forbids (indefinite, not the shortest) throw. */
function readAt(bytes: Buffer, at: number): DerValue {
  const tag = bytes[at]
  const first = bytes[at + 1]
  if (tag === undefined || first === undefined) throw new SyntaxError('DER that is cut short')
  if ((tag & 0x1f) === 0x1f) throw new SyntaxError('a DER tag of several bytes')
  const extra = first < 0x80 ? 0 : first & 0x7f
  if (first === 0x80 || extra > 3) throw new SyntaxError('a DER length that is not allowed')
  const start = at + 2 + extra
  if (start > bytes.length) throw new SyntaxError('DER that is cut short')
  const length = extra === 0 ? first : bytes.readUIntBE(at + 2, extra)
  if (extra > 0 && (length < 0x80 || length < 2 ** (8 * (extra - 1)))) {
    throw new SyntaxError('a DER length that is not the shortest')
  }
  const end = start + length
  if (end > bytes.length) throw new SyntaxError('DER that is cut short')
  return { tag, content: bytes.subarray(start, end), raw: bytes.subarray(at, end) }
}

function lengthBytes(length: number): readonly number[] {
  if (length < 0x80) return [length]
  if (length < 0x100) return [0x81, length]
  if (length < 0x10000) return [0x82, length >> 8, length & 0xff]
  return [0x83, length >> 16, (length >> 8) & 0xff, length & 0xff]
}
