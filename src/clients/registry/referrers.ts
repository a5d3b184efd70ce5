import type { Digest } from '../../image/digest.ts'
import { TrustError, type TrustErrorCode } from '../../trust/errors.ts'
import type { RegistryAnswer } from './host.ts'
import { type Descriptor, INDEX_TYPE, parseIndex } from './manifest.ts'

/** Pages that are read for one image; each may have hundreds of entries. */
const MAX_PAGES = 16
/** The longest address of a next page, in characters. */
const MAX_LINK = 2048

/** How registries answer that do not know the referrers API: not found, bad request, no such method. */
const NO_API: readonly number[] = [404, 400, 405, 406]

/** What is asked for. */
export interface ReferrersWish {
  readonly subject: Digest
  /** Tells which of the referrers are of use. */
  readonly isWanted: (referrer: Descriptor) => boolean
  /** How many of those are enough. */
  readonly max: number
  readonly signal: AbortSignal
}

/** What refers to a manifest. */
export interface Referrers {
  /** Those that are of use, each once. */
  readonly found: readonly Descriptor[]
  /** False where there are or may be more. */
  readonly complete: boolean
  readonly via: 'referrers API' | 'referrers tag'
}

/** One registry and repository. */
export interface ReferrersSource {
  /** Of the referrers API. */
  readonly url: URL
  readonly ask: (url: URL, accept: string) => Promise<RegistryAnswer>
  readonly fetchTagged: (tag: string) => Promise<{ readonly bytes: Uint8Array } | undefined>
  /** What is known of the API of the registry. */
  readonly api: { isMissing(): boolean; note(isThere: boolean): void }
}

/**
 * Lists the referrers of a manifest (OCI distribution 1.1, "listing referrers" and "referrers tag
 * schema"). Rejects with `UNAVAILABLE_*` where the list cannot be told, never with a shorter one, and
 * with `UNTRUSTED_MALFORMED_SIGNATURE` where the tag stands for something else than a list.
 */
export async function fetchReferrers(
  wish: ReferrersWish,
  source: ReferrersSource,
): Promise<Referrers> {
  const byTag = source.api.isMissing() ? await readTag(wish, source) : undefined
  // Where the registry has been taught the API since, the tag may lack what is new.
  if (byTag !== undefined && byTag.found.length > 0) return byTag
  const byApi = await readApi(wish, source)
  source.api.note(byApi !== undefined)
  return byApi ?? byTag ?? readTag(wish, source)
}

async function readApi(
  { isWanted, max }: ReferrersWish,
  { url: first, ask }: ReferrersSource,
): Promise<Referrers | undefined> {
  const found = new Map<string, Descriptor>()
  let url: URL | undefined = first
  for (let page = 0; url !== undefined && page < MAX_PAGES && found.size <= max; page++) {
    const answer = await ask(url, INDEX_TYPE)
    if (page === 0 && !knowsApi(answer)) return undefined
    if (answer.status !== 200) throw unlisted(answer.host, `HTTP ${answer.status}`)
    for (const referrer of readList(answer, answer.body, 'UNAVAILABLE_BODY')) {
      if (isWanted(referrer)) found.set(referrer.digest, referrer)
    }
    url = findNext(answer, url)
  }
  return toReferrers(found, max, url === undefined, 'referrers API')
}

/** A registry that answers every path, with a page for people perhaps, does not know it either. */
function knowsApi({ status, headers }: RegistryAnswer): boolean {
  if (status !== 200) return !NO_API.includes(status)
  return headers.get('content-type')?.split(';')[0]?.trim() === INDEX_TYPE
}

async function readTag(
  { subject, isWanted, max }: ReferrersWish,
  { url, fetchTagged }: ReferrersSource,
): Promise<Referrers> {
  const found = new Map<string, Descriptor>()
  const index = await fetchTagged(subject.replace(':', '-'))
  if (index !== undefined) {
    for (const referrer of readList(url, index.bytes, 'UNTRUSTED_MALFORMED_SIGNATURE')) {
      if (isWanted(referrer)) found.set(referrer.digest, referrer)
    }
  }
  return toReferrers(found, max, true, 'referrers tag')
}

function toReferrers(
  found: ReadonlyMap<string, Descriptor>,
  max: number,
  isWhole: boolean,
  via: Referrers['via'],
): Referrers {
  const all = [...found.values()]
  return { found: all.slice(0, max), complete: isWhole && all.length <= max, via }
}

function readList(
  { host }: { readonly host: string },
  bytes: Uint8Array,
  code: TrustErrorCode,
): readonly Descriptor[] {
  try {
    return parseIndex(bytes)
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error
    throw new TrustError(code, `what ${host} has for a list of referrers is none: ${error.message}`)
  }
}

/** Reads the `Link` to the next page (RFC 8288), which has to be on the same server. */
function findNext({ headers, host }: RegistryAnswer, from: URL): URL | undefined {
  const link = headers.get('link')
  if (link === null) return undefined
  const [, target] = /^\s*<([^<>]*)>\s*;\s*rel="?next"?\s*$/.exec(link.slice(0, MAX_LINK)) ?? []
  const next = target === undefined ? null : URL.parse(target, from.href)
  if (next === null || next.origin !== from.origin) {
    throw unlisted(host, 'an address of the next page that is not on it')
  }
  return next
}

function unlisted(host: string, what: string): TrustError {
  return new TrustError(
    'UNAVAILABLE_STATUS',
    `${host} answers a question for referrers with ${what}`,
  )
}
