import { quote } from '../text/quote.ts'
import { ClusterError } from './cluster-error.ts'

/** A kind of object, as its URL and its answers name it. */
export interface Resource {
  /** Empty for the core group. */
  readonly group: string
  readonly version: string
  readonly kind: string
  /** In lower case, as in URLs and RBAC rules. */
  readonly plural: string
  readonly namespaced: boolean
}

/** Which object of a resource. */
export interface ObjectName {
  readonly name: string
  /** For namespaced resources only. */
  readonly namespace?: string | undefined
}

/** Renders `apiVersion` as objects of the resource have it. */
export function apiVersionOf({ group, version }: Resource): string {
  return group === '' ? version : `${group}/${version}`
}

/** Renders a resource for people, as RBAC writes it: `deployments.apps`. */
export function renderResource({ plural, group }: Resource): string {
  return group === '' ? plural : `${plural}.${group}`
}

/**
 * Makes the URL of one object, or of all without a name. Names may come from an attacker, who must
 * not reach another path with them. Throws a `ClusterError` (`INVALID`) for one that no object has.
 */
export function urlOf(
  server: URL,
  resource: Resource,
  { name, namespace }: Partial<ObjectName>,
  query: Readonly<Record<string, string>> = {},
): URL {
  const { group, version, plural, namespaced } = resource
  if (namespaced && name !== undefined && namespace === undefined) {
    throw new ClusterError(
      'INVALID',
      `${renderResource(resource)} are in a namespace, none is named`,
    )
  }
  const path = [
    ...(group === '' ? ['api'] : ['apis', group]),
    version,
    ...(namespaced && namespace !== undefined ? ['namespaces', segment(namespace)] : []),
    plural,
    ...(name === undefined ? [] : [segment(name)]),
  ].join('/')
  const url = new URL(`${server.href.replace(/\/+$/, '')}/${path}`)
  for (const [key, value] of Object.entries(query)) url.searchParams.set(key, value)
  return url
}

/** The longest name of an object, in characters (apimachinery, DNS1123SubdomainMaxLength). */
const MAX_NAME_CHARACTERS = 253

/** What any name keeps to: IsValidPathSegmentName of apimachinery, and ASCII. */
function segment(name: string): string {
  const isPlain = /^[\w.:-]+$/.test(name) && name !== '.' && name !== '..'
  if (isPlain && name.length <= MAX_NAME_CHARACTERS) return encodeURIComponent(name)
  throw new ClusterError('INVALID', `${quote(name)} is not the name of an object`)
}
