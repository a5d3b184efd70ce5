import { readServerCertificate } from '../server/tls.ts'
import type { Runtime } from './runtime.ts'

/** The files of a certificate that somebody else renews. */
export interface CertificateFiles {
  readonly certFile: string
  readonly keyFile: string
}

/** Has a runtime serve under the certificate in the files whenever that is another one. */
export function watchGivenCertificate(runtime: Runtime, { certFile, keyFile }: CertificateFiles) {
  runtime.watch({
    what: 'certificate',
    files: [certFile, keyFile],
    async load() {
      const certificate = readServerCertificate(certFile, keyFile)
      const { cert, key } = runtime.certificate
      if (certificate.cert === cert && certificate.key === key) return false
      await runtime.replaceCertificate(certificate)
      return true
    },
  })
}
