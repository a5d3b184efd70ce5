import type { Digest } from '../../image/digest.ts'
import { TrustError } from '../../trust/errors.ts'
import type { Evidence } from '../../trust/sigstore/evidence.ts'
import {
  type FoundSignature,
  isBundleType,
  payloadLayers,
  type Reading,
  readPayloadLayer,
  readReferrer,
  type Whereabouts,
} from './found.ts'
import type { Descriptor } from './source.ts'

/** How many are fetched at the same time. */
const BATCH = 8

/** The two places where cosign keeps signatures. */
export type Place = 'signature tag' | 'referrers'

/** What is in a place. */
export interface PlaceContent {
  readonly where: Whereabouts
  /** The name of the tag, where it is one. */
  readonly tag?: string
  /** How many signatures are there, of those that are looked at. */
  readonly count: number
  /** False where there are or may be more. */
  readonly complete: boolean
  /** How many call themselves something else than the signature of an image, such as attestations. */
  readonly others: number
  /** The signatures, some at a time, so that nobody fetches more than are needed. */
  readonly signatures: AsyncIterable<readonly FoundSignature[]>
}

/**
 * Looks into a place, at so many signatures at the most. Rejects with a `TrustError`, see
 * `SignatureSource`.
 */
export function openPlace(
  place: Place,
  digest: Digest,
  max: number,
  reading: Reading,
): Promise<PlaceContent> {
  const open = place === 'signature tag' ? openTag : openReferrers
  return open(digest, max, reading)
}

async function openTag(digest: Digest, max: number, reading: Reading): Promise<PlaceContent> {
  const { source, at, signal } = reading
  const tag = `${digest.replace(':', '-')}.sig`
  const manifest = await source.readTaggedManifest(at, tag, signal)
  const layers = manifest === undefined ? [] : payloadLayers(manifest)
  const where = 'signature tag'
  const looked = layers.slice(0, max)
  return {
    where,
    tag,
    count: looked.length,
    complete: looked.length === layers.length,
    others: (manifest?.layers.length ?? 0) - layers.length,
    signatures: readAll(looked, where, (layer) => readPayloadLayer(layer, reading)),
  }
}

/** The artifact type of simple signing as a referrer, which is an experiment of cosign. */
const SIMPLE_SIGNING_REFERRER = 'application/vnd.dev.cosign.artifact.sig.v1+json'
/** What says in a list that a bundle is no signature of an image. */
const PREDICATE = 'dev.sigstore.bundle.predicateType'
const COSIGN_SIGN = 'https://sigstore.dev/cosign/sign/v1'

async function openReferrers(
  subject: Digest,
  max: number,
  reading: Reading,
): Promise<PlaceContent> {
  const { source, at, signal } = reading
  let others = 0
  const isWanted = (referrer: Descriptor) => {
    const isSignature = isSignatureType(referrer)
    if (isSignature && isOtherPredicate(referrer)) others++
    return isSignature && !isOtherPredicate(referrer)
  }
  const wish = { subject, isWanted, max, signal }
  const { found, complete, via } = await source.fetchReferrers(at, wish)
  return {
    where: via,
    ...(via === 'referrers tag' && { tag: subject.replace(':', '-') }),
    count: found.length,
    complete,
    others,
    signatures: readAll(found, via, (referrer) => readReferrer(referrer, reading)),
  }
}

/** Lists need not say what an entry is: whoever looks into it sees. */
function isSignatureType({ artifactType }: Descriptor): boolean {
  if (artifactType === undefined || artifactType === '') return true
  return artifactType === SIMPLE_SIGNING_REFERRER || isBundleType(artifactType)
}

/** To be believed: who denies that a signature is one has it not count. */
function isOtherPredicate({ annotations }: Descriptor): boolean {
  const predicate = annotations?.[PREDICATE]
  return predicate !== undefined && predicate !== COSIGN_SIGN
}

async function* readAll(
  descriptors: readonly Descriptor[],
  where: Whereabouts,
  read: (descriptor: Descriptor) => Promise<Evidence>,
): AsyncIterable<readonly FoundSignature[]> {
  for (let start = 0; start < descriptors.length; start += BATCH) {
    const batch = descriptors.slice(start, start + BATCH)
    yield await Promise.all(
      batch.map(async (descriptor) => ({
        where,
        digest: descriptor.digest,
        evidence: await read(descriptor).catch(toTrustError),
      })),
    )
  }
}

/** A signature that cannot be read is one that does not count; others may. */
function toTrustError(error: unknown): TrustError {
  if (error instanceof TrustError) return error
  throw error
}
