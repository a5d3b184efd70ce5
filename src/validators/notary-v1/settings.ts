import { type Static, Type } from '@sinclair/typebox'
import { quote } from '../../text/quote.ts'
import { type PublicKey, parsePublicKeyPem, readCertificateKey } from '../../trust/key.ts'
import { parsePem } from '../../trust/pem.ts'

const name = (description: string) => Type.String({ minLength: 1, description })

/** The section of a Notary v1 validator. */
export const NotaryV1Section = Type.Object(
  {
    name: name('the name by which rules refer to it'),
    type: Type.Literal('notaryv1'),
    host: Type.String({
      minLength: 1,
      description: 'the address of the Notary server, such as notary.example.com',
    }),
    cert: Type.Optional(
      Type.String({ minLength: 1, description: 'PEM of the CA certificates of the host' }),
    ),
    required: Type.Optional(
      Type.Boolean({ description: 'true if the program is not ready without the server' }),
    ),
    trustRoots: Type.Array(
      Type.Object(
        {
          name: name('the name by which rules refer to it'),
          key: Type.String({ minLength: 1, description: 'PEM of the public root key' }),
        },
        { additionalProperties: false },
      ),
      { minItems: 1, description: 'a list of public root keys, each with name and key' },
    ),
  },
  { additionalProperties: false, title: 'a notaryv1 validator' },
)

/** The `with:` of a rule whose validator is of type notaryv1. */
export const NotaryV1Options = Type.Object(
  {
    trustRoot: Type.Optional(
      name('the name of a trust root of the validator, or "*" for all of them'),
    ),
    mode: Type.Optional(
      Type.Union([Type.Literal('mutate'), Type.Literal('insecureValidateOnly')], {
        default: 'mutate',
        description: 'insecureValidateOnly to verify without pinning the digest',
      }),
    ),
  },
  { additionalProperties: false, title: 'the options of a notaryv1 validator' },
)

/** A public root key under the name that rules use. */
export interface NotaryV1TrustRoot {
  readonly name: string
  readonly key: PublicKey
}

/** Settings of a Notary v1 validator. */
export interface NotaryV1Settings {
  readonly type: 'notaryv1'
  readonly name: string
  /** `https://` or `http://`, host, port, path prefix; without a slash at the end. */
  readonly host: string
  /** PEM of one or several CA certificates; absent: the CAs of the system. */
  readonly cert?: string
  /** At least one; names and keys are distinct. */
  readonly trustRoots: readonly NotaryV1TrustRoot[]
}

/** Receives what is wrong with the value at a path inside the section. */
export type Report = (path: readonly string[], message: string, fix: string) => void

/** A section in which anything may be missing or misshapen: the schema's findings cover that. */
type Draft = { readonly [K in keyof Static<typeof NotaryV1Section>]?: unknown }

/**
 * Parses a section as far as it is well-shaped, so that all problems are found at once. Undefined
 * if anything is wrong: it has been reported here, or the schema finds it.
 */
export function parseNotaryV1(section: Draft, report: Report): NotaryV1Settings | undefined {
  const { name } = section
  const host = attempt(section.host, parseHost, (why) =>
    report(
      ['host'],
      `"host" is not a usable address: ${why}.`,
      'Write host: notary.example.com, with http:// before it only for a server without TLS.',
    ),
  )
  const cert = attempt(section.cert, parseCaPem, (why) =>
    report(
      ['cert'],
      `"cert" is not a usable CA: ${why}.`,
      'Write the CA certificates of the host as PEM, each from BEGIN to END CERTIFICATE.',
    ),
  )
  const trustRoots = parseTrustRoots(section.trustRoots, report)
  if (typeof name !== 'string' || host === undefined || trustRoots === undefined) return undefined
  if (section.cert === undefined) return { type: 'notaryv1', name, host, trustRoots }
  return cert === undefined ? undefined : { type: 'notaryv1', name, host, cert, trustRoots }
}

function attempt<T>(
  value: unknown,
  parse: (text: string) => T,
  refuse: (why: string) => void,
): T | undefined {
  if (typeof value !== 'string' || value === '') return undefined
  try {
    return parse(value)
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error
    refuse(error.message)
    return undefined
  }
}

/** The messages never repeat the text: it may hold a password. */
function parseHost(text: string): string {
  if (/[\s\\]/.test(text)) throw new SyntaxError('it holds white space or a backslash')
  if (text.includes('@')) throw new SyntaxError('it holds user information')
  if (/[?#]/.test(text)) throw new SyntaxError('it holds a query or a fragment')
  const scheme = /^([^/]*):\/\//.exec(text)?.[1]?.toLowerCase()
  if (scheme !== undefined && scheme !== 'https' && scheme !== 'http') {
    throw new SyntaxError('its scheme is neither https nor http')
  }
  const url = URL.parse(scheme === undefined ? `https://${text}` : text)
  // URL takes "*" and the like for a host, which no server has.
  if (url === null || !/^(?:[a-z0-9._-]+|\[[0-9a-f:.]+\])$/.test(url.hostname)) {
    throw new SyntaxError('it is no host name with an optional port and path')
  }
  return `${url.protocol}//${url.host}${url.pathname.replace(/\/+$/, '')}`
}

function parseCaPem(text: string): string {
  for (const { label, der } of parsePem(text)) {
    if (label.endsWith('PRIVATE KEY')) {
      throw new SyntaxError('a private key where a certificate belongs')
    }
    if (label !== 'CERTIFICATE') {
      throw new SyntaxError(`a ${label} block where a CERTIFICATE is expected`)
    }
    readCertificateKey(der)
  }
  return text
}

function parseTrustRoots(list: unknown, report: Report): readonly NotaryV1TrustRoot[] | undefined {
  if (!Array.isArray(list)) return undefined
  const roots: NotaryV1TrustRoot[] = []
  const names = new Set<string>()
  const nameOfKey = new Map<string, string>()
  for (const [index, item] of list.entries()) {
    const at = ['trustRoots', String(index)]
    const { name, key: pem }: { name?: unknown; key?: unknown } = Object(item)
    if (typeof name === 'string') checkName(name, names, [...at, 'name'], report)
    const key = attempt(pem, parsePublicKeyPem, (why) =>
      report(
        [...at, 'key'],
        `"key" is not a usable public key: ${why}.`,
        'Write the public root key of the publisher as PEM, or the certificate that holds it.',
      ),
    )
    if (typeof name !== 'string' || key === undefined) continue
    const twin = nameOfKey.get(key.identity)
    if (twin !== undefined) {
      // One signer under two names would count as two.
      report(
        [...at, 'key'],
        `the trust roots ${quote(twin)} and ${quote(name)} hold the same key.`,
        'Remove one of them.',
      )
    }
    nameOfKey.set(key.identity, name)
    roots.push({ name, key })
  }
  return roots.length === list.length ? roots : undefined
}

function checkName(name: string, names: Set<string>, at: readonly string[], report: Report): void {
  if (name === '*') {
    report(at, 'a trust root is named "*", which means every trust root.', 'Write another name.')
  }
  if (names.has(name)) {
    report(
      at,
      `the validator has two trust roots named ${quote(name)}.`,
      'Write another name for one of them.',
    )
  }
  names.add(name)
}
