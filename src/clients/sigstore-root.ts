import { TrustError } from '../trust/errors.ts'
import type { Report } from './report.ts'
import type { Found } from './sigstore-repository.ts'
import type { SigstoreRootFiles } from './sigstore-root-files.ts'
import { Upstream } from './upstream.ts'
import type { UpstreamObserver } from './upstream-call.ts'

const HOUR_MS = 60 * 60 * 1000
/** Sigstore signs its timestamp anew every few days; keys change once in months. */
const REFRESH_EVERY_MS = 24 * HOUR_MS
/** After a refresh that failed. */
const RETRY_AFTER_MS = HOUR_MS / 4
/** So long a root counts that nobody could confirm: a month without its mirror is an outage. */
const MAX_STALE_MS = 30 * 24 * HOUR_MS
/** Seven small files. */
const REFRESH_WITHIN_MS = 60_000

/** What is built in: the root of the repository and the trusted root of that day. */
export interface SigstoreSeed {
  /** Ends with a slash. */
  readonly mirror: URL
  /** The metadata of the repository's root. */
  readonly root: Uint8Array
  readonly trustedRoot: Uint8Array
}

/** What a root source is made of. */
export interface SigstoreRootOptions {
  /** Told when first needed: it is large, and most configurations pin keys. */
  readonly seed: () => Promise<SigstoreSeed>
  /** Outlives the process; without it every process begins with what is built in. */
  readonly files?: SigstoreRootFiles | undefined
  readonly report: Report
  readonly observe?: UpstreamObserver | undefined
  /** The CA certificates of the mirror as PEM; the system's by default. */
  readonly ca?: string | undefined
  /** The wall clock. */
  readonly now?: () => Date
}

/**
 * The trusted root of a Sigstore repository: what is built in, refreshed over TUF once a day while it is
 * needed. A refresh runs beside what needs the root; one that fails keeps the last good root and is
 * reported, until that has not been confirmed for a month.
 */
export class SigstoreRoot {
  readonly #options: SigstoreRootOptions
  readonly #now: () => Date
  readonly #upstream: Upstream
  #seed: Promise<SigstoreSeed> | undefined
  #found: Found | undefined
  #loaded: Promise<void> | undefined
  #refreshing: Promise<void> | undefined
  #nextRefreshAt = 0
  /** Until when what is built in counts unconfirmed: as long as the root of its repository. */
  #builtInUntil = new Date(0)

  constructor(options: SigstoreRootOptions) {
    this.#options = options
    this.#now = options.now ?? (() => new Date())
    this.#upstream = new Upstream(() => options.ca, undefined, options.observe)
  }

  /**
   * Tells the bytes of the `trusted_root.json` that counts now, the same object until they change.
   * Rejects with `UNAVAILABLE_METADATA` if it could not be confirmed for too long.
   */
  async read(signal: AbortSignal): Promise<Uint8Array> {
    this.#seed ??= this.#options.seed()
    const seed = await this.#seed
    this.#loaded ??= this.#load(seed)
    await this.#loaded
    if (this.#now().getTime() >= this.#nextRefreshAt) this.#refreshing ??= this.#refresh(seed)
    if (this.#staleSince() !== undefined) await Promise.race([this.#refreshing, aborted(signal)])
    const since = this.#staleSince()
    if (since === undefined) return this.#found?.files.trustedRoot ?? seed.trustedRoot
    throw new TrustError(
      'UNAVAILABLE_METADATA',
      `the trusted root of Sigstore could not be refreshed from ${seed.mirror.host} since ` +
        `${since.toISOString()}; let that host be reached, or set trustedRoot`,
    )
  }

  /** Resolves when no refresh is under way. */
  async settled(): Promise<void> {
    await this.#refreshing
  }

  async #load(seed: SigstoreSeed): Promise<void> {
    const { files, report } = this.#options
    const { builtInUntil, verifyKept } = await import('./sigstore-repository.ts')
    this.#builtInUntil = builtInUntil(seed.root)
    try {
      const kept = await files?.read()
      if (kept === undefined) return
      this.#found = verifyKept(seed.root, kept)
      const age = this.#now().getTime() - kept.refreshedAt.getTime()
      if (age >= 0) this.#nextRefreshAt = kept.refreshedAt.getTime() + REFRESH_EVERY_MS
    } catch (error) {
      const problem = messageOf(error)
      report('kept trusted root of Sigstore cannot be used, the one that is built in counts', {
        problem,
      })
    }
  }

  async #refresh(seed: SigstoreSeed): Promise<void> {
    const now = this.#now()
    const { report } = this.#options
    try {
      const { fetchRepository } = await import('./sigstore-repository.ts')
      const signal = AbortSignal.timeout(REFRESH_WITHIN_MS)
      const known = { firstRoot: seed.root, found: this.#found }
      const asking = { upstream: this.#upstream, mirror: seed.mirror, signal, now }
      const found = await fetchRepository(known, asking)
      this.#found = found
      this.#nextRefreshAt = now.getTime() + REFRESH_EVERY_MS
      await this.#keep(found)
    } catch (error) {
      this.#nextRefreshAt = now.getTime() + RETRY_AFTER_MS
      const problem = messageOf(error)
      const lastRefresh = this.#found?.files.refreshedAt.toISOString() ?? 'never'
      report('trusted root of Sigstore cannot be refreshed, the last good one counts', {
        mirror: seed.mirror.host,
        problem,
        lastRefresh,
      })
    } finally {
      this.#refreshing = undefined
    }
  }

  async #keep({ files }: Found): Promise<void> {
    try {
      await this.#options.files?.write(files)
    } catch (error) {
      const problem = messageOf(error)
      this.#options.report('trusted root of Sigstore cannot be kept on disk', { problem })
    }
  }

  /** Since when nobody confirmed the root, if that is too long ago. */
  #staleSince(): Date | undefined {
    const now = this.#now().getTime()
    const confirmed = this.#found?.files.refreshedAt
    if (confirmed !== undefined) {
      return now - confirmed.getTime() > MAX_STALE_MS ? confirmed : undefined
    }
    return now > this.#builtInUntil.getTime() ? this.#builtInUntil : undefined
  }
}

function aborted(signal: AbortSignal): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>()
  if (signal.aborted) resolve()
  else signal.addEventListener('abort', () => resolve(), { once: true })
  return promise
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}
