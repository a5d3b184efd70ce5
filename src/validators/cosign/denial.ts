import type { Digest } from '../../image/digest.ts'
import { TrustError, type TrustErrorCode } from '../../trust/errors.ts'
import { type Demand, describeDemand } from './demand.ts'
import { type JudgedSignature, type Look, MAX_SIGNATURES } from './look.ts'
import type { Repository } from './repository.ts'

/** How many signatures a denial lists. */
const MAX_LISTED = 8
/** How much it says of each, in characters. */
const MAX_REASON = 240

/** What was asked, for the words of a denial. */
export interface Denied {
  readonly digest: Digest
  readonly demand: Demand
  /** Where signatures were looked for. */
  readonly at: Repository
}

/**
 * Makes the denial of an image whose signatures do not fulfil a demand. It is no definite answer if
 * anything could not be looked at: then it is what failed there.
 */
export function toDenial(look: Look, { digest, demand, at }: Denied): TrustError {
  if (look.unavailable !== undefined) return look.unavailable
  const failures = look.signatures.flatMap((each) => (isSigned(each) ? [] : [whyNot(each)]))
  const misconfigured = failures.find(({ code }) => code.startsWith('MISCONFIGURED_'))
  if (misconfigured !== undefined) return misconfigured
  const broken = look.places.flatMap(({ content }) =>
    content instanceof TrustError ? [content] : [],
  )
  const where = `${at.registry}/${at.repository}`
  const list = [...broken.map(({ message }) => cut(message)), ...look.signatures.map(describe)]
  if (list.length === 0) {
    const others = look.places.reduce((sum, { content }) => sum + othersOf(content), 0)
    const attested = others === 0 ? '' : `, only ${others} that say they are something else`
    return new TrustError(
      'UNTRUSTED_NOT_SIGNED',
      `${digest} has no signature in ${where}, neither at its signature tag nor among its referrers${attested}`,
    )
  }
  const { counted } = look.count()
  const but = counted.length === 0 ? '' : `, but only by ${counted.join(', ')}`
  const wants = `${digest} is not signed ${describeDemand(demand)}${but}`
  return new TrustError(
    codeOf(look, [...broken, ...failures]),
    `${wants}: ${join(list)}${unread(look)}`,
  )
}

/** Says why a signature does not count: of its failures the one that is furthest from a stranger's. */
export function whyNot({ found, outcomes }: JudgedSignature): TrustError {
  if (found.evidence instanceof TrustError) return found.evidence
  const failures = [...outcomes.values()].filter((each) => each instanceof TrustError)
  const telling = failures.find(({ code }) => !STRANGERS.includes(code)) ?? failures[0]
  return telling ?? new TrustError('INTERNAL', 'no trust root was asked')
}

/** Tells whether it counts for any trust root. */
export function isSigned({ outcomes }: JudgedSignature): boolean {
  return [...outcomes.values()].some((each) => !(each instanceof TrustError))
}

/** What a signature of somebody else fails with. */
const STRANGERS: readonly TrustErrorCode[] = ['UNTRUSTED_SIGNATURE', 'UNTRUSTED_IDENTITY']

function codeOf(look: Look, failures: readonly TrustError[]): TrustErrorCode {
  if (look.places.some(({ content }) => 'complete' in content && !content.complete)) {
    return 'UNTRUSTED_TOO_MANY_SIGNATURES'
  }
  const [code, other] = new Set(failures.map((each) => each.code))
  const isOne = code !== undefined && other === undefined && !look.signatures.some(isSigned)
  return isOne ? code : 'UNTRUSTED_SIGNATURE'
}

function describe(signature: JudgedSignature): string {
  const { where, digest, evidence } = signature.found
  const form = evidence instanceof TrustError ? '' : ` (${evidence.form})`
  const roots = [...signature.outcomes].flatMap(([root, outcome]) =>
    outcome instanceof TrustError ? [] : [root],
  )
  const what = roots.length > 0 ? `counts for ${roots.join(', ')}` : whyNot(signature).message
  return `${where} ${digest.slice(0, 19)}${form}: ${cut(what)}`
}

function join(list: readonly string[]): string {
  const more = list.length - MAX_LISTED
  return list.slice(0, MAX_LISTED).join('; ') + (more > 0 ? `; and ${more} more` : '')
}

function unread(look: Look): string {
  const isWhole = look.places.every(({ content }) => !('complete' in content) || content.complete)
  return isWhole ? '' : `; there are more signatures than the ${MAX_SIGNATURES} that are looked at`
}

function othersOf(content: Look['places'][number]['content']): number {
  return content instanceof TrustError ? 0 : content.others
}

function cut(text: string): string {
  return text.length > MAX_REASON ? `${text.slice(0, MAX_REASON)}...` : text
}
