import { quote } from '../text/quote.ts'
import { type Digest, isDigest } from './digest.ts'
import { findUnprintable } from './printable.ts'
import {
  DEFAULT_NAMESPACE,
  DEFAULT_REGISTRY,
  findRegistryFault,
  isRegistry,
  normaliseRegistry,
} from './registry.ts'

/** An image name with its defaults filled in; the tag is absent only where a digest stands alone. */
export interface Reference {
  readonly registry: string
  readonly repository: string
  readonly tag?: string
  readonly digest?: Digest
}

/** Far above host, repository, tag and digest at their longest; bounds the work on hostile input. */
const MAX_CHARACTERS = 1024
/** RepositoryNameTotalLengthMax and the tag grammar of distribution/reference 0.6. */
const MAX_REPOSITORY_CHARACTERS = 255
const TAG = /^[A-Za-z0-9_][A-Za-z0-9_.-]{0,127}$/
const PATH_COMPONENT = /^[a-z0-9]+(?:(?:\.|__?|-+)[a-z0-9]+)*$/
/** With its algorithm, containerd takes the beginning of an id too (digestset.Lookup of go-digest). */
const IMAGE_ID = /^(?:[0-9a-f]{64}|sha256:[^/]*)$/

/**
 * Parses an image name as container runtimes read it (grammar of distribution/reference 0.6, with
 * sha256 as the only digest algorithm). The text may come from an attacker.
 *
 * @throws SyntaxError with a reason that a person can act on
 */
export function parseReference(text: string): Reference {
  const foreign = findForeignText(text)
  if (foreign !== undefined) {
    throw refusal(text, foreign)
  }
  const [name, digest] = cut(text, '@')
  const [registry, path] = splitRegistry(name)
  const [written, tag] = cut(path, ':')
  const isDefault = registry === DEFAULT_REGISTRY && !written.includes('/')
  const repository = isDefault ? `${DEFAULT_NAMESPACE}/${written}` : written
  const fault =
    findRegistryFault(registry) ??
    findRepositoryFault(written, repository) ??
    findTagFault(tag) ??
    findDigestFault(digest)
  if (fault !== undefined) {
    throw refusal(text, fault)
  }
  if (digest !== undefined && isDigest(digest)) {
    return { registry, repository, ...(tag === undefined ? {} : { tag }), digest }
  }
  return { registry, repository, tag: tag ?? 'latest' }
}

/** Renders the full form, `docker.io/library/nginx:1.27@sha256:...`. */
export function renderReference(reference: Reference): string {
  const tag = reference.tag === undefined ? '' : `:${reference.tag}`
  const digest = reference.digest === undefined ? '' : `@${reference.digest}`
  return `${repositoryName(reference)}${tag}${digest}`
}

/** Renders `registry/repository`, which is the GUN of Notary v1. */
export function repositoryName(reference: Reference): string {
  return `${reference.registry}/${reference.repository}`
}

/**
 * Adds a digest and keeps the tag, so that people can still read it.
 *
 * @throws RangeError if the reference is already pinned to another digest: `repo@D1` never becomes `repo@D2`
 */
export function pinReference(reference: Reference, digest: Digest): Reference {
  if (reference.digest !== undefined && reference.digest !== digest) {
    throw new RangeError(
      `image ${renderReference(reference)} is pinned already and cannot be pinned to ${digest}`,
    )
  }
  return { ...reference, digest }
}

function refusal(text: string, fault: string): SyntaxError {
  return new SyntaxError(`image reference ${quote(text)} ${fault}`)
}

function findForeignText(text: string): string | undefined {
  if (text === '') {
    return 'is empty'
  }
  if (text.length > MAX_CHARACTERS) {
    return `has ${text.length} characters, more than ${MAX_CHARACTERS}`
  }
  const unprintable = findUnprintable(text)
  if (unprintable !== undefined) {
    return `contains ${unprintable}`
  }
  if (text.includes('://')) {
    return 'starts with a scheme, leave it out'
  }
  if (IMAGE_ID.test(text)) {
    return 'is an image id to runtimes, which then run what the node has'
  }
  return undefined
}

function splitRegistry(name: string): readonly [registry: string, path: string] {
  const [first, rest] = cut(name, '/')
  return rest === undefined || !isRegistry(first)
    ? [DEFAULT_REGISTRY, name]
    : [normaliseRegistry(first), rest]
}

function findRepositoryFault(written: string, repository: string): string | undefined {
  if (written === '') {
    return 'has no repository'
  }
  if (repository.length > MAX_REPOSITORY_CHARACTERS) {
    return `has a repository of ${repository.length} characters, more than ${MAX_REPOSITORY_CHARACTERS}`
  }
  const bad = written.split('/').find((component) => !PATH_COMPONENT.test(component))
  return bad === undefined
    ? undefined
    : `has the repository component ${quote(bad)}, which is not lower-case letters and digits joined by ".", "_", "__" or "-"`
}

function findTagFault(tag: string | undefined): string | undefined {
  return tag === undefined || TAG.test(tag)
    ? undefined
    : `has the tag ${quote(tag)}, which is not 1 to 128 letters, digits, "_", "." or "-"`
}

function findDigestFault(digest: string | undefined): string | undefined {
  if (digest === undefined || isDigest(digest)) {
    return undefined
  }
  const [algorithm, hex] = cut(digest, ':')
  return hex === undefined || algorithm === 'sha256'
    ? `has the digest ${quote(digest)}, which is not "sha256:" and 64 lower-case hexadecimal digits`
    : `has a digest of the algorithm ${quote(algorithm)}, only sha256 is supported`
}

function cut(text: string, separator: string): readonly [string, string | undefined] {
  const at = text.indexOf(separator)
  return at < 0 ? [text, undefined] : [text.slice(0, at), text.slice(at + 1)]
}
