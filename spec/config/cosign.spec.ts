import { describe, expect, test } from 'bun:test'
import { parseConfig } from '../../src/config/parse.ts'
import { formatProblem } from '../../src/config/problem.ts'
import { selfSignedCertificate } from '../support/certificate.ts'
import { createKeyPair, toPublicKeyPem } from '../support/key-pair.ts'
import { SpecWitness } from '../support/sigstore/witness.ts'
import { indent, makePublicPem, problemsOf } from './fixture.ts'

const PAIR = createKeyPair('p256')
const PEM = toPublicKeyPem(PAIR).trim()
const CERTIFICATE = (await selfSignedCertificate({ commonName: 'alice', keyPair: PAIR })).trim()

/** A validator with one trust root, on lines 1 to 5; `more` follows its key. */
function makeCosign({
  root = `key: |\n          ${indent(PEM, 10)}`,
  more = '',
  head = '',
  rule = '{ trustRoot: alice }',
} = {}) {
  return `validators:
  - name: signed
    type: cosign
    trustRoots:
      - name: alice
        ${root}
${more}${head}policy:
  - { pattern: "*:*", validator: signed, with: ${rule} }
`
}

const settingsOf = (text: string, environment = {}) => {
  const [settings] = parseConfig(text, 'file', environment).validators
  if (settings?.type !== 'cosign') throw new TypeError('not a cosign validator')
  return settings
}

/** What is wrong, without its place and its remedy. */
const whatIsWrong = (text: string) =>
  problemsOf(text).map((problem) => problem.replace(/^\d+:\d+: /, ''))

describe('a trust root', () => {
  test.each([
    ['a key', `key: |\n          ${indent(PEM, 10)}`],
    ['a certificate as key', `key: |\n          ${indent(CERTIFICATE, 10)}`],
    ['a certificate', `cert: |\n          ${indent(CERTIFICATE, 10)}`],
  ])('is %s', (_, root) => {
    expect(settingsOf(makeCosign({ root })).trustRoots).toMatchObject([
      { name: 'alice', kind: 'key', key: { type: 'ecdsa' } },
    ])
  })

  test('is an identity, exact or by an expression that has to match all of it', () => {
    const root = 'keyless: { issuer: "https://i.example", subjectRegex: "[a-z]+@x[.]example" }'
    const [alice] = settingsOf(makeCosign({ root })).trustRoots
    if (alice?.kind !== 'keyless') throw new TypeError('not keyless')
    expect(alice.identity.matchesIssuer('https://i.example')).toBe(true)
    expect(alice.identity.matchesIssuer('https://i.example/')).toBe(false)
    expect(alice.identity.matchesSubject('joe@x.example')).toBe(true)
    expect(alice.identity.matchesSubject('joe@x.example.evil')).toBe(false)
  })

  test.each<[string, string, string]>([
    ['nothing', 'keyless:', '"keyless" is empty.'],
    [
      'neither',
      '#',
      'the trust root has none of key, cert and keyless. Write exactly one of them.',
    ],
    [
      'two at once',
      `key: |\n          ${indent(PEM, 10)}\n        keyless: { issuer: a, subject: b }`,
      'the trust root has key and keyless of key, cert and keyless. Write exactly one of them.',
    ],
    ['a key that is kept elsewhere', 'key: awskms:///alias/x', '"cosign public-key" prints a key'],
    ['no certificate', `cert: |\n          ${indent(PEM, 10)}`, 'no CERTIFICATE block'],
    ['no subject', 'keyless: { issuer: a }', 'exactly one of subject and subjectRegex is needed'],
    [
      'two subjects',
      'keyless: { issuer: a, subject: b, subjectRegex: c }',
      'exactly one of subject',
    ],
    ['a bad expression', 'keyless: { issuer: a, subjectRegex: "(" }', 'subjectRegex is no regular'],
    [
      'an expression that explodes',
      'keyless: { issuer: a, subjectRegex: "((a{1,100}){1,100}){1,100}" }',
      'subjectRegex is no regular expression in RE2 syntax',
    ],
    ['an expression with a look back', 'keyless: { issuer: a, subjectRegex: "(a)\\\\1" }', 'RE2'],
  ])('is refused that is %s', (_, root, why) => {
    const problems = problemsOf(makeCosign({ root }))
    expect(problems.join('\n')).toContain(why)
  })

  test('is refused that is another one, by key or by identity: one signer would count twice', () => {
    const other = `      - name: again\n        cert: |\n          ${indent(CERTIFICATE, 10)}\n`
    expect(whatIsWrong(makeCosign({ more: other }))).toEqual([
      'the trust roots "alice" and "again" hold the same key. Remove one of them.',
    ])
    const root = 'keyless: { issuer: a, subject: b }'
    const more = '      - { name: again, keyless: { issuer: a, subject: b } }\n'
    expect(whatIsWrong(makeCosign({ root, more }))).toEqual([
      'the trust roots "alice" and "again" hold the same identity. Remove one of them.',
    ])
  })
})

describe('a rule', () => {
  const bob = `      - name: bob\n        key: |\n          ${indent(makePublicPem(), 10)}\n`
  const withRule = (rule: string) => makeCosign({ more: bob, rule })
  const optionsOf = (rule: string) => parseConfig(withRule(rule), 'file').policy[0]?.with

  test('wants log and promise unless it says otherwise', () => {
    expect(optionsOf('{ trustRoot: bob }')).toMatchObject({
      verifyInTransparencyLog: true,
      verifySCT: true,
    })
    const off = '{ trustRoot: bob, verifyInTransparencyLog: false, verifySCT: false }'
    expect(optionsOf(off)).toMatchObject({ verifyInTransparencyLog: false, verifySCT: false })
  })

  test('may want some of all trust roots', () => {
    const rule = '{ trustRoot: "*", threshold: 1, required: [bob] }'
    expect(optionsOf(rule)).toMatchObject({ threshold: 1, required: ['bob'] })
  })

  test.each([
    ['{ trustRoot: alice, threshold: 1 }', '"threshold" stands beside one trust root'],
    ['{ trustRoot: alice, required: [alice] }', '"required" stands beside one trust root'],
    ['{ trustRoot: "*", threshold: 3 }', '"threshold" is 3, but the validator has 2 trust roots.'],
    ['{ trustRoot: "*", threshold: 0 }', '"threshold" is 0. Write 1 or more.'],
    ['{ trustRoot: "*", required: [bop] }', 'the validator has no trust root "bop". Write "bob".'],
    ['{ trustRoot: "*", required: [] }', '"required" is empty.'],
    ['{ trustRoot: "*", delegations: [alice] }', 'unknown key "delegations"'],
    ['{ trustRoot: "*", verifyInTransparencyLog: "false" }', 'is a text, not true or false'],
    ['{ trustRoot: carol }', 'has no trust root "carol"'],
    ['{}', 'names no trust root and none of "signed" is named "default"'],
  ])('%s is refused', (rule, why) => {
    expect(problemsOf(withRule(rule)).join('\n')).toContain(why)
  })
})

describe('the validator', () => {
  const withHead = (head: string) =>
    makeCosign({ head: head.replace(/^/gm, '    ').trimEnd().concat('\n') })

  test('may have its signatures elsewhere, and registries without TLS', () => {
    const head = 'repository: Registry.example/sigs\ninsecureRegistries: [registry.local:5000]'
    expect(settingsOf(withHead(head))).toMatchObject({
      repository: { registry: 'registry.example', repository: 'sigs' },
      insecureRegistries: ['registry.local:5000'],
    })
  })

  test.each<[string, string]>([
    ['repository: registry.example/sigs:1', 'it has a tag or a digest'],
    ['repository: "https://registry.example/sigs"', 'starts with a scheme'],
    ['insecureRegistries: ["http://x"]', 'the registry is not usable'],
    ['trustedRoot: root.json', '"trustedRoot" is not usable: it is not absolute.'],
    ['trustedRoot: /x\nhost: { rekorPubkey: x }', '"trustedRoot" stands beside keys'],
    ['host: { rekorPubkey: x }', '"host" is not usable: rekorPubkey has no PEM block'],
    ['host: { fulcioCert: x }', 'fulcioCert has no PEM block'],
    ['cert: x', '"cert" is not a usable CA'],
    ['auth: { username: joe, password: x }', '"auth" does not say which registry it is for.'],
    ['auth: { useKeychain: true }', '"useKeychain" is not supported'],
    ['required: true', 'unknown key "required" in a cosign validator'],
  ])('%j is refused', (head, why) => {
    expect(problemsOf(withHead(head)).join('\n')).toContain(why)
  })

  test('hole 12: a password is hidden, and comes from the environment', () => {
    const head = `auth: { username: joe, password: "\${PASSWORD}", registry: registry.example/team }`
    const { auth } = settingsOf(withHead(head), { PASSWORD: 'hunter2' })
    expect(auth).toMatchObject({
      kind: 'inline',
      username: 'joe',
      registry: 'registry.example/team',
    })
    expect(JSON.stringify(auth)).not.toContain('hunter2')
    expect(Bun.inspect(auth)).not.toContain('hunter2')
  })

  test('is told that no log is asked', () => {
    const { warnings } = parseConfig(withHead('host: { rekor: "https://rekor.example" }'), 'f')
    expect(warnings.map((each) => formatProblem('f', each))).toEqual([
      expect.stringContaining(
        '"rekor" has no effect in this version yet. Remove it: log entries',
      ) as string,
    ])
  })
})

describe('the witnesses of a log', () => {
  const keyPair = createKeyPair('ed25519')
  const alice = new SpecWitness('alice.example', keyPair).verifierKey
  const bob = new SpecWitness('bob.example').verifierKey
  const again = new SpecWitness('alice.example').verifierKey
  const twin = new SpecWitness('twin.example', keyPair).verifierKey
  const withHost = (host: string) => makeCosign({ head: `    host: { ${host} }\n` })
  const witnessingOf = (host: string) => settingsOf(withHost(host)).witnessing

  test('all have to have cosigned, or as many as are said; keys of one name are one', () => {
    expect(witnessingOf(`rekorWitnesses: ["${alice}", "${bob}"]`)?.threshold).toBe(2)
    expect(witnessingOf(`rekorWitnesses: ["${alice}", "${again}"]`)?.threshold).toBe(1)
    const some = `rekorWitnesses: ["${alice}", "${bob}"], rekorWitnessThreshold: 1`
    expect(witnessingOf(some)?.threshold).toBe(1)
    expect(witnessingOf('rekor: "https://rekor.example"')).toBeUndefined()
  })

  test.each([
    ['rekorWitnesses: []', '"rekorWitnesses" is empty.'],
    ['rekorWitnesses: [witness.example]', 'the witness is not usable: it is no verifier key.'],
    ['rekorWitnessThreshold: 1', '"rekorWitnessThreshold" stands without "rekorWitnesses".'],
    [`rekorWitnesses: ["${alice}"], rekorWitnessThreshold: 0`, '"rekorWitnessThreshold" is 0.'],
    [
      `rekorWitnesses: ["${alice}", "${again}"], rekorWitnessThreshold: 2`,
      '"rekorWitnessThreshold" is 2, but there are 1 witnesses.',
    ],
    [
      `rekorWitnesses: ["${alice}", "${twin}"]`,
      'the witnesses "alice.example" and "twin.example" have the same key.',
    ],
    [
      `rekorWitnesses: ["${alice}"], rekorPubkey: ${JSON.stringify(PEM)}`,
      '"rekorWitnesses" stands beside "rekorPubkey"',
    ],
  ])('%j is refused', (host, why) => {
    expect(problemsOf(withHost(host)).join('\n')).toContain(why)
  })
})
