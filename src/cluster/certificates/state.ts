import { createPrivateKey, X509Certificate } from 'node:crypto'

/** A certificate and its private key, PEM. */
export interface Pair {
  readonly cert: string
  readonly key: string
}

/** An authority that issues nothing any more. */
export interface Retired {
  readonly cert: string
  /** When the last certificate that it issued has expired. */
  readonly until: Date
}

/** All that replicas share: what they serve under, and whom the API server has to trust. */
export interface CertificateState {
  readonly authority: Pair
  /** Issued by the authority. */
  readonly leaf: Pair
  /** The authority that will follow: in the bundle already, issuing nothing yet. */
  readonly next?: Pair
  readonly previous: readonly Retired[]
}

/** The data of a Secret: values are base64. */
export type SecretData = Readonly<Record<string, string>>

const PREVIOUS = /^previous-ca-(\d{1,12})\.crt$/

/** Lists the certificates that the API server has to trust, PEM each, that of today first. */
export function bundleOf({ authority, next, previous }: CertificateState): readonly string[] {
  return [authority, ...(next ? [next] : []), ...previous].map(({ cert }) => cert)
}

/** Finds the authority that issued a certificate among those that have to be trusted. */
export function findIssuer(state: CertificateState, cert: string): string | undefined {
  return bundleOf(state).find((authority) => isIssuedBy(cert, authority))
}

/** Keeps an authority in the bundle that issues nothing any more. */
export function withRetired(state: CertificateState, retired: Retired): CertificateState {
  return { ...state, previous: [...state.previous, retired] }
}

/** Renders the state as the data of a Secret, under the usual names where there are some. */
export function renderState({ authority, leaf, next, previous }: CertificateState): SecretData {
  const texts = {
    'ca.crt': authority.cert,
    'ca.key': authority.key,
    'tls.crt': leaf.cert,
    'tls.key': leaf.key,
    ...(next && { 'next-ca.crt': next.cert, 'next-ca.key': next.key }),
    ...Object.fromEntries(
      previous.map(({ cert, until }) => [
        `previous-ca-${Math.ceil(until.getTime() / 1000)}.crt`,
        cert,
      ]),
    ),
  }
  return Object.fromEntries(
    Object.entries(texts).map(([name, text]) => [name, Buffer.from(text).toString('base64')]),
  )
}

/**
 * Reads the state; undefined from a Secret that holds nothing yet. Throws a `SyntaxError` that names
 * the entry which cannot be used, and none of its content.
 */
export function readState(data: SecretData): CertificateState | undefined {
  if (Object.keys(data).length === 0) return undefined
  const authority = readPair(data, 'ca.crt', 'ca.key')
  const leaf = readPair(data, 'tls.crt', 'tls.key')
  if (!isIssuedBy(leaf.cert, authority.cert)) {
    throw new SyntaxError('tls.crt is not issued by ca.crt')
  }
  const next =
    data['next-ca.crt'] === undefined ? undefined : readPair(data, 'next-ca.crt', 'next-ca.key')
  for (const [name, pair] of [['ca.crt', authority] as const, ['next-ca.crt', next] as const]) {
    if (pair && !new X509Certificate(pair.cert).ca) {
      throw new SyntaxError(`${name} is no certificate of an authority`)
    }
  }
  const previous = Object.keys(data).flatMap((name) => {
    const seconds = PREVIOUS.exec(name)?.[1]
    if (seconds === undefined) return []
    return [{ cert: readCertificate(data, name), until: new Date(Number(seconds) * 1000) }]
  })
  return { authority, leaf, ...(next && { next }), previous }
}

/** Tells whether a certificate was issued by an authority: its name, and the signature. */
export function isIssuedBy(cert: string, authorityCert: string): boolean {
  const [certificate, authority] = [new X509Certificate(cert), new X509Certificate(authorityCert)]
  return certificate.checkIssued(authority) && certificate.verify(authority.publicKey)
}

function readPair(data: SecretData, certName: string, keyName: string): Pair {
  const cert = readCertificate(data, certName)
  const key = readText(data, keyName)
  const isFit = attempt(keyName, 'a private key', () =>
    new X509Certificate(cert).checkPrivateKey(createPrivateKey(key)),
  )
  if (!isFit) throw new SyntaxError(`${certName} does not belong to ${keyName}`)
  return { cert, key }
}

function readCertificate(data: SecretData, name: string): string {
  const text = readText(data, name)
  attempt(name, 'a certificate', () => new X509Certificate(text))
  return text
}

function readText(data: SecretData, name: string): string {
  const value = data[name]
  if (value === undefined) throw new SyntaxError(`${name} is missing`)
  return Buffer.from(value, 'base64').toString('utf8')
}

function attempt<Result>(name: string, what: string, read: () => Result): Result {
  try {
    return read()
  } catch {
    // The parser's message may quote the text.
    throw new SyntaxError(`${name} is not ${what} in PEM form`)
  }
}
