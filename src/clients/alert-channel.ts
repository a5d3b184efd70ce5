import type { Secret } from '../text/secret.ts'
import { TrustError } from '../trust/errors.ts'
import { type Clock, systemClock } from './clock.ts'
import { Redaction } from './redaction.ts'
import { Upstream } from './upstream.ts'

/** The longest answer that is looked at, in bytes. */
const MAX_ANSWER_BYTES = 64 * 1024

/** Where alerts go. All of it is secret: who knows the URL of a Slack webhook can write there. */
export interface AlertChannelOptions {
  /** `https://` or `http://`. A user and password in it become an `Authorization` header. */
  readonly url: Secret
  readonly headers: readonly { readonly name: string; readonly value: Secret }[]
  readonly clock?: Clock
}

/** What a receiver answered. */
export interface AlertAnswer {
  readonly status: number
  /** Its words, at most 64 KiB, without what is secret. */
  readonly text: string
}

/** Posts JSON to one receiver. Its messages name neither host nor path: either may be a password. */
export class AlertChannel {
  readonly #url: URL
  readonly #headers: Readonly<Record<string, string>>
  readonly #redaction: Redaction
  readonly #upstream: Upstream

  constructor({ url: secret, headers, clock = systemClock }: AlertChannelOptions) {
    const url = new URL(secret.reveal())
    const basic = takeUser(url)
    this.#url = url
    this.#headers = Object.fromEntries([
      ['content-type', 'application/json'],
      ...(basic === undefined ? [] : [['authorization', basic]]),
      ...headers.map(({ name, value }) => [name.toLowerCase(), value.reveal()]),
    ])
    const { username = '', password = '' } = URL.parse(secret.reveal()) ?? {}
    const values = headers.map(({ value }) => value.reveal())
    this.#redaction = new Redaction(
      [secret.reveal(), url.href, url.host],
      [url.pathname, url.search, username, password, basic ?? '', ...values],
    )
    this.#upstream = new Upstream(() => undefined, clock)
  }

  /**
   * Sends a body until it is answered, except with 408, 429 or 5xx, or the signal aborts. What was
   * sent and not answered may have arrived all the same, and arrive again. Rejects with
   * `UNAVAILABLE_*`.
   */
  async send(body: string, signal: AbortSignal): Promise<AlertAnswer> {
    try {
      const answer = await this.#upstream.send({
        url: this.#url,
        method: 'POST',
        headers: this.#headers,
        body,
        keepsEveryBody: true,
        maxBytes: MAX_ANSWER_BYTES,
        signal,
      })
      const text = Buffer.from(answer.body).toString('utf8')
      return { status: answer.status, text: this.#redaction.apply(text) }
    } catch (error) {
      if (!(error instanceof TrustError)) throw error
      // Without its cause, in which there may be the whole URL.
      throw new TrustError(error.code, error.message.replaceAll(this.#url.host, 'it'))
    }
  }
}

function takeUser(url: URL): string | undefined {
  if (url.username === '' && url.password === '') return undefined
  const user = `${decodeURIComponent(url.username)}:${decodeURIComponent(url.password)}`
  url.username = ''
  url.password = ''
  return `Basic ${Buffer.from(user).toString('base64')}`
}
