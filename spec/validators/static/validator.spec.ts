import { expect, test } from 'bun:test'
import { parseReference } from '../../../src/image/reference.ts'
import { createStaticValidator } from '../../../src/validators/static/validator.ts'
import { describeDenial } from '../../trust/outcome.ts'

const context = { now: new Date(), signal: AbortSignal.timeout(60_000) }
const digest = `sha256:${'a'.repeat(64)}`

test('a static validator that approves leaves the image as it is written', async () => {
  const validator = createStaticValidator('allow', true)
  expect(validator).toMatchObject({ name: 'allow', type: 'static' })
  expect(await validator.validate(parseReference('nginx'), context)).toBeUndefined()
  expect(await validator.validate(parseReference(`nginx@${digest}`), context)).toBeUndefined()
})

test('a static validator that does not approve denies every image, pinned ones too', async () => {
  const validator = createStaticValidator('deny', false)
  for (const image of ['docker.io/library/nginx:1', `docker.io/library/nginx@${digest}`]) {
    const denial = await validator.validate(parseReference(image), context)?.catch(describeDenial)
    expect(denial).toBe(
      `UNTRUSTED_STATIC_DENY: the policy denies ${image} without looking for a signature`,
    )
  }
})
