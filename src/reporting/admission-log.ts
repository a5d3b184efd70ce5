import type { Admission, Verdict } from '../admission/verdict.ts'
import type { Log, LogFields } from './log.ts'

/** Logs one admission: what it was about and how each image was judged. */
export function logAdmission(log: Log, admission: Admission, durationMs: number): void {
  const { request, verdicts, refusal, decision } = admission
  const softened = decision.admitted && decision.warnings.length > 0
  log(decision.admitted && !softened ? 'info' : 'warn', messageOf(admission), {
    uid: request.uid,
    operation: request.operation,
    kind: request.kind.kind,
    namespace: request.namespace,
    name: request.name,
    dryRun: request.dryRun === true ? true : undefined,
    durationMs: Math.round(durationMs * 10) / 10,
    refusal,
    images: verdicts.length === 0 ? undefined : verdicts.map(toFields),
  })
}

function messageOf({ decision }: Admission): string {
  if (!decision.admitted) return 'request denied'
  return decision.warnings.length > 0 ? 'request admitted with warnings' : 'request admitted'
}

function toFields(verdict: Verdict): LogFields {
  return { ...verdict }
}
