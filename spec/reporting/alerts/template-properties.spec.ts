import { expect, test } from 'bun:test'
import fc from 'fast-check'
import { BUILTIN_TEMPLATES } from '../../../src/reporting/alerts/builtin/templates.ts'
import { SAMPLE } from '../../../src/reporting/alerts/payload.ts'
import type { AlertValues } from '../../../src/reporting/alerts/placeholder.ts'
import { renderTemplate } from '../../../src/reporting/alerts/render.ts'
import { parseTemplate, TemplateError } from '../../../src/reporting/alerts/template.ts'

const text = fc.string({ unit: 'binary', maxLength: 60 })
const evil = fc.oneof(
  text,
  fc.constantFrom('","a":"', '\\', '"', '{{ cluster }}', '__proto__', '\u2028', '<!here>', '`'),
)

/** All that a user of the cluster, or an operator, can choose. */
const values: fc.Arbitrary<AlertValues> = fc
  .record({ alert_message: evil, images: evil, namespace: evil, error: evil, request_id: evil })
  .map((chosen) => ({ ...SAMPLE, ...chosen, priority: 3 }))

const NAMES = ['alert_message', 'images', 'namespace', 'error', 'request_id'] as const
const placeholder = fc.constantFrom(...NAMES).map((name) => `{{ ${name} }}`)

/** JSON with placeholders in texts, names and in place of values. */
const template = fc.letrec<{ value: string; object: string; list: string }>((tie) => ({
  value: fc.oneof(
    { maxDepth: 4 },
    fc
      .tuple(text, placeholder, text)
      .map((parts) => JSON.stringify(parts.join('').replaceAll('{%', ''))),
    placeholder,
    fc.constantFrom('1', 'true', 'null', '-2.5e1'),
    tie('object'),
    tie('list'),
  ),
  object: fc
    .array(fc.tuple(fc.oneof(text, placeholder), tie('value')), { maxLength: 4 })
    .map((members) => {
      const named = members.map(
        ([name, value], index) =>
          `${JSON.stringify(`${index}${name.replaceAll(/[{}%]/g, '')}`)}: ${value}`,
      )
      return `{${named.join(', ')}}`
    }),
  list: fc.array(tie('value'), { maxLength: 4 }).map((items) => `[${items.join(',')}]`),
})).value

/** What is left of a value when its texts are forgotten. */
function shapeOf(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(shapeOf)
  if (typeof value !== 'object' || value === null) return typeof value === 'string' ? '' : value
  return Object.entries(value).map(([name, each]) => [name, shapeOf(each)])
}

const wellFormed = (written: string) => {
  try {
    return parseTemplate(written)
  } catch (error) {
    if (error instanceof TemplateError) return undefined
    throw error
  }
}

test('whatever the values are, the JSON keeps the structure of its template', () => {
  fc.assert(
    fc.property(template, values, values, (written, one, other) => {
      const parsed = wellFormed(written)
      if (parsed === undefined) return
      const [a, b] = [one, other].map((each) => JSON.stringify(renderTemplate(parsed, each)))
      expect(shapeOf(JSON.parse(a ?? ''))).toEqual(shapeOf(JSON.parse(b ?? '')))
    }),
    { numRuns: 500 },
  )
})

test('whatever the values are, a built-in template keeps its structure', () => {
  const parsed = [...BUILTIN_TEMPLATES.values()].map(parseTemplate)
  fc.assert(
    fc.property(values, values, (one, other) => {
      for (const each of parsed) {
        const [a, b] = [one, other].map((all) => JSON.stringify(renderTemplate(each, all)))
        expect(shapeOf(JSON.parse(a ?? ''))).toEqual(shapeOf(JSON.parse(b ?? '')))
      }
    }),
    { numRuns: 200 },
  )
})

test('JSON without placeholders is what JSON.parse says', () => {
  fc.assert(
    fc.property(fc.json(), (json) => {
      fc.pre(!/\{\{|\{%/.test(JSON.stringify(JSON.parse(json))) && !json.includes('__proto__'))
      expect(JSON.stringify(renderTemplate(parseTemplate(json), { ...SAMPLE, priority: 3 }))).toBe(
        JSON.stringify(JSON.parse(json)),
      )
    }),
    { numRuns: 500 },
  )
})

test('any text is a template, or is refused in words with a place', () => {
  const anything = fc.oneof(fc.string({ unit: 'binary', maxLength: 200 }), fc.json(), template)
  fc.assert(
    fc.property(anything, fc.nat(), fc.string({ maxLength: 3 }), (written, at, patch) => {
      const cut = at % (written.length + 1)
      wellFormed(`${written.slice(0, cut)}${patch}${written.slice(cut + 1)}`)
    }),
    { numRuns: 2000 },
  )
})
