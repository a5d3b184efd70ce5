import { verifyLogSignature } from './log-signature.ts'
import type { Log } from './material.ts'

/** The head of a log (C2SP tlog-checkpoint): what the log signed. */
export interface Checkpoint {
  readonly size: bigint
  readonly rootHash: Buffer
}

const ROOT_HASH_BYTES = 32
const KEY_HINT_BYTES = 4
/** The log's own and those of its witnesses. */
const MAX_SIGNATURES = 64
const SIZE = /^(?:0|[1-9][0-9]{0,18})$/
const BASE64 = /^[A-Za-z0-9+/]+={0,2}$/
const SIGNATURE_LINE = /^\u2014 (\S{1,256}) (\S{1,2048})$/

/**
 * Verifies a signed note as the head of a log: its first line names the log (Rekor v1 adds a tree id),
 * and the log's own key signed it. Signatures of others, such as witnesses, neither help nor harm. Throws a `SyntaxError`
 * that says why not.
 */
export function verifyCheckpoint(envelope: string, log: Log): Checkpoint {
  const separator = envelope.indexOf('\n\n')
  if (separator < 0) throw new SyntaxError('a checkpoint without signatures')
  const note = envelope.slice(0, separator + 1)
  const [origin = '', size = '', rootHash = ''] = note.split('\n')
  if (log.origin !== undefined && origin !== log.origin) {
    throw new SyntaxError('a checkpoint of another log')
  }
  if (!SIZE.test(size)) throw new SyntaxError('a checkpoint without a size')
  const root = Buffer.from(rootHash, 'base64')
  if (!BASE64.test(rootHash) || root.length !== ROOT_HASH_BYTES) {
    throw new SyntaxError('a checkpoint without a root hash')
  }
  const signatures = readSignatures(envelope.slice(separator + 2), origin, log)
  if (!signatures.some((each) => verifyLogSignature(log.key, Buffer.from(note), each))) {
    throw new SyntaxError('a checkpoint that the log did not sign')
  }
  return { size: BigInt(size), rootHash: root }
}

/** The signatures that claim to be of the log's key: under the note's name, by the start of its id. */
function readSignatures(text: string, origin: string, { ids }: Log): readonly Buffer[] {
  const lines = text.split('\n')
  if (lines.pop() !== '' || lines.length > MAX_SIGNATURES) {
    throw new SyntaxError('a checkpoint with malformed signatures')
  }
  return lines.flatMap((line) => {
    const [, name, encoded = ''] = SIGNATURE_LINE.exec(line) ?? []
    if (name === undefined || !BASE64.test(encoded)) {
      throw new SyntaxError('a checkpoint with malformed signatures')
    }
    const bytes = Buffer.from(encoded, 'base64')
    const hint = bytes.subarray(0, KEY_HINT_BYTES)
    const isOfKey = ids.some((id) => id.subarray(0, KEY_HINT_BYTES).equals(hint))
    const isNamed = origin === name || origin.startsWith(`${name} - `)
    return isOfKey && isNamed ? [bytes.subarray(KEY_HINT_BYTES)] : []
  })
}
