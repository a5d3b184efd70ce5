import { TrustError } from '../../trust/errors.ts'
import type { Metadata, MetadataKind } from '../../trust/tuf/metadata.ts'
import { parentOf } from '../../trust/tuf/role-name.ts'
import { verifyNeverSeen } from '../../trust/tuf/rollback.ts'
import type { RootAnchor } from '../../trust/tuf/root.ts'
import type { RootChain } from '../../trust/tuf/root-chain.ts'
import { findFile, listsFile } from '../../trust/tuf/snapshot.ts'
import { delegates, delegationsOf, readDelegation } from '../../trust/tuf/targets.ts'
import { readSigners, type Signers } from '../../trust/tuf/threshold.ts'
import type { TargetsRole, Trusted } from '../../trust/tuf/trusted.ts'
import {
  type Circumstances,
  verifyDelegation,
  verifyRoot,
  verifySnapshot,
  verifyTargets,
  verifyTimestamp,
} from '../../trust/tuf/verify.ts'
import type { Known } from './known.ts'
import type { RepositoryFiles } from './repository-files.ts'
import { anchorRoots, followRoots } from './root-walk.ts'

/** The delegation that Docker signs tags with, when a repository has it. */
const RELEASES = 'targets/releases'

/** How often a look begins anew because the publisher published in the midst of it. */
const MAX_ATTEMPTS = 3

/** What a repository is looked at for. */
export interface Question {
  readonly anchor: RootAnchor
  /** Full names of the delegations that have to sign; absent: `targets/releases`, then `targets`. */
  readonly delegations?: readonly string[]
  readonly now: Date
}

/** One verified role, for memory, freshness and people who ask why. */
export interface VerifiedMetadata {
  readonly metadata: Metadata
  readonly signers: Signers
}

/**
 * One look at a repository: fetches what is new of its trust data and verifies all of it from the
 * pinned root key down. What it found stays readable when it fails.
 */
export class Look {
  readonly files: RepositoryFiles
  readonly known: Known | undefined
  /** The roots that were followed last. */
  chain: RootChain | undefined
  /** The roles that verified, in the order of verification. */
  verified = new Map<string, VerifiedMetadata>()
  /** The role at hand. */
  step = 'timestamp'
  readonly #question: Question
  readonly #circumstances: Circumstances

  constructor(question: Question, files: RepositoryFiles, known: Known | undefined) {
    this.files = files
    this.known = known
    this.chain = known?.chain
    this.#question = question
    this.#circumstances = { now: question.now, seen: (role) => known?.seen.get(role) }
  }

  /**
   * Resolves to the roles that count: the named delegations, or `targets/releases` where it was ever
   * signed and `targets`. A role that does not verify is an error, never a reason to leave it out.
   */
  async readRoles(): Promise<readonly TargetsRole[]> {
    let timestamp = await this.files.timestamp()
    let chain = this.known?.chain ?? (await this.#anchor())
    for (let attempt = 1; ; attempt++) {
      this.chain = chain
      try {
        return await this.#verify(chain, timestamp)
      } catch (error) {
        if (!isInconsistent(error) || attempt === MAX_ATTEMPTS) throw error
        // The root may have a successor, or all of it may just have been published anew.
        const before = { timestamp, chain }
        timestamp = await this.files.timestamp()
        chain = await this.#follow(chain)
        if (timestamp === before.timestamp && chain === before.chain) throw error
      }
    }
  }

  #anchor(): Promise<RootChain> {
    this.step = 'root'
    return anchorRoots(this.files, this.#question.anchor)
  }

  async #follow(chain: RootChain): Promise<RootChain> {
    const { step } = this
    this.step = 'root'
    const followed = await followRoots(this.files, chain)
    this.step = step
    return followed
  }

  async #verify(
    chain: RootChain,
    timestampFile: Metadata<'timestamp'>,
  ): Promise<readonly TargetsRole[]> {
    this.verified = new Map()
    const { now } = this.#question
    const root = this.#note('root', chain.signers, () => verifyRoot(chain, now))
    const { roles, keys } = root.signed
    const timestamp = this.#note('timestamp', readSigners(roles.timestamp, keys), () =>
      verifyTimestamp(root, timestampFile, this.#circumstances),
    )
    this.step = 'snapshot'
    const { meta } = timestamp.signed
    const snapshotFile = await this.files.described('snapshot', 'snapshot', meta.snapshot)
    const snapshot = this.#note('snapshot', readSigners(roles.snapshot, keys), () =>
      verifySnapshot(root, timestamp, snapshotFile, this.#circumstances),
    )
    this.step = 'targets'
    const targetsFile = await this.#described(snapshot, 'targets')
    const targets = verifyTargets(root, snapshot, targetsFile, this.#circumstances)
    this.verified.set('targets', targets)
    return this.#readDelegations(targets, snapshot)
  }

  async #readDelegations(
    targets: TargetsRole,
    snapshot: Trusted<'snapshot'>,
  ): Promise<readonly TargetsRole[]> {
    const read = new Map([['targets', targets]])
    const { delegations } = this.#question
    if (delegations === undefined) {
      if (!delegates(targets, RELEASES)) return [targets]
      if (!this.#isSigned(targets, snapshot, RELEASES)) return [targets]
      return [await this.#readDelegation(RELEASES, read, snapshot), targets]
    }
    const roles: TargetsRole[] = []
    for (const name of delegations) roles.push(await this.#readDelegation(name, read, snapshot))
    return roles
  }

  /** Walks from the parent, which alone says who signs and for what. */
  async #readDelegation(
    name: string,
    read: Map<string, TargetsRole>,
    snapshot: Trusted<'snapshot'>,
  ): Promise<TargetsRole> {
    const known = read.get(name)
    if (known !== undefined) return known
    const parent = await this.#readDelegation(parentOf(name), read, snapshot)
    this.step = name
    if (!delegates(parent, name)) throw this.#noDelegation(parent, name)
    if (!this.#isSigned(parent, snapshot, name)) {
      throw new TrustError(
        'UNTRUSTED_NOT_SIGNED',
        `delegation ${name} of ${this.files.gun} has not signed anything yet`,
      )
    }
    const file = await this.#described(snapshot, name)
    const role = verifyDelegation(parent, snapshot, name, file, this.#circumstances)
    this.verified.set(name, role)
    read.set(name, role)
    return role
  }

  /** A role that was signed once cannot become one that never was. */
  #isSigned(parent: TargetsRole, snapshot: Trusted<'snapshot'>, name: string): boolean {
    if (listsFile(snapshot, name)) return true
    verifyNeverSeen(name, readDelegation(parent, name).signers, this.#circumstances.seen(name))
    return false
  }

  #described(snapshot: Trusted<'snapshot'>, role: string): Promise<Metadata<'targets'>> {
    return this.files.described('targets', role, findFile(snapshot, role))
  }

  #note<Kind extends MetadataKind>(
    role: string,
    signers: Signers,
    verify: () => Trusted<Kind>,
  ): Trusted<Kind> {
    this.step = role
    const metadata = verify()
    this.verified.set(role, { metadata, signers })
    return metadata
  }

  #noDelegation(parent: TargetsRole, name: string): TrustError {
    const names = delegationsOf(parent)
    const there = names.length === 0 ? 'none' : names.slice(0, MAX_NAMES).join(', ')
    return new TrustError(
      'UNTRUSTED_NO_DELEGATION',
      `${parent.name} of ${this.files.gun} has no delegation ${name}; there is ${there}`,
    )
  }
}

/** How many delegations a message lists. */
const MAX_NAMES = 20

/** What may be true of a repository only while somebody publishes, or because its root is new. */
function isInconsistent(error: unknown): boolean {
  if (!(error instanceof TrustError)) return false
  return error.code.startsWith('UNTRUSTED_') || error.code === 'UNAVAILABLE_METADATA'
}
