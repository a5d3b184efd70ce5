/** The registry of a name that has none. */
export const DEFAULT_REGISTRY = 'docker.io'

/** Where the default registry keeps the repositories of a single component. */
export const DEFAULT_NAMESPACE = 'library'

const LEGACY_DEFAULT_REGISTRY = 'index.docker.io'
const HOST_LABEL = /^[a-zA-Z0-9](?:[a-zA-Z0-9-]*[a-zA-Z0-9])?$/
const IPV6 = /^\[[0-9a-fA-F:]{2,45}\]$/
const PORT = /^[1-9][0-9]{0,4}$/
const MAX_PORT = 65_535

/** Tells whether the component before the first `/` names a registry, as the container runtimes do. */
export function isRegistry(component: string): boolean {
  return /[.:A-Z]/.test(component) || component === 'localhost'
}

/**
 * Lower-cases a registry and gives the default one its one name. Host names are case-insensitive:
 * kept as written, `EVIL.io` would slip past a rule for `evil.io`.
 */
export function normaliseRegistry(registry: string): string {
  const lower = registry.toLowerCase()
  return lower === LEGACY_DEFAULT_REGISTRY ? DEFAULT_REGISTRY : lower
}

/**
 * Gives a registry the one name that policies know it by: `r.io:443` is where `r.io` is, as 443 is the
 * port of whoever writes none. Not for asking it: Notary and credentials go by the name as it is written.
 */
export function nameForPolicy(registry: string): string {
  return normaliseRegistry(registry.replace(/:443$/, ''))
}

/**
 * Says what is wrong with a normalised registry, `host[:port]`, by the grammar of
 * distribution/reference 0.6.
 */
export function findRegistryFault(registry: string): string | undefined {
  const hostEnd = registry.startsWith('[') ? registry.indexOf(']') + 1 : registry.indexOf(':')
  const host = hostEnd < 0 ? registry : registry.slice(0, hostEnd)
  const port = hostEnd < 0 ? '' : registry.slice(hostEnd)
  if (!IPV6.test(host) && !host.split('.').every((label) => HOST_LABEL.test(label))) {
    return 'has a registry that is no host name'
  }
  if (port !== '' && !(port.startsWith(':') && isPort(port.slice(1)))) {
    return 'has a registry whose port is not a number from 1 to 65535'
  }
  if (!isRegistry(registry)) {
    // In lower case, `Acme/app` would be pulled as docker.io/acme/app, which is not what was verified.
    return 'has a registry that only an upper-case letter tells from a namespace of docker.io, write it in lower case with its port'
  }
  return undefined
}

/** A leading zero is refused: `:0443` would reach the host of a rule for `:443` and not match it. */
function isPort(text: string): boolean {
  return PORT.test(text) && Number(text) <= MAX_PORT
}
