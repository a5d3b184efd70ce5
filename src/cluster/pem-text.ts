const CERTIFICATE = /-----BEGIN CERTIFICATE-----[A-Za-z0-9+/=\s]+-----END CERTIFICATE-----/g
const PRIVATE_KEY = /-----BEGIN (?:[A-Z]+ )?PRIVATE KEY-----/

/**
 * Takes the certificates out of a text that may hold comments too, as those that clusters hand out
 * do. Throws a `SyntaxError` if there is none.
 */
export function readCertificates(text: string): string {
  const found = text.match(CERTIFICATE)
  if (found === null) throw new SyntaxError('it holds no PEM certificate')
  return `${found.join('\n')}\n`
}

/** Checks that a text holds a private key that needs no password. Throws a `SyntaxError`. */
export function checkPrivateKey(text: string): string {
  if (PRIVATE_KEY.test(text) && !text.includes('ENCRYPTED')) return text
  throw new SyntaxError('it holds no PEM private key that can be used without a password')
}

/** Decodes PEM that is base64 in a kubeconfig. Throws a `SyntaxError`. */
export function decodePem(text: string): string {
  const packed = text.replace(/\s/g, '')
  const bytes = Buffer.from(packed, 'base64')
  if (bytes.toString('base64').replace(/=+$/, '') !== packed.replace(/=+$/, '')) {
    throw new SyntaxError('it is not base64')
  }
  return bytes.toString('latin1')
}
