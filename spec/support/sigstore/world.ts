import { createHash, type KeyObject, sign } from 'node:crypto'
import { initializeCA, initializeCTLog, initializeTLog, initializeTSA } from '@sigstore/mock'
import { createKeyPair, type KeyPair } from '../key-pair.ts'
import type { BundleJson, LogEntryJson } from './bundle-json.ts'
import { RekorV2 } from './rekor-v2.ts'
import { imageStatement, simpleSigningPayload } from './statement.ts'

/** Who signs, in the words of Fulcio. */
export interface Holder {
  readonly issuer: string
  readonly subject: string
}

/** A key with the certificate that Fulcio issued for it, DER. */
export interface Certified {
  readonly keyPair: KeyPair
  readonly certificate: Buffer
}

/** How a signature is made. */
export interface Making {
  /** What is signed: the statement, or the payload of a message signature. */
  readonly payload: Buffer
  /** Default `dsse`. */
  readonly content?: 'dsse' | 'message'
  /** Default `v1`: Rekor's with promise and proof. */
  readonly log?: 'v1' | 'v2' | 'none'
  /** Default: only where the log tells no time. */
  readonly timestamp?: boolean
}

export const PREDICATE_TYPE = 'application/vnd.in-toto+json'
const ISSUER_OLD = '1.3.6.1.4.1.57264.1.1'
const ISSUER_NEW = '1.3.6.1.4.1.57264.1.8'
const SHA256_OID = '2.16.840.1.101.3.4.2.1'
const REKOR = 'https://rekor.sigstore.dev'

/** A Sigstore of one's own: authority, logs and timestamps under roots that are trusted nowhere else. */
export type Sigstore = Awaited<ReturnType<typeof createSigstore>>

/** A whole second some way ahead: the roots of @sigstore/mock begin when they are made. */
function soon(): Date {
  return new Date(Math.ceil(Date.now() / 1000) * 1000 + 600_000)
}

/**
 * Makes a Sigstore; `clock` is when it issues, logs and stamps (default: in ten minutes). Certificates carry the
 * promise of a certificate-transparency log unless `listsCertificates` is false.
 */
export async function createSigstore({ clock = soon(), listsCertificates = true } = {}) {
  const log = createKeyPair('p256')
  const ctLog = await initializeCTLog(createKeyPair('p256'), clock)
  const ca = await initializeCA(createKeyPair('p384'), listsCertificates ? ctLog : undefined, clock)
  const rekor = await initializeTLog(REKOR, log, clock)
  const tsa = await initializeTSA(createKeyPair('p384'), clock)
  const rekorV2 = new RekorV2()

  /** Issues a certificate for a fresh key, or for a given one. */
  async function certify(holder: Holder, keyPair = createKeyPair('p256')): Promise<Certified> {
    const certificate = await ca.issueCertificate({
      publicKey: toView(keyPair.publicKey.export({ format: 'der', type: 'spki' })),
      subjectAltName: holder.subject,
      extensions: [
        { oid: ISSUER_OLD, value: holder.issuer, legacy: true },
        { oid: ISSUER_NEW, value: holder.issuer },
      ],
    })
    return { keyPair, certificate: toBuffer(certificate) }
  }

  /** Stamps the time of a signature (RFC 3161), DER. */
  async function stamp(signature: Buffer): Promise<Buffer> {
    const artifactHash = createHash('sha256').update(signature).digest()
    const request = { artifactHash, hashAlgorithmOID: SHA256_OID, nonce: 1, policyOID: '1.2.3.4' }
    return toBuffer(await tsa.timestamp(request))
  }

  /** Logs a proposed entry in Rekor v1. */
  async function logV1(kind: string, version: string, spec: object): Promise<LogEntryJson> {
    const answer: Record<string, RekorEntry> = await rekor.log({ apiVersion: version, kind, spec })
    const [entry] = Object.values(answer)
    if (entry === undefined) throw new Error('the log gave no entry')
    const { inclusionProof: proof, signedEntryTimestamp } = entry.verification
    return {
      logIndex: String(entry.logIndex),
      logId: { keyId: Buffer.from(entry.logID, 'hex').toString('base64') },
      kindVersion: { kind, version },
      integratedTime: String(entry.integratedTime),
      inclusionPromise: { signedEntryTimestamp },
      inclusionProof: {
        logIndex: String(proof.logIndex),
        rootHash: Buffer.from(proof.rootHash, 'hex').toString('base64'),
        treeSize: String(proof.treeSize),
        hashes: [],
        checkpoint: { envelope: proof.checkpoint },
      },
      canonicalizedBody: entry.body,
    }
  }

  /** Makes a bundle v0.3, keyless with a certificate, else by the bare key. */
  async function signBundle(signer: Certified | KeyPair, making: Making): Promise<BundleJson> {
    const { payload, content = 'dsse', log: kind = 'v1' } = making
    const keyPair = 'keyPair' in signer ? signer.keyPair : signer
    const bytes = content === 'dsse' ? preAuthEncoding(payload) : payload
    const signature = signBytes(keyPair, bytes)
    const certificate = 'keyPair' in signer ? signer.certificate : undefined
    const logged = { bytes, payload, signature, certificate, publicKey: keyPair.publicKey }
    const timestamp = making.timestamp ?? (kind === 'v2' || kind === 'none')
    return {
      mediaType: 'application/vnd.dev.sigstore.bundle.v0.3+json',
      verificationMaterial: {
        ...(certificate
          ? { certificate: { rawBytes: certificate.toString('base64') } }
          : { publicKey: { hint: 'a hint' } }),
        tlogEntries:
          kind === 'none'
            ? []
            : [await (kind === 'v1' ? logInV1(content, logged) : logInV2(content, logged))],
        ...(timestamp
          ? {
              timestampVerificationData: {
                rfc3161Timestamps: [
                  { signedTimestamp: (await stamp(signature)).toString('base64') },
                ],
              },
            }
          : {}),
      },
      ...(content === 'dsse'
        ? {
            dsseEnvelope: {
              payload: payload.toString('base64'),
              payloadType: PREDICATE_TYPE,
              signatures: [{ sig: signature.toString('base64') }],
            },
          }
        : {
            messageSignature: {
              messageDigest: { algorithm: 'SHA2_256', digest: sha256(payload).toString('base64') },
              signature: signature.toString('base64'),
            },
          }),
    }
  }

  async function logInV1(content: 'dsse' | 'message', logged: Logged): Promise<LogEntryJson> {
    const { bytes, payload, signature } = logged
    const verifier = Buffer.from(pemOf(logged)).toString('base64')
    if (content === 'message')
      return logV1('hashedrekord', '0.0.1', hashedRekord(bytes, signature, verifier))
    return logV1('dsse', '0.0.1', {
      envelopeHash: { algorithm: 'sha256', value: sha256(bytes).toString('hex') },
      payloadHash: { algorithm: 'sha256', value: sha256(payload).toString('hex') },
      signatures: [{ signature: signature.toString('base64'), verifier }],
    })
  }

  /** What Rekor v2 logs of a DSSE, too, is a hashedrekord over the pre-authentication encoding. */
  async function logInV2(_content: 'dsse' | 'message', logged: Logged): Promise<LogEntryJson> {
    const { bytes, signature, certificate, publicKey } = logged
    const rawBytes = (certificate ?? publicKey.export({ format: 'der', type: 'spki' })).toString(
      'base64',
    )
    return rekorV2.log('hashedrekord', {
      hashedRekordV002: {
        data: { algorithm: 'SHA2_256', digest: sha256(bytes).toString('base64') },
        signature: {
          content: signature.toString('base64'),
          verifier: {
            keyDetails: 'PKIX_ECDSA_P256_SHA_256',
            ...(certificate ? { x509Certificate: { rawBytes } } : { publicKey: { rawBytes } }),
          },
        },
      },
    })
  }

  /** A signature as the annotations of a `.sig` layer, over its payload. */
  async function signSimple(signer: Certified | KeyPair, payload: Buffer) {
    const bundle = await signBundle(signer, { payload, content: 'message' })
    const [entry] = bundle.verificationMaterial.tlogEntries
    if (entry === undefined) throw new Error('nothing was logged')
    return {
      'dev.cosignproject.cosign/signature': bundle.messageSignature?.signature ?? '',
      ...('keyPair' in signer
        ? { 'dev.sigstore.cosign/certificate': toPem(signer.certificate) }
        : {}),
      'dev.sigstore.cosign/bundle': JSON.stringify({
        SignedEntryTimestamp: entry.inclusionPromise?.signedEntryTimestamp,
        Payload: {
          body: entry.canonicalizedBody,
          integratedTime: Number(entry.integratedTime),
          logIndex: Number(entry.logIndex),
          logID: Buffer.from(entry.logId.keyId, 'base64').toString('hex'),
        },
      }),
    }
  }

  const trustedRoot = {
    mediaType: 'application/vnd.dev.sigstore.trustedroot+json;version=0.1',
    tlogs: [logOf(REKOR, rekor.publicKey), rekorV2.trustedLog],
    certificateAuthorities: [authorityOf([toBuffer(ca.rootCertificate)])],
    ctlogs: [logOf('https://ctfe.sigstore.dev', ctLog.publicKey)],
    timestampAuthorities: [
      authorityOf([toBuffer(tsa.intCertificate), toBuffer(tsa.rootCertificate)]),
    ],
  }

  return { clock, trustedRoot, certify, stamp, logV1, signBundle, signSimple, rekorV2, logKey: log }
}

/** What the log of @sigstore/mock answers; the package of its type is not among ours. */
interface RekorEntry {
  readonly body: string
  readonly integratedTime: number
  readonly logID: string
  readonly logIndex: number
  readonly verification: {
    readonly signedEntryTimestamp: string
    readonly inclusionProof: {
      readonly logIndex: number
      readonly rootHash: string
      readonly treeSize: number
      readonly checkpoint: string
    }
  }
}

interface Logged {
  readonly bytes: Buffer
  readonly payload: Buffer
  readonly signature: Buffer
  readonly certificate: Buffer | undefined
  readonly publicKey: KeyObject
}

/** The bytes that a DSSE signature is over. */
export function preAuthEncoding(payload: Buffer, type = PREDICATE_TYPE): Buffer {
  return Buffer.concat([Buffer.from(`DSSEv1 ${type.length} ${type} ${payload.length} `), payload])
}

/** A `hashedrekord` of Rekor v1; `verifier` is base64 of PEM. */
export function hashedRekord(bytes: Buffer, signature: Buffer, verifier: string): object {
  return {
    data: { hash: { algorithm: 'sha256', value: sha256(bytes).toString('hex') } },
    signature: { content: signature.toString('base64'), publicKey: { content: verifier } },
  }
}

/** DER of a certificate as PEM. */
export function toPem(der: Buffer, label = 'CERTIFICATE'): string {
  const lines = der.toString('base64').replace(/.{64}/g, '$&\n')
  return `-----BEGIN ${label}-----\n${lines}\n-----END ${label}-----\n`
}

export { imageStatement, simpleSigningPayload }

function signBytes({ kind, privateKey }: KeyPair, bytes: Buffer): Buffer {
  return sign(kind === 'ed25519' ? null : 'sha256', bytes, privateKey)
}

function pemOf({ certificate, publicKey }: Logged): string {
  return certificate
    ? toPem(certificate)
    : publicKey.export({ format: 'pem', type: 'spki' }).toString()
}

function logOf(baseUrl: string, spki: Buffer) {
  return {
    baseUrl,
    hashAlgorithm: 'SHA2_256',
    publicKey: {
      rawBytes: spki.toString('base64'),
      keyDetails: 'PKIX_ECDSA_P256_SHA_256',
      validFor: { start: '2020-01-01T00:00:00Z' },
    },
    logId: { keyId: sha256(spki).toString('base64') },
  }
}

function authorityOf(chain: readonly Buffer[]) {
  return {
    subject: { organization: 'sigstore.mock', commonName: 'sigstore' },
    uri: 'https://fulcio.sigstore.dev',
    certChain: { certificates: chain.map((der) => ({ rawBytes: der.toString('base64') })) },
    validFor: { start: '2020-01-01T00:00:00Z' },
  }
}

function sha256(bytes: Buffer): Buffer {
  return createHash('sha256').update(bytes).digest()
}

function toBuffer({ buffer, byteOffset, byteLength }: ArrayBufferView): Buffer {
  return Buffer.from(Buffer.from(buffer, byteOffset, byteLength))
}

/** The library wants a view of a buffer of its own. */
function toView(bytes: Buffer): Uint8Array<ArrayBuffer> {
  return Uint8Array.from(bytes)
}
