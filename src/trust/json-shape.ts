import type { TSchema } from '@sinclair/typebox'
import { type TypeCheck, TypeCompiler } from '@sinclair/typebox/compiler'
import { quote } from '../text/quote.ts'
import type { Json } from './strict-json.ts'

/**
 * Tells where a value from outside first departs from its schema, for a message, or undefined if it
 * does not. A schema's `description` says what is expected there.
 */
export function findMisfit(schema: TSchema, json: Json): string | undefined {
  const compiled = compile(schema)
  const error = compiled.Check(json) ? undefined : compiled.Errors(json).First()
  if (error === undefined) return undefined
  const { description = error.message.toLowerCase().replace('expected ', '') } = error.schema
  return `${quote(error.path)} is not as expected: ${description}`
}

/** Compiled at first use, because a program that only starts should start at once. */
const compiledSchemas = new Map<TSchema, TypeCheck<TSchema>>()

function compile(schema: TSchema): TypeCheck<TSchema> {
  const compiled = compiledSchemas.get(schema) ?? TypeCompiler.Compile(schema)
  compiledSchemas.set(schema, compiled)
  return compiled
}
