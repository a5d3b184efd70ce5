import type { Reference } from '../../image/reference.ts'
import { TrustError } from '../../trust/errors.ts'
import type { Signed } from '../../trust/sigstore/verify.ts'
import type { Fact, Step } from '../validator.ts'
import { type Demand, describeDemand } from './demand.ts'
import { isSigned, whyNot } from './denial.ts'
import type { JudgedSignature, Look, PlaceReport } from './look.ts'
import type { Repository } from './repository.ts'

type Trace = (step: Step) => void

/** Tells which digest is judged, and how it was found. */
export function traceDigest(
  trace: Trace | undefined,
  { registry, repository, tag, digest: pinned }: Reference,
  digest: string,
): void {
  const facts = { registry, repository, ...(tag !== undefined && { tag }), digest }
  const from = pinned === undefined ? 'the tag, as the registry has it' : 'the reference'
  trace?.({ step: 'digest', ok: true, facts: { ...facts, from } })
}

/** Tells of a look: each place, each signature, and what they come to. */
export function traceLook(
  trace: Trace,
  look: Look,
  { at, demand, denial }: { at: Repository; demand: Demand; denial?: TrustError | undefined },
): void {
  for (const place of look.places) trace(describePlace(place, at))
  for (const signature of look.signatures) trace(describeSignature(signature))
  const { counted } = look.count()
  const facts = { wanted: `signed ${describeDemand(demand)}`, counted }
  trace({
    step: 'demand',
    ok: denial === undefined,
    facts: { ...facts, ...(denial && { code: denial.code, reason: denial.message }) },
  })
}

function describePlace({ place, content }: PlaceReport, at: Repository): Step {
  const repository = `${at.registry}/${at.repository}`
  if (content instanceof TrustError) {
    const { code, message: reason } = content
    return { step: place, ok: true, facts: { repository, code, reason } }
  }
  const { where, tag, count, complete, others } = content
  return {
    step: place,
    ok: true,
    facts: {
      repository,
      by: where,
      ...(tag !== undefined && { tag }),
      signatures: count,
      ...(!complete && { complete }),
      ...(others > 0 && { others }),
    },
  }
}

function describeSignature(signature: JudgedSignature): Step {
  const { where, digest, evidence } = signature.found
  const form = evidence instanceof TrustError ? 'unknown' : evidence.form
  const place = { found: where, digest, form }
  if (!isSigned(signature)) {
    const { code, message: reason } = whyNot(signature)
    return { step: 'signature', ok: true, facts: { ...place, counts: false, code, reason } }
  }
  const proven = [...signature.outcomes].flatMap(([root, outcome]) =>
    outcome instanceof TrustError ? [] : [{ root, outcome }],
  )
  const counts = proven.map(({ root }) => root)
  const facts = proven[0] === undefined ? {} : describeProof(proven[0].outcome)
  return { step: 'signature', ok: true, facts: { ...place, ...facts, counts } }
}

function describeProof({ signer, claim, logEntries, times }: Signed): Record<string, Fact> {
  const [entry] = logEntries
  const who: Record<string, Fact> =
    signer.kind === 'key' ? { key: signer.id } : { subject: signer.subject, issuer: signer.issuer }
  return {
    ...who,
    ...(entry && { logIndex: entry.logIndex }),
    ...(times.length > 0 && {
      times: times.map(({ source, time }) => `${time.toISOString()} ${source}`),
    }),
    ...(claim.dockerReference !== undefined && { claimedName: claim.dockerReference }),
  }
}
