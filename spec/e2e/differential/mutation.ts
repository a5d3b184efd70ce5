import type { Envelope } from '../../support/notary/envelope.ts'
import type { Forgeries } from '../../support/notary/forgery.ts'
import type { SigningKey } from '../../support/notary/key.ts'
import type { RoleName } from '../../support/notary/metadata.ts'
import type { Random } from '../../support/random.ts'
import type { Base } from './bases.ts'

/** What a mutation is made of. */
export interface Subject {
  readonly base: Base
  readonly role: RoleName
  readonly random: Random
  /** A key that the repository does not know. */
  readonly stranger: SigningKey
}

/** One way of altering a repository; its parameters come from the random numbers. */
export interface Mutation {
  readonly name: string
  /** The roles that it makes sense for; any by default. */
  readonly roles?: (role: RoleName) => boolean
  readonly forge: (subject: Subject) => Forgeries
}

/** A signed object while it is altered: anything may become of it. */
export type Signed = Record<string, unknown>

/** Alters what is signed; all signatures and hashes fit it. */
export function resigned(
  name: string,
  alter: (signed: Signed, subject: Subject) => void,
  roles?: Mutation['roles'],
): Mutation {
  return {
    name,
    ...(roles && { roles }),
    forge: (subject) => ({
      [subject.role]: {
        signed: (honest: object) => {
          const copy: Signed = structuredClone(honest) as Signed
          alter(copy, subject)
          return copy
        },
      },
    }),
  }
}

/** Alters a file after it was signed; the hashes in other metadata fit it. */
export function enveloped(
  name: string,
  alter: (envelope: Envelope, subject: Subject) => Envelope,
): Mutation {
  return {
    name,
    forge: (subject) => ({
      [subject.role]: { envelope: (envelope: Envelope) => alter(envelope, subject) },
    }),
  }
}

/** Alters the text of a file after it was signed; the hashes in other metadata fit it. */
export function rewritten(
  name: string,
  alter: (text: string, subject: Subject) => string,
  roles?: Mutation['roles'],
): Mutation {
  return {
    name,
    ...(roles && { roles }),
    forge: (subject) => ({
      [subject.role]: {
        bytes: (bytes: Uint8Array) => Buffer.from(alter(Buffer.from(bytes).toString(), subject)),
      },
    }),
  }
}

/** Alters what is served; nothing fits it. */
export function served(
  name: string,
  alter: (bytes: Buffer, subject: Subject) => Uint8Array,
): Mutation {
  return {
    name,
    forge: (subject) => ({
      [subject.role]: { served: (bytes: Uint8Array) => alter(Buffer.from(bytes), subject) },
    }),
  }
}
