import { parseReference } from '../../image/reference.ts'
import { findRegistryFault, normaliseRegistry } from '../../image/registry.ts'

/** A repository of a registry. */
export interface Repository {
  readonly registry: string
  readonly repository: string
}

/** Parses the name of a repository, as an image name without tag and digest. Throws a `SyntaxError`. */
export function parseRepository(text: string): Repository {
  const last = text.slice(text.lastIndexOf('/'))
  if (last.includes(':') || last.includes('@')) throw new SyntaxError('it has a tag or a digest')
  const { registry, repository } = parseReference(text)
  return { registry, repository }
}

/** Parses `host[:port]`. Throws a `SyntaxError`. */
export function parseRegistryHost(text: string): string {
  const host = normaliseRegistry(text)
  const fault = findRegistryFault(host)
  if (fault !== undefined) throw new SyntaxError(`it ${fault}`)
  return host
}
