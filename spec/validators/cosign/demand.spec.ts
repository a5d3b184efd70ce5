import { describe, expect, test } from 'bun:test'
import fc from 'fast-check'
import { countVotes, type Demand, describeDemand } from '../../../src/validators/cosign/demand.ts'
import { createKeyPair } from '../../support/key-pair.ts'
import { rootOf } from './scene.ts'

const KEY = createKeyPair('p256')

function makeDemand(names: string, threshold: number, required = ''): Demand {
  return {
    roots: [...names].map((name) => rootOf(name, KEY)),
    threshold,
    required: [...required],
  }
}

/** Each vote as its trust root, its signer and its log entries, such as `a1` or `a1x`. */
const votes = (...texts: readonly string[]) =>
  texts.map(([root = '', signer = '', ...logEntries]) => ({ root, signer, logEntries }))

describe('trust roots count by signers that can be told apart', () => {
  test.each<[string, Demand, readonly string[], boolean]>([
    ['one by one', makeDemand('ab', 2), ['a1', 'b2'], true],
    ['one signer for two', makeDemand('ab', 2), ['a1', 'b1'], false],
    ['the first of two signers is needed elsewhere', makeDemand('ab', 2), ['a1', 'a2', 'b1'], true],
    ['a chain of them', makeDemand('abc', 3), ['a1', 'a2', 'b1', 'b2', 'b3', 'c1'], true],
    ['two signers for three', makeDemand('abc', 3), ['a1', 'b2', 'c1', 'c2'], false],
    ['required first', makeDemand('ab', 1, 'b'), ['a1', 'b1'], true],
    ['required and not there', makeDemand('ab', 1, 'b'), ['a1'], false],
    ['one log entry for two signers', makeDemand('ab', 2), ['a1x', 'b2x'], false],
    ['log entries of their own', makeDemand('ab', 2), ['a1x', 'b2y'], true],
    ['a chain of log entries', makeDemand('ab', 2), ['a1x', 'a3xy', 'b2y'], false],
    ['nobody', makeDemand('ab', 1), [], false],
  ])('%s', (_, demand, texts, isFulfilled) => {
    expect(countVotes(demand, votes(...texts)).isFulfilled).toBe(isFulfilled)
  })

  test('as many as there are, whatever the order (against every assignment)', () => {
    const vote = fc.tuple(fc.constantFrom('a', 'b', 'c'), fc.constantFrom('1', '2', '3'))
    fc.assert(
      fc.property(fc.array(vote, { maxLength: 9 }), (pairs) => {
        const cast = votes(...pairs.map(([root, signer]) => root + signer))
        expect(countVotes(makeDemand('abc', 3), cast).counted.length).toBe(best(cast))
      }),
    )
  })
})

/** The most trust roots that have a signer of their own, by trying all. */
function best(
  cast: ReturnType<typeof votes>,
  roots = ['a', 'b', 'c'],
  taken: string[] = [],
): number {
  const [root, ...others] = roots
  if (root === undefined) return taken.length
  const free = cast.filter((each) => each.root === root && !taken.includes(each.signer))
  return Math.max(
    best(cast, others, taken),
    ...free.map(({ signer }) => best(cast, others, [...taken, signer])),
  )
}

test.each([
  [makeDemand('a', 1), 'by a'],
  [makeDemand('ab', 2), 'by each of a and b'],
  [makeDemand('abc', 2), 'by 2 of a, b and c'],
  [makeDemand('abc', 1, 'a'), 'by each of a'],
  [makeDemand('abc', 2, 'ab'), 'by each of a and b'],
  [makeDemand('abc', 2, 'a'), 'by 2 of a, b and c, a among them'],
])('a demand in words: %#', (demand, words) => {
  expect(describeDemand(demand)).toBe(words)
})
