import { createPrivateKey, type KeyObject, X509Certificate } from 'node:crypto'
import { readFileSync } from 'node:fs'

/** A certificate and its key, as PEM, checked to belong together. */
export interface ServerCertificate {
  readonly cert: string
  readonly key: string
  /** From when the certificate holds. */
  readonly notBefore: Date
  /** When the certificate ends. */
  readonly notAfter: Date
}

/** Reads the certificate of the server; throws an `Error` that names the file that is to blame. */
export function readServerCertificate(certFile: string, keyFile: string): ServerCertificate {
  const pair = { cert: readText(certFile), key: readText(keyFile) }
  return checkServerCertificate(pair, { cert: certFile, key: keyFile })
}

/** Checks a certificate and its key; throws an `Error` that names the one that is to blame. */
export function checkServerCertificate(
  { cert, key }: Pick<ServerCertificate, 'cert' | 'key'>,
  names: { readonly cert: string; readonly key: string },
): ServerCertificate {
  const certificate = parse(names.cert, 'certificate', () => new X509Certificate(cert))
  const privateKey = parse(names.key, 'private key', () => createPrivateKey(key))
  verifyFit(certificate, privateKey, names)
  const { validFrom, validTo } = certificate
  return { cert, key, notBefore: new Date(validFrom), notAfter: new Date(validTo) }
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
  names: { readonly cert: string; readonly key: string },
): void {
  if (certificate.checkPrivateKey(key)) return
  throw new Error(
    `the certificate in ${names.cert} does not belong to the private key in ${names.key}`,
  )
}
