import { createHash } from 'node:crypto'
import type { TufKey } from './key.ts'

/** The roles that every repository has. */
export type BaseRole = 'root' | 'targets' | 'snapshot' | 'timestamp'

/** A role below `targets`, such as `targets/releases`. */
export type DelegationRole = `targets/${string}`

/** Any role that has a file. */
export type RoleName = BaseRole | DelegationRole

/** Length and base64 hashes of a file or of a target. */
export interface FileMeta {
  readonly hashes: Readonly<Record<string, string>>
  readonly length: number
}

/** What every role's signed object has; `expires` is RFC 3339. */
export interface SignedCommon {
  readonly _type: string
  readonly expires: string
  readonly version: number
}

/** Who may sign a role, and how many of them must. */
export interface RoleKeys {
  readonly keyids: readonly string[]
  readonly threshold: number
}

/** The signed object of `root`. */
export interface RootSigned extends SignedCommon {
  readonly consistent_snapshot: boolean
  readonly keys: Readonly<Record<string, TufKey>>
  readonly roles: Readonly<Record<string, RoleKeys>>
}

/** One entry of a parent's list of delegations. */
export interface DelegatedRole extends RoleKeys {
  readonly name: string
  readonly paths: readonly string[]
}

/** The signed object of `targets` and of every delegation. */
export interface TargetsSigned extends SignedCommon {
  readonly delegations: {
    readonly keys: Readonly<Record<string, TufKey>>
    readonly roles: readonly DelegatedRole[]
  }
  readonly targets: Readonly<Record<string, FileMeta>>
}

/** The signed object of `snapshot` and of `timestamp`: bare role names, no versions. */
export interface MetaSigned extends SignedCommon {
  readonly meta: Readonly<Record<string, FileMeta>>
}

/** Describes the bytes of a metadata file as snapshot and timestamp list it. */
export function describeFile(bytes: Uint8Array): FileMeta {
  const hash = (algorithm: string) => createHash(algorithm).update(bytes).digest('base64')
  return { hashes: { sha256: hash('sha256'), sha512: hash('sha512') }, length: bytes.length }
}

/** Describes a target by what Docker signs of it: the digest and the length of its manifest. */
export function describeTarget(digest: string, length: number): FileMeta {
  const hex = /(?:^|sha256:)([0-9a-f]{64})$/.exec(digest)?.[1]
  if (hex === undefined) throw new SyntaxError(`${digest} does not end with a sha256 digest`)
  return { hashes: { sha256: Buffer.from(hex, 'hex').toString('base64') }, length }
}
