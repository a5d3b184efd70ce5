import {
  type Alias,
  isAlias,
  isMap,
  isNode,
  isScalar,
  isSeq,
  type Node,
  type Pair,
  type Scalar,
  type YAMLMap,
  type YAMLSeq,
} from 'yaml'
import type { Fault } from './syntax.ts'
import { mention } from './wording.ts'

/**
 * How many values aliases may repeat: ten thousand rules that share options of up to ten values.
 * Against files of a few lines that stand for billions of values ("billion laughs").
 */
const MAX_REPEATED = 100_000

/** How deep values may be nested: far more than any Helm values, far less than the stack. */
const MAX_DEPTH = 100

/** A YAML tree as plain values, and what is needed to find a value in the tree again. */
export interface Reading {
  readonly value: unknown
  readonly faults: readonly Fault[]
  /** The members of each mapping by key; of a key that is given twice, the first. */
  readonly members: ReadonlyMap<YAMLMap, ReadonlyMap<string, Pair>>
  readonly targets: ReadonlyMap<Alias, Node>
}

interface Measured {
  readonly value: unknown
  /** How many values it stands for, itself and those behind aliases included. */
  readonly size: number
}

/** Reads plain values from a YAML tree whose keys are strings. Aliased values are shared. */
export function readValue(root: Node, lineOf: (offset: number) => number): Reading {
  const faults: Fault[] = []
  const members = new Map<YAMLMap, Map<string, Pair>>()
  const targets = new Map<Alias, Node>()
  const anchors = new Map<string, Node>()
  const finished = new Map<Node, Measured>()
  let repeated = 0
  let depth = 0

  function read(node: unknown): Measured {
    if (isAlias(node)) return readAlias(node)
    if (!isScalar(node) && !isMap(node) && !isSeq(node)) return { value: null, size: 1 }
    if (node.anchor !== undefined) anchors.set(node.anchor, node)
    depth++
    const measured = depth > MAX_DEPTH ? tooDeep(node) : readContent(node)
    depth--
    if (node.anchor !== undefined) finished.set(node, measured)
    return measured
  }

  function readContent(node: Scalar | YAMLMap | YAMLSeq): Measured {
    if (isMap(node)) return readMap(node)
    return isSeq(node) ? readList(node.items) : { value: node.value, size: 1 }
  }

  function tooDeep(node: Node): Measured {
    faults.push({
      offset: offsetOf(node),
      message: `values are nested more than ${MAX_DEPTH} deep.`,
      fix: 'Write them flat.',
    })
    return { value: null, size: 1 }
  }

  function readMap(map: YAMLMap): Measured {
    const byKey = new Map<string, Pair>()
    members.set(map, byKey)
    // Without a prototype a key such as __proto__ is a key like any other.
    const value: Record<string, unknown> = Object.create(null)
    let size = 1
    for (const pair of map.items) {
      const key = isScalar(pair.key) ? String(pair.key.value ?? '') : ''
      const member = read(pair.value)
      size += member.size
      const first = byKey.get(key)
      if (first === undefined) {
        byKey.set(key, pair)
        value[key] = member.value
        continue
      }
      faults.push({
        offset: offsetOf(pair.key),
        message: `the key ${mention(key)} is given twice, first on line ${lineOf(offsetOf(first.key))}.`,
        fix: 'Remove one of them.',
      })
    }
    return { value, size }
  }

  function readList(items: readonly unknown[]): Measured {
    const measured = items.map(read)
    return {
      value: measured.map(({ value }) => value),
      size: measured.reduce((sum, { size }) => sum + size, 1),
    }
  }

  function readAlias(alias: Alias): Measured {
    const target = anchors.get(alias.source)
    const measured = target === undefined ? undefined : finished.get(target)
    if (target === undefined || measured === undefined) {
      const why = target === undefined ? 'has no anchor before it' : 'stands inside its own anchor'
      faults.push({
        offset: offsetOf(alias),
        message: `the alias ${mention(alias.source)} ${why}.`,
        fix: 'Write the value itself.',
      })
      return { value: null, size: 1 }
    }
    targets.set(alias, target)
    const before = repeated
    repeated += measured.size
    if (before <= MAX_REPEATED && repeated > MAX_REPEATED) {
      faults.push({
        offset: offsetOf(alias),
        message: `aliases repeat more than ${MAX_REPEATED} values.`,
        fix: 'Write the values themselves.',
      })
    }
    return measured
  }

  const { value } = read(root)
  return { value, faults, members, targets }
}

/** Where a node begins, as an offset in UTF-16 units. */
export function offsetOf(node: unknown): number {
  return isNode(node) ? (node.range?.[0] ?? 0) : 0
}
