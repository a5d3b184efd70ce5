import type { Digest } from '../../image/digest.ts'
import { TrustError } from '../../trust/errors.ts'
import type { TrustMaterial } from '../../trust/sigstore/material.ts'
import type { Requirements, Signed, verifyEvidence } from '../../trust/sigstore/verify.ts'
import { countVotes, type Demand, type Vote } from './demand.ts'
import type { FoundSignature, Reading } from './found.ts'
import { openPlace, type Place, type PlaceContent } from './places.ts'
import type { CosignTrustRoot } from './settings-roots.ts'
import { takeTurn } from './turns.ts'

/** How many signatures of one image are looked at. */
export const MAX_SIGNATURES = 64

/** What the signatures of an image are held against. */
export interface Question {
  readonly digest: Digest
  readonly demand: Demand
  readonly material: TrustMaterial
  readonly requirements: Requirements
  readonly now: Date
  readonly verify: typeof verifyEvidence
}

/** One signature, and what each trust root says to it. */
export interface JudgedSignature {
  readonly found: FoundSignature
  /** By the name of the trust root; empty where the signature cannot be read. */
  readonly outcomes: ReadonlyMap<string, Signed | TrustError>
}

/** A place that was looked into, or why it could not be. */
export interface PlaceReport {
  readonly place: Place
  readonly content: PlaceContent | TrustError
}

/** One look at the signatures of an image, as far as it went. */
export class Look {
  readonly places: PlaceReport[] = []
  readonly signatures: JudgedSignature[] = []
  readonly #question: Question
  readonly #reading: Reading

  constructor(question: Question, reading: Reading) {
    this.#question = question
    this.#reading = reading
  }

  /** Looks into the places one after the other until the demand is fulfilled; tells where it was. */
  async run(places: readonly Place[]): Promise<Place | undefined> {
    for (const place of places) {
      const content = await this.#open(place)
      if (content instanceof TrustError) continue
      for await (const batch of content.signatures) {
        for (const found of batch) {
          await takeTurn()
          this.signatures.push(this.#judge(found))
        }
        if (this.count().isFulfilled) return place
      }
    }
    return undefined
  }

  /** Tells which trust roots count so far, and whether they are enough. */
  count(): ReturnType<typeof countVotes> {
    return countVotes(this.#question.demand, this.signatures.flatMap(toVotes))
  }

  /** When the first of the proofs ends that count only as of now, in milliseconds since 1970. */
  get expiresAt(): number {
    const outcomes = this.signatures.flatMap((each) => [...each.outcomes.values()])
    const ends = outcomes.flatMap((each) =>
      each instanceof TrustError || each.expires === undefined ? [] : [each.expires.getTime()],
    )
    return Math.min(Number.POSITIVE_INFINITY, ...ends)
  }

  /** Outages, and signatures that could not be fetched: without them nobody knows. */
  get unavailable(): TrustError | undefined {
    const errors = [
      ...this.places.map(({ content }) => content),
      ...this.signatures.map(({ found }) => found.evidence),
    ]
    return errors.filter((each) => each instanceof TrustError).find(isNoVerdict)
  }

  async #open(place: Place): Promise<PlaceContent | TrustError> {
    const { digest } = this.#question
    const left = MAX_SIGNATURES - this.signatures.length
    const content = await openPlace(place, digest, left, this.#reading).catch(toTrustError)
    this.places.push({ place, content })
    return content
  }

  #judge(found: FoundSignature): JudgedSignature {
    const { evidence } = found
    const { roots } = this.#question.demand
    if (evidence instanceof TrustError) return { found, outcomes: new Map() }
    const outcomes = roots.map((root) => [root.name, this.#hold(found, root)] as const)
    return { found, outcomes: new Map(outcomes) }
  }

  /** Holds one signature against one trust root. */
  #hold({ evidence }: FoundSignature, root: CosignTrustRoot): Signed | TrustError {
    const { digest, material, requirements, now, verify } = this.#question
    if (evidence instanceof TrustError) return evidence
    try {
      return verify(evidence, { digest, signer: root, material, requirements }, now)
    } catch (error) {
      return toTrustError(error)
    }
  }
}

function toVotes({ outcomes }: JudgedSignature): readonly Vote[] {
  return [...outcomes].flatMap(([root, outcome]) =>
    outcome instanceof TrustError
      ? []
      : [
          {
            root,
            signer: outcome.signer.id,
            logEntries: outcome.logEntries.map(({ id }) => id),
          },
        ],
  )
}

/** What the publisher has no part in. */
function isNoVerdict({ code }: TrustError): boolean {
  return !code.startsWith('UNTRUSTED_')
}

function toTrustError(error: unknown): TrustError {
  if (error instanceof TrustError) return error
  throw error
}
