import type { Digest } from '../../image/digest.ts'
import type { TrustError } from '../../trust/errors.ts'
import type { Repository } from './repository.ts'

/** What a manifest says of its parts, or a list of its entries (OCI image specification 1.1). */
export interface Descriptor {
  readonly mediaType: string
  readonly digest: string
  /** In bytes. */
  readonly size: number
  readonly artifactType?: string
  readonly annotations?: Readonly<Record<string, string>>
}

/** The manifest of one or several signatures. */
export interface SignatureManifest {
  readonly layers: readonly Descriptor[]
}

/** What refers to an image. */
export interface Referrers {
  readonly found: readonly Descriptor[]
  /** False where there are or may be more. */
  readonly complete: boolean
  readonly via: 'referrers API' | 'referrers tag'
}

/** Which referrers are asked for. */
export interface ReferrersWish {
  readonly subject: Digest
  readonly isWanted: (referrer: Descriptor) => boolean
  readonly max: number
  readonly signal: AbortSignal
}

/**
 * Where images and their signatures come from: registries. Declared here, satisfied by
 * `clients/registry`. Nothing means that the registry definitely has none; all else rejects with
 * `UNAVAILABLE_*` or `MISCONFIGURED_CREDENTIALS`, and with `UNTRUSTED_MALFORMED_SIGNATURE` where
 * something is there and not what it has to be.
 */
export interface SignatureSource {
  /** What the registry failed with last, while it has not answered since. */
  lastFailure(at: Repository): TrustError | undefined
  resolveTag(at: Repository, tag: string, signal: AbortSignal): Promise<Digest | undefined>
  readTaggedManifest(
    at: Repository,
    tag: string,
    signal: AbortSignal,
  ): Promise<SignatureManifest | undefined>
  readManifest(
    at: Repository,
    digest: Digest,
    signal: AbortSignal,
  ): Promise<SignatureManifest | undefined>
  fetchReferrers(at: Repository, wish: ReferrersWish): Promise<Referrers>
  fetchBlob(
    at: Repository,
    blob: { readonly digest: Digest; readonly size: number },
    signal: AbortSignal,
  ): Promise<Uint8Array | undefined>
}
