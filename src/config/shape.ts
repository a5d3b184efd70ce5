import { KindGuard, type TSchema, type TUnion, Type } from '@sinclair/typebox'
import { Errors, type ValueError, ValueErrorType } from '@sinclair/typebox/errors'
import { findNearest } from './nearest.ts'
import type { Finding, Path } from './problem.ts'
import { enumerate, mention } from './wording.ts'

/** What each JSON Schema type is called, and how it is written. */
const EXPECTED: ReadonlyMap<unknown, readonly [noun: string, fix: string]> = new Map([
  ['string', ['a text', 'Write a text, in quotes if it looks like a number or like true.']],
  ['boolean', ['true or false', 'Write true or false without quotes.']],
  ['integer', ['a whole number', 'Write a whole number without quotes.']],
  ['array', ['a list', 'Write a list: a line that starts with "- " for each entry.']],
  ['object', ['a mapping', 'Write lines of key: value, indented equally.']],
])

/** Finds where a value at a path does not have the shape of a schema; one finding per place. */
export function findMisshapen(schema: TSchema, value: unknown, base: Path): readonly Finding[] {
  const findings = new Map<string, Finding>()
  for (const error of Errors(schema, value)) {
    for (const finding of toFindings(error, [...base, ...parsePointer(error.path)])) {
      const place = JSON.stringify(finding.path)
      // A missing member is reported once more as a member of the wrong type.
      if (!findings.has(place)) findings.set(place, finding)
    }
  }
  return [...findings.values()]
}

function toFindings(error: ValueError, path: Path): readonly Finding[] {
  const { schema, value } = error
  switch (error.type) {
    case ValueErrorType.ObjectRequiredProperty:
      return [missing(schema, path)]
    case ValueErrorType.ObjectAdditionalProperties:
      return [unknownKey(schema, path)]
    case ValueErrorType.Union:
      return KindGuard.IsUnion(schema) ? misfit(schema, value, path) : []
    case ValueErrorType.ArrayMinItems:
    case ValueErrorType.StringMinLength:
      return [empty(schema, path)]
    case ValueErrorType.IntegerMinimum:
      return [
        {
          path,
          at: 'value',
          message: `${name(path)} is ${value}.`,
          fix: `Write ${schema['minimum']} or more.`,
        },
      ]
    case ValueErrorType.IntegerMaximum:
      return [
        {
          path,
          at: 'value',
          message: `${name(path)} is ${value}.`,
          fix: `Write ${schema['maximum']} or less.`,
        },
      ]
    default:
      return [wrongType(schema, value, path)]
  }
}

function missing(schema: TSchema, path: Path): Finding {
  const what = schema.description === undefined ? '' : `: ${schema.description}`
  const message = `the key ${mention(path.at(-1) ?? '')} is missing.`
  return { path, at: 'value', message, fix: `Add it${what}.` }
}

/** The schema is the one of the mapping that holds the key. */
function unknownKey(schema: TSchema, path: Path): Finding {
  const known = KindGuard.IsObject(schema) ? Object.keys(schema.properties) : []
  const key = path.at(-1) ?? ''
  const nearest = findNearest(key, known)
  const place = schema.title === undefined ? '' : ` in ${schema.title}`
  const remedy = known.length === 0 ? 'Remove it.' : `Remove it, or write ${enumerate(known)}.`
  return {
    path,
    at: 'key',
    message: `unknown key ${mention(key)}${place}.`,
    fix: nearest === undefined ? remedy : `Write ${mention(nearest)}.`,
  }
}

function empty(schema: TSchema, path: Path): Finding {
  const fix = `Write ${schema.description ?? 'a value, or remove the key'}.`
  return { path, at: 'value', message: `${name(path)} is empty.`, fix }
}

function wrongType(schema: TSchema, value: unknown, path: Path): Finding {
  if (value === null && path.length > 0) return empty(schema, path)
  const [noun, fix] = EXPECTED.get(schema['type']) ?? ['something else', 'Write another value.']
  return { path, at: 'value', message: `${name(path)} is ${describe(value)}, not ${noun}.`, fix }
}

/** A value that is none of several words, or a mapping that is none of several kinds. */
function misfit(union: TUnion, value: unknown, path: Path): readonly Finding[] {
  const kinds = union.anyOf.filter(KindGuard.IsObject)
  if (kinds.length === 0) return [wrongWord(union, value, path)]
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    return [wrongType({ ...union, type: 'object' }, value, path)]
  }
  const types = Type.Union(
    kinds.map(({ properties }) => properties['type'] ?? Type.Never()),
    { description: 'the kind of validator' },
  )
  const type: unknown = Reflect.get(value, 'type')
  const kind = kinds.find(({ properties }) => properties['type']?.['const'] === type)
  if (kind !== undefined) return findMisshapen(kind, value, path)
  const at = [...path, 'type']
  return [Object.hasOwn(value, 'type') ? wrongWord(types, type, at) : missing(types, at)]
}

function wrongWord(union: TUnion, value: unknown, path: Path): Finding {
  if (typeof value !== 'string') return wrongType({ ...union, type: 'string' }, value, path)
  const words = union.anyOf.map((literal) => String(literal['const']))
  const nearest = findNearest(value, words)
  return {
    path,
    at: 'value',
    message: `${name(path)} is ${mention(value)}, which is none of its values.`,
    fix: `Write ${nearest ?? enumerate(words)}.`,
  }
}

function name(path: Path): string {
  const last = path.at(-1)
  if (last === undefined) return 'the file'
  const list = path.at(-2)
  return /^\d+$/.test(last) && list !== undefined
    ? `entry ${Number(last) + 1} of "${list}"`
    : `"${last}"`
}

function describe(value: unknown): string {
  if (Array.isArray(value)) return 'a list'
  switch (typeof value) {
    case 'string':
      return 'a text'
    case 'boolean':
      return 'true or false'
    case 'object':
      return value === null ? 'empty' : 'a mapping'
    default:
      return 'a number'
  }
}

/** RFC 6901. */
function parsePointer(pointer: string): Path {
  return pointer
    .split('/')
    .slice(1)
    .map((segment) => segment.replaceAll('~1', '/').replaceAll('~0', '~'))
}
