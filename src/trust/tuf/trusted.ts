import type { Metadata, MetadataKind } from './metadata.ts'
import type { Signers } from './threshold.ts'

declare const verified: unique symbol

/**
 * Metadata that has been verified. Only the functions of `verify.ts` mint it, each from the
 * trusted metadata above it, so that the compiler keeps the order of verification.
 */
export type Trusted<Kind extends MetadataKind> = Metadata<Kind> & { readonly [verified]: Kind }

/** A role that lists targets: `targets` itself, or a delegation such as `targets/releases`. */
export interface TargetsRole {
  readonly name: string
  /** Plain prefixes of the tags that the role may speak for; `''` is every tag. */
  readonly paths: readonly string[]
  readonly metadata: Trusted<'targets'>
  /** Who its parent appoints to sign it. */
  readonly signers: Signers
}
