import { createHash } from 'node:crypto'
import { TrustError } from '../errors.ts'
import { type Checkpoint, verifyCheckpoint } from './checkpoint.ts'
import type { InclusionProof, LogEntry, SignedContent } from './evidence.ts'
import { isIncluded } from './inclusion.ts'
import { type Verifier, verifyLogBody } from './log-body.ts'
import { verifyLogSignature } from './log-signature.ts'
import { isWithin, type Log } from './material.ts'

/** An entry of a transparency log that is proven to be in it, and to be of this signature. */
export interface ProvenLogEntry {
  /** Names log and entry: the same in two signatures is one entry. */
  readonly id: string
  /** As the log's promise states it, else the index within the tree of its proof. */
  readonly logIndex: number
  /** The time that the log signed; none without its promise, and none of Rekor v2. */
  readonly integratedTime?: Date
}

/** What entries are held against. */
export interface LogExpectation {
  readonly content: SignedContent
  readonly verifier: Verifier
  readonly logs: readonly Log[]
  /** The times that are known otherwise, at which a log without a time of its own has to be valid. */
  readonly times: readonly Date[]
}

/**
 * Verifies that an entry is in a trusted log, by the log's promise (the signed entry timestamp), its
 * inclusion proof or both, whatever the entry holds, and that it is of this signature. Throws
 * `UNTRUSTED_LOG_ENTRY` or `UNTRUSTED_MALFORMED_SIGNATURE`.
 */
export function verifyLogEntry(entry: LogEntry, expected: LogExpectation): ProvenLogEntry {
  const { content, verifier, logs, times } = expected
  const known = logs.filter(({ ids }) => ids.some((id) => id.equals(entry.logId)))
  if (known.length === 0) throw untrusted('it is of a log that is not trusted')
  const { signedEntryTimestamp, inclusionProof } = entry
  if (signedEntryTimestamp === undefined && inclusionProof === undefined) {
    throw untrusted('it has neither promise nor proof')
  }
  // Of what a log promises by itself no witness knows.
  if (inclusionProof === undefined && known.some(({ witnessing }) => witnessing !== undefined)) {
    throw untrusted('it has no checkpoint that witnesses of its log could have cosigned')
  }
  const promised = signedEntryTimestamp && verifyPromise(entry, signedEntryTimestamp, known)
  if (inclusionProof !== undefined) {
    const moments = promised === undefined ? times : [promised]
    verifyInclusion(entry.body, inclusionProof, validAt(known, moments))
  }
  verifyLogBody(entry, content, verifier)
  const digest = createHash('sha256').update(entry.body).digest('hex')
  return {
    id: `${entry.logId.toString('hex')}:${digest}`,
    logIndex: promised === undefined ? (inclusionProof?.logIndex ?? 0) : entry.logIndex,
    ...(promised === undefined ? {} : { integratedTime: promised }),
  }
}

/** Returns the time that the log signed together with body and index (Rekor's signed entry timestamp). */
function verifyPromise(entry: LogEntry, promise: Buffer, logs: readonly Log[]): Date {
  if (entry.integratedTime === undefined) throw untrusted('its promise has no time')
  const time = new Date(entry.integratedTime * 1000)
  const signed = Buffer.from(
    JSON.stringify({
      body: entry.body.toString('base64'),
      integratedTime: entry.integratedTime,
      logID: entry.logId.toString('hex'),
      logIndex: entry.logIndex,
    }),
  )
  const isSigned = validAt(logs, [time]).some(({ key }) => verifyLogSignature(key, signed, promise))
  if (!isSigned) throw untrusted('the promise of the log is forged')
  return time
}

function verifyInclusion(body: Buffer, proof: InclusionProof, logs: readonly Log[]): void {
  const checkpoint = verifyAnyCheckpoint(proof.checkpoint, logs)
  if (!isIncluded(body, proof, checkpoint)) {
    throw untrusted('its inclusion proof does not lead to the checkpoint')
  }
}

function verifyAnyCheckpoint(envelope: string, logs: readonly Log[]): Checkpoint {
  let failure: unknown
  for (const log of logs) {
    try {
      return verifyCheckpoint(envelope, log)
    } catch (cause) {
      failure = cause
    }
  }
  throw untrusted(
    failure instanceof Error ? `it has ${failure.message}` : 'no log proves it',
    failure,
  )
}

function validAt(logs: readonly Log[], times: readonly Date[]): readonly Log[] {
  const valid = logs.filter(({ validity }) => times.every((time) => isWithin(validity, time)))
  if (valid.length === 0) throw untrusted('its log was not trusted at that time')
  return valid
}

/** The error of a log entry that does not count. */
export function untrusted(why: string, cause?: unknown): TrustError {
  return new TrustError('UNTRUSTED_LOG_ENTRY', `the log entry does not count: ${why}`, { cause })
}
