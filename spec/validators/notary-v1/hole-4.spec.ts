import { describe, expect, test } from 'bun:test'
import { createApp, createReleases, DIGEST, GUN, OTHER, validate } from './app.ts'

const published = await createApp()
published.addTarget('2', OTHER)
published.publish()
const UNSIGNED = `sha256:${'c'.repeat(64)}`

describe('hole 4: repo@D1 never becomes repo@D2', () => {
  test.each([
    ['a tag', `${GUN}:1`, DIGEST],
    ['a tag with its digest', `${GUN}:1@${DIGEST}`, DIGEST],
    ['a digest that is signed under some tag', `${GUN}@${OTHER}`, OTHER],
    [
      'a tag with a digest that nobody signed',
      `${GUN}:1@${UNSIGNED}`,
      `UNTRUSTED_DIGEST_MISMATCH: the reference pins ${UNSIGNED}, but ${DIGEST} is signed for tag 1`,
    ],
    [
      'a tag with the digest of another tag',
      `${GUN}:1@${OTHER}`,
      `UNTRUSTED_DIGEST_MISMATCH: the reference pins ${OTHER}, but ${DIGEST} is signed for tag 1`,
    ],
    [
      'an unsigned tag with a signed digest',
      `${GUN}:3@${DIGEST}`,
      `UNTRUSTED_NOT_SIGNED: tag 3 of ${GUN} is not signed in targets`,
    ],
    [
      'a digest that nobody signed',
      `${GUN}@${UNSIGNED}`,
      `UNTRUSTED_NOT_SIGNED: no tag of ${GUN} is signed with digest ${UNSIGNED}`,
    ],
    ['no tag, which is latest', GUN, `UNTRUSTED_NOT_SIGNED: tag latest of ${GUN} is not signed in`],
  ])('%s', async (_, image, outcome) => {
    expect(await validate(published, { image })).toStartWith(outcome)
  })

  test('a digest that one of the roles signed', async () => {
    const app = await createReleases()
    app.addTarget('2', OTHER, 'targets/releases')
    app.publish()
    expect(await validate(app, { image: `${GUN}@${DIGEST}` })).toBe(DIGEST)
    expect(await validate(app, { image: `${GUN}@${OTHER}` })).toBe(OTHER)
  })
})

describe('hole 8: tags that break naive JSON code', () => {
  const TAGS = ['1', '10', '2', '__proto__', 'constructor', 'toString', 'hasOwnProperty']

  test.each(TAGS)('%s is signed like any other', async (tag) => {
    const app = await createApp()
    for (const other of TAGS) app.addTarget(other, OTHER)
    app.addTarget(tag, DIGEST)
    app.publish()
    expect(await validate(app, { image: `${GUN}:${tag}` })).toBe(DIGEST)
  })

  test.each(TAGS.slice(1))('%s is not signed unless it is listed', async (tag) => {
    const app = await createApp()
    app.publish()
    expect(await validate(app, { image: `${GUN}:${tag}` })).toBe(
      `UNTRUSTED_NOT_SIGNED: tag ${tag} of ${GUN} is not signed in targets`,
    )
  })
})
