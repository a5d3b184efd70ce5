import { Type } from '@sinclair/typebox'
import { quote } from '../../text/quote.ts'
import { compileIdentity, type Identity } from '../../trust/sigstore/identity.ts'
import { parseSigningKey, type SigningKey } from '../../trust/sigstore/signing-key.ts'
import { attempt, type Report } from '../settings-report.ts'
import { checkRootName } from '../trust-root-name.ts'

const text = (description: string) => Type.String({ minLength: 1, description })

/** The section `trustRoots` of a cosign validator. */
export const TrustRootsSection = Type.Array(
  Type.Object(
    {
      name: text('the name by which rules refer to it'),
      key: Type.Optional(text('PEM of the public key')),
      cert: Type.Optional(text('PEM of the certificate of the key')),
      keyless: Type.Optional(
        Type.Object(
          {
            issuer: Type.Optional(text('the OIDC issuer')),
            issuerRegex: Type.Optional(text('an expression for the OIDC issuer')),
            subject: Type.Optional(text('the subject of the certificate')),
            subjectRegex: Type.Optional(text('an expression for the subject')),
          },
          {
            additionalProperties: false,
            title: 'a keyless trust root',
            description: 'issuer or issuerRegex, and subject or subjectRegex',
          },
        ),
      ),
    },
    { additionalProperties: false, title: 'a trust root' },
  ),
  { minItems: 1, description: 'a list of trust roots, each with name and key, cert or keyless' },
)

/** Whose signatures count, under the name that rules use. */
export type CosignTrustRoot = { readonly name: string } & (
  | { readonly kind: 'key'; readonly key: SigningKey }
  | { readonly kind: 'keyless'; readonly identity: Identity }
)

/** How a trust root says whose signatures count. */
const KINDS = ['key', 'cert', 'keyless'] as const

const KEY_FIX =
  'Write the public key as PEM, or the certificate that holds it; "cosign public-key" prints a key that is kept elsewhere.'

/**
 * Parses a list of trust roots as far as it is well-shaped. Undefined if anything is wrong: it has
 * been reported, or the schema finds it.
 */
export function parseTrustRoots(
  list: unknown,
  report: Report,
): readonly CosignTrustRoot[] | undefined {
  if (!Array.isArray(list)) return undefined
  const roots: CosignTrustRoot[] = []
  const names = new Set<string>()
  const nameOf = new Map<string, string>()
  for (const [index, item] of list.entries()) {
    const at = ['trustRoots', String(index)]
    const draft: Draft = Object(item)
    const { name } = draft
    if (typeof name === 'string') checkRootName(name, names, [...at, 'name'], report)
    const signer = parseSigner(draft, (path, message, fix) =>
      report([...at, ...path], message, fix),
    )
    if (typeof name !== 'string' || signer === undefined) continue
    const identity = identify(signer)
    const twin = nameOf.get(identity)
    if (twin !== undefined) {
      // One signer under two names would count as two.
      const what = signer.kind === 'key' ? 'key' : 'identity'
      const message = `the trust roots ${quote(twin)} and ${quote(name)} hold the same ${what}.`
      report(at, message, 'Remove one of them.')
    }
    nameOf.set(identity, name)
    roots.push({ name, ...signer })
  }
  return roots.length === list.length ? roots : undefined
}

interface Draft {
  readonly name?: unknown
  readonly key?: unknown
  readonly cert?: unknown
  readonly keyless?: unknown
}

type Signer =
  | { readonly kind: 'key'; readonly key: SigningKey }
  | { readonly kind: 'keyless'; readonly identity: Identity }

function parseSigner(draft: Draft, report: Report): Signer | undefined {
  const given = KINDS.filter((kind) => draft[kind] !== undefined)
  const [kind, second] = given
  if (kind === undefined || second !== undefined) {
    const what = kind === undefined ? 'none' : given.join(' and ')
    report([], `the trust root has ${what} of key, cert and keyless.`, 'Write exactly one of them.')
    return undefined
  }
  if (kind === 'keyless') return parseKeyless(draft.keyless, report)
  const parse = kind === 'cert' ? parseCertificateKey : parseSigningKey
  const key = attempt(draft[kind], parse, (why) =>
    report([kind], `"${kind}" is not a usable public key: ${why}.`, KEY_FIX),
  )
  return key === undefined ? undefined : { kind: 'key', key }
}

function parseCertificateKey(text: string): SigningKey {
  if (!text.includes('-----BEGIN CERTIFICATE-----')) throw new SyntaxError('no CERTIFICATE block')
  return parseSigningKey(text)
}

function parseKeyless(section: unknown, report: Report): Signer | undefined {
  if (typeof section !== 'object' || section === null || Array.isArray(section)) return undefined
  const members: Record<string, unknown> = { ...section }
  const names = ['issuer', 'issuerRegex', 'subject', 'subjectRegex']
  const isShaped = names.every((name) => ['string', 'undefined'].includes(typeof members[name]))
  if (!isShaped) return undefined
  try {
    return { kind: 'keyless', identity: compileIdentity(members) }
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error
    report(
      ['keyless'],
      `"keyless" is not usable: ${error.message}.`,
      'Write issuer or issuerRegex, and subject or subjectRegex; expressions have RE2 syntax and match the whole text.',
    )
    return undefined
  }
}

function identify(signer: Signer): string {
  return signer.kind === 'key' ? `key ${signer.key.identity}` : `as ${signer.identity.description}`
}
