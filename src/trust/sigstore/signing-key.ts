import { createHash, createPublicKey } from 'node:crypto'
import { type PublicKey, parsePublicKeyPem } from '../key.ts'
import { parsePem } from '../pem.ts'

/** Curves that node:crypto cannot read and @noble/curves can. */
export type OtherCurve = 'secp256k1' | 'brainpoolP256r1' | 'brainpoolP384r1' | 'brainpoolP512r1'

/** A key on a curve that node:crypto cannot read. */
export interface OtherCurveKey {
  readonly type: 'other-curve'
  readonly curve: OtherCurve
  /** The uncompressed point: 4, x, y. */
  readonly point: Buffer
  /** As of `PublicKey`. */
  readonly identity: string
}

/** A public key that cosign signatures can be verified with. */
export type SigningKey = PublicKey | OtherCurveKey

/** The `AlgorithmIdentifier` of each curve (RFC 5480 2.1.1, RFC 5639 4.1) and its field in bytes. */
const OTHER_CURVES: ReadonlyMap<OtherCurve, readonly [algorithm: string, fieldBytes: number]> =
  new Map([
    ['secp256k1', ['301006072a8648ce3d020106052b8104000a', 32]],
    ['brainpoolP256r1', ['301406072a8648ce3d020106092b2403030208010107', 32]],
    ['brainpoolP384r1', ['301406072a8648ce3d020106092b240303020801010b', 48]],
    ['brainpoolP512r1', ['301406072a8648ce3d020106092b240303020801010d', 64]],
  ])

/** Algorithms that are refused, by the DER of their object identifier, as people know them. */
const REFUSED: readonly (readonly [oid: string, name: string])[] = [
  ['06092a864886f70d01010a', 'RSASSA-PSS'],
  ['06032b6571', 'Ed448'],
  ['06072a8648ce380401', 'DSA'],
  ['06072a8648ce3d0201', 'EC on a curve that is not supported, or with a compressed point'],
]

/** An algorithm stands within this many bytes from the start of a SubjectPublicKeyInfo. */
const ALGORITHM_WITHIN = 40

/**
 * Parses what an operator pins for cosign: one PEM public key, or the certificate that holds it.
 * Throws a `SyntaxError` that says what is there instead; a key of an algorithm that cannot be
 * verified is refused by name.
 */
export function parseSigningKey(text: string): SigningKey {
  const [block, second] = parsePem(text)
  if (block?.label !== 'PUBLIC KEY' || second !== undefined) return parsePublicKeyPem(text)
  const other = readOtherCurve(block.der)
  if (other !== undefined) return other
  if (!isReadable(block.der)) {
    const start = block.der.subarray(0, ALGORITHM_WITHIN).toString('hex')
    const refused = REFUSED.find(([oid]) => start.includes(oid))
    if (refused !== undefined) {
      throw new SyntaxError(`a key of an algorithm that is not supported: ${refused[1]}`)
    }
  }
  return parsePublicKeyPem(text)
}

function isReadable(der: Buffer): boolean {
  try {
    return createPublicKey({ key: der, format: 'der', type: 'spki' }).type === 'public'
  } catch {
    return false
  }
}

/** Only the one encoding with an uncompressed point, which every tool writes. */
function readOtherCurve(der: Buffer): OtherCurveKey | undefined {
  for (const [curve, [algorithm, fieldBytes]] of OTHER_CURVES) {
    const pointBytes = 1 + 2 * fieldBytes
    const header = spkiHeader(algorithm, pointBytes)
    const point = der.subarray(header.length)
    const isThis = der.subarray(0, header.length).equals(header)
    if (isThis && point.length === pointBytes && point[0] === 4) {
      const identity = createHash('sha256')
        .update(JSON.stringify(['EC', curve, point.toString('hex')]))
        .digest('hex')
      return { type: 'other-curve', curve, point, identity }
    }
  }
  return undefined
}

function spkiHeader(algorithm: string, pointBytes: number): Buffer {
  const bits = Buffer.concat([Buffer.from([3]), derLength(pointBytes + 1), Buffer.from([0])])
  const content = Buffer.concat([Buffer.from(algorithm, 'hex'), bits])
  const length = derLength(content.length + pointBytes)
  return Buffer.concat([Buffer.from([0x30]), length, content])
}

function derLength(length: number): Buffer {
  return Buffer.from(length < 0x80 ? [length] : [0x81, length])
}
