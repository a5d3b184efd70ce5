import { describe, expect, test } from 'bun:test'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { type Static, Type } from '@sinclair/typebox'
import { Value } from '@sinclair/typebox/value'
import { parsePem } from '../../../src/trust/pem.ts'
import { parseCertificate } from '../../../src/trust/sigstore/certificate.ts'
import { verifyTimestamp } from '../../../src/trust/sigstore/timestamp.ts'
import { parseTrustedRoot } from '../../../src/trust/sigstore/trusted-root.ts'
import { toBytes } from '../../support/sigstore/bundle-json.ts'
import { outcomeOf } from '../outcome.ts'

const FOLDER = join(import.meta.dir, '../../vectors/timestamps')
const VectorFile = Type.Object({
  source: Type.String(),
  signature: Type.String(),
  timestamp: Type.String(),
  chain: Type.Array(Type.String()),
})

function readVector(name: string): Static<typeof VectorFile> {
  const json: unknown = JSON.parse(readFileSync(join(FOLDER, `${name}.json`), 'utf8'))
  if (!Value.Check(VectorFile, json)) throw new Error(`${name} is no vector`)
  return json
}

/** A trusted root with the authority of a vector alone. */
function trusting({ chain }: Static<typeof VectorFile>) {
  const ders = chain.flatMap((pem) => parsePem(pem).map(({ der }) => der))
  const start = ders.map((der) => parseCertificate(der).validity.start.toISOString()).sort()[0]
  const certificates = ders.map((der) => ({ rawBytes: der.toString('base64') }))
  const { timestampAuthorities } = parseTrustedRoot(
    toBytes({
      mediaType: 'application/vnd.dev.sigstore.trustedroot+json;version=0.1',
      timestampAuthorities: [{ certChain: { certificates }, validFor: { start } }],
    }),
  )
  return timestampAuthorities
}

test('a timestamp that is larger than any is not read', () => {
  const large = Buffer.alloc(16 * 1024 + 1)
  expect(outcomeOf(() => verifyTimestamp(large, Buffer.alloc(0), []))).toBe(
    'UNTRUSTED_TIMESTAMP: the timestamp does not count: it has more than 16384 bytes',
  )
})

const FORGED =
  'UNTRUSTED_TIMESTAMP: the timestamp does not count: it is not for this signature, or forged'

describe('a timestamp of an RSA authority, made by OpenSSL', () => {
  test.each(['rsa2048-sha256', 'rsa4096-sha512'])('%s counts, for its signature', (name) => {
    const vector = readVector(name)
    const stamp = Buffer.from(vector.timestamp, 'base64')
    const authorities = trusting(vector)
    const time = verifyTimestamp(stamp, Buffer.from(vector.signature), authorities)
    expect(time.getTime()).toBeGreaterThanOrEqual(authorities[0]?.validity.start.getTime() ?? 0)
    const other = Buffer.from('the signature of another image')
    expect(outcomeOf(() => verifyTimestamp(stamp, other, authorities))).toBe(FORGED)
  })

  test('is worth nothing from another key under the same names', () => {
    const vector = readVector('rsa4096-sha512')
    const stamp = Buffer.from(vector.timestamp, 'base64')
    const signature = Buffer.from(vector.signature)
    const stranger = trusting(readVector('rsa2048-sha256'))
    expect(outcomeOf(() => verifyTimestamp(stamp, signature, stranger))).toBe(FORGED)
  })

  test('is worth nothing with its signature changed', () => {
    const vector = readVector('rsa2048-sha256')
    const stamp = Buffer.from(vector.timestamp, 'base64')
    stamp[stamp.length - 1] = (stamp.at(-1) ?? 0) ^ 1
    const signature = Buffer.from(vector.signature)
    expect(outcomeOf(() => verifyTimestamp(stamp, signature, trusting(vector)))).toBe(FORGED)
  })
})
