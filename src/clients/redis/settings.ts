import { existsSync, readFileSync } from 'node:fs'
import { Secret } from '../../text/secret.ts'
import type { Environment } from '../../text/variables.ts'

/** Where the chart mounts the CA of its Redis. */
const DEFAULT_CA_FILE = '/app/redis-certs/tls.crt'

/** As long as 128 bits in hex. */
const MIN_KEY_CHARACTERS = 32

/** A Redis or Valkey that replicas share, and the key that proves what they wrote. */
export interface RedisSettings {
  readonly host: string
  readonly port: number
  readonly username: string
  readonly password?: Secret
  /** Absent: without TLS. */
  readonly tls?: RedisTls
  /** Authenticates entries; Redis does not have it. */
  readonly entryKey: Secret
}

/** PEM files, read at each connection, because certificates are renewed. */
export interface RedisTls {
  /** The system's CAs without it. */
  readonly caFile?: string
  readonly certFile?: string
  readonly keyFile?: string
}

/**
 * Reads the settings from the environment; nothing without `REDIS_HOST`. Throws an `Error` that names
 * the variable which cannot be used.
 */
export function readRedisSettings(environment: Environment): RedisSettings | undefined {
  const host = environment['REDIS_HOST']
  if (!host) return undefined
  if (!/^[A-Za-z0-9._:-]{1,255}$/.test(host)) throw new Error('REDIS_HOST is no host name')
  const password = environment['REDIS_PASSWORD']
  const tls = readTls(environment)
  return {
    host,
    port: readPort(environment['REDIS_PORT']),
    username: environment['REDIS_USERNAME'] || 'default',
    ...(password && { password: new Secret(password) }),
    ...(tls && { tls }),
    entryKey: readEntryKey(environment),
  }
}

/** TLS unless it is declined by name: verdicts need it less than the password does. */
function readTls(environment: Environment): RedisTls | undefined {
  const wanted = environment['REDIS_TLS'] || 'true'
  if (wanted !== 'true' && wanted !== 'false') throw new Error('REDIS_TLS is true or false')
  if (wanted === 'false') return undefined
  const caFile = readFileName(environment, 'REDIS_CA')
  const certFile = readFileName(environment, 'REDIS_CERT')
  const keyFile = readFileName(environment, 'REDIS_KEY')
  if ((certFile === undefined) !== (keyFile === undefined)) {
    throw new Error('REDIS_CERT and REDIS_KEY go together, one of them is missing')
  }
  const ca = caFile ?? (existsSync(DEFAULT_CA_FILE) ? DEFAULT_CA_FILE : undefined)
  return {
    ...(ca !== undefined && { caFile: ca }),
    ...(certFile !== undefined && { certFile }),
    ...(keyFile !== undefined && { keyFile }),
  }
}

/** Whoever can write to Redis could otherwise admit any image, so there is no way around it. */
function readEntryKey(environment: Environment): Secret {
  const file = readFileName(environment, 'CACHE_KEY_FILE')
  const text = file === undefined ? environment['CACHE_KEY'] : readText(file, 'CACHE_KEY_FILE')
  const key = text?.trim() ?? ''
  if (key === '') {
    throw new Error(
      'REDIS_HOST needs CACHE_KEY or CACHE_KEY_FILE, a secret that Redis does not have and all replicas share: without it, whoever can write to Redis could admit an image',
    )
  }
  if (key.length < MIN_KEY_CHARACTERS) {
    throw new Error(`the cache key has less than ${MIN_KEY_CHARACTERS} characters`)
  }
  return new Secret(key)
}

function readPort(text: string | undefined): number {
  const port = text ? Number(text) : 6379
  if (Number.isInteger(port) && port > 0 && port < 65536) return port
  throw new Error('REDIS_PORT is no port')
}

function readFileName(environment: Environment, name: string): string | undefined {
  const file = environment[name]
  if (!file) return undefined
  readText(file, name)
  return file
}

function readText(file: string, name: string): string {
  try {
    return readFileSync(file, 'utf8')
  } catch (cause) {
    const code = cause instanceof Error && 'code' in cause ? cause.code : 'unknown failure'
    throw new Error(`${name}: ${file} cannot be read (${code})`, { cause })
  }
}
