import { createHash } from 'node:crypto'
import { toPublicKeyPem } from '../key-pair.ts'
import { canonicalJson } from './canonical-json.ts'
import { type Forgeries, type Forgery, forge } from './forgery.ts'
import { createSigningKey, type KeyType, type SigningKey } from './key.ts'
import {
  type BaseRole,
  type DelegationRole,
  describeFile,
  describeTarget,
  type FileMeta,
  type RoleKeys,
  type RoleName,
  type RootSigned,
  type SignedCommon,
  type TargetsSigned,
} from './metadata.ts'

const BASE_ROLES: readonly BaseRole[] = ['root', 'targets', 'snapshot', 'timestamp']
const DAY_MS = 86_400_000
const YEAR_MS = 365 * DAY_MS

/** Notary's defaults (const.go of 0.7.0); delegations live as long as targets. */
const LIFETIMES_MS = {
  root: 10 * YEAR_MS,
  targets: 3 * YEAR_MS,
  snapshot: 3 * YEAR_MS,
  timestamp: 14 * DAY_MS,
} as const

/** The length that targets claim for their manifests, in bytes; nobody fetches them. */
const MANIFEST_BYTES = 1024

/** What a repository starts from. */
export interface RepositoryOptions {
  readonly gun: string
  /** The time of publications that name none. Default: when the repository was made. */
  readonly now?: Date
  /** Default ecdsa-x509 for root, ecdsa for the others, as the notary client has them. */
  readonly keyTypes?: Partial<Record<BaseRole, KeyType>>
  /** Instead of one fresh key of the role's type. */
  readonly keys?: Partial<Record<BaseRole, readonly SigningKey[]>>
  /** Default 1. */
  readonly thresholds?: Partial<Record<BaseRole, number>>
  /** Instead of Notary's lifetimes, counted from the publication. */
  readonly expires?: Readonly<Partial<Record<RoleName, Date>>>
}

/** Makes a repository with fresh keys, in which nothing is published yet. */
export async function createRepository(options: RepositoryOptions): Promise<Repository> {
  const { gun, keyTypes = {}, thresholds = {} } = options
  const repository = new Repository(gun, options.now ?? new Date())
  for (const role of BASE_ROLES) {
    const type = keyTypes[role] ?? (role === 'root' ? 'ecdsa-x509' : 'ecdsa')
    const keys = options.keys?.[role] ?? [await createSigningKey({ type, commonName: gun })]
    repository.keys.set(role, keys)
    repository.thresholds.set(role, thresholds[role] ?? 1)
  }
  for (const role of Object.keys(options.expires ?? {}) as RoleName[]) {
    const date = options.expires?.[role]
    if (date !== undefined) repository.expires.set(role, date)
  }
  return repository
}

/** A Notary repository with all of its private keys. What is public data here may be altered. */
export class Repository {
  /** What a server serves, by the last part of its URL: `root.json`, `1.root.json`, ... */
  readonly files = new Map<string, Uint8Array>()
  /** Other keys for `root` are a rotation: the next root is signed by the old ones as well. */
  readonly keys = new Map<RoleName, readonly SigningKey[]>()
  readonly thresholds = new Map<RoleName, number>()
  readonly expires = new Map<RoleName, Date>()
  /** The tags of each role that signs some; a delegation without an entry here has no file. */
  readonly targets = new Map<'targets' | DelegationRole, Map<string, FileMeta>>([
    ['targets', new Map()],
  ])
  readonly gun: string
  readonly #now: Date
  readonly #paths = new Map<DelegationRole, readonly string[]>()
  readonly #versions = new Map<RoleName, number>()
  readonly #metas = new Map<RoleName, FileMeta>()
  #lastRoot: { readonly keys: readonly SigningKey[]; readonly content: string } | undefined

  constructor(gun: string, now: Date) {
    this.gun = gun
    this.#now = now
  }

  /** The first root key as an operator pins it. */
  get rootPublicKeyPem(): string {
    return toPublicKeyPem(this.#firstRootKey().keyPair)
  }

  /** A certificate of the first root key; at a root of type `*-x509` the one in the root file. */
  get rootCertificatePem(): string {
    return this.#firstRootKey().certificatePem
  }

  /** Signs a tag; the digest is hex, `sha256:hex` or any image reference that ends with it. */
  addTarget(tag: string, digest: string, role: 'targets' | DelegationRole = 'targets'): void {
    const targets = this.targets.get(role) ?? new Map<string, FileMeta>()
    this.targets.set(role, targets.set(tag, describeTarget(digest, MANIFEST_BYTES)))
  }

  /** Takes a tag out of a role, which keeps its file. */
  removeTarget(tag: string, role: 'targets' | DelegationRole = 'targets'): void {
    this.targets.get(role)?.delete(tag)
  }

  /** Delegates to a role below `targets` or below another delegation. */
  async delegate(role: DelegationRole, options: Delegation = {}): Promise<void> {
    this.keys.set(role, options.keys ?? [await createSigningKey({ type: 'ecdsa-x509' })])
    this.thresholds.set(role, options.threshold ?? 1)
    this.#paths.set(role, options.paths ?? [''])
  }

  /** Takes a role from its parent's list. As at Notary its file stays served and in the snapshot. */
  undelegate(role: DelegationRole): void {
    this.#paths.delete(role)
  }

  /**
   * Signs every file anew, with the next version and a new expiry; the root only when its content
   * changed or is forged. A forgery lasts for one publication. Returns `files`.
   */
  publish(now = this.#now, forgeries: Forgeries = {}): ReadonlyMap<string, Uint8Array> {
    for (const role of Object.keys(forgeries) as RoleName[]) this.#requireFile(role)
    this.#publishRoot(now, forgeries.root)
    for (const [role, targets] of this.targets) {
      const body = { delegations: this.#delegations(role), targets: Object.fromEntries(targets) }
      this.#write(role, { ...this.#common(role, now), ...body }, forgeries[role])
    }
    const { snapshot: _, timestamp: __, ...meta } = Object.fromEntries(this.#metas)
    this.#write('snapshot', { ...this.#common('snapshot', now), meta }, forgeries.snapshot)
    const latest = { snapshot: this.#metas.get('snapshot') ?? describeFile(new Uint8Array()) }
    const timestamp = { ...this.#common('timestamp', now), meta: latest }
    this.#write('timestamp', timestamp, forgeries.timestamp)
    return this.files
  }

  #publishRoot(now: Date, forgery: Forgery<RootSigned> | undefined): void {
    const keys = Object.assign({}, ...BASE_ROLES.map((role) => this.#tufKeys(role)))
    const roles = Object.fromEntries(BASE_ROLES.map((role) => [role, this.#roleKeys(role)]))
    const body = { consistent_snapshot: false, keys, roles }
    const content = canonicalJson([body, this.expires.get('root')?.toISOString() ?? '']).toString()
    if (forgery === undefined && this.#lastRoot?.content === content) return
    const signers = new Set([...this.#keysOf('root'), ...(this.#lastRoot?.keys ?? [])])
    this.#write('root', { ...this.#common('root', now), ...body }, forgery, [...signers])
    this.#lastRoot = { keys: this.#keysOf('root'), content: forgery === undefined ? content : '' }
  }

  #write<Signed extends SignedCommon>(
    role: RoleName,
    signed: Signed,
    forgery: Forgery<Signed> | undefined,
    signers = this.#keysOf(role),
  ): void {
    const { promised, served } = forge(signed, signers, forgery)
    const hex = createHash('sha256').update(promised).digest('hex')
    this.#metas.set(role, describeFile(promised))
    this.#versions.set(role, signed.version)
    for (const name of [role, `${signed.version}.${role}`, `${role}.${hex}`]) {
      this.files.set(`${name}.json`, served)
    }
  }

  #common(role: RoleName, now: Date): SignedCommon {
    const base = role.startsWith('targets/') ? 'targets' : (role as BaseRole)
    const expires = this.expires.get(role) ?? new Date(now.getTime() + LIFETIMES_MS[base])
    return {
      _type: base.charAt(0).toUpperCase() + base.slice(1),
      expires: expires.toISOString(),
      version: (this.#versions.get(role) ?? 0) + 1,
    }
  }

  #delegations(parent: string): TargetsSigned['delegations'] {
    const children = [...this.#paths].filter(([role]) => parentOf(role) === parent)
    return {
      keys: Object.assign({}, ...children.map(([role]) => this.#tufKeys(role))),
      roles: children.map(([name, paths]) => ({ ...this.#roleKeys(name), name, paths })),
    }
  }

  #roleKeys(role: RoleName): RoleKeys {
    const keyids = this.#keysOf(role).map((key) => key.id)
    return { keyids, threshold: this.thresholds.get(role) ?? 1 }
  }

  #tufKeys(role: RoleName): RootSigned['keys'] {
    return Object.fromEntries(this.#keysOf(role).map((key) => [key.id, key.tufKey]))
  }

  #keysOf(role: RoleName): readonly SigningKey[] {
    const keys = this.keys.get(role)
    if (keys === undefined) throw new RangeError(`role ${role} has no keys, delegate to it first`)
    return keys
  }

  #firstRootKey(): SigningKey {
    const [key] = this.#keysOf('root')
    if (key === undefined) throw new RangeError('the root has no key')
    return key
  }

  /** So that a forgery with a misspelt role is noticed instead of testing an honest file. */
  #requireFile(role: RoleName): void {
    if (BASE_ROLES.some((base) => base === role)) return
    if (!this.targets.has(role as DelegationRole)) {
      throw new RangeError(`role ${role} signs no tag, so it has no file to forge`)
    }
  }
}

/** What a delegated role may sign, and who signs for it. */
export interface Delegation {
  /** Default one fresh ecdsa-x509 key. */
  readonly keys?: readonly SigningKey[]
  /** Prefixes of tags. Default all. */
  readonly paths?: readonly string[]
  /** Default 1. */
  readonly threshold?: number
}

function parentOf(role: string): string {
  return role.slice(0, role.lastIndexOf('/'))
}
