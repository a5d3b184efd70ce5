import type { SoonestExpiry } from '../trust-data.ts'
import { AdmissionMetrics } from './admission-metrics.ts'
import { Counters, Gauges, Histograms, Levels, type MetricFamily } from './family.ts'

/** One request to a server, in seconds. */
const UPSTREAM_BOUNDS = [0.001, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10]

/** What the metrics say of the program itself. */
export interface MetricsOptions {
  readonly version: string
  readonly now: () => Date
  /** Tells the type of a validator of the configuration of the moment. */
  readonly typeOf: (validator: string) => string | undefined
}

/** One request to a server, as the port of the clients has it. */
interface UpstreamCall {
  /** `host[:port]` of a server that the configuration names, or one word for all others. */
  readonly host: string
  /** One of a handful of words. */
  readonly outcome: string
  readonly durationMs: number
}

/** What looking into the cache of verdicts gave; `stale` is one used while its server is down. */
export type CacheResult = 'hit' | 'miss' | 'stale' | 'error'

/** What became of an alert; `dropped` if it was never tried, because too many waited. */
export type AlertOutcome = 'sent' | 'failed' | 'dropped'

/**
 * What the program counts. Everything here is additions to numbers; prom-client renders them when
 * somebody asks (`exposition.ts`). No label ever holds what a user of the cluster can choose: no
 * image, no namespace, no name of an object.
 */
export class Metrics {
  /** Requests and images. */
  readonly admissions: AdmissionMetrics
  readonly #upstream = new Counters({
    name: 'connaisseur_upstream_requests_total',
    help: 'Requests to Notary servers, registries and the like, by outcome.',
    labels: ['host', 'outcome'],
  })
  readonly #upstreamSeconds = new Histograms({
    name: 'connaisseur_upstream_request_duration_seconds',
    help: 'How long requests to Notary servers, registries and the like took.',
    labels: ['host'],
    bounds: UPSTREAM_BOUNDS,
  })
  readonly #shed = new Counters({
    name: 'connaisseur_upstream_shed_total',
    help: 'Requests to a server that were given up at once, because too many waited for it.',
    labels: ['host'],
  })
  readonly #upstreamActive = new Levels({
    name: 'connaisseur_upstream_requests_in_flight',
    help: 'Requests that a server has not answered yet.',
    labels: ['host'],
  })
  readonly #upstreamWaiting = new Levels({
    name: 'connaisseur_upstream_requests_waiting',
    help: 'Requests that wait for their turn, or for a server that is down.',
    labels: ['host'],
  })
  readonly #cache = new Counters({
    name: 'connaisseur_cache_lookups_total',
    help: 'Looks into the cache of verdicts, by result.',
    labels: ['backend', 'result'],
  })
  readonly #joined = new Counters({
    name: 'connaisseur_validations_joined_total',
    help: 'Images that joined a validation of the same image that was already under way.',
  })
  readonly #alerts = new Counters({
    name: 'connaisseur_alerts_total',
    help: 'Alerts by receiver and outcome.',
    labels: ['receiver', 'outcome'],
  })
  readonly #alertsWaiting = new Levels({
    name: 'connaisseur_alerts_waiting',
    help: 'Alerts that wait to be sent, by receiver.',
    labels: ['receiver'],
  })
  readonly #reloads = new Counters({
    name: 'connaisseur_reloads_total',
    help: 'Changes of the configuration or the certificate that were taken over or refused.',
    labels: ['what', 'outcome'],
  })
  /** For whoever renders them. */
  readonly families: readonly MetricFamily[]
  readonly #now: () => Date
  #isConfigurationGood = true
  #certificateExpiry: () => Date | undefined = () => undefined
  #trustDataExpiries: () => readonly SoonestExpiry[] = () => []

  constructor({ version, now, typeOf }: MetricsOptions) {
    this.#now = now
    this.admissions = new AdmissionMetrics(typeOf)
    this.families = [
      ...this.admissions.families,
      this.#upstream,
      this.#upstreamSeconds,
      this.#upstreamActive,
      this.#upstreamWaiting,
      this.#shed,
      this.#cache,
      this.#joined,
      this.#alerts,
      this.#alertsWaiting,
      this.#reloads,
      ...this.#gauges(version),
    ]
  }

  /** A server was asked, or too many were waiting for it (outcome `shed`). */
  readonly countUpstream = ({ host, outcome, durationMs }: UpstreamCall): void => {
    if (outcome === 'shed') {
      this.#shed.add([host])
      return
    }
    this.#upstream.add([host, outcome])
    this.#upstreamSeconds.observe([host], durationMs / 1000)
  }

  /** A request waits or is with a server, until what is returned is called. */
  readonly beginUpstream = (host: string, state: 'waiting' | 'active'): (() => void) => {
    const levels = state === 'waiting' ? this.#upstreamWaiting : this.#upstreamActive
    levels.change(1, [host])
    return () => levels.change(-1, [host])
  }

  /** A verdict was looked for in a cache. */
  readonly countCache = (backend: 'memory' | 'redis', result: CacheResult): void =>
    this.#cache.add([backend, result])

  /** An image joined a validation that was under way. */
  readonly countJoined = (): void => this.#joined.add()

  /** An alert was sent or not. `receiver` names it, never its URL. */
  readonly countAlert = (receiver: string, outcome: AlertOutcome): void =>
    this.#alerts.add([receiver, outcome])

  /** An alert begins to wait, or waits no longer. */
  readonly changeWaitingAlerts = (receiver: string, by: 1 | -1): void =>
    this.#alertsWaiting.change(by, [receiver])

  /** Something changed and was taken over, or could not be used and what was there stays. */
  readonly countReload = (what: string, outcome: 'ok' | 'failed'): void => {
    this.#reloads.add([what, outcome])
    if (what === 'configuration') this.#isConfigurationGood = outcome === 'ok'
  }

  /** Says who knows when the certificate of the server ends. */
  setCertificateExpiry(read: () => Date | undefined): void {
    this.#certificateExpiry = read
  }

  /** Says who knows when verified trust data ends. */
  setTrustDataExpiries(read: () => readonly SoonestExpiry[]): void {
    this.#trustDataExpiries = read
  }

  #gauges(version: string): readonly Gauges[] {
    const secondsUntil = (date: Date) => (date.getTime() - this.#now().getTime()) / 1000
    return [
      new Gauges({
        name: 'connaisseur_config_last_reload_successful',
        help: '1 if the configuration in use is the one in the file, 0 if that was refused.',
        read: () => [{ labels: [], value: this.#isConfigurationGood ? 1 : 0 }],
      }),
      new Gauges({
        name: 'connaisseur_certificate_expires_in_seconds',
        help: 'Seconds until the certificate of the server expires.',
        read: () => {
          const date = this.#certificateExpiry()
          return date === undefined ? [] : [{ labels: [], value: secondsUntil(date) }]
        },
      }),
      new Gauges({
        name: 'connaisseur_trust_data_expires_in_seconds',
        help: 'Seconds until the first metadata expires, by kind of role.',
        labels: ['validator_name', 'role'],
        read: () =>
          this.#trustDataExpiries().map(({ validator, kind, expires }) => ({
            labels: [validator, kind],
            value: secondsUntil(expires),
          })),
      }),
      new Gauges({
        name: 'connaisseur_build_info',
        help: 'Always 1; the labels say what runs.',
        labels: ['version', 'bun'],
        read: () => [{ labels: [version, Bun.version], value: 1 }],
      }),
    ]
  }
}
