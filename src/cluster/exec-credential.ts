import { Type } from '@sinclair/typebox'
import { Check } from '@sinclair/typebox/value'
import { parseRfc3339 } from '../text/rfc3339.ts'
import type { ClusterCredentials } from './connection.ts'
import { parseJson } from './json.ts'
import { checkPrivateKey, readCertificates } from './pem-text.ts'
import { readToken } from './token-file.ts'

/** Credentials and until when they are good, in milliseconds since 1970. */
export interface ExecCredential {
  readonly credentials: ClusterCredentials
  readonly expiresAt: number
}

const CredentialSchema = Type.Object({
  apiVersion: Type.String(),
  kind: Type.Literal('ExecCredential'),
  status: Type.Object({
    token: Type.Optional(Type.String()),
    clientCertificateData: Type.Optional(Type.String()),
    clientKeyData: Type.Optional(Type.String()),
    expirationTimestamp: Type.Optional(Type.Union([Type.String(), Type.Null()])),
  }),
})

/** Parses what a plugin prints. Throws a `SyntaxError` that quotes nothing of it. */
export function parseExecCredential(text: string, apiVersion: string): ExecCredential {
  const answer = parseJson(Buffer.from(text))
  if (!Check(CredentialSchema, answer)) throw new SyntaxError('it prints no ExecCredential')
  if (answer.apiVersion !== apiVersion) throw new SyntaxError(`it does not answer as ${apiVersion}`)
  const { token, clientCertificateData, clientKeyData, expirationTimestamp } = answer.status
  const clientCertificate = readPair(clientCertificateData, clientKeyData)
  if (!token && clientCertificate === undefined) {
    throw new SyntaxError('it prints neither a token nor a client certificate')
  }
  return {
    credentials: {
      ...(token && { token: readToken(token) }),
      ...(clientCertificate && { clientCertificate }),
    },
    expiresAt: readExpiry(expirationTimestamp),
  }
}

function readPair(cert = '', key = ''): ClusterCredentials['clientCertificate'] {
  if (cert === '' && key === '') return undefined
  if (cert === '' || key === '') {
    throw new SyntaxError('it prints a client certificate without its key, or a key alone')
  }
  return { cert: readCertificates(cert), key: checkPrivateKey(key) }
}

function readExpiry(timestamp: string | null | undefined): number {
  if (!timestamp) return Number.POSITIVE_INFINITY
  const time = parseRfc3339(timestamp)
  if (time === undefined) throw new SyntaxError('it prints an expiry that is no time')
  return time.getTime()
}
