import { describe, expect, test } from 'bun:test'
import { createSigningKey } from '../../support/notary/key.ts'
import type { TargetsSigned } from '../../support/notary/metadata.ts'
import type { Repository } from '../../support/notary/repository.ts'
import { createApp, createReleases, DIGEST, GUN, NOW, OTHER, validate } from './app.ts'

const RELEASES = 'targets/releases'
type Role = TargetsSigned['delegations']['roles'][number]

/** Alters how `targets` describe their delegations, before they are signed. */
function redelegate(alter: (roles: readonly Role[]) => unknown) {
  const signed = ({ delegations, ...rest }: TargetsSigned) => ({
    ...rest,
    delegations: { ...delegations, roles: alter(delegations.roles) },
  })
  return { targets: { signed } }
}

/** A repository whose delegation signs the tag `1` as targets do. */
async function createTwice(...options: Parameters<typeof createReleases>): Promise<Repository> {
  const app = await createReleases(...options)
  app.addTarget('1', DIGEST, RELEASES)
  return app
}

describe('the roles that count', () => {
  test('are targets/releases and targets, where both sign the same', async () => {
    const app = await createTwice()
    app.publish()
    expect(await validate(app)).toBe(DIGEST)
  })

  test('are targets/releases alone for a tag that only it signed', async () => {
    const app = await createReleases()
    app.addTarget('2', OTHER, RELEASES)
    app.publish()
    expect(await validate(app, { image: `${GUN}:2` })).toBe(OTHER)
    expect(await validate(app, { image: `${GUN}:3` })).toBe(
      `UNTRUSTED_NOT_SIGNED: tag 3 of ${GUN} is not signed in targets/releases nor in targets`,
    )
  })

  test('are targets alone while the delegation was never signed', async () => {
    const app = await createReleases()
    app.publish()
    expect(await validate(app)).toBe(DIGEST)
  })

  test('do not include another delegation', async () => {
    const app = await createApp()
    await app.delegate('targets/alice')
    app.addTarget('2', OTHER, 'targets/alice')
    app.publish()
    expect(await validate(app, { image: `${GUN}:2` })).toStartWith('UNTRUSTED_NOT_SIGNED: tag 2')
    expect(await validate(app, { image: `${GUN}@${OTHER}` })).toStartWith('UNTRUSTED_NOT_SIGNED: ')
  })

  test('do not include a delegation of the delegation', async () => {
    const app = await createTwice()
    await app.delegate('targets/releases/alice')
    app.addTarget('2', OTHER, 'targets/releases/alice')
    app.publish()
    expect(await validate(app, { image: `${GUN}:2` })).toStartWith('UNTRUSTED_NOT_SIGNED: tag 2')
  })

  test('deny a tag for which they signed different digests', async () => {
    const app = await createReleases()
    app.addTarget('1', OTHER, RELEASES)
    app.publish()
    expect(await validate(app)).toBe(
      `UNTRUSTED_CONFLICT: the signers of tag 1 disagree: targets/releases signed ${OTHER}, targets signed ${DIGEST}`,
    )
  })
})

describe('hole 8: a delegation outside its paths', () => {
  test.each([
    ['no path', []],
    ['paths of other tags', ['v', 'rc-', '10']],
    ['a pattern, which is a plain prefix here', ['*', '?', '[0-9]']],
  ])('speaks for no tag with %s', async (_, paths) => {
    const app = await createReleases({ paths })
    app.addTarget('1', OTHER, RELEASES)
    app.addTarget('2', OTHER, RELEASES)
    app.publish()
    expect(await validate(app)).toBe(DIGEST)
    expect(await validate(app, { image: `${GUN}:2` })).toStartWith('UNTRUSTED_NOT_SIGNED: tag 2')
    expect(await validate(app, { image: `${GUN}@${OTHER}` })).toStartWith('UNTRUSTED_NOT_SIGNED: ')
  })

  test.each([[['v']], [['rc-', 'v2']], [['']], [['v2.0']]])(
    'speaks for v2.0 within %j',
    async (paths) => {
      const app = await createReleases({ paths })
      app.addTarget('v2.0', OTHER, RELEASES)
      app.publish()
      expect(await validate(app, { image: `${GUN}:v2.0` })).toBe(OTHER)
      expect(await validate(app, { image: `${GUN}@${OTHER}` })).toBe(OTHER)
    },
  )

  test.each([
    ['null', null],
    ['absent', undefined],
  ])('speaks for no tag where its paths are %s', async (_, paths) => {
    const app = await createTwice()
    app.addTarget('2', OTHER, RELEASES)
    app.publish(
      NOW,
      redelegate((roles) => roles.map((role) => ({ ...role, paths }))),
    )
    expect(await validate(app, { image: `${GUN}:2` })).toStartWith('UNTRUSTED_NOT_SIGNED: tag 2')
  })
})

describe('hole 8: a delegation that fails never falls back to targets', () => {
  test('when it has expired', async () => {
    const app = await createTwice()
    app.expires.set(RELEASES, new Date('2026-06-01T11:00:00Z'))
    app.publish()
    expect(await validate(app)).toBe(
      'UNTRUSTED_EXPIRED: targets/releases metadata version 1 expired at 2026-06-01T11:00:00.000Z',
    )
  })

  test('when it is under-signed', async () => {
    const keys = [await createSigningKey(), await createSigningKey()]
    const app = await createTwice({ keys, threshold: 2 })
    app.publish(NOW, { 'targets/releases': { signers: keys.slice(0, 1) } })
    expect(await validate(app)).toBe(
      'UNTRUSTED_SIGNATURE: targets/releases metadata version 1 has 1 of 2 valid signatures of its 2 keys',
    )
  })

  test('when the targets key has signed it, and not its own', async () => {
    const app = await createTwice()
    app.publish(NOW, { 'targets/releases': { signers: app.keys.get('targets') ?? [] } })
    expect(await validate(app)).toStartWith('UNTRUSTED_SIGNATURE: targets/releases metadata')
  })

  test('when targets name no key for it', async () => {
    const app = await createTwice()
    app.publish(
      NOW,
      redelegate((roles) => roles.map((role) => ({ ...role, keyids: null }))),
    )
    expect(await validate(app)).toBe(
      'UNTRUSTED_SIGNATURE: targets/releases metadata version 1 has 0 of 1 valid signatures of its 0 keys',
    )
  })

  test('when its key is a member that every object of JavaScript has', async () => {
    const app = await createTwice()
    const signed = ({ delegations: { roles }, ...rest }: TargetsSigned) => ({
      ...rest,
      delegations: { keys: null, roles: roles.map((role) => ({ ...role, keyids: ['toString'] })) },
    })
    app.publish(NOW, { targets: { signed } })
    expect(await validate(app)).toBe(
      'UNTRUSTED_MALFORMED_METADATA: malformed targets metadata: targets/releases names the key "toString", which is not listed',
    )
  })

  test('when it is malformed', async () => {
    const app = await createTwice()
    app.publish(NOW, { 'targets/releases': { bytes: () => Buffer.from('{}') } })
    expect(await validate(app)).toStartWith(
      'UNTRUSTED_MALFORMED_METADATA: malformed targets/releases metadata: ',
    )
  })

  test('when its bytes are not the promised ones', async () => {
    const app = await createTwice()
    app.publish(NOW, { 'targets/releases': { served: () => Buffer.from('{}') } })
    expect(await validate(app)).toStartWith('UNTRUSTED_HASH_MISMATCH: targets/releases metadata')
  })

  test('when targets list it twice', async () => {
    const app = await createTwice()
    app.publish(
      NOW,
      redelegate((roles) => [...roles, ...roles]),
    )
    expect(await validate(app)).toBe(
      'UNTRUSTED_MALFORMED_METADATA: malformed targets metadata: it delegates to targets/releases twice',
    )
  })

  test('when its threshold is zero', async () => {
    const app = await createTwice()
    const forgeries = redelegate((roles) => roles.map((role) => ({ ...role, threshold: 0 })))
    app.publish(NOW, { ...forgeries, 'targets/releases': { signers: [] } })
    expect(await validate(app)).toStartWith(
      'UNTRUSTED_MALFORMED_METADATA: malformed targets metadata: "/delegations/roles',
    )
  })
})

describe('hole 8: a removed delegation that is still served and in the snapshot', () => {
  test('signs no tag', async () => {
    const app = await createReleases()
    app.addTarget('1', OTHER, RELEASES)
    app.addTarget('2', OTHER, RELEASES)
    app.publish()
    app.undelegate(RELEASES)
    app.publish()
    expect(Buffer.from(app.files.get('snapshot.json') ?? []).toString()).toContain(RELEASES)
    expect(app.files.has(`${RELEASES}.json`)).toBe(true)
    expect(await validate(app)).toBe(DIGEST)
    expect(await validate(app, { image: `${GUN}:2` })).toBe(
      `UNTRUSTED_NOT_SIGNED: tag 2 of ${GUN} is not signed in targets`,
    )
  })

  test.each([
    ['null', null],
    ['empty', []],
  ])('signs no tag where the list of roles is %s', async (_, roles) => {
    const app = await createReleases()
    app.addTarget('2', OTHER, RELEASES)
    app.publish(
      NOW,
      redelegate(() => roles),
    )
    expect(await validate(app, { image: `${GUN}:2` })).toStartWith('UNTRUSTED_NOT_SIGNED: tag 2')
  })
})
