import { type Static, Type } from '@sinclair/typebox'
import { Value } from '@sinclair/typebox/value'

const Review = Type.Object({
  response: Type.Object({
    uid: Type.String(),
    allowed: Type.Boolean(),
    patch: Type.Optional(Type.String()),
    status: Type.Optional(Type.Object({ code: Type.Integer(), message: Type.String() })),
  }),
})
type ReviewResponse = Static<typeof Review>['response']

const Patch = Type.Array(Type.Object({ value: Type.String() }))

/** What came back for one request. */
export type Answer =
  | { readonly kind: 'admitted'; readonly uid: string; readonly images: readonly string[] }
  | {
      readonly kind: 'denied'
      readonly uid: string
      readonly status: number
      readonly message: string
    }
  /** An HTTP error with a reason in its body. */
  | { readonly kind: 'refused'; readonly status: number }
  /** No answer: the connection failed, or time was over. */
  | { readonly kind: 'none'; readonly why: string }

/** Reads an answer; one that makes no sense is none. */
export function readAnswer(status: number, body: string): Answer {
  const json = parse(body)
  if (status !== 200) {
    const hasReason = typeof json === 'object' && json !== null && 'error' in json
    return hasReason
      ? { kind: 'refused', status }
      : { kind: 'none', why: `HTTP ${status}: ${body}` }
  }
  if (!Value.Check(Review, json)) return { kind: 'none', why: `no review: ${body.slice(0, 200)}` }
  return readResponse(json.response)
}

/** The shortest name of an answer, for the table. */
export function nameOf(answer: Answer): string {
  switch (answer.kind) {
    case 'admitted':
    case 'none':
      return answer.kind
    case 'denied':
      return `denied ${answer.status}`
    case 'refused':
      return `HTTP ${answer.status}`
  }
}

function readResponse({ uid, allowed, patch, status }: ReviewResponse): Answer {
  if (allowed) {
    const operations = patch === undefined ? [] : parse(Buffer.from(patch, 'base64').toString())
    if (!Value.Check(Patch, operations)) return { kind: 'none', why: 'a patch that is none' }
    return { kind: 'admitted', uid, images: operations.map(({ value }) => value) }
  }
  if (status === undefined) return { kind: 'none', why: 'a denial without a status' }
  return { kind: 'denied', uid, status: status.code, message: status.message }
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
