import { isHostOf } from '../text/host.ts'
import type { Credentials } from './credentials.ts'

/** Credentials, and what they are for. */
export interface KeyringEntry {
  /** `host[:port]` */
  readonly host: string
  /** Below which repositories, without slashes at its ends; empty: all of the host. */
  readonly path: string
  readonly credentials: Credentials
}

/** The names that people and `docker login` have for Docker Hub, and the one host behind them. */
const DOCKER_HUB = ['docker.io', 'index.docker.io', 'registry-1.docker.io']
export const DOCKER_HUB_HOST = 'registry-1.docker.io'

/** Leads a key as old clients write it, such as `https://index.docker.io/v1/`. */
const API_VERSION = /^v[12](?:\/|$)/

/**
 * Splits what credentials are for, as Docker's configuration and people write it:
 * `[https://]host[:port][/path]`.
 */
export function parseKeyringTarget(text: string): Pick<KeyringEntry, 'host' | 'path'> {
  const [host = '', ...rest] = text.replace(/^https?:\/\//, '').split('/')
  const path = rest.filter((part) => part !== '').join('/')
  return { host: toServerHost(host), path: path.replace(API_VERSION, '') }
}

/** The host that answers for a registry's name. */
export function toServerHost(registry: string): string {
  return DOCKER_HUB.includes(registry.toLowerCase()) ? DOCKER_HUB_HOST : registry
}

/**
 * Finds the credentials for a repository of a server: those whose host is exactly the server's (the
 * port of the URL's scheme may be left out), and whose path is the longest above the repository.
 * Without a repository the path does not matter.
 */
export function findCredentials(
  entries: readonly KeyringEntry[],
  server: string,
  repository?: string,
): Credentials | undefined {
  const fitting = entries.filter(
    ({ host, path }) =>
      isHostOf(host, server) && (repository === undefined || isBelow(repository, path)),
  )
  return fitting.toSorted((a, b) => b.path.length - a.path.length)[0]?.credentials
}

function isBelow(repository: string, path: string): boolean {
  return path === '' || repository === path || repository.startsWith(`${path}/`)
}
