import { afterEach, describe, expect, test } from 'bun:test'
import { sign } from 'node:crypto'
import { parseSigningKey } from '../../../src/trust/sigstore/signing-key.ts'
import { parseTrustedRoot } from '../../../src/trust/sigstore/trusted-root.ts'
import { parseWitness } from '../../../src/trust/sigstore/witness.ts'
import { createKeyPair, toPublicKeyPem } from '../../support/key-pair.ts'
import { toBytes } from '../../support/sigstore/bundle-json.ts'
import { SpecWitness } from '../../support/sigstore/witness.ts'
import { imageStatement } from '../../support/sigstore/world.ts'
import { refusalOf } from '../outcome.ts'
import { DIGEST, entryOf, honestBundle, keylessOutcome, keyOutcome, sigstore } from './fixture.ts'

const { rekorV2 } = sigstore
const alice = new SpecWitness('alice.example/w')
const bob = new SpecWitness('bob.example/w')

afterEach(() => {
  rekorV2.cosign = () => []
})

/** The Sigstore of these specs, whose log of Rekor v2 needs witnesses. */
function witnessed(witnesses: readonly SpecWitness[], threshold = witnesses.length) {
  const parsed = witnesses.map(({ verifierKey }) => parseWitness(verifierKey))
  const witnessing = { witnesses: parsed, threshold }
  return { material: parseTrustedRoot(toBytes(sigstore.trustedRoot), witnessing) }
}

/** Logs a signature under a checkpoint that alice and bob have to cosign, and verifies it. */
async function outcomeWith(cosign: (note: string) => readonly string[]): Promise<string> {
  rekorV2.cosign = cosign
  return keylessOutcome(await honestBundle('v2'), witnessed([alice, bob]))
}

const lacking = (count: number) =>
  `UNTRUSTED_LOG_ENTRY: the log entry does not count: it has a checkpoint with the cosignatures of ${count} witnesses instead of 2`

describe('a checkpoint of Rekor v2 whose witnesses are named', () => {
  test('counts if all of them cosigned it, whoever else did', async () => {
    const carol = new SpecWitness('carol.example/w')
    const namesake = new SpecWitness(alice.name)
    const all = [carol, bob, namesake, alice]
    expect(await outcomeWith((note) => all.map((each) => each.cosign(note)))).toBe('accepted')
  })

  test('is worth nothing if nobody cosigned it', async () => {
    expect(await outcomeWith(() => [])).toBe(lacking(0))
  })

  test('nor by a key, and without witnesses counts for both', async () => {
    const pair = createKeyPair('p256')
    const making = { payload: imageStatement(DIGEST), log: 'v2' } as const
    const bundle = await sigstore.signBundle(pair, making)
    const key = parseSigningKey(toPublicKeyPem(pair))
    expect(keyOutcome(bundle, key, witnessed([alice, bob]))).toBe(lacking(0))
    expect(keyOutcome(bundle, key)).toBe('accepted')
  })

  test('is worth nothing if one of them did not, unless fewer are enough', async () => {
    rekorV2.cosign = (note) => [bob.cosign(note)]
    const bundle = await honestBundle('v2')
    expect(keylessOutcome(bundle, witnessed([alice, bob]))).toBe(lacking(1))
    expect(keylessOutcome(bundle, witnessed([alice, bob], 1))).toBe('accepted')
  })

  test('two lines of one witness count once', async () => {
    const twice = (note: string) => [alice.cosign(note), alice.cosign(note, { time: 1n })]
    expect(await outcomeWith(twice)).toBe(lacking(1))
  })

  test('two keys of one witness count once', async () => {
    const renewed = new SpecWitness(alice.name)
    rekorV2.cosign = (note) => [alice.cosign(note), renewed.cosign(note)]
    const material = witnessed([alice, renewed, bob], 2)
    expect(keylessOutcome(await honestBundle('v2'), material)).toBe(lacking(1))
  })

  test.each<[string, (note: string) => string]>([
    ['of another checkpoint', () => alice.cosign('log2026.rekor.example\n1\nAAAA\n')],
    ['without the head of one', (note) => alice.cosign(note, { head: 'cosignature/v2' })],
    ['that is a plain signature', (note) => alice.writeLine(1n, alice.signPlainly(note))],
    ['of a time that is not allowed', (note) => alice.cosign(note, { time: 2n ** 63n })],
    ['that is cut', (note) => cut(alice.cosign(note))],
    ['that is forged', () => alice.writeLine(1n, Buffer.alloc(64, 1))],
    ['with another time', (note) => moveTime(alice.cosign(note))],
    ['under the name of another', (note) => alice.cosign(note).replace('alice', 'mallory')],
    ['by another under its name', (note) => new SpecWitness(alice.name).cosign(note)],
  ])('a cosignature %s does not count', async (_, line) => {
    expect(await outcomeWith((note) => [line(note), bob.cosign(note)])).toBe(lacking(1))
  })

  test('the promise of the log does not stand in for it', async () => {
    const bundle = await honestBundle('v2')
    bundle.mediaType = 'application/vnd.dev.sigstore.bundle+json;version=0.1'
    promise(bundle)
    expect(keylessOutcome(bundle)).toBe('accepted')
    expect(keylessOutcome(bundle, witnessed([alice]))).toBe(
      'UNTRUSTED_LOG_ENTRY: the log entry does not count: it has no checkpoint that witnesses of its log could have cosigned',
    )
  })

  test('Rekor v1, which has no witnesses, counts without', async () => {
    expect(keylessOutcome(await honestBundle('v1'), witnessed([alice]))).toBe('accepted')
  })
})

describe('the verifier key of a witness', () => {
  const [name = '', id = '', key = ''] = alice.verifierKey.split(/\+(.{8})\+/)
  const typed = Buffer.from(key, 'base64')
  const longer = Buffer.concat([typed, Buffer.alloc(1)]).toString('base64')

  test('is read as it is published', () => {
    expect(parseWitness(alice.verifierKey)).toMatchObject({ name, key: { type: 'ed25519' } })
  })

  test.each([
    ['', 'it is no verifier key'],
    [`${name}+${id}`, 'it is no verifier key'],
    [`+${id}+${key}`, 'it is no verifier key'],
    [`two words+${id}+${key}`, 'it is no verifier key'],
    [`a+b+${id}+${key}`, 'it is no verifier key'],
    [`${name}+${id}+${key}\n`, 'it is no verifier key'],
    [`${name}+${id}+${longer}`, 'its key is not one of 32 bytes'],
    [`other.example+${id}+${key}`, 'its key id is not that of its name and key'],
    // The key of a log, as Go's checksum database publishes it.
    [
      'sum.golang.org+033de0ae+Ac4zctda0e5eza+HJyk9SxEdh+s3Ux18htTTAD8OuAn8',
      'its key is of kind 1, not 4',
    ],
  ])('%j is refused', (text, why) => {
    expect(refusalOf(() => parseWitness(text))).toStartWith(why)
  })
})

/** Sets the time of a line to another one than was signed. */
function moveTime(line: string): string {
  const [dash = '', name = '', encoded = ''] = line.split(' ')
  const bytes = Buffer.from(encoded, 'base64')
  bytes.writeBigUInt64BE(1n, 4)
  return [dash, name, bytes.toString('base64')].join(' ')
}

/** Leaves three bytes of the time of a line, and nothing behind. */
function cut(line: string): string {
  const [dash = '', name = '', encoded = ''] = line.split(' ')
  return [dash, name, Buffer.from(encoded, 'base64').subarray(0, 7).toString('base64')].join(' ')
}

/** Has the log of Rekor v2 promise an entry by itself, without any proof. */
function promise(bundle: Awaited<ReturnType<typeof honestBundle>>): void {
  const entry = entryOf(bundle)
  delete entry.inclusionProof
  const integratedTime = Math.floor(sigstore.clock.getTime() / 1000)
  const promised = {
    body: entry.canonicalizedBody,
    integratedTime,
    logID: Buffer.from(entry.logId.keyId, 'base64').toString('hex'),
    logIndex: Number(entry.logIndex),
  }
  const signature = sign(null, Buffer.from(JSON.stringify(promised)), rekorV2.keyPair.privateKey)
  entry.integratedTime = String(integratedTime)
  entry.inclusionPromise = { signedEntryTimestamp: signature.toString('base64') }
}
