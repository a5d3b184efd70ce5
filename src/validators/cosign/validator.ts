import type { Digest } from '../../image/digest.ts'
import { type Reference, renderReference } from '../../image/reference.ts'
import { TrustError } from '../../trust/errors.ts'
import { NO_TRUST_MATERIAL, type TrustMaterial } from '../../trust/sigstore/material.ts'
import type { Requirements } from '../../trust/sigstore/verify.ts'
import type { ValidationContext, Validator } from '../validator.ts'
import type { Demand } from './demand.ts'
import { toDenial } from './denial.ts'
import { traceDigest, traceLook } from './explain.ts'
import { Look } from './look.ts'
import type { Place } from './places.ts'
import { Recent } from './recent.ts'
import type { Repository } from './repository.ts'
import type { SignatureSource } from './source.ts'

/** Images whose last look is remembered, and repositories whose place of signatures is. */
const MAX_REMEMBERED = 10_000

/** What a rule asks of its validator. */
export interface CosignRule {
  /** The name of the validator. */
  readonly name: string
  readonly demand: Demand
  readonly requirements: Requirements
}

/** What the rules of one validator share. */
export interface CosignServer {
  readonly source: SignatureSource
  /** Where all signatures are; absent: beside their images. */
  readonly repository?: Repository | undefined
  /** Whom keyless signatures and log entries are held against, at the moment. */
  readonly material: (signal: AbortSignal) => Promise<TrustMaterial>
  /** As a `Validator` has it. */
  readonly basis?: (() => string) | undefined
  /** For how long signatures that were found are taken to be there still, in milliseconds. */
  readonly freshMs: number
}

/** Makes the validator for images signed with cosign. */
export function createCosignValidator(rule: CosignRule, server: CosignServer): Validator {
  const verifier = import('../../trust/sigstore/verify.ts')
  const places = new Recent<Place>(MAX_REMEMBERED)
  const proven = new Recent<Proven>(MAX_REMEMBERED)
  const { basis } = server
  return {
    name: rule.name,
    type: 'cosign',
    ...(basis && { basis }),
    lastFailure: (image) =>
      [image, server.repository ?? image]
        .map((at) => server.source.lastFailure(at))
        .find((failure) => failure !== undefined),
    async validate(image, context) {
      const digest = await findDigest(image, server, context)
      const at = server.repository ?? image
      const home = `${at.registry}/${at.repository}`
      const key = `${home}@${digest} ${basis?.()}`
      const known = context.noteKnownSince && proven.find(key)
      if (known !== undefined && isFresh(known, context, server)) {
        tellProven(known, context)
        return digest
      }
      const { verifyEvidence: verify } = await verifier
      const material = await findMaterial(rule, server, context.signal)
      const { demand, requirements } = rule
      const question = { digest, demand, material, requirements, now: context.now, verify }
      const look = new Look(question, { source: server.source, at, signal: context.signal })
      const place = await look.run(orderOf(places.find(home)))
      const denial = place === undefined ? toDenial(look, { digest, demand, at }) : undefined
      if (context.trace !== undefined) traceLook(context.trace, look, { at, demand, denial })
      if (place === undefined) {
        proven.delete(key)
        throw denial
      }
      places.set(home, place)
      const found = { at: context.now.getTime(), expiresAt: look.expiresAt }
      proven.set(key, found)
      tellProven(found, context)
      return digest
    },
  }
}

/** A digest in the reference is what runs; the tag beside it is for people. */
async function findDigest(
  image: Reference,
  { source }: CosignServer,
  { signal, trace }: ValidationContext,
): Promise<Digest> {
  const { tag, digest: pinned } = image
  const digest = pinned ?? (tag && (await source.resolveTag(image, tag, signal)))
  if (digest === undefined || digest === '') {
    throw new TrustError(
      'UNTRUSTED_NO_IMAGE',
      `${image.registry} has no image ${renderReference(image)}`,
    )
  }
  traceDigest(trace, image, digest)
  return digest
}

/** A look that ended well; others are not remembered: a signature that was added counts at once. */
interface Proven {
  /** When it was asked for, in milliseconds since 1970. */
  readonly at: number
  /** When the first of its proofs ends, in milliseconds since 1970; infinite where none does. */
  readonly expiresAt: number
}

function isFresh(
  { at, expiresAt }: Proven,
  { now }: ValidationContext,
  { freshMs }: CosignServer,
): boolean {
  const age = now.getTime() - at
  return age >= 0 && age < freshMs && now.getTime() < expiresAt
}

/** A verdict that comes of a look counts no longer than the look does. */
function tellProven({ at, expiresAt }: Proven, context: ValidationContext): void {
  context.noteKnownSince?.(new Date(at))
  if (Number.isFinite(expiresAt)) context.noteExpiry?.(new Date(expiresAt))
}

/** Keys alone need nobody else. */
function findMaterial(
  { demand, requirements }: CosignRule,
  { material }: CosignServer,
  signal: AbortSignal,
): Promise<TrustMaterial> | TrustMaterial {
  const isNeeded =
    requirements.verifyInTransparencyLog || demand.roots.some(({ kind }) => kind === 'keyless')
  return isNeeded ? material(signal) : NO_TRUST_MATERIAL
}

/** Where signatures of a repository were last, they are looked for first. */
function orderOf(last: Place | undefined): readonly Place[] {
  return last === 'referrers' ? ['referrers', 'signature tag'] : ['signature tag', 'referrers']
}
