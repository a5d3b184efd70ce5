import { describe, expect, test } from 'bun:test'
import { parseConfig } from '../../src/config/parse.ts'
import { formatProblem } from '../../src/config/problem.ts'
import { makeNotary, POLICY, problemsOf } from './fixture.ts'

const RULE = `${POLICY}    validator: notary\n`

describe('what would weaken a verdict if it were ignored is refused', () => {
  test('validator type notation', () => {
    const text = `validators:\n  - name: default\n    type: notation\n    trustRoots: []\n${POLICY}    with: { threshold: 2 }\n`
    expect(problemsOf(text)).toEqual([
      '3:5: "type: notation" is not supported by this version yet. Use a validator of type cosign, notaryv1 or static.',
    ])
  })

  test('the keychain, with what to write instead', () => {
    const more = '    auth: { useKeychain: true }\n'
    expect(problemsOf(`${makeNotary({ more })}${RULE}    with: { trustRoot: alice }\n`)[0]).toBe(
      '12:13: "useKeychain" is not supported by this version yet. Write secretName: NAME, the name of a folder with secret.yaml or .dockerconfigjson.',
    )
  })
})

describe('what costs no safety if it is ignored is accepted with a warning', () => {
  test('the address of a log', () => {
    const text = `validators:
  - name: default
    type: cosign
    host: { rekor: https://rekor.example }
    trustRoots: [{ name: default, keyless: { issuer: https://issuer.example, subject: a@b.example } }]
${POLICY}`
    const { warnings } = parseConfig(text, 'f')
    expect(warnings.map((problem) => formatProblem('f', problem))).toEqual([
      'f:4:13: "rekor" has no effect in this version yet. Remove it: log entries come with the signatures, and no log is asked.',
    ])
  })
})
