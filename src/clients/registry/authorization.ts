import { TrustError } from '../../trust/errors.ts'
import { BearerTokens, type TokenOptions } from '../bearer.ts'
import { parseChallenges } from '../challenge.ts'
import { renderBasic } from '../credentials.ts'
import { isLoopback } from '../loopback.ts'

/**
 * What a registry wants to see: tokens, or the password itself. Which of them it says in its first
 * 401; before that it is asked without anything.
 */
export class RegistryAuthorization {
  readonly #options: TokenOptions
  readonly #tokens: BearerTokens
  #wantsPassword = false

  constructor(options: TokenOptions) {
    this.#options = options
    this.#tokens = new BearerTokens(options)
  }

  /** Gets the `Authorization` header for a repository, where the registry is known to want one. */
  async find(repository: string, signal: AbortSignal): Promise<string | undefined> {
    if (this.#wantsPassword) return this.#renderPassword(repository)
    return renderBearer(await this.#tokens.find(repository, signal))
  }

  /**
   * Gets another header than the one that was refused with a 401. Rejects with
   * `MISCONFIGURED_CREDENTIALS` or `UNAVAILABLE_*`.
   */
  async renew(
    repository: string,
    refused: string | undefined,
    challenge: string | null,
    signal: AbortSignal,
  ): Promise<string | undefined> {
    this.#wantsPassword = wantsPassword(challenge)
    if (this.#wantsPassword) return this.#renderPassword(repository)
    const token = refused?.startsWith(BEARER) ? refused.slice(BEARER.length) : undefined
    return renderBearer(await this.#tokens.renew(repository, token, challenge, signal))
  }

  /** What keeps the token that is waited for from coming. */
  lastFailure(): TrustError | undefined {
    return this.#tokens.lastFailure()
  }

  /** Nothing where we have no password, so that the registry's refusal is what people hear of. */
  #renderPassword(repository: string): string | undefined {
    const credentials = this.#options.credentials?.(repository)
    if (credentials === undefined || !('password' in credentials)) return undefined
    const { host, hostname, protocol } = this.#options.server
    if (protocol !== 'https:' && !isLoopback(hostname)) {
      throw new TrustError(
        'MISCONFIGURED_CREDENTIALS',
        `${host} wants a password over plain http, where anybody could read it`,
      )
    }
    return renderBasic(credentials)
  }
}

const BEARER = 'Bearer '

function renderBearer(token: string | undefined): string | undefined {
  return token === undefined ? undefined : `${BEARER}${token}`
}

/** Only where no token is wanted. What cannot be read is left to whoever asks for the token. */
function wantsPassword(challenge: string | null): boolean {
  if (challenge === null) return false
  try {
    const schemes = parseChallenges(challenge).map(({ scheme }) => scheme)
    return schemes.includes('basic') && !schemes.includes('bearer')
  } catch (error) {
    if (error instanceof SyntaxError) return false
    throw error
  }
}
