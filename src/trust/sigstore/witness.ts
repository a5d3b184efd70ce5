import { createHash, verify } from 'node:crypto'
import { type PublicKey, readSpki } from '../key.ts'
import type { SignedNote } from './signed-note.ts'

/**
 * A witness of logs: it cosigns a checkpoint only if that is consistent with all that it saw of the log,
 * so that a log cannot show one tree to us and another to those who watch it.
 */
export interface Witness {
  readonly name: string
  /** The start of a hash of name, kind of signature and key. */
  readonly keyId: Buffer
  readonly key: PublicKey
}

/** Whose cosignatures the checkpoints of a log need. */
export interface Witnessing {
  /** Their keys are distinct. */
  readonly witnesses: readonly Witness[]
  /** How many of them have to have cosigned; one name is one witness, whatever its keys. */
  readonly threshold: number
}

/** Name, key id and base64 of kind and key; only the last part may hold a plus sign. */
const VERIFIER_KEY = /^([^\s+]{1,256})\+([0-9a-f]{8})\+([A-Za-z0-9+/]{43,}={0,2})$/
/** Timestamped Ed25519 cosignatures (C2SP signed-note, signature types). */
const COSIGNATURE_V1 = 4
const KEY_BYTES = 32
/** The DER of a SubjectPublicKeyInfo before the 32 bytes of an Ed25519 key (RFC 8410 4). */
const SPKI_HEADER = Buffer.from('302a300506032b6570032100', 'hex')

/**
 * Parses a verifier key such as `witness.example+1a2b3c4d+BA...` (C2SP signed-note, verifier keys) of a
 * witness that signs with Ed25519 (C2SP tlog-cosignature). Throws a `SyntaxError` that says why not.
 */
export function parseWitness(text: string): Witness {
  const [, name, hex = '', encoded = ''] = VERIFIER_KEY.exec(text) ?? []
  if (name === undefined) throw new SyntaxError('it is no verifier key')
  const bytes = Buffer.from(encoded, 'base64')
  const [kind] = bytes
  if (kind !== COSIGNATURE_V1) {
    throw new SyntaxError(
      `its key is of kind ${kind}, not ${COSIGNATURE_V1} (Ed25519 cosignatures)`,
    )
  }
  if (bytes.length !== 1 + KEY_BYTES) throw new SyntaxError('its key is not one of 32 bytes')
  const keyId = createHash('sha256').update(`${name}\n`).update(bytes).digest().subarray(0, 4)
  if (keyId.toString('hex') !== hex) {
    throw new SyntaxError('its key id is not that of its name and key, so it is cut or mixed up')
  }
  return { name, keyId, key: readSpki(Buffer.concat([SPKI_HEADER, bytes.subarray(1)])) }
}

/** Counts the witnesses that cosigned a note, each once however many lines it has. */
export function countCosignatures(note: SignedNote, witnesses: readonly Witness[]): number {
  const cosigners = witnesses.filter((witness) => isCosignedBy(note, witness))
  return countNames(cosigners)
}

/** Counts witnesses by their names: one that changed its key is still one. */
export function countNames(witnesses: readonly Witness[]): number {
  return new Set(witnesses.map(({ name }) => name)).size
}

/** Name and key id name one key, so a second line of both is looked at no more. */
function isCosignedBy({ text, signatures }: SignedNote, { name, keyId, key }: Witness): boolean {
  const line = signatures.find((each) => each.name === name && each.keyId.equals(keyId))
  return line !== undefined && isCosignature(line.bytes, text, key)
}

const TIME_BYTES = 8
const SIGNATURE_BYTES = 64
/** Later times than this are not allowed (C2SP tlog-cosignature). */
const MAX_TIME = 2n ** 63n - 1n

/** The time is the witness's own, signed with the note. */
function isCosignature(bytes: Buffer, text: string, { keyObject }: PublicKey): boolean {
  if (bytes.length !== TIME_BYTES + SIGNATURE_BYTES) return false
  const time = bytes.readBigUInt64BE()
  const message = Buffer.from(`cosignature/v1\ntime ${time}\n${text}`)
  return time <= MAX_TIME && verify(null, message, keyObject, bytes.subarray(TIME_BYTES))
}
