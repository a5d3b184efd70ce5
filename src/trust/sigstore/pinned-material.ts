import { createHash } from 'node:crypto'
import { parsePublicKeyPem } from '../key.ts'
import { parsePem } from '../pem.ts'
import { type Certificate, parseCertificate } from './certificate.ts'
import { checkTrustedChain } from './certificate-chain.ts'
import type { Authority, Log, TrustMaterial } from './material.ts'

/** What Connaisseur 3.x takes under `host`, each PEM. */
export interface PinnedMaterial {
  readonly rekorPubkey?: string | undefined
  readonly fulcioCert?: string | undefined
  readonly ctLogPubkey?: string | undefined
}

/** What is pinned by hand was chosen by hand: it holds from the first day on. */
const ALWAYS = { start: new Date(0) }

/**
 * Parses keys and certificates that an operator pins instead of a trusted root: keys of logs, and the
 * certificates of Fulcio, with or without their issuers, in any order. Throws a `SyntaxError` that
 * names the member.
 */
export function parsePinnedMaterial(pinned: PinnedMaterial): TrustMaterial {
  const { rekorPubkey, fulcioCert, ctLogPubkey } = pinned
  return {
    transparencyLogs: read('rekorPubkey', rekorPubkey, readLogs),
    certificateAuthorities: read('fulcioCert', fulcioCert, readAuthorities),
    ctLogs: read('ctLogPubkey', ctLogPubkey, readLogs),
    timestampAuthorities: [],
  }
}

function read<Item>(
  name: keyof PinnedMaterial,
  pem: string | undefined,
  parse: (pem: string) => readonly Item[],
): readonly Item[] {
  if (pem === undefined) return []
  try {
    return parse(pem)
  } catch (cause) {
    if (!(cause instanceof SyntaxError)) throw cause
    throw new SyntaxError(`${name} has ${cause.message}`, { cause })
  }
}

/** Rekor v1 and certificate-transparency logs are named by the hash of their key. */
function readLogs(pem: string): readonly Log[] {
  return parsePem(pem).map(({ label, der }) => {
    const block = `-----BEGIN ${label}-----\n${der.toString('base64')}\n-----END ${label}-----`
    const key = parsePublicKeyPem(block)
    const spki = key.keyObject.export({ format: 'der', type: 'spki' })
    return { ids: [createHash('sha256').update(spki).digest()], key, validity: ALWAYS }
  })
}

function readAuthorities(pem: string): readonly Authority[] {
  const certificates = parsePem(pem).map(({ label, der }) => {
    if (label !== 'CERTIFICATE') throw new SyntaxError(`a ${label} block in place of a CERTIFICATE`)
    return parseCertificate(der)
  })
  return certificates.map((certificate) => {
    const chain = climb(certificate, certificates)
    checkTrustedChain(chain, 0)
    return { chain, validity: ALWAYS }
  })
}

function climb(certificate: Certificate, all: readonly Certificate[]): readonly Certificate[] {
  const chain = [certificate]
  for (let top = certificate; chain.length <= all.length; ) {
    const issuer = all.find((each) => each.subject.equals(top.issuer) && !chain.includes(each))
    if (issuer === undefined) break
    chain.push(issuer)
    top = issuer
  }
  return chain
}
