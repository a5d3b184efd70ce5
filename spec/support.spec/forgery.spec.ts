import { describe, expect, test } from 'bun:test'
import { createHash } from 'node:crypto'
import type { Forgeries } from '../support/notary/forgery.ts'
import { createSigningKey } from '../support/notary/key.ts'
import { createRepository } from '../support/notary/repository.ts'

/** Publishes with forgeries and tells what is served as targets, and what the snapshot promises. */
async function publish(forgeries: Forgeries) {
  const repository = await createRepository({ gun: 'acme/app' })
  const files = repository.publish(undefined, forgeries)
  const text = (name: string) => Buffer.from(files.get(name) ?? []).toString()
  const { meta } = JSON.parse(text('snapshot.json')).signed
  const promised: string = meta.targets.hashes.sha256
  const hex = Buffer.from(promised, 'base64').toString('hex')
  const sha256 = createHash('sha256').update(text('targets.json')).digest('base64')
  return { targets: text('targets.json'), byHash: text(`targets.${hex}.json`), promised, sha256 }
}

describe('a forgery', () => {
  test('of the signed object is signed and promised', async () => {
    const forged = await publish({ targets: { signed: (signed) => ({ ...signed, extra: 1 }) } })
    expect(JSON.parse(forged.targets).signed.extra).toBe(1)
    expect(forged.promised).toBe(forged.sha256)
  })

  test('of the signers leaves the keys that the root lists', async () => {
    const stranger = await createSigningKey()
    const forged = await publish({ targets: { signers: [stranger, stranger] } })
    const { signatures } = JSON.parse(forged.targets)
    expect(signatures.map(({ keyid }: { keyid: string }) => keyid)).toEqual([
      stranger.id,
      stranger.id,
    ])
  })

  test('of the envelope is promised', async () => {
    const forged = await publish({ targets: { envelope: (old) => ({ ...old, signatures: [] }) } })
    expect(JSON.parse(forged.targets).signatures).toEqual([])
    expect(forged.promised).toBe(forged.sha256)
  })

  test('of the bytes is promised', async () => {
    const forged = await publish({ targets: { bytes: () => Buffer.from('{}') } })
    expect(forged.targets).toBe('{}')
    expect(forged.promised).toBe(forged.sha256)
  })

  test('of what is served is not promised, and served by the promised hash', async () => {
    const forged = await publish({ targets: { served: () => Buffer.from('{}') } })
    expect(forged.targets).toBe('{}')
    expect(forged.byHash).toBe('{}')
    expect(forged.promised).not.toBe(forged.sha256)
  })

  test('of a role without a file is refused', async () => {
    const repository = await createRepository({ gun: 'acme/app' })
    await repository.delegate('targets/releases')
    const forgeries: Forgeries = { 'targets/releases': { signers: [] } }
    expect(() => repository.publish(undefined, forgeries)).toThrow(
      'role targets/releases signs no tag, so it has no file to forge',
    )
  })
})
