import { parseRfc3339 } from '../../text/rfc3339.ts'
import type { RepositoryKey } from '../../trust/tuf/key.ts'
import type { VerifiedMetadata } from './trust-data.ts'

/** The roles of one look that verified, by name. */
type Verified = ReadonlyMap<string, VerifiedMetadata>

/** Tells when the metadata of each role expires. */
export function readExpiries(verified: Verified) {
  return [...verified].flatMap(([role, { metadata }]) => {
    const expires = parseRfc3339(metadata.signed.expires)
    return expires === undefined ? [] : [{ role, version: metadata.signed.version, expires }]
  })
}

/** Tells when the certificates of the root keys end that are valid still; others prove nothing. */
export function certificateEnds(verified: Verified, now: Date): readonly Date[] {
  const keys = verified.get('root')?.signers.keys ?? new Map<string, RepositoryKey>()
  return [...keys.values()].flatMap(({ certificate }) => {
    const end = new Date(certificate?.validTo ?? Number.NaN)
    return end > now ? [end] : []
  })
}
