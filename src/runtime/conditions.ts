import type { Condition } from '../server/readiness.ts'
import type { ServerCertificate } from '../server/tls.ts'

/** What a condition tells of a text that may be long, in characters. */
const MAX_NOTE_CHARACTERS = 1000

/** The configuration holds always: one that cannot be used is not taken over, but is told of. */
export function askConfiguration(problem: string | undefined): Condition {
  const name = 'configuration'
  if (problem === undefined) return { name, ok: true }
  const note = `the file has changed and cannot be used, the one before is in force: ${problem}`
  return { name, ok: true, note: note.slice(0, MAX_NOTE_CHARACTERS) }
}

/** Whether the certificate of the server holds now. `problem` is about the one that should follow. */
export function askCertificate(
  { notBefore, notAfter }: ServerCertificate,
  now: Date,
  problem?: string,
): Condition {
  const name = 'certificate'
  const until = notAfter.toISOString()
  if (now >= notAfter) return { name, ok: false, reason: `it expired at ${until}` }
  if (now < notBefore) {
    return { name, ok: false, reason: `it is valid from ${notBefore.toISOString()}` }
  }
  if (problem === undefined) return { name, ok: true, note: `it is valid until ${until}` }
  const note = `it is valid until ${until}; the next one cannot be used: ${problem}`
  return { name, ok: true, note: note.slice(0, MAX_NOTE_CHARACTERS) }
}

/** Whether requests should still be sent here. */
export function askRunning(isStopping: boolean): Condition {
  return {
    name: 'running',
    ok: !isStopping,
    ...(isStopping ? { reason: 'it is shutting down' } : {}),
  }
}
