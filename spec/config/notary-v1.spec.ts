import { describe, expect, test } from 'bun:test'
import { generateKeyPairSync } from 'node:crypto'
import { parseConfig } from '../../src/config/parse.ts'
import { indent, makeNotary, makePublicPem, problemsOf } from './fixture.ts'

const POLICY = 'policy:\n  - { pattern: "*:*", validator: notary, with: { trustRoot: alice } }\n'
const KEY_FIX =
  'Write the public root key of the publisher as PEM, or the certificate that holds it.'
const CA_FIX = 'Write the CA certificates of the host as PEM, each from BEGIN to END CERTIFICATE.'
const HOST_FIX =
  'Write host: notary.example.com, with http:// before it only for a server without TLS.'

/** A self-signed P-256 certificate, expiring 2054; made for these specs with openssl. */
const CERTIFICATE = `-----BEGIN CERTIFICATE-----
MIIBgTCCASegAwIBAgIUGmq5dZLlAKxJrg3tQ4sult2XOvYwCgYIKoZIzj0EAwIw
FTETMBEGA1UEAwwKY2EuZXhhbXBsZTAgFw0yNjExMjMwOTA4NDdaGA8yMDU0MDQx
MDA5MDg0N1owFTETMBEGA1UEAwwKY2EuZXhhbXBsZTBZMBMGByqGSM49AgEGCCqG
SM49AwEHA0IABOZTL8M/REF3uaeN+IwRCSDfuEWG/HcKV5irYuIE6vwwzlKbRVZL
zIaxHFtY+bW3KkkXW4s8JRpGc9VNQc3g51yjUzBRMB0GA1UdDgQWBBQmNtI5j82j
QIIKEWvIoepytZEfbDAfBgNVHSMEGDAWgBQmNtI5j82jQIIKEWvIoepytZEfbDAP
BgNVHRMBAf8EBTADAQH/MAoGCCqGSM49BAMCA0gAMEUCIE2oJcBCbcF9IsL6biQd
uypnRjBcc6pP9KqwWN1l7zQAAiEAjbb5Z66U9wJte5tOjjhuG2gqiasaTWx9G7wu
HEMgGeM=
-----END CERTIFICATE-----`

const PRIVATE = generateKeyPairSync('ec', { namedCurve: 'P-256' })
  .privateKey.export({ format: 'pem', type: 'pkcs8' })
  .toString()
  .trim()

function makeRsaPem(modulusLength: number): string {
  const { publicKey } = generateKeyPairSync('rsa', { modulusLength })
  return publicKey.export({ format: 'pem', type: 'spki' }).toString().trim()
}

function readNotary(text: string) {
  const [settings] = parseConfig(text + POLICY, 'file').validators
  if (settings?.type !== 'notaryv1') throw new TypeError('not a notaryv1 validator')
  return settings
}

describe('the key of a trust root', () => {
  test.each<[rule: string, pem: string, why: string]>([
    [
      'no PEM',
      'hello',
      'no PEM block, which starts with a line such as -----BEGIN PUBLIC KEY-----',
    ],
    ['a private key', PRIVATE, 'a private key where a public key belongs'],
    ['RSA under 2048 bits', makeRsaPem(1024), 'an RSA key of 1024 bits, at least 2048 are needed'],
    [
      'another curve',
      makePublicPem('P-224'),
      'an elliptic curve (secp224r1) other than P-256, P-384 and P-521',
    ],
    [
      'two keys',
      `${makePublicPem()}\n${makePublicPem()}`,
      'more than one PEM block where one public key is expected',
    ],
  ])('%s is refused', (_, pem, why) => {
    expect(problemsOf(makeNotary({ pem }) + POLICY)).toEqual([
      `7:14: "key" is not a usable public key: ${why}. ${KEY_FIX}`,
    ])
  })

  test('a certificate counts as its key', () => {
    const [root] = readNotary(makeNotary({ pem: CERTIFICATE })).trustRoots
    expect(root?.name).toBe('alice')
    expect(root?.key.type).toBe('ecdsa')
  })

  test('one key under two trust roots is refused: one signer would count twice', () => {
    const pem = makePublicPem()
    const more = `      - name: bob\n        key: |\n          ${indent(pem, 10)}\n`
    expect(problemsOf(makeNotary({ pem, more }) + POLICY)).toEqual([
      '13:14: the trust roots "alice" and "bob" hold the same key. Remove one of them.',
    ])
  })

  test.each([
    [
      'alice',
      'the validator has two trust roots named "alice". Write another name for one of them.',
    ],
    ['"*"', 'a trust root is named "*", which means every trust root. Write another name.'],
  ])('a second trust root may not be named %s', (name, problem) => {
    const more = `      - name: ${name}\n        key: |\n          ${indent(makePublicPem(), 10)}\n`
    expect(problemsOf(makeNotary({ more }) + POLICY)).toEqual([`12:15: ${problem}`])
  })
})

describe('host', () => {
  test.each([
    ['notary.example.com', 'https://notary.example.com'],
    ['notary.example.com:4443/', 'https://notary.example.com:4443'],
    ['https://Notary.Example.com/a/b//', 'https://notary.example.com/a/b'],
    ['http://127.0.0.1:4443', 'http://127.0.0.1:4443'],
    ['"[::1]:4443/notary"', 'https://[::1]:4443/notary'],
    ['HTTP://localhost', 'http://localhost'],
  ])('%s is %s', (host, url) => {
    expect(readNotary(makeNotary({ host })).host).toBe(url)
  })

  test.each([
    ['ftp://notary.example.com', 'its scheme is neither https nor http'],
    ['user:hunter2@notary.example.com', 'it holds user information'],
    ['"notary example"', 'it holds white space or a backslash'],
    ['notary.example.com\\a', 'it holds white space or a backslash'],
    ['notary.example.com?a=b', 'it holds a query or a fragment'],
    ['"notary.example.com#a"', 'it holds a query or a fragment'],
    ['notary.example.com:99999', 'it is no host name with an optional port and path'],
    ['"*.example.com"', 'it is no host name with an optional port and path'],
    ['https://', 'it is no host name with an optional port and path'],
  ])('%s is refused, and not repeated', (host, why) => {
    expect(problemsOf(makeNotary({ host }) + POLICY)).toEqual([
      `4:11: "host" is not a usable address: ${why}. ${HOST_FIX}`,
    ])
  })
})

describe('cert', () => {
  const withCert = (pem: string) => makeNotary({ more: `    cert: |\n      ${indent(pem, 6)}\n` })

  test('may hold several CA certificates', () => {
    const both = `${CERTIFICATE}\n${CERTIFICATE}`
    expect(readNotary(withCert(both)).cert).toBe(`${both}\n`)
  })

  test('is absent unless given', () => {
    expect(readNotary(makeNotary())).not.toHaveProperty('cert')
  })

  test.each<[rule: string, pem: string, why: string]>([
    ['a public key', makePublicPem(), 'a PUBLIC KEY block where a CERTIFICATE is expected'],
    [
      'a private key beside it',
      `${CERTIFICATE}\n${PRIVATE}`,
      'a private key where a certificate belongs',
    ],
    [
      'a cut certificate',
      '-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----',
      'a certificate that cannot be read',
    ],
  ])('%s is refused', (_, pem, why) => {
    expect(problemsOf(withCert(pem) + POLICY)).toEqual([
      `12:11: "cert" is not a usable CA: ${why}. ${CA_FIX}`,
    ])
  })
})

test('key material appears in no message', () => {
  const problems = problemsOf(makeNotary({ pem: `${PRIVATE}\n${PRIVATE}` }) + POLICY).join()
  const [, ...lines] = PRIVATE.split('\n')
  expect(problems).toStartWith('7:14:')
  expect(lines.slice(0, -1).filter((line) => problems.includes(line))).toEqual([])
})
