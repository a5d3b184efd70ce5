import { TrustError } from '../../../src/trust/errors.ts'
import { parseBundle } from '../../../src/trust/sigstore/bundle.ts'
import type { Evidence } from '../../../src/trust/sigstore/evidence.ts'
import { compileIdentity } from '../../../src/trust/sigstore/identity.ts'
import { NO_TRUST_MATERIAL } from '../../../src/trust/sigstore/material.ts'
import { parseSigningKey } from '../../../src/trust/sigstore/signing-key.ts'
import { parseSimpleSigning } from '../../../src/trust/sigstore/simple-signing.ts'
import { parseTrustedRoot } from '../../../src/trust/sigstore/trusted-root.ts'
import { type ExpectedSigner, verifyEvidence } from '../../../src/trust/sigstore/verify.ts'
import type { Vector } from './vector.ts'

/** Runs a vector and tells the digest, or `CODE: reason`; other errors pass. */
export async function runVector(vector: Vector): Promise<string> {
  const { digest, trustedRoot, verifyInTransparencyLog, verifySCT } = vector
  const signer = await signerOf(vector)
  const material = trustedRoot
    ? parseTrustedRoot(Buffer.from(JSON.stringify(trustedRoot)))
    : NO_TRUST_MATERIAL
  const requirements = { verifyInTransparencyLog, verifySCT }
  try {
    const expected = { digest, signer, material, requirements }
    return verifyEvidence(readEvidence(vector), expected, new Date(vector.now)).claim.digest
  } catch (error) {
    if (error instanceof TrustError) return `${error.code}: ${error.message}`
    throw error
  }
}

/** Tells whether an outcome is the expected one; of a reason a part is enough. */
export function isAsExpected(outcome: string, expected: Vector['expect']): boolean {
  if ('digest' in expected) return outcome === expected.digest
  return outcome.startsWith(`${expected.code}: `) && outcome.includes(expected.reason)
}

async function signerOf({ signer }: Vector): Promise<ExpectedSigner> {
  if ('key' in signer) return { kind: 'key', key: parseSigningKey(signer.key) }
  return { kind: 'keyless', identity: await compileIdentity(signer) }
}

function readEvidence({ bundle, payload, annotations }: Vector): Evidence {
  const beside = payload === undefined ? undefined : Buffer.from(payload, 'base64')
  if (bundle !== undefined) return parseBundle(Buffer.from(bundle, 'base64'), beside)
  return parseSimpleSigning(beside ?? Buffer.alloc(0), annotations ?? {})
}
