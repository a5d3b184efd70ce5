import { expect, test } from 'bun:test'
import { judgeSome } from '../../src/admission/judge-some.ts'
import { CONTEXT } from './fixture.ts'

const uses = (images: readonly string[]) => images.map((image) => ({ image, path: `/${image}` }))

test('equal images are judged once, different ones in their order', async () => {
  const asked: string[] = []
  const verdicts = await judgeSome(
    uses(['b', 'a', 'b', 'c']),
    async (image) => {
      asked.push(image)
      await Bun.sleep(image === 'b' ? 5 : 0)
      return { image, trusted: true }
    },
    CONTEXT,
  )
  expect(asked).toEqual(['b', 'a', 'c'])
  expect(verdicts.map(({ image }) => image)).toEqual(['b', 'a', 'c'])
})

test('a request with a thousand images does not ask for all of them at the same time', async () => {
  let active = 0
  let most = 0
  const images = Array.from({ length: 1000 }, (_, index) => `app:${index}`)
  const verdicts = await judgeSome(
    uses(images),
    async (image) => {
      most = Math.max(most, ++active)
      await Bun.sleep(0)
      active--
      return { image, trusted: true }
    },
    CONTEXT,
  )
  expect(most).toBe(32)
  expect(verdicts.map(({ image }) => image)).toEqual(images)
})

test('of no image there is no verdict', async () => {
  expect(await judgeSome([], () => Promise.reject(new Error('asked')), CONTEXT)).toEqual([])
})
