import { describe, expect, test } from 'bun:test'
import { type Facts, MAX_PREVIOUS, planStep } from '../../../src/cluster/certificates/plan.ts'

const DAY_MS = 24 * 60 * 60 * 1000
const START = new Date('2026-01-01T00:00:00Z')
const at = (days: number) => new Date(START.getTime() + days * DAY_MS)

/** An authority of 360 days and a leaf of 90, both from the start. */
const FACTS: Facts = {
  authority: { notBefore: at(0), notAfter: at(360) },
  leaf: { notBefore: at(0), notAfter: at(90) },
  fitsNames: true,
  previous: [],
}

const plan = (days: number, facts: Partial<Facts> = {}, jitter = 0) =>
  planStep({ ...FACTS, ...facts }, at(days), jitter)

describe('a server certificate', () => {
  test('is renewed at two thirds of its life, by some replicas a little later', () => {
    expect(plan(59.9)).toBe('nothing')
    expect(plan(60)).toBe('renew leaf')
    expect(plan(60, {}, 0.99)).toBe('nothing')
    expect(plan(64.5, {}, 0.99)).toBe('renew leaf')
  })

  test('is renewed at once where it is not for our names, or where somebody asks for it', () => {
    expect(plan(1, { fitsNames: false })).toBe('renew leaf')
    expect(plan(1, { renew: 'leaf' })).toBe('renew leaf')
  })

  test('that lives as long as its authority is not renewed over and over', () => {
    const leaf = { notBefore: at(300), notAfter: at(360) }
    expect(plan(350, { leaf, next: { isTrusted: false } })).toBe('nothing')
  })
})

describe('an authority', () => {
  const leaf = { notBefore: at(200), notAfter: at(290) }

  test('is followed by a next one at two thirds of its life, or when somebody asks for it', () => {
    expect(plan(239, { leaf })).toBe('nothing')
    expect(plan(240, { leaf })).toBe('announce')
    expect(plan(1, { renew: 'authority' })).toBe('announce')
  })

  test('is not followed by two', () => {
    expect(plan(240, { leaf, next: { isTrusted: false } })).toBe('nothing')
    expect(plan(240, { leaf, next: { isTrusted: false }, renew: 'authority' })).toBe('nothing')
  })

  test('issues only once it is trusted', () => {
    expect(plan(240, { leaf, next: { isTrusted: false } })).not.toBe('promote')
    expect(plan(240, { leaf, next: { isTrusted: true } })).toBe('promote')
  })

  test('that has expired issues nothing, and the next one has nobody to wait for', () => {
    const expired = { notBefore: at(0), notAfter: at(90) }
    expect(plan(400, { leaf: expired })).toBe('announce')
    expect(plan(400, { leaf: expired, next: { isTrusted: false } })).toBe('promote')
  })

  test('that was retired is forgotten when all that it issued has expired, and not before', () => {
    expect(plan(1, { previous: [at(2)] })).toBe('nothing')
    expect(plan(2, { previous: [at(2), at(3)] })).toBe('retire')
  })

  test('is not followed by another one while the bundle is full of retired ones', () => {
    const previous = Array.from({ length: MAX_PREVIOUS }, () => at(300))
    expect(plan(1, { previous, renew: 'authority' })).toBe('nothing')
    expect(plan(1, { previous: previous.slice(1), renew: 'authority' })).toBe('announce')
  })
})
