import { describe, expect, test } from 'bun:test'
import { existsSync, readFileSync } from 'node:fs'
import { basename, dirname, join } from 'node:path'
import { ConfigFile, OPTIONS } from '../src/config/schema.ts'
import { CosignSection } from '../src/validators/cosign/settings.ts'
import { NotaryV1Section } from '../src/validators/notary-v1/settings.ts'
import { StaticSection } from '../src/validators/static/settings.ts'
import { createMetrics } from './reporting/metrics/fixture.ts'

const TOP = join(import.meta.dir, '..')
const read = (file: string) => readFileSync(join(TOP, file), 'utf8')

const DOCUMENTS = ['*.md', '{docs,chart,bench,spec}/**/*.md'].flatMap((pattern) => [
  ...new Bun.Glob(pattern).scanSync(TOP),
])

/** The first cells of the tables of a document that hold a word of code, by the heading above. */
function readKeys(file: string): ReadonlyMap<string, readonly string[]> {
  const sections = read(file).split(/^#+ /m).slice(1)
  return new Map(
    sections.map((section) => {
      const rows = section.matchAll(/^\| `([^`]+)` \|/gm)
      return [section.slice(0, section.indexOf('\n')), [...rows].map(([, key = '']) => key)]
    }),
  )
}

/** A JSON Schema, as far as it is looked into here. */
interface Shape {
  readonly properties?: Readonly<Record<string, object>>
  readonly items?: object
}

/** Paths of all keys, such as `auth.secretName` and `trustRoots[].name`. */
function keysOf(schema: object): readonly string[] {
  const { properties = {}, items }: Shape = Object(schema)
  const ofItems = items === undefined ? [] : keysOf(items).map((key) => `[].${key}`)
  const ofMembers = Object.entries(properties).flatMap(([key, member]) => {
    const below = keysOf(member).map((each) => `${key}.${each}`.replace('.[]', '[]'))
    return isTransparent(key) ? below : [key, ...below]
  })
  return [...ofItems, ...ofMembers]
}

/** Keys that only hold a list of receivers, whose table is in a document of its own. */
const isTransparent = (key: string) => ['admitRequest', 'rejectRequest'].includes(key)

describe('docs/configuration.md has every key of the configuration, and no other', () => {
  const { features, alerting, policy } = ConfigFile.properties
  const tables = readKeys('docs/configuration.md')
  const alertingKeys = keysOf(alerting)
  test.each<[heading: string, keys: readonly string[]]>([
    ['The file', Object.keys(ConfigFile.properties)],
    ['`static` validators', keysOf(StaticSection)],
    ['`notaryv1` validators', keysOf(NotaryV1Section)],
    ['`cosign` validators', keysOf(CosignSection)],
    ['Rules of `policy`', keysOf(policy.items)],
    ['`with` of `notaryv1`', keysOf(OPTIONS.notaryv1)],
    ['`with` of `cosign`', keysOf(OPTIONS.cosign)],
    ['`features`', keysOf(features)],
    ['`alerting`', alertingKeys.filter((key) => !key.includes('[]'))],
  ])('under "%s"', (heading, keys) => {
    expect([...(tables.get(heading) ?? [])].toSorted()).toEqual([...keys].toSorted())
  })

  test('but for those of a receiver, which docs/alerting.md has', () => {
    const below = 'rejectRequest.receivers[].'
    const keys = alertingKeys.flatMap((key) =>
      key.startsWith(below) ? key.replace(below, '') : [],
    )
    expect(readKeys('docs/alerting.md').get('Alerting')).toEqual(keys)
  })
})

test('docs/troubleshooting.md has every code of a denial, and no other', () => {
  const codes = read('src/trust/errors.ts').match(/(?<=\| ')[A-Z_]+(?=')/g) ?? []
  const listed = [...readKeys('docs/troubleshooting.md').values()].flat()
  expect(codes.length).toBeGreaterThan(30)
  expect(listed.filter((key) => /^[A-Z_]+$/.test(key)).toSorted()).toEqual(codes.toSorted())
})

test('ARCHITECTURE.md names only files that there are', () => {
  const layout = /^## Layout$.*?^## /ms.exec(read('ARCHITECTURE.md'))?.[0] ?? ''
  const named = layout.match(/(?<![\w*.-])[\w-]+(?:\.spec)?\.ts\b/g) ?? []
  const there = new Set(
    [...new Bun.Glob('{src,spec}/**/*.ts').scanSync(TOP)].map((file) => basename(file)),
  )
  expect(named.length).toBeGreaterThan(60)
  expect(named.filter((name) => !there.has(name))).toEqual([])
})

describe('metrics', () => {
  const names = createMetrics().metrics.families.map(({ name }) => name)

  test('are all in docs/metrics.md, and no other is', () => {
    expect(readKeys('docs/metrics.md').get('Metrics')?.toSorted()).toEqual(names.toSorted())
  })

  test.each([...DOCUMENTS, ...new Bun.Glob('chart/{files,templates}/*').scanSync(TOP)])(
    '%s names only those that there are',
    (file) => {
      const named = read(file).match(/\bconnaisseur_(?!pod_id)[a-z_]+/g) ?? []
      const unknown = named.filter((name) => !names.includes(name.replace(PART, '')))
      expect(unknown).toEqual([])
    },
  )
})

/** What a histogram consists of. */
const PART = /_(?:bucket|sum|count)$/

/** What GitHub makes of a heading for links to it. */
const anchorOf = (heading: string) =>
  heading
    .toLowerCase()
    .replace(/[^\p{L}\p{N} _-]/gu, '')
    .replaceAll(' ', '-')

test.each(DOCUMENTS.toSorted())('%s links only to what is there', (file) => {
  const targets = [...read(file).matchAll(/\]\((?!https?:)([^)\s]+)\)/g)].map(([, to = '']) => to)
  const broken = targets.filter((target) => {
    const [path = '', anchor] = target.split('#')
    const to = path === '' ? file : join(dirname(file), path)
    if (!existsSync(join(TOP, to))) return true
    if (anchor === undefined) return false
    const headings = [...read(to).matchAll(/^#+ (.*)$/gm)].map(([, heading = '']) => heading)
    return !headings.map(anchorOf).includes(anchor)
  })
  expect(broken).toEqual([])
})
