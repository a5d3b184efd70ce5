import { parseBundle } from '../../../src/trust/sigstore/bundle.ts'
import { compileIdentity } from '../../../src/trust/sigstore/identity.ts'
import type { TrustMaterial } from '../../../src/trust/sigstore/material.ts'
import type { SigningKey } from '../../../src/trust/sigstore/signing-key.ts'
import { parseTrustedRoot } from '../../../src/trust/sigstore/trusted-root.ts'
import { type Requirements, verifyEvidence } from '../../../src/trust/sigstore/verify.ts'
import type { BundleJson, LogEntryJson } from '../../support/sigstore/bundle-json.ts'
import { toBytes } from '../../support/sigstore/bundle-json.ts'
import { createSigstore, type Holder, imageStatement } from '../../support/sigstore/world.ts'
import { outcomeOf } from '../outcome.ts'

export const DIGEST = `sha256:${'ab'.repeat(32)}`
export const OTHER_DIGEST = `sha256:${'cd'.repeat(32)}`
export const HOLDER: Holder = {
  issuer: 'https://issuer.example',
  subject: 'https://ci.example/team/app/.workflows/release.yml@refs/heads/main',
}
export const ALL: Requirements = { verifyInTransparencyLog: true, verifySCT: true }
export const NOTHING: Requirements = { verifyInTransparencyLog: false, verifySCT: false }

/** One Sigstore for all specs of a file; it issues at its start, so that is when specs play. */
export const sigstore = await createSigstore()
export const NOW = new Date(sigstore.clock.getTime() + 60_000)
export const material = parseTrustedRoot(toBytes(sigstore.trustedRoot))
export const identity = compileIdentity(HOLDER)

/** What a keyless verification may be told otherwise. */
export interface Otherwise {
  readonly material?: TrustMaterial
  readonly requirements?: Requirements
  readonly now?: Date
  readonly digest?: string
  readonly payload?: Buffer
}

/** Verifies a bundle keyless for the holder and tells `accepted` or the denial. */
export function keylessOutcome(bundle: BundleJson, otherwise: Otherwise = {}): string {
  return outcomeOf(() =>
    verifyEvidence(
      parseBundle(toBytes(bundle), otherwise.payload),
      {
        digest: otherwise.digest ?? DIGEST,
        signer: { kind: 'keyless', identity },
        material: otherwise.material ?? material,
        requirements: otherwise.requirements ?? ALL,
      },
      otherwise.now ?? NOW,
    ),
  )
}

/** Verifies a bundle by a key and tells `accepted` or the denial. */
export function keyOutcome(bundle: BundleJson, key: SigningKey, otherwise: Otherwise = {}): string {
  return outcomeOf(() =>
    verifyEvidence(
      parseBundle(toBytes(bundle), otherwise.payload),
      {
        digest: otherwise.digest ?? DIGEST,
        signer: { kind: 'key', key },
        material: otherwise.material ?? material,
        requirements: otherwise.requirements ?? ALL,
      },
      otherwise.now ?? NOW,
    ),
  )
}

/** A keyless bundle of the holder over the image, as cosign 3 makes it. */
export async function honestBundle(log: 'v1' | 'v2' = 'v1'): Promise<BundleJson> {
  const certified = await sigstore.certify(HOLDER)
  return sigstore.signBundle(certified, { payload: imageStatement(DIGEST), log })
}

/** The first log entry of a bundle. */
export function entryOf(bundle: BundleJson): LogEntryJson {
  const [entry] = bundle.verificationMaterial.tlogEntries
  if (entry === undefined) throw new Error('the bundle has no log entry')
  return entry
}

/** Changes one byte in the middle of base64. */
export function damage(base64: string): string {
  const bytes = Buffer.from(base64, 'base64')
  const middle = Math.floor(bytes.length / 2)
  bytes[middle] = (bytes[middle] ?? 0) ^ 1
  return bytes.toString('base64')
}
