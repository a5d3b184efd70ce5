import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import seeds from '@sigstore/tuf/seeds.json'
import { parseBundle } from '../../../src/trust/sigstore/bundle.ts'
import type { Evidence, WholeContent } from '../../../src/trust/sigstore/evidence.ts'
import { compileIdentity } from '../../../src/trust/sigstore/identity.ts'
import { parseSigningKey } from '../../../src/trust/sigstore/signing-key.ts'
import { parseTrustedRoot } from '../../../src/trust/sigstore/trusted-root.ts'
import { type ExpectedSigner, verifyProof } from '../../../src/trust/sigstore/verify.ts'
import type { BundleToVerify } from './command-line.ts'

const DIGEST = /^sha256:[0-9a-f]{64}$/
const PUBLIC_GOOD = 'https://tuf-repo-cdn.sigstore.dev'

/**
 * Verifies a bundle as the conformance suite of Sigstore asks for: any artifact and any in-toto
 * statement, where the product takes images alone. All else is the product's own `verifyProof`. Throws
 * where the bundle is to be refused.
 */
export async function verifyBundle(asked: BundleToVerify, now: Date): Promise<void> {
  const artifact = DIGEST.test(asked.artifact) ? undefined : readFileSync(asked.artifact)
  const evidence = parseBundle(readFileSync(asked.bundle), artifact)
  const root = asked.trustedRoot ? readFileSync(asked.trustedRoot) : publicGoodRoot()
  const isLogged = evidence.logEntries.length > 0
  const expected = {
    signer: await signerOf(asked),
    material: parseTrustedRoot(root),
    // A key of one's own may sign without any log, as the suite has it; a keyless signature may not.
    requirements: {
      verifyInTransparencyLog: asked.signer.kind === 'identity' || isLogged,
      verifySCT: true,
    },
  }
  verifyProof(evidence, expected, now)
  const digest = artifact
    ? createHash('sha256').update(artifact).digest('hex')
    : asked.artifact.replace('sha256:', '')
  checkSubject(evidence, digest)
}

async function signerOf({ signer }: BundleToVerify): Promise<ExpectedSigner> {
  if (signer.kind === 'key') {
    return { kind: 'key', key: parseSigningKey(readFileSync(signer.file, 'utf8')) }
  }
  const { subject, issuer } = signer
  return { kind: 'keyless', identity: await compileIdentity({ subject, issuer }) }
}

function publicGoodRoot(): Buffer {
  return Buffer.from(seeds[PUBLIC_GOOD].targets['trusted_root.json'], 'base64')
}

/** A message signature is over the artifact or its digest; a statement names it among its subjects. */
function checkSubject({ content }: Evidence, digest: string): void {
  if (content.kind === 'message') return
  if (content.kind === 'digest') {
    if (content.digest.toString('hex') === digest) return
    throw new Error('the signature is over another digest')
  }
  const statement = readStatement(content)
  const isNamed = statement.subject?.some((each) => each.digest?.sha256 === digest) ?? false
  if (!isNamed) throw new Error('the statement does not name the artifact')
}

interface Statement {
  readonly _type?: string
  readonly subject?: readonly { readonly digest?: { readonly sha256?: string } }[]
}

function readStatement({ payload, ...content }: WholeContent): Statement {
  const statement: Statement = JSON.parse(payload.toString('utf8'))
  const isStatement = /^https:\/\/in-toto\.io\/Statement\/v(?:0\.1|1)$/.test(statement._type ?? '')
  const isInToto = content.kind === 'dsse' && content.payloadType === 'application/vnd.in-toto+json'
  if (!isStatement || !isInToto) throw new Error('not an in-toto statement')
  return statement
}
