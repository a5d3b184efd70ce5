import { createHash, sign } from 'node:crypto'
import type { KeyPair } from '../key-pair.ts'
import type { EmbeddedRegistry } from '../registry/server.ts'
import { OCI_INDEX, OCI_MANIFEST, type RepositoryStore } from '../registry/store.ts'
import { imageStatement, simpleSigningPayload } from '../sigstore/statement.ts'

export const SIMPLE_SIGNING = 'application/vnd.dev.cosign.simplesigning.v1+json'
export const BUNDLE_V03 = 'application/vnd.dev.sigstore.bundle.v0.3+json'
const CONFIG = 'application/vnd.oci.image.config.v1+json'
const SIGNATURE = 'dev.cosignproject.cosign/signature'

/** A layer as a manifest describes it. */
export interface Layer {
  readonly mediaType: string
  readonly digest: string
  readonly size: number
  readonly annotations?: Readonly<Record<string, string>>
}

/** Pushes an image and returns its digest; every call makes another one. */
export function pushImage(registry: EmbeddedRegistry, name: string, tag: string): string {
  const store = registry.repository(name)
  const config = { mediaType: CONFIG, digest: store.addBlob('{}'), size: 2 }
  const annotations = { made: crypto.randomUUID() }
  return store.addManifest(
    { schemaVersion: 2, mediaType: OCI_MANIFEST, config, layers: [], annotations },
    tag,
  )
}

/** Stores a blob as a layer. */
export function addLayer(
  store: RepositoryStore,
  mediaType: string,
  bytes: Uint8Array,
  annotations: Readonly<Record<string, string>> = {},
): Layer {
  return { mediaType, digest: store.addBlob(bytes), size: bytes.length, annotations }
}

/** A simple-signing payload signed with a key, as a layer (`cosign sign --new-bundle-format=false`). */
export function signedLayer(
  store: RepositoryStore,
  digest: string,
  { privateKey }: KeyPair,
  payload = simpleSigningPayload(digest),
): Layer {
  const signature = sign('sha256', payload, privateKey).toString('base64')
  return addLayer(store, SIMPLE_SIGNING, payload, { [SIGNATURE]: signature })
}

/** Writes the signature tag of an image with these layers alone; returns its manifest's digest. */
export function writeSignatureTag(
  store: RepositoryStore,
  digest: string,
  layers: readonly Layer[],
): string {
  const config = { mediaType: CONFIG, digest: store.addBlob('{}'), size: 2 }
  return store.addManifest(
    { schemaVersion: 2, mediaType: OCI_MANIFEST, config, layers },
    `${digest.replace(':', '-')}.sig`,
  )
}

/** What a referrer may say of itself that others do not. */
export interface ReferrerOptions {
  readonly artifactType?: string
  readonly annotations?: Readonly<Record<string, string>>
}

/** Attaches a manifest with these layers to an image; returns its digest. */
export function attach(
  store: RepositoryStore,
  digest: string,
  layers: readonly Layer[],
  { artifactType = BUNDLE_V03, annotations = {} }: ReferrerOptions = {},
): string {
  const subject = { mediaType: OCI_MANIFEST, digest, size: 1 }
  return store.addManifest({
    schemaVersion: 2,
    mediaType: OCI_MANIFEST,
    artifactType,
    layers,
    subject,
    annotations: { ...annotations, made: crypto.randomUUID() },
  })
}

/** Attaches a bundle to an image, as version 3 of cosign does; returns its manifest's digest. */
export function attachBundle(
  store: RepositoryStore,
  digest: string,
  bundle: unknown,
  options: ReferrerOptions = {},
): string {
  const bytes = Buffer.from(JSON.stringify(bundle))
  return attach(store, digest, [addLayer(store, BUNDLE_V03, bytes)], options)
}

/** A bundle with a statement about an image, signed with a bare key and logged nowhere. */
export function keyBundle(
  digest: string,
  { privateKey }: KeyPair,
  payload = imageStatement(digest),
): object {
  const type = 'application/vnd.in-toto+json'
  const head = `DSSEv1 ${type.length} ${type} ${payload.length} `
  const signature = sign('sha256', Buffer.concat([Buffer.from(head), payload]), privateKey)
  return {
    mediaType: BUNDLE_V03,
    verificationMaterial: { publicKey: { hint: hintOf(payload) }, tlogEntries: [] },
    dsseEnvelope: {
      payload: payload.toString('base64'),
      payloadType: type,
      signatures: [{ sig: signature.toString('base64') }],
    },
  }
}

/** Writes the list of referrers that clients keep where the registry does not know the API. */
export function writeReferrersTag(store: RepositoryStore, digest: string): void {
  const manifests = store.listReferrers(digest)
  store.addManifest({ schemaVersion: 2, mediaType: OCI_INDEX, manifests }, digest.replace(':', '-'))
}

function hintOf(bytes: Buffer): string {
  return createHash('sha256').update(bytes).digest('base64')
}
