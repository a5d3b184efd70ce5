import { createKeyPair, type KeyKind, toPublicKeyPem } from '../spec/support/key-pair.ts'
import {
  createSigstore,
  imageStatement,
  simpleSigningPayload,
} from '../spec/support/sigstore/world.ts'
import { parseBundle } from '../src/trust/sigstore/bundle.ts'
import { compileIdentity } from '../src/trust/sigstore/identity.ts'
import { parseSigningKey } from '../src/trust/sigstore/signing-key.ts'
import { parseSimpleSigning } from '../src/trust/sigstore/simple-signing.ts'
import { parseTrustedRoot } from '../src/trust/sigstore/trusted-root.ts'
import { type Expectation, verifyEvidence } from '../src/trust/sigstore/verify.ts'
import { cpuUs, timeSync } from './stopwatch.ts'

const DIGEST = `sha256:${'a'.repeat(64)}`
const HOLDER = { issuer: 'https://issuer.example', subject: 'https://ci.example/release@main' }
/** Marks of the project, in milliseconds of CPU. */
const KEY_MS = 0.3
const KEYLESS_MS = 4

/** What verifying one signature takes, from the bytes that were fetched to the verdict. */
export interface CosignVerification {
  readonly what: string
  /** Microseconds of processor time, one value per round. */
  readonly us: readonly number[]
  readonly markMs: number
}

/** Times signatures by key (without a log) and keyless ones (all proofs), trust material parsed before. */
export async function measureCosignVerifications(): Promise<readonly CosignVerification[]> {
  const sigstore = await createSigstore()
  const now = new Date(sigstore.clock.getTime() + 60_000)
  const material = parseTrustedRoot(Buffer.from(JSON.stringify(sigstore.trustedRoot)))
  const results: CosignVerification[] = []
  const time = (what: string, markMs: number, verify: () => unknown) =>
    results.push({ what, us: timeSync(cpuUs, verify), markMs })

  for (const kind of ['p256', 'p384', 'rsa2048', 'ed25519'] as const satisfies KeyKind[]) {
    const pair = createKeyPair(kind)
    const expected: Expectation = {
      digest: DIGEST,
      signer: { kind: 'key', key: parseSigningKey(toPublicKeyPem(pair)) },
      material,
      requirements: { verifyInTransparencyLog: false, verifySCT: false },
    }
    const making = { payload: imageStatement(DIGEST), log: 'none', timestamp: false } as const
    const bytes = Buffer.from(JSON.stringify(await sigstore.signBundle(pair, making)))
    time(`bundle by key, ${kind}`, KEY_MS, () => verifyEvidence(parseBundle(bytes), expected, now))
    if (kind !== 'p256') continue
    const payload = simpleSigningPayload(DIGEST)
    const { 'dev.sigstore.cosign/bundle': _, ...bare } = await sigstore.signSimple(pair, payload)
    time('simple signing by key, p256', KEY_MS, () =>
      verifyEvidence(parseSimpleSigning(payload, bare), expected, now),
    )
  }

  const certified = await sigstore.certify(HOLDER)
  const expected: Expectation = {
    digest: DIGEST,
    signer: { kind: 'keyless', identity: await compileIdentity(HOLDER) },
    material,
    requirements: { verifyInTransparencyLog: true, verifySCT: true },
  }
  for (const log of ['v1', 'v2'] as const) {
    const bundle = await sigstore.signBundle(certified, { payload: imageStatement(DIGEST), log })
    const bytes = Buffer.from(JSON.stringify(bundle))
    time(`keyless bundle, Rekor ${log}`, KEYLESS_MS, () =>
      verifyEvidence(parseBundle(bytes), expected, now),
    )
  }
  return results
}
