import { beforeEach, describe, expect, test } from 'bun:test'
import { GivenCertificates, type GivenPair } from '../../../src/cluster/certificates/given.ts'
import type { TrustedBundle } from '../../../src/cluster/certificates/source.ts'

const pair = (name: string, ca: string): GivenPair => ({ cert: `cert ${name}`, key: 'key', ca })

let nowMs: number
let held: Map<string, number>
let isAbsent: boolean
beforeEach(() => {
  nowMs = 0
  held = new Map()
  isAbsent = false
})

const trusted: TrustedBundle = {
  get isAbsent() {
    return isAbsent
  },
  heldForMs: (ca) => held.get(ca),
}
const open = () => new GivenCertificates(pair('one', 'A'), () => new Date(nowMs))

describe('a certificate that is given', () => {
  test('of the same authority is served at once', async () => {
    const given = open()
    expect(given.offer(pair('two', 'A'))).toBe(true)
    await given.round(trusted)
    expect(given.serving).toEqual(pair('two', 'A'))
    expect(given.bundle).toEqual(['A'])
  })

  test('of another authority waits until that one has been trusted for 10 s', async () => {
    const given = open()
    given.offer(pair('two', 'B'))
    await given.round(trusted)
    expect(given.serving).toEqual(pair('one', 'A'))
    expect(given.bundle).toEqual(['A', 'B'])
    held.set('B', 9999)
    await given.round(trusted)
    expect(given.serving).toEqual(pair('one', 'A'))
    held.set('B', 10_000)
    await given.round(trusted)
    expect(given.serving).toEqual(pair('two', 'B'))
  })

  test('where nothing is registered has nobody to wait for', async () => {
    const given = open()
    given.offer(pair('two', 'B'))
    isAbsent = true
    await given.round(trusted)
    expect(given.serving).toEqual(pair('two', 'B'))
  })

  test('leaves the authority of before in the bundle for 15 minutes: others may still serve under it', async () => {
    const given = open()
    given.offer(pair('two', 'B'))
    held.set('B', 10_000)
    await given.round(trusted)
    nowMs = 15 * 60_000 - 1
    await given.round(trusted)
    expect(given.bundle).toEqual(['B', 'A'])
    nowMs++
    await given.round(trusted)
    expect(given.bundle).toEqual(['B'])
  })

  test('again, as it is or as it is about to be, is no change', () => {
    const given = open()
    expect(given.offer(pair('one', 'A'))).toBe(false)
    expect(given.offer(pair('two', 'B'))).toBe(true)
    expect(given.offer(pair('two', 'B'))).toBe(false)
  })
})
