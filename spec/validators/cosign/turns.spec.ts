import { describe, expect, test } from 'bun:test'
import { takeTurn } from '../../../src/validators/cosign/turns.ts'

describe('turns of verifications', () => {
  test('whoever else waits for the event loop comes between two of them', async () => {
    const seen: string[] = []
    const others = async () => {
      for (let count = 0; count < 6; count++) {
        await new Promise((resolve) => setImmediate(resolve))
        seen.push('other')
      }
    }
    const verify = async (name: string) => {
      await takeTurn()
      seen.push(name)
    }
    await Promise.all([others(), verify('first'), verify('second'), verify('third')])
    const [first, second, third] = ['first', 'second', 'third'].map((each) => seen.indexOf(each))
    expect(seen.slice(first, second)).toContain('other')
    expect(seen.slice(second, third)).toContain('other')
  })
})
