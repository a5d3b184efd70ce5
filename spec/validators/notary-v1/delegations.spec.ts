import { describe, expect, test } from 'bun:test'
import { TrustMemory } from '../../../src/validators/notary-v1/memory.ts'
import { createSigningKey } from '../../support/notary/key.ts'
import type { DelegationRole } from '../../support/notary/metadata.ts'
import type { Repository } from '../../support/notary/repository.ts'
import { createMemorySource } from '../../support/notary/source.ts'
import { createApp, DIGEST, GUN, NOW, OTHER, validate } from './app.ts'

const ALICE = 'targets/alice'
const BOB = 'targets/bob'
const NESTED = 'targets/alice/nightly'
const delegations = [ALICE, BOB]

/** Delegates to the signers and has each sign the tag `1` with its digest. */
async function createSigned(
  signers: Readonly<Partial<Record<DelegationRole, string>>>,
): Promise<Repository> {
  const app = await createApp()
  for (const [role, digest] of Object.entries(signers) as [DelegationRole, string][]) {
    await app.delegate(role)
    app.addTarget('1', digest, role)
  }
  app.publish()
  return app
}

describe('named signers are all needed', () => {
  test('and enough when they sign the same', async () => {
    const app = await createSigned({ [ALICE]: OTHER, [BOB]: OTHER })
    expect(await validate(app, { delegations })).toBe(OTHER)
    expect(await validate(app)).toBe(DIGEST)
  })

  test('also for a tag that targets do not have', async () => {
    const app = await createSigned({ [ALICE]: DIGEST, [BOB]: DIGEST })
    app.removeTarget('1')
    app.publish()
    expect(await validate(app, { delegations })).toBe(DIGEST)
  })

  test('and disagree over different digests', async () => {
    const app = await createSigned({ [ALICE]: DIGEST, [BOB]: OTHER })
    expect(await validate(app, { delegations })).toBe(
      `UNTRUSTED_CONFLICT: the signers of tag 1 disagree: ${ALICE} signed ${DIGEST}, ${BOB} signed ${OTHER}`,
    )
  })

  test('so that one who did not sign the tag is named', async () => {
    const app = await createSigned({ [ALICE]: DIGEST, [BOB]: DIGEST })
    app.addTarget('2', DIGEST, ALICE)
    app.publish()
    const image = `${GUN}:2`
    expect(await validate(app, { delegations, image })).toBe(
      `UNTRUSTED_NOT_SIGNED: tag 2 of ${GUN} is not signed in ${BOB}`,
    )
  })

  test('for a digest too', async () => {
    const app = await createSigned({ [ALICE]: DIGEST, [BOB]: DIGEST })
    app.addTarget('2', OTHER, ALICE)
    app.publish()
    expect(await validate(app, { delegations, image: `${GUN}@${DIGEST}` })).toBe(DIGEST)
    expect(await validate(app, { delegations, image: `${GUN}@${OTHER}` })).toBe(
      `UNTRUSTED_NOT_SIGNED: no tag of ${GUN} is signed with digest ${OTHER} in ${BOB}`,
    )
  })

  test('and do not include one who only delegates', async () => {
    const app = await createSigned({ [ALICE]: DIGEST, [NESTED]: OTHER })
    expect(await validate(app, { delegations: [NESTED] })).toBe(OTHER)
    expect(await validate(app, { delegations: [ALICE] })).toBe(DIGEST)
  })
})

describe('a signer that the repository does not have', () => {
  test('is told with those that it has', async () => {
    const app = await createSigned({ [ALICE]: DIGEST, [BOB]: DIGEST })
    expect(await validate(app, { delegations: ['targets/alcie'] })).toBe(
      `UNTRUSTED_NO_DELEGATION: targets of ${GUN} has no delegation targets/alcie; there is ${ALICE}, ${BOB}`,
    )
  })

  test('is told where there is none at all', async () => {
    const app = await createApp()
    app.publish()
    expect(await validate(app, { delegations: [ALICE] })).toBe(
      `UNTRUSTED_NO_DELEGATION: targets of ${GUN} has no delegation ${ALICE}; there is none`,
    )
  })

  test('is told of the parent that should name it', async () => {
    const app = await createSigned({ [ALICE]: DIGEST, [NESTED]: DIGEST })
    expect(await validate(app, { delegations: ['targets/alice/daily'] })).toStartWith(
      `UNTRUSTED_NO_DELEGATION: ${ALICE} of ${GUN} has no delegation targets/alice/daily; there is ${NESTED}`,
    )
  })

  test('is told with twenty others at the most', async () => {
    const app = await createApp()
    for (let index = 100; index < 130; index++) await app.delegate(`targets/signer-${index}`)
    app.publish()
    const reason = await validate(app, { delegations: [ALICE] })
    expect(reason.match(/signer-/g)?.length).toBe(20)
  })
})

describe('a signer who was removed', () => {
  test('is gone, although the server still has the file and the snapshot lists it', async () => {
    const app = await createSigned({ [ALICE]: DIGEST, [BOB]: DIGEST })
    app.undelegate(BOB)
    app.publish()
    expect(app.files.has(`${BOB}.json`)).toBe(true)
    expect(await validate(app, { delegations })).toStartWith('UNTRUSTED_NO_DELEGATION: ')
  })

  test('takes those along to whom only it delegated', async () => {
    const app = await createSigned({ [ALICE]: DIGEST, [NESTED]: DIGEST })
    app.undelegate(ALICE)
    app.publish()
    expect(await validate(app, { delegations: [NESTED] })).toBe(
      `UNTRUSTED_NO_DELEGATION: targets of ${GUN} has no delegation ${ALICE}; there is none`,
    )
  })

  test('is gone for a memory that knows the file too', async () => {
    const app = await createSigned({ [ALICE]: DIGEST, [BOB]: DIGEST })
    const memory = new TrustMemory()
    expect(await validate(app, { delegations, memory })).toBe(DIGEST)
    app.undelegate(BOB)
    app.publish()
    expect(await validate(app, { delegations, memory })).toStartWith('UNTRUSTED_NO_DELEGATION: ')
  })
})

describe('a signer whose role is not in the snapshot', () => {
  test('has signed nothing, whatever the server has of it', async () => {
    const app = await createSigned({ [ALICE]: DIGEST, [BOB]: DIGEST })
    app.publish(NOW, {
      snapshot: {
        signed: ({ meta, ...rest }) => {
          const { [BOB]: _, ...others } = meta
          return { ...rest, meta: others }
        },
      },
    })
    expect(await validate(app, { delegations })).toBe(
      `UNTRUSTED_NOT_SIGNED: delegation ${BOB} of ${GUN} has not signed anything yet`,
    )
  })
})

describe('a signer whose metadata is no good denies', () => {
  test.each([
    [
      'when it has expired',
      {
        [BOB]: { signed: <S extends object>(s: S) => ({ ...s, expires: '2026-05-01T00:00:00Z' }) },
      },
      'UNTRUSTED_EXPIRED: ',
    ],
    ['when nobody signed it', { [BOB]: { signers: [] } }, 'UNTRUSTED_SIGNATURE: '],
  ] as const)('%s', async (_, forgeries, code) => {
    const app = await createSigned({ [ALICE]: DIGEST, [BOB]: DIGEST })
    app.publish(NOW, forgeries)
    expect(await validate(app, { delegations })).toStartWith(code)
    expect(await validate(app, { delegations: [ALICE] })).toBe(DIGEST)
  })

  test('when the server does not have it', async () => {
    const app = await createSigned({ [ALICE]: DIGEST, [BOB]: DIGEST })
    const files = new Map([...app.files].filter(([name]) => !name.startsWith(BOB)))
    expect(await validate(app, { delegations, source: createMemorySource(files) })).toStartWith(
      'UNAVAILABLE_METADATA: ',
    )
  })

  test('when its threshold is met by one key in two certificates', async () => {
    const app = await createApp()
    const key = await createSigningKey({ type: 'ecdsa-x509' })
    const twin = await createSigningKey({ type: 'ecdsa', keyPair: key.keyPair })
    await app.delegate(ALICE, { keys: [key, twin], threshold: 2 })
    app.addTarget('1', DIGEST, ALICE)
    app.publish()
    expect(await validate(app, { delegations: [ALICE] })).toStartWith('UNTRUSTED_SIGNATURE: ')
  })
})

describe('the paths of a delegation', () => {
  test.each([
    ['a tag with its prefix', ['1'], '1', DIGEST],
    ['a tag without it', ['2'], '1', 'UNTRUSTED_NOT_SIGNED'],
    ['no tag, where it has none', [], '1', 'UNTRUSTED_NOT_SIGNED'],
  ])('allow it %s', async (_, paths, tag, expected) => {
    const app = await createApp()
    await app.delegate(ALICE, { paths })
    app.addTarget(tag, DIGEST, ALICE)
    app.publish()
    expect(await validate(app, { delegations: [ALICE] })).toStartWith(expected)
  })

  test('are never wider than those of its parent', async () => {
    const app = await createApp()
    await app.delegate(ALICE, { paths: ['nightly-'] })
    await app.delegate(NESTED, { paths: ['nightly-', ''] })
    app.addTarget('nightly-1', DIGEST, ALICE)
    app.addTarget('nightly-1', DIGEST, NESTED)
    app.addTarget('1', DIGEST, NESTED)
    app.publish()
    const ask = (tag: string) => validate(app, { delegations: [NESTED], image: `${GUN}:${tag}` })
    expect(await ask('nightly-1')).toBe(DIGEST)
    expect(await ask('1')).toStartWith('UNTRUSTED_NOT_SIGNED: ')
  })
})
