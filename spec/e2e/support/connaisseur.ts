import { join } from 'node:path'
import { type Static, Type } from '@sinclair/typebox'
import { AdmissionAnswer, type AdmissionResponse } from '../../support/admission-answer.ts'
import { issueServerCertificate } from '../../support/certificate.ts'
import { BINARY } from './binary.ts'
import type { Environment } from './environment.ts'
import { parseJson } from './metadata.ts'
import { findFreePort } from './port.ts'
import { runProgram, type ServerProcess, startServer, waitUntil } from './process.ts'

const Step = Type.Object({
  step: Type.String(),
  ok: Type.Boolean(),
  facts: Type.Record(Type.String(), Type.Unknown()),
})
const Entry = Type.Object(
  {
    image: Type.String(),
    trusted: Type.Boolean(),
    digest: Type.Optional(Type.String()),
    pinned: Type.Optional(Type.String()),
    rule: Type.Optional(Type.String()),
    validator: Type.Optional(Type.String()),
    code: Type.Optional(Type.String()),
    reason: Type.Optional(Type.String()),
    steps: Type.Optional(Type.Array(Step)),
  },
  { additionalProperties: false },
)
const Report = Type.Object({ images: Type.Array(Entry) }, { additionalProperties: false })

/** What `verify --output json` says of one image. */
export type Entry = Static<typeof Entry>

/** The built binary with one configuration: as a command, and as a webhook that serves. */
export interface Connaisseur {
  readonly verify: (
    image: string,
    ...flags: readonly string[]
  ) => Promise<{ readonly exitCode: number; readonly entry: Entry }>
  /** Posts an AdmissionReview as the API server does; `timeout` is the webhook's, default 10s. */
  readonly review: (review: unknown, timeout?: string) => Promise<AdmissionResponse>
  /** The HTTP status and body of `/ready`. */
  readonly ready: () => Promise<readonly [status: number, body: string]>
  /** All that the webhook has written since its start, once this text is in it. */
  readonly log: (text: string) => Promise<string>
  /** Ends the webhook without a word of warning and starts it again. */
  readonly crash: () => Promise<void>
}

/** What a configuration does not say. */
export interface StartOptions {
  /** For the webhook and for `verify`. */
  readonly flags?: readonly string[]
  readonly env?: Readonly<Record<string, string>>
}

/** What the program under test needs of an environment. */
export type Surroundings = Pick<Environment, 'folder' | 'authority' | 'beforeStop'>

/** Starts `serve` over HTTPS; it ends with the environment, and has to end with exit code 0. */
export async function startConnaisseur(
  environment: Surroundings,
  configFile: string,
  options: StartOptions = {},
): Promise<Connaisseur> {
  const { folder } = environment
  const { flags: common = [], env = {} } = options
  const webhook = await Webhook.start(environment, configFile, options)
  const { url } = webhook
  const tls = { ca: environment.authority.cert }
  return {
    async verify(image, ...flags) {
      const command = [BINARY, 'verify', '--config', configFile, '--output', 'json', ...common]
      const run = await runProgram([...command, ...flags, image], { folder, env })
      const { exitCode, stdout, stderr } = run
      if (stdout === '') throw new Error(`verify ${image}, exit code ${exitCode}: ${stderr}`)
      const [entry, second] = parseJson(Report, stdout).images
      if (entry === undefined || second !== undefined) throw new Error(`not one image: ${stdout}`)
      return { exitCode, entry }
    },
    async review(review, timeout = '10s') {
      const response = await fetch(`${url}/mutate?timeout=${timeout}`, {
        method: 'POST',
        headers: { 'content-type': 'application/json', accept: 'application/json' },
        body: JSON.stringify(review),
        tls,
      })
      const body = await response.text()
      if (response.status !== 200) throw new Error(`HTTP ${response.status}: ${body}`)
      return parseJson(AdmissionAnswer, body).response
    },
    async ready() {
      const response = await fetch(`${url}/ready`, { tls })
      return [response.status, await response.text()]
    },
    log: (text) => webhook.log(text),
    crash: () => webhook.crash(),
  }
}

/** The program as a server of its own. */
class Webhook {
  readonly url: string
  readonly #command: readonly string[]
  readonly #surroundings: { readonly folder: string; readonly name: string; readonly env: Env }
  readonly #ca: string
  #server: ServerProcess | undefined
  #starts = 0

  private constructor(
    url: string,
    command: readonly string[],
    folder: string,
    env: Env,
    ca: string,
  ) {
    this.url = url
    this.#command = command
    this.#surroundings = { folder, name: `connaisseur-${crypto.randomUUID()}`, env }
    this.#ca = ca
  }

  static async start(environment: Surroundings, configFile: string, options: StartOptions) {
    const { folder, authority } = environment
    const { flags = [], env = {} } = options
    const identity = await issueServerCertificate(authority)
    const file = async (end: string, text: string) => {
      const path = join(folder, `${crypto.randomUUID()}.${end}`)
      await Bun.write(path, text)
      return path
    }
    const listen = `127.0.0.1:${await findFreePort()}`
    const tls = ['--tls-cert', await file('crt', identity.cert)]
    tls.push('--tls-key', await file('key', identity.key))
    const command = [BINARY, 'serve', '--listen', listen, '--config', configFile, ...tls, ...flags]
    const webhook = new Webhook(`https://${listen}`, command, folder, env, authority.cert)
    await webhook.#start()
    environment.beforeStop(async () => {
      const code = await webhook.#server?.stop()
      if (code !== 0) throw new Error(`serve ended with exit code ${code} after SIGTERM`)
    })
    return webhook
  }

  async #start(): Promise<void> {
    const { name } = this.#surroundings
    const surroundings = { ...this.#surroundings, name: `${name}-${this.#starts++}` }
    this.#server = await startServer(this.#command, surroundings, () =>
      isHealthy(this.url, this.#ca),
    )
  }

  async log(text: string): Promise<string> {
    const { folder, name } = this.#surroundings
    const read = () => Bun.file(join(folder, `${name}-${this.#starts - 1}.log`)).text()
    await waitUntil(async () => (await read()).includes(text), `"${text}" in the log`)
    return read()
  }

  async crash(): Promise<void> {
    await this.#server?.kill()
    await this.#start()
  }
}

type Env = Readonly<Record<string, string>>

async function isHealthy(url: string, ca: string): Promise<boolean> {
  try {
    return (await fetch(`${url}/health`, { tls: { ca } })).status === 200
  } catch {
    return false
  }
}
