import { NotaryClient, type NotaryServer } from '../../src/clients/notary.ts'
import { TrustError } from '../../src/trust/errors.ts'
import { type EmbeddedNotary, type NotaryOptions, startNotary } from '../support/notary/server.ts'

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

/** How long a fetch goes on that names no deadline: enough to be tried again, in milliseconds. */
const PATIENCE_MS = 300

/** Fetches `root.json` within a short while, or until a deadline. */
export function fetchRoot(
  { cert, ...server }: NotaryServer & { readonly cert?: string },
  signal: AbortSignal = AbortSignal.timeout(PATIENCE_MS),
): Promise<Uint8Array | undefined> {
  const client = new NotaryClient({ ...server, ...(cert !== undefined && { ca: () => cert }) })
  return client.fetchNewest(GUN, 'root', { maxBytes: MAX_BYTES, signal })
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
