import { parseDocument } from 'yaml'
import { Secret } from '../text/secret.ts'
import type { Credentials } from './credentials.ts'
import { findCredentials, type KeyringEntry, parseKeyringTarget } from './keyring.ts'
import type { Report } from './report.ts'
import { watchFile } from './watched-file.ts'

/** The keys of a `secret.yaml`. */
const SECRET_KEYS = ['username', 'password', 'registry']

/** Where a secret is and whom it is for. */
export interface SecretFileOptions {
  readonly secretsDir: string
  readonly secretName: string
  /** What a `secret.yaml` without `registry` is for; without it the key has to be there. */
  readonly defaultHost?: string
  /** Throws a `SyntaxError` where what is in the secret is not what is needed. */
  readonly check?: (entries: readonly KeyringEntry[]) => void
  readonly report: Report
}

/**
 * Watches the credentials of a secret: `<secretsDir>/<secretName>/secret.yaml` or, where that is
 * missing, `.dockerconfigjson`. Throws an `Error` unless they are there and usable.
 */
export function watchSecret(options: SecretFileOptions): () => readonly KeyringEntry[] {
  const { secretsDir, secretName, defaultHost, check, report } = options
  const folder = `${secretsDir}/${secretName}`
  return watchFile({
    what: `secret ${secretName}`,
    files: [`${folder}/secret.yaml`, `${folder}/.dockerconfigjson`],
    parse(text, file) {
      const entries = file.endsWith('.yaml')
        ? [parseSecretYaml(text, defaultHost)]
        : parseDockerConfig(text)
      check?.(entries)
      return entries
    },
    report,
  })
}

/** Watches a secret that has to hold the credentials for this one server. */
export function watchServerSecret(
  options: Pick<SecretFileOptions, 'secretsDir' | 'secretName' | 'report'>,
  server: string,
): () => Credentials {
  const { host } = new URL(server)
  const find = (entries: readonly KeyringEntry[]): Credentials => {
    const found = findCredentials(entries, server)
    if (found === undefined) throw new SyntaxError(`it has no credentials for ${host}`)
    return found
  }
  const watched = watchSecret({ ...options, defaultHost: host, check: find })
  return () => find(watched())
}

/** Reads `username`, `password` and perhaps `registry`. Throws a `SyntaxError`. */
function parseSecretYaml(text: string, defaultHost: string | undefined): KeyringEntry {
  const document = parseDocument(text, { version: '1.2', schema: 'failsafe', merge: false })
  if (document.errors.length > 0) throw new SyntaxError('it is not YAML')
  const data = toRecord(document.toJS({ maxAliasCount: 0 }), 'it')
  const unknown = Object.keys(data).find((key) => !SECRET_KEYS.includes(key))
  if (unknown !== undefined) {
    throw new SyntaxError('it holds another key than username, password and registry')
  }
  const target = readText(data['registry'] ?? defaultHost, 'registry')
  return {
    ...parseKeyringTarget(target),
    credentials: {
      username: readText(data['username'], 'username'),
      password: new Secret(readText(data['password'], 'password')),
    },
  }
}

/** Reads what `docker login` writes. Throws a `SyntaxError`. */
function parseDockerConfig(text: string): readonly KeyringEntry[] {
  const { auths } = toRecord(parseJson(text), 'it')
  return Object.entries(toRecord(auths, '"auths"')).flatMap(([key, value]) => {
    const target = parseKeyringTarget(key)
    const entry = toRecord(value, `the entry of ${target.host}`)
    // What is left of a login whose password is in a credential store.
    if (Object.keys(entry).length === 0) return []
    return [{ ...target, credentials: parseDockerEntry(entry) }]
  })
}

function parseDockerEntry(entry: Readonly<Record<string, unknown>>): Credentials {
  const { username, password, auth, identitytoken } = entry
  if (identitytoken !== undefined && identitytoken !== '') {
    return {
      username: typeof username === 'string' ? username : '',
      identityToken: new Secret(readText(identitytoken, 'identitytoken')),
    }
  }
  if (auth === undefined) {
    return {
      username: readText(username, 'username'),
      password: new Secret(readText(password, 'password')),
    }
  }
  const decoded = Buffer.from(readText(auth, 'auth'), 'base64').toString('utf8')
  const colon = decoded.indexOf(':')
  if (colon < 1) throw new SyntaxError('"auth" is not the base64 of a user, a colon and a password')
  return {
    username: decoded.slice(0, colon),
    password: new Secret(readText(decoded.slice(colon + 1), 'password')),
  }
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    // The parser's message quotes the text.
    throw new SyntaxError('it is not JSON')
  }
}

function toRecord(value: unknown, what: string): Readonly<Record<string, unknown>> {
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return { ...value }
  throw new SyntaxError(`${what} is no object`)
}

function readText(value: unknown, key: string): string {
  if (typeof value === 'string' && value !== '') return value
  throw new SyntaxError(`"${key}" is missing or empty`)
}
