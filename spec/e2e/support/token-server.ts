import { sign, X509Certificate } from 'node:crypto'
import { selfSignedCertificate } from '../../support/certificate.ts'
import { createKeyPair } from '../../support/key-pair.ts'

const ISSUER = 'spec-issuer'
const SERVICE = 'spec-service'

/** What a token server was asked. */
export interface TokenRequest {
  readonly authorization: string | null
  readonly scope: string | null
  readonly service: string | null
}

/** A server of Docker registry tokens: signs ES256 tokens for those who know the password. */
export interface TokenServer {
  readonly host: string
  /** The `auth` of a notary-server or docker-registry, with the certificate in this file. */
  authSection(certificateFile: string): { readonly type: string; readonly options: unknown }
  /** PEM. */
  readonly certificate: string
  readonly requests: TokenRequest[]
  /** How long tokens last, in seconds. */
  lifetimeSeconds: number
  stop(): Promise<void>
}

/** The one user. */
export const USER = { username: 'ci', password: 'correct:horse/battery' } as const

/** Starts a token server over plain HTTP on the loopback, or over HTTPS. */
export async function startTokenServer(tls?: {
  readonly cert: string
  readonly key: string
}): Promise<TokenServer> {
  const keyPair = createKeyPair('p256')
  const certificate = await selfSignedCertificate({ commonName: ISSUER, keyPair })
  const x5c = [new X509Certificate(certificate).raw.toString('base64')]
  const expected = `Basic ${Buffer.from(`${USER.username}:${USER.password}`).toString('base64')}`
  const requests: TokenRequest[] = []
  const issue = (scope: string | null, lifetimeSeconds: number) => {
    const now = Math.floor(Date.now() / 1000)
    const access = scope === null ? [] : [parseScope(scope)]
    const claims = {
      ...{ iss: ISSUER, sub: USER.username, aud: SERVICE, access, jti: crypto.randomUUID() },
      ...{ iat: now, nbf: now - 5, exp: now + Math.max(lifetimeSeconds, 60) },
    }
    const encode = (value: unknown) => Buffer.from(JSON.stringify(value)).toString('base64url')
    const content = `${encode({ typ: 'JWT', alg: 'ES256', x5c })}.${encode(claims)}`
    const key = { key: keyPair.privateKey, dsaEncoding: 'ieee-p1363' } as const
    return `${content}.${sign('sha256', Buffer.from(content), key).toString('base64url')}`
  }
  const server = Bun.serve({
    hostname: '127.0.0.1',
    port: 0,
    ...(tls && { tls }),
    fetch(request) {
      const { searchParams } = new URL(request.url)
      const authorization = request.headers.get('authorization')
      const scope = searchParams.get('scope')
      requests.push({ authorization, scope, service: searchParams.get('service') })
      if (authorization !== expected) return new Response('{}', { status: 401 })
      const token = issue(scope, tokens.lifetimeSeconds)
      return Response.json({ token, expires_in: tokens.lifetimeSeconds })
    },
  })
  const host = `127.0.0.1:${server.port}`
  const tokens: TokenServer = {
    host,
    certificate,
    requests,
    lifetimeSeconds: 300,
    authSection: (certificateFile) => ({
      type: 'token',
      options: {
        realm: `${tls === undefined ? 'http' : 'https'}://${host}/token`,
        service: SERVICE,
        issuer: ISSUER,
        rootcertbundle: certificateFile,
      },
    }),
    stop: () => server.stop(true),
  }
  return tokens
}

/** `type:name:actions`, where the name may hold colons. */
function parseScope(scope: string): unknown {
  const [, type, name, actions = ''] = /^([^:]+):(.+):([^:]+)$/.exec(scope) ?? []
  return { type, name, actions: actions.split(',') }
}

/** Where publishers give their credentials to the real notary client. */
export function notaryAuth(): Readonly<Record<string, string>> {
  const { username, password } = USER
  return { NOTARY_AUTH: Buffer.from(`${username}:${password}`).toString('base64') }
}
