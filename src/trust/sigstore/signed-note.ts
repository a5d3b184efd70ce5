/** A note as it was signed, and the lines that say by whom (C2SP signed-note); nothing is verified. */
export interface SignedNote {
  /** What is signed: lines that each end with a line feed. */
  readonly text: string
  readonly signatures: readonly NoteSignature[]
}

/** A line below a note: name and key id together say which key made the signature. */
export interface NoteSignature {
  readonly name: string
  readonly keyId: Buffer
  readonly bytes: Buffer
}

/** The log's own and those of its witnesses. */
const MAX_SIGNATURES = 64
const KEY_ID_BYTES = 4
const BASE64 = /^[A-Za-z0-9+/]+={0,2}$/
const SIGNATURE_LINE = /^\u2014 (\S{1,256}) (\S{1,2048})$/

/**
 * Parses a signed note whose text has no empty line, as that of a checkpoint has none (C2SP
 * tlog-checkpoint). Throws a `SyntaxError`.
 */
export function parseSignedNote(envelope: string): SignedNote {
  const separator = envelope.indexOf('\n\n')
  if (separator < 0) throw new SyntaxError('a checkpoint without signatures')
  const lines = envelope.slice(separator + 2).split('\n')
  if (lines.pop() !== '' || lines.length > MAX_SIGNATURES) throw malformed()
  return { text: envelope.slice(0, separator + 1), signatures: lines.map(readLine) }
}

function readLine(line: string): NoteSignature {
  const [, name, encoded = ''] = SIGNATURE_LINE.exec(line) ?? []
  if (name === undefined || !BASE64.test(encoded)) throw malformed()
  const bytes = Buffer.from(encoded, 'base64')
  return { name, keyId: bytes.subarray(0, KEY_ID_BYTES), bytes: bytes.subarray(KEY_ID_BYTES) }
}

function malformed(): SyntaxError {
  return new SyntaxError('a checkpoint with malformed signatures')
}
