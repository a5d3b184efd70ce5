import { readFileSync } from 'node:fs'
import type { GivenPair } from '../cluster/certificates/given.ts'
import { isFor, isTrustedBy, splitBundle } from '../cluster/registration/ca-bundle.ts'
import { readServerCertificate } from '../server/tls.ts'
import type { Runtime } from './runtime.ts'

/** The files of a certificate that somebody else renews. */
export interface CertificateFiles {
  readonly certFile: string
  readonly keyFile: string
  /** Whom one has to trust for it; without it, the certificate itself and what is behind it. */
  readonly caFile?: string | undefined
}

/**
 * Reads the files; throws an `Error` that names the one that is to blame. `host` is the name or address
 * by which the API server calls: with a certificate for another, what is registered blocks the cluster.
 */
export function readGivenPair(
  { certFile, keyFile, caFile }: CertificateFiles,
  host: string,
): GivenPair {
  const { cert, key } = readServerCertificate(certFile, keyFile)
  if (!isFor(cert, host)) {
    throw new Error(`the certificate in ${certFile} is not for ${host}, as the API server calls us`)
  }
  const ca = splitBundle(caFile === undefined ? cert : readFileSync(caFile, 'utf8'))
  if (ca.length === 0) throw new Error(`${caFile} holds no certificate in PEM form`)
  if (!isTrustedBy(cert, new Set(ca))) {
    throw new Error(`the certificate in ${certFile} is not issued by an authority in ${caFile}`)
  }
  return { cert, key, ca: ca.join('') }
}

/** Has a runtime serve under the certificate in the files whenever that is another one. */
export function watchGivenCertificate(runtime: Runtime, { certFile, keyFile }: CertificateFiles) {
  runtime.watch({
    what: 'certificate',
    files: () => [certFile, keyFile],
    async load() {
      const certificate = readServerCertificate(certFile, keyFile)
      const { cert, key } = runtime.certificate
      if (certificate.cert === cert && certificate.key === key) return false
      await runtime.replaceCertificate(certificate)
      return true
    },
  })
}
