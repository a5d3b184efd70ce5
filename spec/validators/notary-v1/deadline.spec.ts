import { describe, expect, test } from 'bun:test'
import { parseReference } from '../../../src/image/reference.ts'
import { TrustError } from '../../../src/trust/errors.ts'
import { parsePublicKeyPem } from '../../../src/trust/key.ts'
import { TrustMemory } from '../../../src/validators/notary-v1/memory.ts'
import type { NotarySource } from '../../../src/validators/notary-v1/source.ts'
import { createNotaryV1Validator } from '../../../src/validators/notary-v1/validator.ts'
import { describeDenial } from '../../trust/outcome.ts'
import { createApp, GUN, NOW } from './app.ts'

/** Never answers, and gives up only when told to. */
const silent = (onAsked: () => void): NotarySource => {
  const never = (_: string, __: unknown, { signal }: { readonly signal: AbortSignal }) => {
    onAsked()
    return new Promise<never>((_, reject) => {
      signal.addEventListener('abort', () =>
        reject(new TrustError('UNAVAILABLE_TIMEOUT', 'the work was stopped')),
      )
    })
  }
  return {
    fetchNewest: never,
    fetchRoot: never,
    fetchByHash: (gun, _, sha256, limits) => never(gun, sha256, limits),
  }
}

/** Asks twice, with a caller who stays and one who is out of time as soon as the server is asked. */
async function giveUp(host: string, lastFailure?: NotarySource['lastFailure']): Promise<string> {
  const app = await createApp()
  const asked = Promise.withResolvers<void>()
  const source = { ...silent(asked.resolve), ...(lastFailure && { lastFailure }) }
  const validator = createNotaryV1Validator(
    { name: 'default', pins: [parsePublicKeyPem(app.rootPublicKeyPem)] },
    { host, source, memory: new TrustMemory() },
  )
  const staying = new AbortController()
  const leaving = new AbortController()
  const [stays, leaves] = [staying, leaving].map(({ signal }) =>
    validator.validate(parseReference(`${GUN}:1`), { now: NOW, signal })?.catch(describeDenial),
  )
  await asked.promise
  leaving.abort()
  const outcome = await leaves
  staying.abort()
  expect(await stays).toBe('UNAVAILABLE_TIMEOUT: the work was stopped')
  return outcome ?? 'nothing'
}

describe('a caller who is out of time while others wait', () => {
  test.each([
    ['https://notary.example', 'notary.example'],
    ['https://notary.example:4443/prefix', 'notary.example:4443'],
  ])('hears which server did not answer: %s', async (host, name) => {
    expect(await giveUp(host)).toBe(`UNAVAILABLE_TIMEOUT: ${name} did not answer in time`)
  })

  test('hears what the server failed with, where it is known to be broken', async () => {
    const failure = new TrustError('UNAVAILABLE_NETWORK', 'connection refused (3 attempts)')
    expect(await giveUp('https://notary.example', () => failure)).toBe(
      'UNAVAILABLE_NETWORK: connection refused (3 attempts)',
    )
  })
})
