import { describe, expect, test } from 'bun:test'
import type { LogFields } from '../../src/reporting/log.ts'
import { TrustDataBoard } from '../../src/reporting/trust-data.ts'
import type { TrustObserver, VerifiedRepository } from '../../src/validators/notary-v1/observer.ts'

const DAY_MS = 24 * 60 * 60 * 1000
const NOW = new Date('2026-03-01T12:00:00Z')

/** So many days after the beginning. */
const day = (days: number) => new Date(NOW.getTime() + days * DAY_MS)

const role = (name: string, expiresInDays = 100, version = 1) => ({
  role: name,
  version,
  expires: day(expiresInDays),
})

const repository = (
  roles: VerifiedRepository['roles'],
  more: Partial<VerifiedRepository> = {},
) => ({
  validator: 'default',
  gun: 'docker.io/library/app',
  roles,
  now: NOW,
  ...more,
})

/** A board and the lines that it logs. */
function setUp(days: Readonly<Record<string, number>> = {}) {
  const lines: (LogFields & { readonly level: string; readonly message: string })[] = []
  const board = new TrustDataBoard({
    log: (level, message, fields) => void lines.push({ level, message, ...fields }),
    warningDays: (validator) => days[validator] ?? 14,
  })
  const observe: TrustObserver = board.observe
  const warnings = () => lines.filter(({ level }) => level === 'warn')
  return { board, observe, lines, warnings }
}

describe('verified trust data', () => {
  test('is logged with the version and expiry of each role, in one line', () => {
    const { observe, lines } = setUp()
    observe(repository([role('root', 300), role('timestamp', 20, 7)]))
    expect(lines).toEqual([
      {
        level: 'info',
        message: 'trust data verified',
        validator: 'default',
        gun: 'docker.io/library/app',
        roles: [role('root', 300), role('timestamp', 20, 7)],
      },
    ])
  })

  test('is logged again only where a role has another version, and then that role', () => {
    const { observe, lines } = setUp()
    observe(repository([role('root'), role('timestamp')]))
    observe(repository([role('root'), role('timestamp')]))
    expect(lines).toHaveLength(1)
    observe(repository([role('root'), role('timestamp', 100, 2)]))
    expect(lines.slice(1)).toMatchObject([{ roles: [role('timestamp', 100, 2)] }])
  })

  test('is not news when rules that look at other roles take turns', () => {
    const { observe, lines } = setUp()
    const [alice, bob] = [role('targets/alice'), role('targets/bob')]
    for (const each of [alice, bob, alice, bob]) observe(repository([role('root'), each]))
    expect(lines).toHaveLength(2)
  })

  test('of a role that comes back after more than a week is news again', () => {
    const { observe, lines } = setUp()
    observe(repository([role('targets'), role('targets/gone')]))
    observe(repository([role('targets', 100, 2)], { now: day(8) }))
    observe(repository([role('targets', 100, 2), role('targets/gone')], { now: day(8) }))
    expect(lines.at(-1)).toMatchObject({ roles: [role('targets/gone')] })
  })

  test.each([
    ['validator', { validator: 'other' }],
    ['repository', { gun: 'docker.io/library/other' }],
  ])('is apart for another %s', (_, more) => {
    const { observe, lines } = setUp()
    observe(repository([role('root')]))
    observe(repository([role('root')], more))
    expect(lines).toHaveLength(2)
  })

  test('of more than 10 000 repositories: the one not verified for longest is news again', () => {
    const { observe, lines } = setUp()
    const verify = (index: number) => observe(repository([role('root')], { gun: `app-${index}` }))
    for (let index = 0; index < 10_000; index++) verify(index)
    verify(0)
    verify(10_000)
    expect(lines).toHaveLength(10_001)
    verify(0)
    expect(lines).toHaveLength(10_001)
    verify(1)
    expect(lines).toHaveLength(10_002)
  })
})

describe('the warning before expiry', () => {
  test.each(['root', 'targets', 'targets/releases'])(
    'is given for %s and says who acts',
    (name) => {
      const { observe, warnings } = setUp()
      observe(repository([role(name, 13, 4)]))
      expect(warnings()).toEqual([
        {
          level: 'warn',
          message: 'trust data expires soon',
          validator: 'default',
          gun: 'docker.io/library/app',
          role: name,
          version: 4,
          expires: day(13),
          action: 'the publisher has to sign it anew',
        },
      ])
    },
  )

  test.each(['timestamp', 'snapshot'])('is not given for %s, which the server signs', (name) => {
    const { observe, warnings } = setUp()
    observe(repository([role(name, 1)]))
    expect(warnings()).toEqual([])
  })

  test('begins the configured days before', () => {
    const { observe, warnings } = setUp({ default: 30 })
    observe(repository([role('root', 60)], { now: day(30) }))
    expect(warnings()).toEqual([])
    observe(repository([role('root', 60)], { now: new Date(day(30).getTime() + 1) }))
    expect(warnings()).toHaveLength(1)
  })

  test('is never given where 0 days are configured', () => {
    const { observe, warnings } = setUp({ default: 0 })
    observe(repository([role('root', 0)]))
    expect(warnings()).toEqual([])
  })

  test('is given once a day for a version, and at once for the next one', () => {
    const { observe, warnings } = setUp()
    observe(repository([role('root', 10)]))
    observe(repository([role('root', 10)], { now: new Date(day(1).getTime() - 1) }))
    expect(warnings()).toHaveLength(1)
    observe(repository([role('root', 10)], { now: day(1) }))
    expect(warnings()).toHaveLength(2)
    observe(repository([role('root', 10, 2)], { now: day(1) }))
    expect(warnings()).toHaveLength(3)
  })
})

describe('the soonest expiries', () => {
  test('are one for each validator and kind of role, without names', () => {
    const { board, observe } = setUp()
    const roles = [role('root', 50), role('timestamp', 5), role('snapshot', 9), role('targets', 60)]
    observe(repository([...roles, role('targets/a', 40), role('targets/b', 30)]))
    observe(repository([role('root', 20)], { gun: 'docker.io/library/other' }))
    observe(repository([role('root', 90)], { validator: 'other' }))
    expect(board.soonestExpiries().toSorted((a, b) => +a.expires - +b.expires)).toEqual([
      { validator: 'default', kind: 'timestamp', expires: day(5) },
      { validator: 'default', kind: 'snapshot', expires: day(9) },
      { validator: 'default', kind: 'root', expires: day(20) },
      { validator: 'default', kind: 'delegation', expires: day(30) },
      { validator: 'default', kind: 'targets', expires: day(60) },
      { validator: 'other', kind: 'root', expires: day(90) },
    ])
  })

  test('are those of the newest versions', () => {
    const { board, observe } = setUp()
    observe(repository([role('root', 20)]))
    observe(repository([role('root', 90, 2)]))
    expect(board.soonestExpiries()).toMatchObject([{ kind: 'root', expires: day(90) }])
  })

  test('stay when they are past, until nothing was verified for a week', () => {
    const { board, observe } = setUp()
    const other = (days: number) =>
      observe(repository([role('root', 300)], { gun: 'other', now: day(days) }))
    observe(repository([role('targets', 2)]))
    other(7)
    expect(board.soonestExpiries()).toMatchObject([{ kind: 'targets', expires: day(2) }, {}])
    other(7.01)
    expect(board.soonestExpiries()).toMatchObject([{ kind: 'root' }])
  })

  test('stay where the same version is verified again and again', () => {
    const { board, observe } = setUp()
    for (const days of [0, 5, 10]) observe(repository([role('targets', 90)], { now: day(days) }))
    expect(board.soonestExpiries()).toMatchObject([{ kind: 'targets' }])
  })

  test('are none of a delegation that was removed a week ago', () => {
    const { board, observe } = setUp()
    observe(repository([role('targets'), role('targets/gone', 3)]))
    observe(repository([role('targets', 100, 2)], { now: day(8) }))
    expect(board.soonestExpiries()).toMatchObject([{ kind: 'targets' }])
  })
})
