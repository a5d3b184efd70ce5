import type { Log } from '../reporting/log.ts'
import { startMetricsServer } from '../server/metrics-server.ts'
import { type ListenAddress, type RunningServer, startServer } from '../server/start.ts'
import type { ServerCertificate } from '../server/tls.ts'
import { askCertificate, askConfiguration, askRunning } from './conditions.ts'
import { type RuntimeListener, tellAll } from './listener.ts'
import type { LiveConfiguration } from './live-configuration.ts'
import { Reloader, type ReloaderOptions } from './reloader.ts'
import { type AskCondition, createWebhookService } from './webhook-service.ts'

/** How often files are looked at, in milliseconds. */
const LOOK_EVERY_MS = 1000

/** What a runtime begins with. */
export interface RuntimeOptions {
  readonly configuration: LiveConfiguration
  readonly certificate: ServerCertificate
  readonly address: ListenAddress
  /** Where metrics are to be had without TLS; nowhere without it. */
  readonly metricsAddress?: ListenAddress
}

type Dispose = () => void | Promise<void>

/** The program while it serves: what lasts, what is swapped, and who wants to know of it. */
export class Runtime {
  readonly configuration: LiveConfiguration
  readonly log: Log
  readonly #server: RunningServer
  readonly #conditions: AskCondition[] = []
  readonly #listeners: RuntimeListener[] = []
  readonly #farewells: Dispose[] = []
  readonly #disposals: Dispose[] = []
  readonly #reloaders = new Map<ReloaderOptions['what'], Reloader>()
  #certificate: ServerCertificate
  #isStopping = false

  /** Starts to serve; throws an `Error` for an operator where it cannot. */
  constructor(options: RuntimeOptions) {
    const { configuration, certificate, address, metricsAddress } = options
    const { metrics } = configuration
    this.configuration = configuration
    this.log = configuration.log
    this.#certificate = certificate
    this.#conditions.push(
      () => askConfiguration(this.#problemWith('configuration')),
      () => askCertificate(this.#certificate, new Date(), this.#problemWith('certificate')),
      () => askRunning(this.#isStopping),
    )
    this.listen({ admission: metrics.admissions.countAdmission, reload: metrics.countReload })
    metrics.setCertificateExpiry(() => this.#certificate.notAfter)
    const service = createWebhookService({
      generations: configuration.generations,
      conditions: this.#conditions,
      listeners: this.#listeners,
      metrics,
      tracing: configuration.tracing,
      log: this.log,
      onFailure: configuration.reportFailure,
    })
    this.#server = startServer(service, address, certificate)
    this.onDispose(() => configuration.dispose())
    if (metricsAddress !== undefined) {
      const plain = startMetricsServer(service.metrics, metricsAddress)
      this.log('info', 'listening for metrics', { address: plain.address })
      this.onDispose(() => plain.stop())
    }
    this.watch({
      what: 'configuration',
      files: () => configuration.files,
      load: () => configuration.reload(),
    })
    this.#lookAtFiles()
  }

  /** `HOST:PORT` as bound. */
  get address(): string {
    return this.#server.address
  }

  /** The certificate that new connections get. */
  get certificate(): ServerCertificate {
    return this.#certificate
  }

  /** Has somebody hear what happens from now on. */
  listen(listener: RuntimeListener): void {
    this.#listeners.push(listener)
  }

  /** Makes readiness depend on one thing more. */
  addCondition(ask: AskCondition): void {
    this.#conditions.push(ask)
  }

  /** Has something closed at the end, after the last request is answered; last in, first out. */
  onDispose(dispose: Dispose): void {
    this.#disposals.push(dispose)
  }

  /** Has files read again when they change. */
  watch(options: Omit<ReloaderOptions, 'log' | 'tell'>): void {
    const reloader = new Reloader({ ...options, log: this.log, tell: this.#tellReload })
    this.#reloaders.set(options.what, reloader)
  }

  /** Serves new connections under another certificate; rejects with an `Error` where it cannot. */
  async replaceCertificate(certificate: ServerCertificate): Promise<void> {
    await this.#server.replaceCertificate(certificate)
    this.#certificate = certificate
  }

  /** Hears of a failure that should not have happened. */
  readonly reportFailure = (error: unknown): void => this.configuration.reportFailure(error)

  /** Has something done at the end while requests are still answered. */
  onLeave(leave: Dispose): void {
    this.#farewells.push(leave)
  }

  /** Makes `/ready` say no, so that no new requests are sent here, and goes on answering. */
  async beginStop(): Promise<void> {
    this.#isStopping = true
    this.#server.closeConnections()
    await this.#runAll(this.#farewells.splice(0))
  }

  /** Answers what is in flight, then closes everything. */
  async stop(): Promise<void> {
    await this.beginStop()
    await this.#server.stop()
    await this.#runAll(this.#disposals)
  }

  /** The last one first. */
  async #runAll(jobs: readonly Dispose[]): Promise<void> {
    for (const run of jobs.toReversed()) {
      try {
        await run()
      } catch (error) {
        this.reportFailure(error)
      }
    }
  }

  #problemWith(what: ReloaderOptions['what']): string | undefined {
    return this.#reloaders.get(what)?.problem
  }

  readonly #tellReload: NonNullable<RuntimeListener['reload']> = (what, outcome) =>
    tellAll(this.#listeners, ({ reload }) => reload?.(what, outcome), this.reportFailure)

  #lookAtFiles(): void {
    let timer: Timer | undefined
    const look = async () => {
      for (const reloader of this.#reloaders.values()) await reloader.look()
      if (!this.#isStopping) timer = setTimeout(look, LOOK_EVERY_MS)
    }
    timer = setTimeout(look, LOOK_EVERY_MS)
    this.onDispose(() => clearTimeout(timer))
  }
}
