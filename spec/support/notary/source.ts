import type {
  Fetched,
  FetchLimits,
  NotarySource,
} from '../../../src/validators/notary-v1/source.ts'

/** One call of a source, as the last part of its URL. */
export interface SourceRequest extends FetchLimits {
  readonly gun: string
  readonly file: string
}

/** A source that remembers what it was asked for. */
export interface MemorySource extends NotarySource {
  readonly requests: readonly SourceRequest[]
}

/**
 * Serves the files of a repository from memory, by the last part of their URL. It keeps no cap:
 * what a server may send is the business of the client. An error in place of a file is what the
 * client rejects with.
 */
export function createMemorySource(
  files: ReadonlyMap<string, Uint8Array | Error | undefined>,
): MemorySource {
  const requests: SourceRequest[] = []
  const fetch = async (gun: string, file: string, limits: FetchLimits): Promise<Fetched> => {
    requests.push({ gun, file, ...limits })
    const found = files.get(file)
    if (found instanceof Error) throw found
    return found
  }
  return {
    requests,
    fetchNewest: (gun, role, limits) => fetch(gun, `${role}.json`, limits),
    fetchRoot: (gun, version, limits) => fetch(gun, `${version}.root.json`, limits),
    fetchByHash: (gun, role, sha256, limits) => fetch(gun, `${role}.${sha256}.json`, limits),
  }
}
