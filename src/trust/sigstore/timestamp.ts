import { RFC3161Timestamp } from '@sigstore/core'
import { TrustError } from '../errors.ts'
import { hasPurpose, PURPOSE } from './certificate-uses.ts'
import { readDer } from './der.ts'
import { type Authority, isWithin } from './material.ts'

/** One with a chain of RSA-4096 certificates has 8 KiB; the library takes a second for 700 KiB. */
const MAX_BYTES = 16 * 1024

/** `granted` and `grantedWithMods` (RFC 3161 2.4.2). */
const GRANTED: readonly bigint[] = [0n, 1n]

/**
 * Verifies an RFC 3161 timestamp over a signature and returns its time. The certificate of the signer
 * is the one that is trusted, never one that came along. Throws `UNTRUSTED_TIMESTAMP`.
 */
export function verifyTimestamp(
  der: Buffer,
  signature: Buffer,
  authorities: readonly Authority[],
): Date {
  if (der.length > MAX_BYTES) throw untrusted(`it has more than ${MAX_BYTES} bytes`)
  const { timestamp, time, issuer, serialNumber } = read(der)
  const candidates = authorities.filter(({ chain: [leaf] }) => {
    const isNamed = leaf !== undefined && readDer(leaf.issuer).content.equals(issuer)
    return isNamed && leaf.serialNumber.equals(serialNumber)
  })
  if (candidates.length === 0) throw untrusted('no trusted authority made it')
  const valid = candidates.filter(
    ({ chain, validity }) =>
      isWithin(validity, time) && chain.every((each) => isWithin(each.validity, time)),
  )
  if (valid.length === 0) throw untrusted(`its authority was not valid at ${time.toISOString()}`)
  if (!valid.some((authority) => isMadeBy(timestamp, signature, authority))) {
    throw untrusted('it is not for this signature, or forged')
  }
  return time
}

interface Read {
  readonly timestamp: RFC3161Timestamp
  readonly time: Date
  readonly issuer: Buffer
  readonly serialNumber: Buffer
}

/** The library reads each part when asked for it and throws whatever a malformed one leads to. */
function read(der: Buffer): Read {
  try {
    const timestamp = RFC3161Timestamp.parse(Buffer.from(der))
    if (!GRANTED.includes(timestamp.status)) throw new SyntaxError('a timestamp that was refused')
    const { signingTime: time, signerIssuer: issuer, signerSerialNumber: serialNumber } = timestamp
    if (Number.isNaN(time.getTime())) throw new SyntaxError('a day that does not exist')
    return { timestamp, time, issuer, serialNumber }
  } catch (cause) {
    throw untrusted('it cannot be read', cause)
  }
}

/**
 * The library knows signatures by ECDSA. One by RSA is PKCS#1 v1.5 over the hash that the signer digests
 * with, under either of two names (RFC 5652 5.4, RFC 3370 3.2); the key is what says which it is.
 */
class RsaTimestamp extends RFC3161Timestamp {
  override get signatureAlgorithm(): string {
    return this.signerDigestAlgorithm
  }
}

/** The library verifies imprint, message digest and signature; a hash that it does not know throws. */
function isMadeBy(read: RFC3161Timestamp, signature: Buffer, { chain }: Authority): boolean {
  const [leaf] = chain
  if (leaf === undefined || !hasPurpose(leaf, PURPOSE.timeStamping)) return false
  const timestamp = leaf.key.type === 'rsa' ? new RsaTimestamp(read.root) : read
  try {
    if (timestamp.signatureAlgorithm === undefined) return false
    timestamp.verify(signature, leaf.key.keyObject)
    return true
  } catch {
    return false
  }
}

function untrusted(why: string, cause?: unknown): TrustError {
  return new TrustError('UNTRUSTED_TIMESTAMP', `the timestamp does not count: ${why}`, { cause })
}
