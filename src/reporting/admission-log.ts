import type { Admission, Verdict } from '../admission/verdict.ts'
import type { Log, LogFields } from './log.ts'

/**
 * What one line tells at the most, in images and in characters of a text: names and counts are the
 * user's choice, and a line that is too long would be lost.
 */
const MAX_IMAGES = 100
const MAX_CHARACTERS = 1024

/** Logs one admission: what it was about and how each image was judged. */
export function logAdmission(log: Log, admission: Admission, durationMs: number): void {
  const { request, verdicts, refusal, decision } = admission
  const softened = decision.admitted && decision.warnings.length > 0
  log(decision.admitted && !softened ? 'info' : 'warn', messageOf(admission), {
    ...cutTexts({
      uid: request.uid,
      operation: request.operation,
      kind: request.kind.kind,
      namespace: request.namespace,
      name: request.name,
    }),
    dryRun: request.dryRun === true ? true : undefined,
    durationMs: Math.round(durationMs * 10) / 10,
    refusal: refusal && cutTexts({ ...refusal }),
    images: renderImages(verdicts),
    imagesOmitted: verdicts.length > MAX_IMAGES ? verdicts.length - MAX_IMAGES : undefined,
  })
}

function messageOf({ decision }: Admission): string {
  if (!decision.admitted) return 'request denied'
  return decision.warnings.length > 0 ? 'request admitted with warnings' : 'request admitted'
}

/** Failures first: where not all fit into a line, they are what is looked for. */
function renderImages(verdicts: readonly Verdict[]): readonly LogFields[] | undefined {
  if (verdicts.length === 0) return undefined
  return verdicts
    .toSorted((a, b) => Number(a.trusted) - Number(b.trusted))
    .slice(0, MAX_IMAGES)
    .map((verdict) => cutTexts({ ...verdict }))
}

function cutTexts(fields: LogFields): LogFields {
  if (!Object.values(fields).some(isLong)) return fields
  return Object.fromEntries(
    Object.entries(fields).map(([name, value]) => [
      name,
      isLong(value) ? `${value.slice(0, MAX_CHARACTERS)}...` : value,
    ]),
  )
}

function isLong(value: unknown): value is string {
  return typeof value === 'string' && value.length > MAX_CHARACTERS
}
