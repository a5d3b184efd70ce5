import { readCertificateKey } from './key.ts'
import { parsePem } from './pem.ts'

/**
 * Checks that a text is nothing but CA certificates as PEM, at least one, and returns it. Throws a
 * `SyntaxError`.
 */
export function checkCaPem(text: string): string {
  for (const { label, der } of parsePem(text)) {
    if (label.endsWith('PRIVATE KEY')) {
      throw new SyntaxError('a private key where a certificate belongs')
    }
    if (label !== 'CERTIFICATE') {
      throw new SyntaxError(`a ${label} block where a CERTIFICATE is expected`)
    }
    readCertificateKey(der)
  }
  return text
}
