import { TrustError } from '../../../src/trust/errors.ts'
import { parseBundle } from '../../../src/trust/sigstore/bundle.ts'
import { parseTrustedRoot } from '../../../src/trust/sigstore/trusted-root.ts'
import type { BundleJson } from '../../support/sigstore/bundle-json.ts'
import { toBytes } from '../../support/sigstore/bundle-json.ts'
import {
  DIGEST,
  honestBundle,
  keylessOutcome,
  OTHER_DIGEST,
  sigstore,
} from '../../trust/sigstore/fixture.ts'
import { mutateBytes, mutateJson } from '../mutate.ts'
import { Finding, type Target } from '../target.ts'

const DENIAL = /^UNTRUSTED_[A-Z_]+/

/** Sigstore bundles, and the trusted root that they are held against. */
export async function createBundleTarget(): Promise<Target> {
  const bundles = [await honestBundle('v1'), await honestBundle('v2')]
  const root = toBytes(sigstore.trustedRoot)
  return {
    name: 'bundle',
    attempt(random) {
      const honest = random.pick(bundles)
      const mutated = mutateJson(honest, random) as BundleJson
      const forOther = keylessOutcome(mutated, { digest: OTHER_DIGEST })
      if (!DENIAL.test(forOther)) throw new Finding(`another digest is ${forOther}`, mutated)
      const outcome = keylessOutcome(mutated, { digest: DIGEST })
      if (outcome !== 'accepted' && !DENIAL.test(outcome)) throw new Finding(outcome, mutated)
      refuse(() => parseBundle(mutateBytes(toBytes(honest), random)))
      refuse(() => parseTrustedRoot(mutateBytes(root, random)), SyntaxError)
    },
  }
}

function refuse(
  parse: () => unknown,
  expected: typeof SyntaxError | typeof TrustError = TrustError,
): void {
  try {
    parse()
  } catch (error) {
    if (!(error instanceof expected)) throw error
  }
}
