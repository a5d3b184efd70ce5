import type { Condition } from '../server/readiness.ts'
import type { ServerCertificate } from '../server/tls.ts'

/** Whether the certificate of the server holds now. */
export function askCertificate({ notAfter }: ServerCertificate, now: Date): Condition {
  const ok = now < notAfter
  return {
    name: 'certificate',
    ok,
    ...(ok ? {} : { reason: `it expired at ${notAfter.toISOString()}` }),
  }
}

/** Whether requests should still be sent here. */
export function askRunning(isStopping: boolean): Condition {
  return {
    name: 'running',
    ok: !isStopping,
    ...(isStopping ? { reason: 'it is shutting down' } : {}),
  }
}
