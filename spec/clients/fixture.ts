import { NotaryClient, type NotaryServer } from '../../src/clients/notary.ts'
import { TrustError } from '../../src/trust/errors.ts'
import { type EmbeddedNotary, type NotaryOptions, startNotary } from '../support/notary/server.ts'
import { untilEnough } from '../support/patience.ts'

/** The repository that every server of these specs has. */
export const GUN = 'registry.example/acme/app'

/** What its `root.json` holds: some bytes, since a client does not look into them. */
export const BYTES = Buffer.from(JSON.stringify({ padding: 'x'.repeat(3000) }))

/** The cap of every fetch, in bytes. */
export const MAX_BYTES = 100_000

/** Starts a server with one repository. */
export function startServer(options: NotaryOptions = {}): EmbeddedNotary {
  const notary = startNotary(options)
  notary.repositories.set(GUN, { files: new Map([['root.json', BYTES]]) })
  return notary
}

/** Fetches `root.json` until the first failure that may pass, or until a deadline. */
export function fetchRoot(
  { cert, ...server }: NotaryServer & { readonly cert?: string },
  deadline?: AbortSignal,
): Promise<Uint8Array | undefined> {
  const client = new NotaryClient({ ...server, ...(cert !== undefined && { ca: () => cert }) })
  const fetch = (signal: AbortSignal) =>
    client.fetchNewest(GUN, 'root', { maxBytes: MAX_BYTES, signal })
  if (deadline !== undefined) return fetch(deadline)
  return untilEnough(() => client.lastFailure() !== undefined, fetch)
}

/** Resolves to the code and message of the `TrustError` that a promise has to reject with. */
export async function failureOf(work: Promise<unknown>): Promise<readonly [string, string]> {
  try {
    await work
  } catch (error) {
    if (error instanceof TrustError) return [error.code, error.message]
    throw error
  }
  throw new Error('nothing failed')
}
