import { describe, expect, test } from 'bun:test'
import { TrustError } from '../../../src/trust/errors.ts'
import { createMemorySource } from '../../support/notary/source.ts'
import { createReleases, DIGEST, GUN, validate } from './app.ts'

const app = await createReleases()
app.addTarget('1', DIGEST, 'targets/releases')
app.publish()

/** The file that a validation asks for, by its role. */
async function requestedFile(role: string): Promise<string> {
  const source = createMemorySource(app.files)
  await validate(app, { source })
  const request = source.requests.find(({ file }) => file.startsWith(`${role}.`))
  if (request === undefined) throw new RangeError(`${role} is not asked for`)
  return request.file
}

const sourceWith = (file: string, answer: Error | undefined) =>
  createMemorySource(
    new Map<string, Uint8Array | Error | undefined>([...app.files, [file, answer]]),
  )

describe('hole 9: an error of the network is not a missing signature', () => {
  test.each(['root', 'snapshot', 'targets', 'targets/releases'])(
    'a %s that the server promises and does not have is unavailable',
    async (role) => {
      const source = sourceWith(await requestedFile(role), undefined)
      expect(await validate(app, { source })).toBe(
        `UNAVAILABLE_METADATA: the server has trust data for ${GUN} but no ${role} metadata that belongs to it`,
      )
    },
  )

  test('no timestamp is definitely no trust data', async () => {
    const source = sourceWith('timestamp.json', undefined)
    expect(await validate(app, { source })).toBe(
      `UNTRUSTED_NO_TRUST_DATA: no trust data for ${GUN}`,
    )
  })

  test('no timestamp is enough to know that, and nothing else is asked for', async () => {
    const root = new TrustError('UNAVAILABLE_NETWORK', 'connection refused')
    const source = createMemorySource(new Map([['root.json', root]]))
    expect(await validate(app, { source })).toStartWith('UNTRUSTED_NO_TRUST_DATA: ')
    expect(source.requests.map(({ file }) => file)).toEqual(['timestamp.json'])
  })

  test.each(['timestamp', 'root', 'snapshot', 'targets', 'targets/releases'])(
    'what the source rejects with for the %s passes unchanged',
    async (role) => {
      const file = await requestedFile(role)
      for (const code of ['UNAVAILABLE_TIMEOUT', 'MISCONFIGURED_CREDENTIALS'] as const) {
        const source = sourceWith(file, new TrustError(code, 'as the source said'))
        expect(await validate(app, { source })).toBe(`${code}: as the source said`)
      }
    },
  )

  test('an unexpected error of the source passes too, and is no verdict', async () => {
    const error = new TypeError('not a function')
    const source = sourceWith('timestamp.json', error)
    await expect(validate(app, { source })).rejects.toBe(error)
  })
})
