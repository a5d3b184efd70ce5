import { expect, test } from 'bun:test'
import { parseReference } from '../../../src/image/reference.ts'
import { parsePublicKeyPem } from '../../../src/trust/key.ts'
import { TrustMemory } from '../../../src/validators/notary-v1/memory.ts'
import { createNotaryV1Validator } from '../../../src/validators/notary-v1/validator.ts'
import { createSigningKey } from '../../support/notary/key.ts'
import type { Repository } from '../../support/notary/repository.ts'
import { createMemorySource } from '../../support/notary/source.ts'
import { createApp, DIGEST, GUN, HOST, NOW } from './app.ts'

const DAY_MS = 86_400_000
const inDays = (days: number) => new Date(NOW.getTime() + days * DAY_MS)

/** Validates the tag and returns the earliest moment that was noted. */
async function soonest(app: Repository): Promise<string> {
  const validator = createNotaryV1Validator(
    { name: 'default', pins: [parsePublicKeyPem(app.rootPublicKeyPem)] },
    { host: HOST, source: createMemorySource(app.files), memory: new TrustMemory() },
  )
  const noted: Date[] = []
  const noteExpiry = (expires: Date) => void noted.push(expires)
  const signal = AbortSignal.timeout(60_000)
  const image = parseReference(`${GUN}:1`)
  expect(`${await validator.validate(image, { now: NOW, signal, noteExpiry })}`).toBe(DIGEST)
  return new Date(Math.min(...noted.map(Number))).toISOString()
}

test.each(['root', 'timestamp', 'snapshot', 'targets'] as const)(
  'a digest is good for no longer than the metadata of %s',
  async (role) => {
    const app = await createApp({ expires: { [role]: inDays(3) } })
    app.publish(NOW)
    expect(await soonest(app)).toBe(inDays(3).toISOString())
  },
)

test('a digest is good for no longer than the certificate of a root key', async () => {
  const key = await createSigningKey({
    type: 'ecdsa-x509',
    commonName: GUN,
    notBefore: inDays(-1),
    notAfter: inDays(2),
  })
  const app = await createApp({ keys: { root: [key] } })
  app.publish(NOW)
  expect(await soonest(app)).toBe(inDays(2).toISOString())
})

test('a root certificate that has ended already does not count, others do', async () => {
  const ended = await createSigningKey({
    type: 'ecdsa-x509',
    commonName: GUN,
    notBefore: inDays(-9),
    notAfter: inDays(-1),
  })
  const good = await createSigningKey({ type: 'ecdsa-x509', commonName: GUN })
  const app = await createApp({ keys: { root: [good, ended] } })
  app.publish(NOW)
  expect(Date.parse(await soonest(app))).toBeGreaterThan(NOW.getTime())
})
