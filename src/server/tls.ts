import { createPrivateKey, type KeyObject, X509Certificate } from 'node:crypto'
import { readFileSync } from 'node:fs'

/** A certificate and its key, as PEM, checked to belong together. */
export interface ServerCertificate {
  readonly cert: string
  readonly key: string
  /** When the certificate ends. */
  readonly notAfter: Date
}

/** Reads the certificate of the server; throws an `Error` that names the file that is to blame. */
export function readServerCertificate(certFile: string, keyFile: string): ServerCertificate {
  const cert = readText(certFile)
  const key = readText(keyFile)
  const certificate = parse(certFile, 'certificate', () => new X509Certificate(cert))
  const privateKey = parse(keyFile, 'private key', () => createPrivateKey(key))
  verifyFit(certificate, privateKey, certFile, keyFile)
  return { cert, key, notAfter: new Date(certificate.validTo) }
}

function readText(file: string): string {
  try {
    return readFileSync(file, 'utf8')
  } catch (cause) {
    const code = cause instanceof Error && 'code' in cause ? cause.code : cause
    throw new Error(`${file} cannot be read (${code})`, { cause })
  }
}

function parse<Result>(file: string, what: string, read: () => Result): Result {
  try {
    return read()
  } catch (cause) {
    throw new Error(`${file} holds no ${what} in PEM form`, { cause })
  }
}

function verifyFit(
  certificate: X509Certificate,
  key: KeyObject,
  certFile: string,
  keyFile: string,
): void {
  if (certificate.checkPrivateKey(key)) return
  throw new Error(`the certificate in ${certFile} does not belong to the private key in ${keyFile}`)
}
