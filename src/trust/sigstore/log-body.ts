import { createHash } from 'node:crypto'
import { Type } from '@sinclair/typebox'
import { TrustError } from '../errors.ts'
import { type LogEntry, type SignedContent, signedBytesOf } from './evidence.ts'
import { BODY_READERS, type Logged } from './log-body-kinds.ts'
import { malformed, readJson, text } from './read-json.ts'
import { parseSigningKey, type SigningKey } from './signing-key.ts'

/** Whose entry it has to be: the certificate itself where there is one, else the key. */
export type Verifier =
  | { readonly kind: 'certificate'; readonly der: Buffer }
  | { readonly kind: 'key'; readonly key: SigningKey }

/**
 * Verifies that a log entry is of this very signature: the same bytes signed, the same signature, the
 * same key or certificate (CVE-2022-36056). Throws `UNTRUSTED_LOG_ENTRY` or
 * `UNTRUSTED_MALFORMED_SIGNATURE`.
 */
export function verifyLogBody(entry: LogEntry, content: SignedContent, verifier: Verifier): void {
  const logged = readBody(entry, content)
  if (!logged.signature.equals(content.signature)) throw another('signature')
  if (!isLoggedContent(logged, content)) throw another('content')
  if (!isOf(verifier, logged.verifier)) throw another('key or certificate')
}

function isLoggedContent({ hash, digest, of }: Logged, content: SignedContent): boolean {
  if (content.kind === 'digest') return hash === 'sha256' && digest.equals(content.digest)
  const bytes = of === 'payload' ? content.payload : signedBytesOf(content)
  return createHash(hash).update(bytes).digest().equals(digest)
}

function readBody(entry: LogEntry, content: SignedContent): Logged {
  const head = readJson(Head, 'body of the log entry', entry.body)
  if (head.kind !== entry.kind || head.apiVersion !== entry.version) {
    throw malformed('log entry', 'kind and version are not those of its body')
  }
  const read = BODY_READERS.get(`${entry.kind} ${entry.version}`)
  if (read === undefined || (read.of === 'dsse' && content.kind !== 'dsse')) {
    throw new TrustError(
      'UNTRUSTED_LOG_ENTRY',
      'the log entry is of a kind that does not fit the signature',
    )
  }
  return read.read(entry.body)
}

const Head = Type.Object({ kind: text(), apiVersion: text() })

/** One public key has several encodings, so keys are compared by their identity, never by their bytes. */
function isOf(verifier: Verifier, { label, der }: Logged['verifier']): boolean {
  if (verifier.kind === 'certificate') return label === 'CERTIFICATE' && der.equals(verifier.der)
  const pem = `-----BEGIN ${label}-----\n${der.toString('base64')}\n-----END ${label}-----`
  try {
    return parseSigningKey(pem).identity === verifier.key.identity
  } catch {
    return false
  }
}

function another(what: string): TrustError {
  return new TrustError('UNTRUSTED_LOG_ENTRY', `the log entry is of another ${what}`)
}
