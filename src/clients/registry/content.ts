import { createHash } from 'node:crypto'
import { type Digest, isDigest } from '../../image/digest.ts'
import { TrustError } from '../../trust/errors.ts'
import type { RegistryAnswer } from './host.ts'
import { type Manifest, parseManifest } from './manifest.ts'

/** Any other answer than a 200 tells nothing of the content: an outage is never "unsigned". */
export function expectContent(answer: RegistryAnswer): RegistryAnswer {
  if (answer.status === 200) return answer
  throw new TrustError('UNAVAILABLE_STATUS', `${answer.host} answers with HTTP ${answer.status}`)
}

/** What is under a digest is what was pushed: that it is no manifest is not the registry's fault. */
export function readSignatureManifest(bytes: Uint8Array): Manifest {
  try {
    return parseManifest(bytes)
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error
    throw new TrustError('UNTRUSTED_MALFORMED_SIGNATURE', `malformed signature: ${error.message}`)
  }
}

/** Hashes content as a registry names it. */
export function digestOf(bytes: Uint8Array): Digest {
  const digest = `sha256:${createHash('sha256').update(bytes).digest('hex')}`
  if (isDigest(digest)) return digest
  throw new TrustError('INTERNAL', `${digest} is not a digest`)
}
