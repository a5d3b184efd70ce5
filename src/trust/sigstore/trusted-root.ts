import { createHash } from 'node:crypto'
import { type Static, type TSchema, Type } from '@sinclair/typebox'
import { parseRfc3339 } from '../../text/rfc3339.ts'
import { findMisfit } from '../json-shape.ts'
import { type PublicKey, readSpki } from '../key.ts'
import { parseStrictJson } from '../strict-json.ts'
import { parseCertificate } from './certificate.ts'
import { checkTrustedChain } from './certificate-chain.ts'
import type { Authority, Log, TrustMaterial, Validity } from './material.ts'
import { NonEmptyBase64, text, withoutNulls } from './read-json.ts'
import type { Witnessing } from './witness.ts'

/** Sigstore's public-good root has about five of each. */
const MAX_ENTRIES = 64

const ValiditySchema = Type.Object({ start: text(), end: Type.Optional(text()) })

const many = <Schema extends TSchema>(schema: Schema) =>
  Type.Optional(Type.Array(schema, { maxItems: MAX_ENTRIES }))

const LogSchema = Type.Object({
  baseUrl: text(),
  publicKey: Type.Object({ rawBytes: NonEmptyBase64, validFor: Type.Optional(ValiditySchema) }),
  logId: Type.Optional(Type.Object({ keyId: NonEmptyBase64 })),
  checkpointKeyId: Type.Optional(Type.Object({ keyId: NonEmptyBase64 })),
})

const AuthoritySchema = Type.Object({
  certChain: Type.Object({
    certificates: Type.Array(Type.Object({ rawBytes: NonEmptyBase64 }), {
      minItems: 1,
      maxItems: 8,
      description: 'a list of one to eight certificates',
    }),
  }),
  validFor: Type.Optional(ValiditySchema),
})

const TrustedRootSchema = Type.Object({
  mediaType: Type.String({
    pattern:
      '^application/vnd\\.dev\\.sigstore\\.trustedroot(?:\\+json;version=0\\.[12]|\\.v0\\.[12]\\+json)$',
    description: 'the media type of a trusted root, version 0.1 or 0.2',
  }),
  tlogs: many(LogSchema),
  certificateAuthorities: many(AuthoritySchema),
  ctlogs: many(LogSchema),
  timestampAuthorities: many(AuthoritySchema),
})

/**
 * Parses a `trusted_root.json`. `witnessing` is for its logs of Rekor v2, which are those that are named
 * otherwise than by the hash of their key. Throws a `SyntaxError` for an operator: also for a log or an
 * authority without a start of its validity, which would be trusted for all times.
 */
export function parseTrustedRoot(bytes: Uint8Array, witnessing?: Witnessing): TrustMaterial {
  const json = withoutNulls(parseStrictJson(bytes))
  const misfit = findMisfit(TrustedRootSchema, json)
  if (misfit !== undefined) throw new SyntaxError(misfit)
  const root = json as unknown as Static<typeof TrustedRootSchema>
  return {
    transparencyLogs: (root.tlogs ?? [])
      .flatMap(inPlace('tlogs', readLog))
      .map((log) => (log.origin === undefined ? log : { ...log, witnessing })),
    ctLogs: (root.ctlogs ?? []).flatMap(inPlace('ctlogs', readLog)),
    certificateAuthorities: (root.certificateAuthorities ?? []).map(
      inPlace('certificateAuthorities', (each) => readAuthority(each, 0)),
    ),
    timestampAuthorities: (root.timestampAuthorities ?? []).map(
      inPlace('timestampAuthorities', readTimestampAuthority),
    ),
  }
}

/** Lets the error of an entry say which it is. */
function inPlace<Entry, Read>(name: string, read: (entry: Entry) => Read) {
  return (entry: Entry, index: number): Read => {
    try {
      return read(entry)
    } catch (cause) {
      if (!(cause instanceof SyntaxError)) throw cause
      throw new SyntaxError(`${name}[${index}] has ${cause.message}`, { cause })
    }
  }
}

/**
 * A log with a key of a kind that is not known here is left out instead of refused: what it proves does
 * not count, and a root that gains such a log still serves for the others.
 */
function readLog(entry: Static<typeof LogSchema>): readonly Log[] {
  const { baseUrl, publicKey, logId, checkpointKeyId } = entry
  const ids = [logId, checkpointKeyId].flatMap((id) => (id ? [decode(id.keyId)] : []))
  if (ids.length === 0) throw new SyntaxError('neither logId nor checkpointKeyId')
  const validity = readValidity(publicKey.validFor)
  const spki = decode(publicKey.rawBytes)
  const key = readKnownKey(spki)
  if (key === undefined) return []
  const hash = createHash('sha256').update(spki).digest()
  const isNamedByKey = ids.some((id) => id.equals(hash))
  const origin = baseUrl.replace(/^[a-z]+:\/\//, '').replace(/\/$/, '')
  return [{ ...(isNamedByKey ? {} : { origin }), ids, key, validity }]
}

function readKnownKey(der: Buffer): PublicKey | undefined {
  try {
    return readSpki(der)
  } catch {
    return undefined
  }
}

function readAuthority(entry: Static<typeof AuthoritySchema>, leaves: 0 | 1): Authority {
  const validity = readValidity(entry.validFor)
  const chain = entry.certChain.certificates.map(({ rawBytes }) =>
    parseCertificate(decode(rawBytes)),
  )
  checkTrustedChain(chain, leaves)
  return { chain, validity }
}

/** Nobody could ever fulfil a rule by timestamps that cannot be verified. */
function readTimestampAuthority(entry: Static<typeof AuthoritySchema>): Authority {
  const authority = readAuthority(entry, 1)
  const type = authority.chain[0]?.key.type
  if (type === 'ecdsa' || type === 'rsa') return authority
  throw new SyntaxError(`a key of type ${type}, with which timestamps cannot be verified`)
}

function readValidity(validity: Static<typeof ValiditySchema> | undefined): Validity {
  if (!validity) throw new SyntaxError('no start of its validity, so it would be trusted for ever')
  return {
    start: readTime(validity.start),
    ...(validity.end ? { end: readTime(validity.end) } : {}),
  }
}

function readTime(written: string): Date {
  const time = parseRfc3339(written)
  if (time === undefined) throw new SyntaxError('a time that is none')
  return time
}

function decode(base64: string): Buffer {
  return Buffer.from(base64, 'base64')
}
