import { type Digest, isDigest } from '../../image/digest.ts'
import { quote } from '../../text/quote.ts'
import { TrustError } from '../../trust/errors.ts'
import { parseBundle } from '../../trust/sigstore/bundle.ts'
import type { Evidence } from '../../trust/sigstore/evidence.ts'
import { parseSimpleSigning } from '../../trust/sigstore/simple-signing.ts'
import type { Repository } from './repository.ts'
import type { Descriptor, SignatureManifest, SignatureSource } from './source.ts'

/** The longest payload or bundle, in bytes: cosign's have some thousand. */
const MAX_LAYER_BYTES = 1024 * 1024

/** Where a signature was found. */
export type Whereabouts = 'signature tag' | 'referrers API' | 'referrers tag'

/** One signature as it was found, or why it cannot be read. */
export interface FoundSignature {
  readonly where: Whereabouts
  /** Of its layer at the signature tag, of its manifest else: what tells it from others. */
  readonly digest: string
  readonly evidence: Evidence | TrustError
}

/** One look at one repository. */
export interface Reading {
  readonly source: SignatureSource
  /** Where the signatures are. */
  readonly at: Repository
  readonly signal: AbortSignal
}

/** Tells layers and referrers that hold a simple-signing payload from those that hold a bundle. */
const SIMPLE_SIGNING = 'application/vnd.dev.cosign.simplesigning.v1+json'
const BUNDLE = /^application\/vnd\.dev\.sigstore\.bundle(?:\.v\d|\+json)/

/** Tells whether a media type is that of a Sigstore bundle of any version. */
export function isBundleType(mediaType: string | undefined): boolean {
  return mediaType !== undefined && BUNDLE.test(mediaType)
}

/** Reads a layer that holds a payload, whose signature stands in its annotations. */
export async function readPayloadLayer(layer: Descriptor, reading: Reading): Promise<Evidence> {
  const payload = await fetchLayer(layer, reading)
  return parseSimpleSigning(payload, layer.annotations ?? {})
}

/** Reads the signature of a referrer: one layer with a bundle or with a payload. */
export async function readReferrer({ digest }: Descriptor, reading: Reading): Promise<Evidence> {
  const manifest = await reading.source.readManifest(
    reading.at,
    checkDigest(digest),
    reading.signal,
  )
  if (manifest === undefined) throw gone('manifest')
  const bundle = manifest.layers.find(({ mediaType }) => isBundleType(mediaType))
  const payload = manifest.layers.find(({ mediaType }) => mediaType === SIMPLE_SIGNING)
  if (manifest.layers.length > (bundle && payload ? 2 : 1)) {
    throw malformed(`it has ${manifest.layers.length} layers`)
  }
  if (bundle !== undefined) return readBundle(bundle, payload, reading)
  if (payload !== undefined) return readPayloadLayer(payload, reading)
  throw malformed(`its layer is ${quote(manifest.layers[0]?.mediaType ?? 'missing')}`)
}

/** Lists the layers of a signature tag that hold payloads. */
export function payloadLayers({ layers }: SignatureManifest): readonly Descriptor[] {
  return layers.filter(({ mediaType }) => mediaType === SIMPLE_SIGNING)
}

async function readBundle(
  layer: Descriptor,
  payload: Descriptor | undefined,
  reading: Reading,
): Promise<Evidence> {
  const bytes = await fetchLayer(layer, reading)
  return parseBundle(bytes, payload && (await fetchLayer(payload, reading)))
}

async function fetchLayer(
  { digest, size }: Descriptor,
  { source, at, signal }: Reading,
): Promise<Uint8Array> {
  if (size > MAX_LAYER_BYTES) {
    throw malformed(`its layer has ${size} bytes, more than ${MAX_LAYER_BYTES}`)
  }
  const bytes = await source.fetchBlob(at, { digest: checkDigest(digest), size }, signal)
  if (bytes === undefined) throw gone('layer')
  return bytes
}

function checkDigest(digest: string): Digest {
  if (isDigest(digest)) return digest
  throw malformed(`${quote(digest)} is no sha256 digest`)
}

/** What is listed and deleted since is no signature any more. */
function gone(what: string): TrustError {
  return new TrustError('UNTRUSTED_MALFORMED_SIGNATURE', `its ${what} is listed and not there`)
}

function malformed(what: string): TrustError {
  return new TrustError('UNTRUSTED_MALFORMED_SIGNATURE', `malformed signature: ${what}`)
}
