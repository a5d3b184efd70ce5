import { admissionReview } from '../support/admission-review.ts'
import {
  type CertificateAuthority,
  createCertificateAuthority,
  issueServerCertificate,
  type ServerNames,
} from '../support/certificate.ts'
import { pod } from '../support/workload.ts'
import { type Folder, startWith } from './fixture.ts'

/** A line of the log. */
export type Line = Readonly<Record<string, unknown>>

/** Writes a certificate, by default for the loopback, into a folder. */
export async function writeCertificate(folder: Folder, names: ServerNames = {}) {
  const authority = await createCertificateAuthority()
  const { cert, key } = await issueServerCertificate(authority, names)
  const [certFile, keyFile] = [folder.write('tls.crt', cert), folder.write('tls.key', key)]
  return { authority, flags: ['--tls-cert', certFile, '--tls-key', keyFile] }
}

/** Who answers for the server's certificate, and the variables that the program has. */
interface Origin {
  readonly authority: CertificateAuthority
  readonly environment: Readonly<Record<string, string>>
}

/** The program as a process that serves on a free port, and all that it logs. */
export class Serving {
  readonly lines: Line[] = []
  readonly #program: ReturnType<typeof startWith>
  readonly #authority: CertificateAuthority
  readonly #ended: Promise<void>
  #wake = Promise.withResolvers<void>()
  #hasEnded = false
  #stopped: Promise<string> | undefined

  /** The caller stops it. */
  constructor(from: CertificateAuthority | Origin, ...flags: readonly string[]) {
    const { authority, environment } =
      'authority' in from ? from : { authority: from, environment: {} }
    this.#authority = authority
    this.#program = startWith(environment, 'serve', '--listen=127.0.0.1:0', ...flags)
    this.#ended = this.#read()
  }

  /** Waits for lines with the message, and returns the last one. */
  async line(message: string, count = 1): Promise<Line> {
    for (;;) {
      const found = this.lines.filter((line) => line['message'] === message)
      const last = found.at(-1)
      if (last !== undefined && found.length >= count) return last
      if (this.#hasEnded) throw new Error(`no ${message} in ${JSON.stringify(this.lines)}`)
      await this.#wake.promise
    }
  }

  /** The answer of `/ready`. */
  async ready() {
    const { address } = await this.line('listening')
    const response = await fetch(`https://${address}/ready`, { tls: { ca: this.#authority.cert } })
    return { status: response.status, body: await response.json() }
  }

  /** The lines of `/metrics`. */
  async metrics(): Promise<readonly string[]> {
    const { address } = await this.line('listening')
    const response = await fetch(`https://${address}/metrics`, {
      tls: { ca: this.#authority.cert },
    })
    return (await response.text()).split('\n')
  }

  /** Asks for an object, or a pod with the image, and returns the answer to the review. */
  async admit(
    image: string | object,
    headers: Readonly<Record<string, string>> = {},
  ): Promise<unknown> {
    const object = typeof image === 'string' ? pod(image) : image
    const { address } = await this.line('listening')
    const response = await fetch(`https://${address}/mutate?timeout=10s`, {
      method: 'POST',
      body: JSON.stringify(admissionReview({ object })),
      headers: { 'content-type': 'application/json', ...headers },
      tls: { ca: this.#authority.cert },
    })
    return response.json()
  }

  /** How it ended, once it has. */
  get exitCode(): Promise<number> {
    return this.#program.exited
  }

  /** Ends it as Kubernetes does, and returns what it wrote to stderr. */
  stop(): Promise<string> {
    this.#stopped ??= this.#stop()
    return this.#stopped
  }

  async #stop(): Promise<string> {
    this.#program.kill('SIGTERM')
    await this.#ended
    await this.#program.exited
    return this.#program.stderr.text()
  }

  async #read(): Promise<void> {
    let rest = ''
    for await (const chunk of this.#program.stdout) {
      const lines = (rest + Buffer.from(chunk).toString()).split('\n')
      rest = lines.pop() ?? ''
      this.lines.push(...lines.map((line): Line => JSON.parse(line)))
      this.#wake.resolve()
      this.#wake = Promise.withResolvers<void>()
    }
    this.#hasEnded = true
    this.#wake.resolve()
  }
}
