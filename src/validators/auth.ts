import type { Secret } from '../text/secret.ts'

/** The `auth:` of a validator: where its credentials come from. */
export type AuthSettings = InlineCredentials | SecretName

/** Credentials in the configuration itself; environment references are already resolved. */
export interface InlineCredentials {
  readonly kind: 'inline'
  readonly username: string
  readonly password: Secret
  /** The host, with its port, that they are for. Default: the host of the validator. */
  readonly registry?: string
}

/** `<secrets-dir>/<secretName>/secret.yaml` or, where that is missing, `.dockerconfigjson`. */
export interface SecretName {
  readonly kind: 'secret'
  readonly secretName: string
}
