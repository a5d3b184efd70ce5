import { isUtf8 } from 'node:buffer'
import { type Static, Type } from '@sinclair/typebox'
import { type TypeCheck, TypeCompiler } from '@sinclair/typebox/compiler'
import { quote } from '../text/quote.ts'
import { findReplacementCharacter } from './utf8.ts'

/**
 * The largest AdmissionReview in bytes: two objects of 3 MiB, which is the API server's own limit
 * for one, and 1 MiB for the rest (as controller-runtime derives it).
 */
export const MAX_REVIEW_BYTES = 7 * 1024 * 1024

const RequestSchema = Type.Object({
  uid: Type.String({ minLength: 1, maxLength: 256 }),
  kind: Type.Object({ group: Type.String(), version: Type.String(), kind: Type.String() }),
  operation: Type.Union([
    Type.Literal('CREATE'),
    Type.Literal('UPDATE'),
    Type.Literal('DELETE'),
    Type.Literal('CONNECT'),
  ]),
  subResource: Type.Optional(Type.String()),
  namespace: Type.Optional(Type.String()),
  name: Type.Optional(Type.String()),
  dryRun: Type.Optional(Type.Union([Type.Boolean(), Type.Null()])),
  object: Type.Optional(Type.Unknown()),
  oldObject: Type.Optional(Type.Unknown()),
})

const API_VERSION = 'admission.k8s.io/v1'

const ReviewSchema = Type.Object({
  apiVersion: Type.Literal(API_VERSION),
  kind: Type.Literal('AdmissionReview'),
  request: RequestSchema,
})

/** Compiled at the first request, because compiling would be felt at start. */
let compiled: TypeCheck<typeof ReviewSchema> | undefined

/** The `request` of an AdmissionReview; `object` and `oldObject` are the user's, unchecked. */
export type SentRequest = Static<typeof RequestSchema> & {
  /** Where the request is not valid UTF-8, as a path such as `object.spec.containers[0].image`. */
  readonly invalidUtf8At?: string
}

/**
 * Parses the body of a request of the API server. Throws a `SyntaxError` that says what was
 * expected. Invalid UTF-8 within an otherwise well-formed review is not an error here but noted,
 * so that it is denied under its uid.
 */
export function parseReview(body: Uint8Array): SentRequest {
  const review = parseJson(Buffer.from(body.buffer, body.byteOffset, body.length).toString('utf8'))
  checkShape(review)
  if (isUtf8(body)) return review.request
  const invalidUtf8At = findReplacementCharacter(review.request) ?? 'request'
  return { ...review.request, invalidUtf8At }
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch (cause) {
    throw new SyntaxError('the body is not JSON, an AdmissionReview was expected', { cause })
  }
}

function checkShape(review: unknown): asserts review is Static<typeof ReviewSchema> {
  compiled ??= TypeCompiler.Compile(ReviewSchema)
  if (compiled.Check(review)) return
  const errors = [...compiled.Errors(review)]
  const [error] = errors.toSorted((a, b) => Number(isVersion(b)) - Number(isVersion(a)))
  const path = error?.path.slice(1).replaceAll('/', '.') || 'the body'
  throw new SyntaxError(
    `${path} is ${describe(error?.value)}, an AdmissionReview of ${API_VERSION} was expected (${error?.message.toLowerCase()})`,
  )
}

/** Never renders what is nested: it may be nested deeper than can be rendered. */
function describe(value: unknown): string {
  if (value === undefined) return 'missing'
  if (typeof value === 'string') return quote(value)
  return typeof value === 'object' && value !== null ? 'of another form' : String(value)
}

/** Another version explains everything else that is wrong. */
function isVersion({ path }: { readonly path: string }): boolean {
  return path === '/apiVersion'
}
