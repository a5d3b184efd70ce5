import type { Secret } from '../text/secret.ts'

/** A user of one server, and of the token endpoint that this server names. */
export type Credentials = PasswordCredentials | IdentityToken

/** A user with a password. */
export interface PasswordCredentials {
  readonly username: string
  readonly password: Secret
}

/** A refresh token in place of a password, as `docker login` gets it from some registries. */
export interface IdentityToken {
  /** May be empty: the token says whose it is. */
  readonly username: string
  readonly identityToken: Secret
}

/** Renders the `Authorization` header of RFC 7617. */
export function renderBasic({ username, password }: PasswordCredentials): string {
  return `Basic ${Buffer.from(`${username}:${password.reveal()}`).toString('base64')}`
}
