import { generateKeyPairSync } from 'node:crypto'
import { parseConfig } from '../../src/config/parse.ts'
import { ConfigError } from '../../src/config/problem.ts'

/** Lists the problems of a file as `line:column: what is wrong. What to write instead.` */
export function problemsOf(text: string): readonly string[] {
  try {
    parseConfig(text, 'file')
    return []
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error
    return error.message.split('\n').map((line) => line.replace(/^file:/, ''))
  }
}

/** Makes the PEM of a fresh public key on an elliptic curve. */
export function makePublicPem(namedCurve = 'P-256'): string {
  const { publicKey } = generateKeyPairSync('ec', { namedCurve })
  return publicKey.export({ format: 'pem', type: 'spki' }).toString().trim()
}

/** Indents every line of a text but the first, for a YAML block. */
export function indent(text: string, spaces: number): string {
  return text.replaceAll('\n', `\n${' '.repeat(spaces)}`)
}

/** A static validator named default on lines 1 to 4, and an empty line 5 where policy can begin. */
export const VALIDATORS = `validators:
  - name: default
    type: static
    approve: true
`

/** One rule, three lines with its key. */
export const POLICY = `policy:
  - pattern: "*:*"
`

/** The lines of a notaryv1 validator `notary`, its trust root `alice` on lines 6 to 8. */
export function makeNotary({ host = 'notary.example.com', pem = makePublicPem(), more = '' } = {}) {
  return `validators:
  - name: notary
    type: notaryv1
    host: ${host}
    trustRoots:
      - name: alice
        key: |
          ${indent(pem, 10)}
${more}`
}
