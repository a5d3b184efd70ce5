import { quote } from '../text/quote.ts'
import { actorOf, type TrustErrorCode } from '../trust/errors.ts'
import { replaceImages } from '../workload/patch.ts'
import type { RequestImages } from './images.ts'
import type { Decision, Refusal, TrustedVerdict, UntrustedVerdict, Verdict } from './verdict.ts'

/** The longest image name and the longest pattern that are shown whole, in characters. */
const MAX_CHARACTERS = 512

/** Admits a request untouched. */
export const ADMITTED = { admitted: true, patch: [], warnings: [] } as const satisfies Decision

/** Decides from the verdicts: all images are trusted and pinned, or the request is denied. */
export function decide({ uses, settled }: RequestImages, verdicts: readonly Verdict[]): Decision {
  const failures = verdicts.filter((verdict) => !verdict.trusted)
  if (failures.length > 0) {
    return {
      admitted: false,
      status: statusOf(failures.map(({ code }) => code)),
      message: [
        `untrusted images (${failures.length} of ${verdicts.length}):`,
        ...failures.map(describeFailure),
      ].join('\n- '),
    }
  }
  const pinned = new Map(
    verdicts.flatMap((verdict) =>
      verdict.trusted && verdict.pinned !== undefined ? [[verdict.image, verdict.pinned]] : [],
    ),
  )
  const changeable = uses.filter(({ path }) => !settled.has(path))
  const patch = replaceImages(changeable, (image) => pinned.get(image))
  return { ...ADMITTED, patch, warnings: verdicts.flatMap(warnIfStale) }
}

function warnIfStale(verdict: Verdict): readonly string[] {
  if (!verdict.trusted || verdict.stale === undefined) return []
  return [describeStale(verdict, verdict.stale)]
}

/** Says how old a verdict is that stands in for an unavailable server, and why it does. */
export function describeStale(
  { image }: Pick<TrustedVerdict, 'image'>,
  { verifiedAt, code, reason }: NonNullable<TrustedVerdict['stale']>,
): string {
  const when = verifiedAt.toISOString()
  return `${quote(image, MAX_CHARACTERS)} was verified at ${when} and cannot be now: ${reason} [${code}]`
}

/** Denies a request as a whole. */
export function refuse({ code, reason }: Refusal): Decision {
  return {
    admitted: false,
    status: statusOf([code]),
    message: `${reason} [${code}]`,
  }
}

/** Why a request is denied whose handling failed unexpectedly: its message is for the log. */
export const FAILED: Refusal = {
  code: 'INTERNAL',
  reason: 'unexpected failure, see the log of connaisseur',
}

/**
 * The status of a denial. One definite answer makes the whole denial definite; after that, what
 * the operator has to mend comes before what may pass by itself.
 */
function statusOf(codes: readonly TrustErrorCode[]): 403 | 500 | 503 {
  const actors = codes.map(actorOf)
  if (actors.includes('publisher')) return 403
  return actors.every((actor) => actor === 'network') ? 503 : 500
}

function describeFailure({ image, rule, validator, code, reason }: UntrustedVerdict): string {
  const judges = [
    ...(rule === undefined ? [] : [`rule ${quote(rule, MAX_CHARACTERS)}`]),
    ...(validator === undefined ? [] : [`validator ${quote(validator)}`]),
  ].join(', ')
  const by = judges === '' ? '' : ` (${judges})`
  return `${quote(image, MAX_CHARACTERS)}${by}: ${reason} [${code}, for the ${actorOf(code)} to act]`
}
