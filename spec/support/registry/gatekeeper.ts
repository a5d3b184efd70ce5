/** How a registry lets people in. */
export interface RegistryAuth {
  /** `token` sends to a token endpoint on the same server, `basic` wants the password itself. */
  readonly scheme: 'token' | 'basic'
  /** Who gets in; nobody: tokens are given to everybody. */
  readonly users?: Readonly<Record<string, string>>
  /** A refresh token that counts as a password. */
  readonly identityToken?: string
}

/** One request to the token endpoint. */
export interface TokenRequest {
  readonly method: string
  readonly scope: string
  readonly service: string
  readonly authorization: string | null
  readonly refreshToken: string | null
}

/** Gives tokens, each for the scope that was asked for, and looks at them. */
export class Gatekeeper {
  readonly requests: TokenRequest[] = []
  readonly #auth: RegistryAuth
  readonly #url: string
  /** Scope by token. */
  readonly #tokens = new Map<string, string>()

  constructor(auth: RegistryAuth, url: string) {
    this.#auth = auth
    this.#url = url
  }

  /** The answer to who may not see a repository; nothing for those who may. */
  refuse(authorization: string | null, repository: string | undefined): Response | undefined {
    const [scheme, value = ''] = authorization?.split(' ') ?? []
    if (this.#auth.scheme === 'basic') {
      if (scheme === 'Basic' && this.#isUser(authorization)) return undefined
      return refusal('Basic realm="registry"')
    }
    const scope = `repository:${repository}:pull`
    if (scheme === 'Bearer' && this.#tokens.get(value)?.startsWith(scope)) return undefined
    return refusal(`Bearer realm="${this.#url}/token",service="the registry",scope="${scope}"`)
  }

  /** Answers at the token endpoint. */
  async issue(request: Request): Promise<Response> {
    const isPost = request.method === 'POST'
    const params = isPost
      ? new URLSearchParams(await request.text())
      : new URL(request.url).searchParams
    const authorization = request.headers.get('authorization')
    const refreshToken = params.get('refresh_token')
    const scope = params.get('scope') ?? ''
    const service = params.get('service') ?? ''
    this.requests.push({ method: request.method, scope, service, authorization, refreshToken })
    const { users, identityToken } = this.#auth
    const isKnown = isPost
      ? refreshToken !== null && refreshToken === identityToken
      : users === undefined || this.#isUser(authorization)
    if (!isKnown) return Response.json({}, { status: 401 })
    const token = crypto.randomUUID()
    this.#tokens.set(token, scope)
    return Response.json({ [isPost ? 'access_token' : 'token']: token, expires_in: 300 })
  }

  #isUser(authorization: string | null): boolean {
    return Object.entries(this.#auth.users ?? {}).some(
      ([name, password]) =>
        authorization === `Basic ${Buffer.from(`${name}:${password}`).toString('base64')}`,
    )
  }
}

function refusal(challenge: string): Response {
  return Response.json({}, { status: 401, headers: { 'www-authenticate': challenge } })
}
