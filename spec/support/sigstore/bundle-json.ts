/** A bundle as JSON, open to be forged by a spec before it is written. */
export interface BundleJson {
  mediaType: string
  verificationMaterial: {
    certificate?: { rawBytes: string }
    x509CertificateChain?: { certificates: { rawBytes: string }[] }
    publicKey?: { hint: string }
    tlogEntries: LogEntryJson[]
    timestampVerificationData?: { rfc3161Timestamps: { signedTimestamp: string }[] }
  }
  dsseEnvelope?: { payload: string; payloadType: string; signatures: { sig: string }[] }
  messageSignature?: {
    messageDigest: { algorithm: string; digest: string }
    signature: string
  }
}

/** A log entry of a bundle. */
export interface LogEntryJson {
  logIndex: string | number
  logId: { keyId: string }
  kindVersion: { kind: string; version: string }
  integratedTime?: string
  inclusionPromise?: { signedEntryTimestamp: string }
  inclusionProof?: {
    logIndex: string
    rootHash: string
    treeSize: string
    hashes: string[]
    checkpoint: { envelope: string }
  }
  canonicalizedBody: string
}

/** Writes a bundle as it would be served. */
export function toBytes(bundle: unknown): Buffer {
  return Buffer.from(JSON.stringify(bundle))
}
