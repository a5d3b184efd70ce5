import { TrustError } from '../errors.ts'
import type { TrustMaterial } from './material.ts'

/** What Connaisseur 3.x takes under `host`, each PEM. */
export interface PinnedMaterial {
  readonly rekorPubkey?: string | undefined
  readonly fulcioCert?: string | undefined
  readonly ctLogPubkey?: string | undefined
}

/** Parses pinned keys and certificates; throws a `SyntaxError` that names the member. */
export function parsePinnedMaterial(_pinned: PinnedMaterial): TrustMaterial {
  throw new TrustError('INTERNAL', 'pinned trust material cannot be read yet')
}
