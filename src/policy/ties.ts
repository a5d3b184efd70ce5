import { canBothMatch } from './intersect.ts'
import type { Pattern } from './pattern.ts'

interface Candidate<R> {
  readonly rule: R
  /** Path components, then name, tag and digest of the last one; `*` where the pattern leaves one out. */
  readonly segments: readonly string[]
}

/**
 * Finds the rules that no step of the order tells apart for some image: those must be refused at
 * start. Each rule is paired with the first one before it that it ties with, so that a thousand
 * equal rules are a thousand pairs and not half a million. Runs that span a separator are left to
 * Policy.match, which reports a tie when one comes.
 */
export function findTies<R extends { readonly pattern: Pattern }>(
  rules: readonly R[],
): readonly (readonly [R, R])[] {
  const candidates = rules.map((rule) => ({ rule, segments: segmentsOf(rule.pattern) }))
  return groupBy(candidates, ({ rule }) => shapeOf(rule.pattern))
    .flatMap(splitBySuffix)
    .flatMap(tiesWithin)
}

/**
 * Without runs that span `/`, the common prefix with any image that two patterns match ends at the
 * first wildcard: components that differ before it, or in length, are told apart by the order.
 */
function shapeOf(pattern: Pattern): string {
  return pattern.components
    .map((component) => `${component.split(/[*?]/, 1)[0] ?? ''} ${component.length}`)
    .join('/')
}

/** Keeps `*.a.example/*:*` and ten thousand like it from being compared pair by pair. */
function splitBySuffix<R>(group: readonly Candidate<R>[]): readonly (readonly Candidate<R>[])[] {
  if (group.length < 3) {
    return [group]
  }
  const suffixes = group.map(({ segments }) => segments.map(literalSuffix))
  const shared = suffixes.reduce<readonly number[]>(
    (lengths, texts) =>
      texts.map((text, index) => Math.min(text.length, lengths[index] ?? text.length)),
    [],
  )
  return groupBy(group, ({ segments }) =>
    segments.map((text, index) => text.slice(text.length - (shared[index] ?? 0))).join('/'),
  )
}

function literalSuffix(segment: string): string {
  return segment.slice(Math.max(segment.lastIndexOf('*'), segment.lastIndexOf('?')) + 1)
}

function tiesWithin<R>(group: readonly Candidate<R>[]): readonly (readonly [R, R])[] {
  return group.flatMap((later) => {
    const first = group.find((candidate) => candidate === later || tie(candidate, later))
    return first === undefined || first === later ? [] : [[first.rule, later.rule] as const]
  })
}

function tie<R>(a: Candidate<R>, b: Candidate<R>): boolean {
  return a.segments.every((segment, index) => canBothMatch(segment, b.segments[index] ?? ''))
}

function segmentsOf({ components, last }: Pattern): readonly string[] {
  return [...components.slice(0, -1), last.name, last.tag ?? '*', last.digest ?? '*']
}

function groupBy<T>(items: readonly T[], keyOf: (item: T) => string): readonly (readonly T[])[] {
  return [...Map.groupBy(items, keyOf).values()]
}
