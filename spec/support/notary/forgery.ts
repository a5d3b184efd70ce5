import { type Envelope, serialize, sign } from './envelope.ts'
import type { SigningKey } from './key.ts'
import type { DelegationRole, MetaSigned, RootSigned, TargetsSigned } from './metadata.ts'

/** How one file is to differ from an honest one; the fields apply in this order. */
export interface Forgery<Signed> {
  /** Alters what is signed; the signatures, and the hashes in snapshot and timestamp, fit it. */
  readonly signed?: (signed: Signed) => object
  /** Signs instead of the keys of the role; none for an unsigned file. */
  readonly signers?: readonly SigningKey[]
  /** Alters the file after signing; the hashes in snapshot and timestamp fit it. */
  readonly envelope?: (envelope: Envelope) => Envelope
  /** Alters the bytes after signing; the hashes in snapshot and timestamp fit them. */
  readonly bytes?: (bytes: Uint8Array) => Uint8Array
  /** Alters what is served under all of the file's names; every hash is that of the bytes before. */
  readonly served?: (bytes: Uint8Array) => Uint8Array
}

/** The forgeries of one publication, by role. */
export interface Forgeries {
  readonly root?: Forgery<RootSigned>
  readonly targets?: Forgery<TargetsSigned>
  readonly snapshot?: Forgery<MetaSigned>
  readonly timestamp?: Forgery<MetaSigned>
  readonly [delegation: DelegationRole]: Forgery<TargetsSigned>
}

/** Signs an object, honestly unless the forgery says otherwise. */
export function forge<Signed extends object>(
  signed: Signed,
  keys: readonly SigningKey[],
  forgery: Forgery<Signed> = {},
): { readonly promised: Uint8Array; readonly served: Uint8Array } {
  const envelope = sign(forgery.signed?.(signed) ?? signed, forgery.signers ?? keys)
  const bytes = serialize(forgery.envelope?.(envelope) ?? envelope)
  const promised = forgery.bytes?.(bytes) ?? bytes
  return { promised, served: forgery.served?.(promised) ?? promised }
}
