import type { Reference } from '../image/reference.ts'
import type { Pattern } from './pattern.ts'
import { type Subject, toSubjects } from './subject.ts'

/**
 * Patterns merged by their common beginnings and walked as one automaton: a character of the image
 * costs one visit of each active node, however the patterns are made. Nothing backtracks, so neither
 * a hostile pattern nor a hostile image costs more than characters times nodes.
 */
export interface PatternTrie<R extends { readonly pattern: Pattern }> {
  readonly root: Node<R>
  /** Of the few patterns with a digest and no tag: most images have both, and are not walked twice. */
  readonly byDigest: Node<R>
  /** Counts the characters of all walks, so that no step makes a node active twice. */
  step: number
}

interface Node<R> {
  /** Entered by `*`: stays active whatever comes. */
  readonly isRun: boolean
  readonly next: Map<string, Node<R>>
  readonly ends: R[]
  /** The step that last made this node active. */
  step: number
}

/** Builds the trie over the completed patterns, once at start. */
export function buildTrie<R extends { readonly pattern: Pattern }>(
  rules: readonly R[],
): PatternTrie<R> {
  const byDigest = rules.filter(
    ({ pattern: { last } }) => last.digest !== undefined && last.tag === undefined,
  )
  return { root: buildNodes(rules), byDigest: buildNodes(byDigest), step: 0 }
}

function buildNodes<R extends { readonly pattern: Pattern }>(rules: readonly R[]): Node<R> {
  const root = newNode<R>(false)
  for (const rule of rules) {
    let node = root
    for (const character of rule.pattern.completed) {
      const child = node.next.get(character) ?? newNode<R>(character === '*')
      node.next.set(character, child)
      node = child
    }
    node.ends.push(rule)
  }
  return root
}

/** Collects the rules whose pattern matches the whole image, in no particular order. */
export function collectMatches<R extends { readonly pattern: Pattern }>(
  trie: PatternTrie<R>,
  reference: Reference,
): ReadonlySet<R> {
  const found = new Set<R>()
  for (const subject of toSubjects(reference)) walk(trie, subject, found)
  return found
}

function walk<R extends { readonly pattern: Pattern }>(
  trie: PatternTrie<R>,
  subject: Subject,
  found: Set<R>,
): void {
  let active: Node<R>[] = []
  const enter = (node: Node<R> | undefined, at: number) => {
    if (node === undefined || node.step === trie.step) {
      return
    }
    node.step = trie.step
    for (const rule of node.ends) {
      if (endsAt(rule.pattern, node.isRun, subject, at)) found.add(rule)
    }
    if (node.next.size > 0) {
      active.push(node)
      // A run may be empty.
      enter(node.next.get('*'), at)
    }
  }
  trie.step++
  enter(subject.isFor === 'digests' ? trie.byDigest : trie.root, 0)
  for (let at = 0; at < subject.text.length && active.length > 0; at++) {
    const character = subject.text.charAt(at)
    const before = active
    active = []
    trie.step++
    for (const node of before) {
      if (node.isRun) enter(node, at + 1)
      enter(node.next.get(character), at + 1)
      enter(node.next.get('?'), at + 1)
    }
  }
}

function newNode<R>(isRun: boolean): Node<R> {
  return { isRun, next: new Map(), ends: [], step: -1 }
}

/**
 * Tells whether a pattern that has been used up at a position matches the whole text; a final run
 * uses up the rest. A pattern without tag and digest is about the name alone, so that
 * `r.io/*-prod` does not let `r.io/evil:1-prod` in.
 */
function endsAt({ last }: Pattern, isRun: boolean, subject: Subject, at: number): boolean {
  if (subject.isFor === 'tags' && last.tag === undefined) return false
  if (last.digest !== undefined) {
    return isRun || at === subject.text.length
  }
  if (last.tag !== undefined) {
    return isRun || at === subject.tagEnd || at === subject.text.length
  }
  return isRun ? at <= subject.nameEnd : at === subject.nameEnd
}
