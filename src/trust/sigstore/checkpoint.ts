import { verifyLogSignature } from './log-signature.ts'
import type { Log } from './material.ts'
import { type NoteSignature, parseSignedNote, type SignedNote } from './signed-note.ts'
import { countCosignatures } from './witness.ts'

/** The head of a log (C2SP tlog-checkpoint): what the log signed. */
export interface Checkpoint {
  readonly size: bigint
  readonly rootHash: Buffer
}

const ROOT_HASH_BYTES = 32
const KEY_HINT_BYTES = 4
const SIZE = /^(?:0|[1-9][0-9]{0,18})$/
const BASE64 = /^[A-Za-z0-9+/]+={0,2}$/

/**
 * Verifies a signed note as the head of a log: its first line names the log (Rekor v1 adds a tree id),
 * the log's own key signed it, and as many witnesses as the log needs cosigned it. Signatures of others
 * neither help nor harm. Throws a `SyntaxError` that says why not.
 */
export function verifyCheckpoint(envelope: string, log: Log): Checkpoint {
  const note = parseSignedNote(envelope)
  const [origin = '', size = '', rootHash = ''] = note.text.split('\n')
  if (log.origin !== undefined && origin !== log.origin) {
    throw new SyntaxError('a checkpoint of another log')
  }
  if (!SIZE.test(size)) throw new SyntaxError('a checkpoint without a size')
  const root = Buffer.from(rootHash, 'base64')
  if (!BASE64.test(rootHash) || root.length !== ROOT_HASH_BYTES) {
    throw new SyntaxError('a checkpoint without a root hash')
  }
  const text = Buffer.from(note.text)
  const own = note.signatures.filter((each) => isOfLog(each, origin, log))
  if (!own.some(({ bytes }) => verifyLogSignature(log.key, text, bytes))) {
    throw new SyntaxError('a checkpoint that the log did not sign')
  }
  checkWitnesses(note, log)
  return { size: BigInt(size), rootHash: root }
}

/** Whether a signature claims to be of the log's key: under the note's name, by the start of its id. */
function isOfLog({ name, keyId }: NoteSignature, origin: string, { ids }: Log): boolean {
  const isNamed = origin === name || origin.startsWith(`${name} - `)
  return isNamed && ids.some((id) => id.subarray(0, KEY_HINT_BYTES).equals(keyId))
}

function checkWitnesses(note: SignedNote, { witnessing }: Log): void {
  if (witnessing === undefined) return
  const { witnesses, threshold } = witnessing
  const count = countCosignatures(note, witnesses)
  if (count >= threshold) return
  throw new SyntaxError(
    `a checkpoint with the cosignatures of ${count} witnesses instead of ${threshold}`,
  )
}
