import { parseDocument } from 'yaml'
import { isHostOf } from '../text/host.ts'
import { Secret } from '../text/secret.ts'
import type { Credentials } from './credentials.ts'
import type { Report } from './report.ts'
import { watchFile } from './watched-file.ts'

/** The keys of a `secret.yaml`. */
const SECRET_KEYS = ['username', 'password', 'registry']

/** Where a secret is and whom it is for. */
export interface SecretFileOptions {
  readonly secretsDir: string
  readonly secretName: string
  /** The URL of the server that asks, whose host the credentials have to be for. */
  readonly server: string
  readonly report: Report
}

/**
 * Watches the credentials of a secret: `<secretsDir>/<secretName>/secret.yaml` or, where that is
 * missing, `.dockerconfigjson`. Throws an `Error` unless they are there and for this host.
 */
export function watchSecret(options: SecretFileOptions): () => Credentials {
  const { secretsDir, secretName, server, report } = options
  const folder = `${secretsDir}/${secretName}`
  return watchFile({
    what: `secret ${secretName}`,
    files: [`${folder}/secret.yaml`, `${folder}/.dockerconfigjson`],
    parse: (text, file) =>
      file.endsWith('.yaml') ? parseSecretYaml(text, server) : parseDockerConfig(text, server),
    report,
  })
}

/** Reads `username`, `password` and perhaps `registry`. Throws a `SyntaxError`. */
function parseSecretYaml(text: string, server: string): Credentials {
  const document = parseDocument(text, { version: '1.2', schema: 'failsafe', merge: false })
  if (document.errors.length > 0) throw new SyntaxError('it is not YAML')
  const data = toRecord(document.toJS({ maxAliasCount: 0 }), 'it')
  const unknown = Object.keys(data).find((key) => !SECRET_KEYS.includes(key))
  if (unknown !== undefined) {
    throw new SyntaxError('it holds another key than username, password and registry')
  }
  const { registry } = data
  if (registry !== undefined && !isHostOf(readText(registry, 'registry'), server)) {
    throw new SyntaxError(`its registry is not ${new URL(server).host}`)
  }
  return {
    username: readText(data['username'], 'username'),
    password: new Secret(readText(data['password'], 'password')),
  }
}

/** Reads what `docker login` writes. Throws a `SyntaxError`. */
function parseDockerConfig(text: string, server: string): Credentials {
  const { auths } = toRecord(parseJson(text), 'it')
  const entries = Object.entries(toRecord(auths, '"auths"'))
  const { host } = new URL(server)
  const own = entries.find(([key]) => isHostOf(hostOf(key), server))
  if (own === undefined) throw new SyntaxError(`it has no credentials for ${host}`)
  const entry = toRecord(own[1], `the entry of ${host}`)
  if (typeof entry['identitytoken'] === 'string' && entry['identitytoken'] !== '') {
    throw new SyntaxError('it holds an identity token, where a user and password are needed')
  }
  if (entry['auth'] === undefined) {
    return {
      username: readText(entry['username'], 'username'),
      password: new Secret(readText(entry['password'], 'password')),
    }
  }
  const decoded = Buffer.from(readText(entry['auth'], 'auth'), 'base64').toString('utf8')
  const colon = decoded.indexOf(':')
  if (colon < 1) throw new SyntaxError('"auth" is not the base64 of a user, a colon and a password')
  return {
    username: decoded.slice(0, colon),
    password: new Secret(readText(decoded.slice(colon + 1), 'password')),
  }
}

/** Keys are hosts, some with a scheme or a path as Docker writes them. */
function hostOf(key: string): string {
  return key.replace(/^https?:\/\//, '').replace(/\/.*$/, '')
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
