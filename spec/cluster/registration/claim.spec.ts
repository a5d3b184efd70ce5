import { describe, expect, test } from 'bun:test'
import fc from 'fast-check'
import {
  type Claim,
  decideClaim,
  readClaim,
  renderClaim,
  timeAfter,
} from '../../../src/cluster/registration/claim.ts'

const NOW = new Date('2026-01-01T12:00:00Z')
const at = (seconds: number) => new Date(NOW.getTime() + seconds * 1000)
const claim = (hash: string, seconds: number): Claim => ({ hash, at: at(seconds) })

const decide = (theirs: Claim | undefined, mine: Claim, drifts = true, claimedForMs = 1000) =>
  decideClaim({ claim: theirs, drifts, claimedForMs }, mine, NOW)

describe('what is registered', () => {
  test('and is missing is put back by anybody', () => {
    expect(decideClaim(undefined, claim('a', -60), NOW)).toBe('put back')
  })

  test('as we want it is kept, and put back when it was altered', () => {
    expect(decide(claim('a', -600), claim('a', -60), false)).toBe('keep')
    expect(decide(claim('a', -5), claim('a', -60), true)).toBe('put back')
  })

  test('as somebody came to want it before us is taken over', () => {
    expect(decide(claim('b', -600), claim('a', -60))).toBe('take over')
  })

  test('as somebody came to want it after us is left, but not for long: they may be gone', () => {
    expect(decide(claim('b', -5), claim('a', -60))).toBe('yield')
    expect(decide(claim('b', -5), claim('a', -60), true, 5 * 60_000)).toBe('take over')
  })

  test('by nobody, or by somebody from the future, is taken over', () => {
    expect(decide(undefined, claim('a', -60))).toBe('take over')
    expect(decide(claim('b', 61), claim('a', -60))).toBe('take over')
  })
})

test('of two who want it in different ways exactly one yields', () => {
  const claims = fc.record({
    hash: fc.constantFrom('a', 'b', 'c'),
    seconds: fc.integer({ min: -9, max: 0 }),
  })
  fc.assert(
    fc.property(claims, claims, (one, other) => {
      fc.pre(one.hash !== other.hash)
      const [a, b] = [claim(one.hash, one.seconds), claim(other.hash, other.seconds)]
      expect([decide(a, b), decide(b, a)].toSorted()).toEqual(['take over', 'yield'])
    }),
  )
})

describe('a claim', () => {
  test('is read as it was rendered', () => {
    expect(readClaim(renderClaim(claim('a', 0)))).toEqual(claim('a', 0))
  })

  test.each([
    undefined,
    {},
    { ...renderClaim(claim('a', 0)), 'securesystemsengineering.connaisseur/registered-at': 'soon' },
  ])('that makes no sense is none: %j', (annotations) => {
    expect(readClaim(annotations)).toBeUndefined()
  })

  test('of a new wish is later than what is there, also under a clock that is behind', () => {
    expect(timeAfter(undefined, NOW)).toEqual(NOW)
    expect(timeAfter(claim('a', -5), NOW)).toEqual(NOW)
    expect(timeAfter(claim('a', 5), NOW).getTime()).toBe(at(5).getTime() + 1)
    expect(timeAfter(claim('a', 600), NOW)).toEqual(NOW)
  })
})
