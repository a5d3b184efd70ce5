import { quote } from '../../text/quote.ts'
import { type PublicKey, parsePublicKeyPem } from '../../trust/key.ts'
import { attempt, type Report } from '../settings-report.ts'
import { checkRootName } from '../trust-root-name.ts'

/** A public root key under the name that rules use. */
export interface NotaryV1TrustRoot {
  readonly name: string
  readonly key: PublicKey
}

/**
 * Parses a list of trust roots as far as it is well-shaped. Undefined if anything is wrong: it has
 * been reported, or the schema finds it.
 */
export function parseTrustRoots(
  list: unknown,
  report: Report,
): readonly NotaryV1TrustRoot[] | undefined {
  if (!Array.isArray(list)) return undefined
  const roots: NotaryV1TrustRoot[] = []
  const names = new Set<string>()
  const nameOfKey = new Map<string, string>()
  for (const [index, item] of list.entries()) {
    const at = ['trustRoots', String(index)]
    const { name, key: pem }: { name?: unknown; key?: unknown } = Object(item)
    if (typeof name === 'string') checkRootName(name, names, [...at, 'name'], report)
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
