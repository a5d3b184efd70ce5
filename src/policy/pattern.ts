import { isDigest } from '../image/digest.ts'
import { findUnprintable } from '../image/printable.ts'
import { DEFAULT_NAMESPACE, DEFAULT_REGISTRY, nameForPolicy } from '../image/registry.ts'
import { quote } from '../text/quote.ts'

/** The pattern of a rule, read once at start. `*` is any run of characters, `?` exactly one. */
export interface Pattern {
  readonly written: string
  /** As `renderReference` prints images: registry and `library/` filled in. Specificity is judged on it. */
  readonly completed: string
  /** `completed` split at `/`. */
  readonly components: readonly string[]
  /**
   * The last component taken apart. Without a tag and digest the pattern matches every tag and
   * digest, without a digest every digest: an image that we pinned keeps its rule.
   */
  readonly last: LastComponent
}

/** The parts of a pattern's last component, `name[:tag][@digest]`. */
export interface LastComponent {
  readonly name: string
  readonly tag?: string
  readonly digest?: string
}

const MAX_CHARACTERS = 512

/**
 * Parses a pattern and completes it as an image name is. What could never match is refused: a rule
 * that denies would be silently void.
 *
 * @throws SyntaxError with a reason that an operator can act on
 */
export function parsePattern(text: string): Pattern {
  const fault = findTextFault(text)
  if (fault !== undefined) {
    throw new SyntaxError(`pattern ${quote(text)} ${fault}`)
  }
  const completed = complete(text)
  const components = completed.split('/')
  const last = splitLast(completed.slice(completed.lastIndexOf('/') + 1))
  const shapeFault = findShapeFault(components, last)
  if (shapeFault !== undefined) {
    throw new SyntaxError(`pattern ${quote(text)} ${shapeFault}`)
  }
  return { written: text, completed, components, last }
}

function findTextFault(text: string): string | undefined {
  if (text === '') {
    return 'is empty, write "*:*" to match every image'
  }
  if (text.length > MAX_CHARACTERS) {
    return `has ${text.length} characters, more than ${MAX_CHARACTERS}`
  }
  const unprintable = findUnprintable(text)
  if (unprintable !== undefined) {
    return `contains ${unprintable}`
  }
  const bracket = /[[\]{}]/.exec(text)?.[0]
  if (bracket !== undefined) {
    return `contains ${quote(bracket)}, but only * and ? are wildcards: write one rule per alternative`
  }
  if (text.includes('://')) {
    return 'contains a scheme, leave it out'
  }
  if (/^[^/]*\*:443\//.test(text)) {
    // Without the port, as registries are known here, it would be a rule for every port.
    return 'has a wildcard before the port 443, which no name of a registry shows'
  }
  return undefined
}

/** Refuses what looks like a rule and could never match an image. */
function findShapeFault(components: readonly string[], last: LastComponent): string | undefined {
  if (last.name === '' || components.includes('')) {
    return 'has an empty component'
  }
  if (last.tag === '') {
    return 'has an empty tag, write ":*" to match every tag'
  }
  if (/[A-Z]/.test([...components.slice(0, -1), last.name].join('/'))) {
    return 'has an upper-case letter in its name, but repositories are lower-case'
  }
  if (last.digest !== undefined && !hasWildcard(last.digest) && !isDigest(last.digest)) {
    return `has the digest ${quote(last.digest)}, which is not "sha256:" and 64 lower-case hexadecimal digits`
  }
  return undefined
}

function complete(text: string): string {
  const slash = text.indexOf('/')
  if (slash < 0) {
    // A wildcard may stand for a registry: `*:*` is every image, `registry.example*` a whole registry.
    return hasWildcard(splitLast(text).name)
      ? text
      : `${DEFAULT_REGISTRY}/${DEFAULT_NAMESPACE}/${text}`
  }
  const first = text.slice(0, slash)
  if (!/[*?.:]/.test(first) && first !== 'localhost') {
    return `${DEFAULT_REGISTRY}/${text}`
  }
  const registry = nameForPolicy(first)
  const path = text.slice(slash + 1)
  const isOfficial =
    registry === DEFAULT_REGISTRY &&
    path !== '' &&
    !path.includes('/') &&
    !hasWildcard(splitLast(path).name)
  return isOfficial ? `${registry}/${DEFAULT_NAMESPACE}/${path}` : `${registry}/${path}`
}

function splitLast(component: string): LastComponent {
  const at = component.indexOf('@')
  const tagged = at < 0 ? component : component.slice(0, at)
  const colon = tagged.indexOf(':')
  return {
    name: colon < 0 ? tagged : tagged.slice(0, colon),
    ...(colon < 0 ? {} : { tag: tagged.slice(colon + 1) }),
    ...(at < 0 ? {} : { digest: component.slice(at + 1) }),
  }
}

function hasWildcard(text: string): boolean {
  return /[*?]/.test(text)
}
