import { createHash } from 'node:crypto'
import type { Checkpoint } from './checkpoint.ts'
import type { InclusionProof } from './evidence.ts'

const LEAF = Buffer.from([0])
const NODE = Buffer.from([1])

/**
 * Tells whether a proof leads from an entry to the root of a checkpoint (RFC 9162 2.1.3.2). The size is
 * the signed one of the checkpoint, whatever stands beside it.
 */
export function isIncluded(body: Buffer, proof: InclusionProof, checkpoint: Checkpoint): boolean {
  let index = BigInt(proof.logIndex)
  if (index >= checkpoint.size) return false
  let last = checkpoint.size - 1n
  let hash = sha256(LEAF, body)
  for (const sibling of proof.hashes) {
    if (last === 0n) return false
    if ((index & 1n) === 1n || index === last) {
      hash = sha256(NODE, sibling, hash)
      while ((index & 1n) === 0n && index !== 0n) {
        index >>= 1n
        last >>= 1n
      }
    } else {
      hash = sha256(NODE, hash, sibling)
    }
    index >>= 1n
    last >>= 1n
  }
  return last === 0n && hash.equals(checkpoint.rootHash)
}

function sha256(...parts: readonly Buffer[]): Buffer {
  const hash = createHash('sha256')
  for (const part of parts) hash.update(part)
  return hash.digest()
}
