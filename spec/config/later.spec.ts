import { describe, expect, test } from 'bun:test'
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
