import { ClusterError } from './cluster-error.ts'
import type { ClusterCredentials } from './connection.ts'
import { type ExecCredential, parseExecCredential } from './exec-credential.ts'
import type { ExecSettings } from './kubeconfig.ts'

/** How long a plugin may take, in milliseconds: it may wait for a person. */
const PLUGIN_MS = 60_000

/** The largest answer of a plugin, in bytes. */
const MAX_ANSWER_BYTES = 1024 * 1024

/** After a failure a plugin is left alone, in milliseconds. */
const PAUSE_MS = 5000

/** Credentials go out of use so long before they expire, in milliseconds. */
const MARGIN_MS = 10_000

/** What a plugin is run with. */
export interface ExecPluginOptions {
  readonly settings: ExecSettings
  /** Where its path starts if it is relative; a bare name is looked for in the PATH. */
  readonly folder: string
  readonly environment: Readonly<Record<string, string | undefined>>
  /** What it is told of the server, where it asks for that. */
  readonly cluster: Readonly<Record<string, unknown>>
  /** Whether somebody is there to answer it. */
  readonly interactive: boolean
  /** The time of day in milliseconds, for the expiry. */
  readonly now: () => number
}

/**
 * Credentials from a plugin (client.authentication.k8s.io/v1 and v1beta1): one run serves all who
 * ask, and what it answers is kept until it expires or is refused. Nothing that it prints is shown.
 */
export class ExecPlugin {
  readonly #options: ExecPluginOptions
  #held: ExecCredential | undefined
  #running: Promise<ExecCredential> | undefined
  #failed: { readonly error: unknown; readonly until: number } | undefined

  /** Throws a `SyntaxError` if it needs somebody to talk to and nobody is there. */
  constructor(options: ExecPluginOptions) {
    const { settings, interactive } = options
    if (settings.interactiveMode === 'Always' && !interactive) {
      throw new SyntaxError(`its plugin ${settings.command} needs a terminal, and there is none`)
    }
    this.#options = options
  }

  /** Gets credentials; rejects with a `ClusterError` (`MISCONFIGURED`, `UNAVAILABLE` when it is late). */
  async authenticate(signal: AbortSignal): Promise<ClusterCredentials> {
    const { now } = this.#options
    const held = this.#held
    if (held !== undefined && now() < held.expiresAt - MARGIN_MS) return held.credentials
    if (this.#failed !== undefined && now() < this.#failed.until) throw this.#failed.error
    this.#running ??= this.#run().finally(() => {
      this.#running = undefined
    })
    const { credentials } = await beforeAbort(this.#running, signal)
    return credentials
  }

  /** Forgets credentials that the API server does not take. */
  refused(credentials: ClusterCredentials): void {
    if (this.#held?.credentials === credentials) this.#held = undefined
  }

  async #run(): Promise<ExecCredential> {
    try {
      const { settings } = this.#options
      this.#held = parseExecCredential(await this.#output(), settings.apiVersion)
      return this.#held
    } catch (error) {
      const failure = this.#explain(error)
      this.#failed = { error: failure, until: this.#options.now() + PAUSE_MS }
      throw failure
    }
  }

  async #output(): Promise<string> {
    const { settings, environment, interactive } = this.#options
    const isInteractive = interactive && settings.interactiveMode !== 'Never'
    const child = Bun.spawn([this.#command(), ...(settings.args ?? [])], {
      env: { ...environment, ...this.#variables(isInteractive) },
      stdin: isInteractive ? 'inherit' : 'ignore',
      stdout: 'pipe',
      stderr: 'inherit',
      timeout: PLUGIN_MS,
      killSignal: 'SIGKILL',
      maxBuffer: MAX_ANSWER_BYTES,
    })
    const text = await new Response(child.stdout).text()
    const code = await child.exited
    if (code === 0) return text
    throw new SyntaxError(
      child.signalCode === null
        ? `it exits with ${code}`
        : 'it was killed: too slow, or too much said',
    )
  }

  #command(): string {
    const { settings, folder } = this.#options
    const { command } = settings
    return command.includes('/') && !command.startsWith('/') ? `${folder}/${command}` : command
  }

  #variables(interactive: boolean): Readonly<Record<string, string>> {
    const { settings, cluster } = this.#options
    const { apiVersion, env, provideClusterInfo } = settings
    const spec = { interactive, ...(provideClusterInfo === true && { cluster }) }
    return {
      ...Object.fromEntries((env ?? []).map(({ name, value }) => [name, value])),
      KUBERNETES_EXEC_INFO: JSON.stringify({ apiVersion, kind: 'ExecCredential', spec }),
    }
  }

  #explain(error: unknown): ClusterError {
    const { command, installHint } = this.#options.settings
    const isMissing = error instanceof Error && 'code' in error && error.code === 'ENOENT'
    const problem = isMissing
      ? `it is not there${installHint === undefined ? '' : `: ${installHint.trim()}`}`
      : error instanceof SyntaxError
        ? error.message
        : 'it cannot be run'
    const message = `the plugin ${command} gives no credentials: ${problem}`
    return new ClusterError('MISCONFIGURED', message, { cause: error })
  }
}

function beforeAbort<Result>(work: Promise<Result>, signal: AbortSignal): Promise<Result> {
  const { promise, reject } = Promise.withResolvers<never>()
  const leave = () =>
    reject(new ClusterError('UNAVAILABLE', 'the plugin for credentials did not answer in time'))
  if (signal.aborted) leave()
  signal.addEventListener('abort', leave, { once: true })
  work.catch(() => {})
  return Promise.race([work, promise]).finally(() => signal.removeEventListener('abort', leave))
}
