import type { Log } from './log.ts'

/** Repositories whose freshness is remembered; the ones not verified for longest go. */
const MAX_REPOSITORIES = 10_000

/** How long after its last verification a role is told of, in milliseconds: it may be gone. */
const KEEP_MS = 7 * 24 * 60 * 60 * 1000

const DAY_MS = 24 * 60 * 60 * 1000

/** A repository whose trust data was verified, as the port of its validator has it. */
interface VerifiedRepository {
  readonly validator: string
  readonly gun: string
  readonly roles: readonly VerifiedRole[]
  readonly now: Date
}

interface VerifiedRole {
  readonly role: string
  readonly version: number
  readonly expires: Date
}

/** The kinds of roles that metrics tell apart; names of delegations would be too many. */
export type RoleKind = 'root' | 'timestamp' | 'snapshot' | 'targets' | 'delegation'

/** When the first metadata of a kind expires, among all repositories of a validator. */
export interface SoonestExpiry {
  readonly validator: string
  readonly kind: RoleKind
  readonly expires: Date
}

/** What the board is made of. */
export interface TrustDataBoardOptions {
  readonly log: Log
  /** From how many days before expiry a validator wants to be warned; 0 is never. */
  readonly warningDays: (validator: string) => number
}

interface Entry {
  readonly validator: string
  readonly roles: Map<string, Tracked>
}

interface Tracked {
  readonly version: number
  readonly expires: Date
  seenAt: number
  warnedAt?: number
}

/** Keeps in view how fresh verified trust data is, and warns in time of what is about to expire. */
export class TrustDataBoard {
  readonly #options: TrustDataBoardOptions
  readonly #entries = new Map<string, Entry>()
  #latest = 0

  constructor(options: TrustDataBoardOptions) {
    this.#options = options
  }

  /** Hears of every verification, so it does little where nothing has changed. */
  readonly observe = (repository: VerifiedRepository): void => {
    const nowMs = repository.now.getTime()
    this.#latest = Math.max(this.#latest, nowMs)
    const { roles } = this.#entryOf(repository)
    const news = repository.roles.filter((role) => track(roles, role, nowMs))
    if (news.length > 0) {
      dropUnseen(roles, nowMs)
      this.#tellVerified(repository, news)
    }
    this.#warn(repository, roles, nowMs)
  }

  /**
   * What metrics tell: the soonest expiry of each kind of role for each validator, of all that was
   * verified within the last week. It may be past: then nothing was verified since.
   */
  soonestExpiries(): readonly SoonestExpiry[] {
    const soonest = new Map<string, SoonestExpiry>()
    for (const { validator, roles } of this.#entries.values()) {
      for (const [role, { expires, seenAt }] of roles) {
        if (this.#latest - seenAt > KEEP_MS) continue
        const kind = kindOf(role)
        const key = `${kind} ${validator}`
        const first = soonest.get(key)?.expires
        if (first === undefined || expires < first) soonest.set(key, { validator, kind, expires })
      }
    }
    return [...soonest.values()]
  }

  #entryOf({ validator, gun }: VerifiedRepository): Entry {
    const key = `${gun} ${validator}`
    const entry = this.#entries.get(key) ?? { validator, roles: new Map() }
    this.#entries.delete(key)
    this.#entries.set(key, entry)
    const [oldest] = this.#entries.keys()
    if (this.#entries.size > MAX_REPOSITORIES && oldest !== undefined) this.#entries.delete(oldest)
    return entry
  }

  #tellVerified({ validator, gun }: VerifiedRepository, roles: readonly VerifiedRole[]): void {
    this.#options.log('info', 'trust data verified', {
      validator,
      gun,
      roles: roles.map(({ role, version, expires }) => ({ role, version, expires })),
    })
  }

  #warn({ validator, gun, roles }: VerifiedRepository, tracked: Entry['roles'], nowMs: number) {
    const warningMs = this.#options.warningDays(validator) * DAY_MS
    for (const { role, version, expires } of roles) {
      const state = tracked.get(role)
      if (state === undefined || expires.getTime() - nowMs >= warningMs || isByServer(role))
        continue
      if (state.warnedAt !== undefined && nowMs - state.warnedAt < DAY_MS) continue
      state.warnedAt = nowMs
      this.#options.log('warn', 'trust data expires soon', {
        validator,
        gun,
        role,
        version,
        expires,
        action: 'the publisher has to sign it anew',
      })
    }
  }
}

/** Notes that a role was verified; tells whether its metadata is another than before. */
function track(roles: Entry['roles'], { role, version, expires }: VerifiedRole, nowMs: number) {
  const state = roles.get(role)
  if (state?.version === version && state.expires.getTime() === expires.getTime()) {
    state.seenAt = nowMs
    return false
  }
  roles.set(role, { version, expires, seenAt: nowMs })
  return true
}

function dropUnseen(roles: Entry['roles'], nowMs: number): void {
  for (const [role, { seenAt }] of roles) if (nowMs - seenAt > KEEP_MS) roles.delete(role)
}

/** A Notary server signs these itself, whenever they are about to expire. */
function isByServer(role: string): boolean {
  return role === 'timestamp' || role === 'snapshot'
}

function kindOf(role: string): RoleKind {
  switch (role) {
    case 'root':
    case 'timestamp':
    case 'snapshot':
    case 'targets':
      return role
    default:
      return 'delegation'
  }
}
