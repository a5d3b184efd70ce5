import type { Secret } from '../text/secret.ts'

/** A user of one server, and of the token endpoint that this server names. */
export interface Credentials {
  readonly username: string
  readonly password: Secret
}

/** Renders the `Authorization` header of RFC 7617. */
export function renderBasic({ username, password }: Credentials): string {
  return `Basic ${Buffer.from(`${username}:${password.reveal()}`).toString('base64')}`
}
