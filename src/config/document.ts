import { isAlias, isMap, isScalar, isSeq, LineCounter, type Node, parseDocument } from 'yaml'
import type { Path, Problem } from './problem.ts'
import { offsetOf, type Reading, readValue } from './read-value.ts'
import { describeSyntaxErrors, type Fault } from './syntax.ts'

/**
 * The largest file, in bytes. Ten thousand rules with options are 1.5 MB and take about a second;
 * a ConfigMap or a Secret holds 1 MiB at most.
 */
const MAX_BYTES = 4 * 1024 * 1024

/** Everything that YAML 1.2 (5.1, c-printable) does not allow, and U+FFFD: bytes that are no UTF-8. */
const UNPRINTABLE = /[^\t\n\r\x20-\x7E\x85\xA0-\uD7FF\uE000-\uFFFC\u{10000}-\u{10FFFF}]/u

/** A place in a file, 1-based. */
export interface Position {
  readonly line: number
  readonly column: number
}

const START: Position = { line: 1, column: 1 }

/** A YAML file as plain values, with the place of each. */
export interface Document {
  /** Undefined if the problems leave nothing to look at. */
  readonly value: unknown
  readonly problems: readonly Problem[]
  /** Finds a value, or the key before it; the nearest value around it if it is not there. */
  locate(path: Path, at: 'key' | 'value'): Position
}

/** Parses YAML 1.2 (core schema). Never throws. */
export function parseYaml(text: string): Document {
  const bytes = Buffer.byteLength(text)
  if (bytes > MAX_BYTES) {
    const message = `the file is ${bytes} bytes long, more than ${MAX_BYTES}.`
    return refuse([{ ...START, message, fix: 'Use wildcards to write fewer rules.' }])
  }
  const lines = new LineCounter()
  const document = parseTree(text, lines)
  if (document === undefined) {
    return refuse([
      { ...START, message: 'the values are nested too deeply.', fix: 'Write them flat.' },
    ])
  }
  const toProblem = ({ offset, message, fix }: Fault): Problem => ({
    ...toPosition(lines, offset),
    message,
    fix,
  })
  const faults = [
    ...findUnprintable(text),
    ...describeSyntaxErrors([...document.errors, ...document.warnings]),
  ]
  if (faults.length > 0) return refuse(faults.map(toProblem))
  const root = document.contents
  if (root === null || (isScalar(root) && root.value === null)) {
    return refuse([
      { ...START, message: 'the file is empty.', fix: 'Write validators and policy.' },
    ])
  }
  const reading = readValue(root, (offset) => toPosition(lines, offset).line)
  return {
    value: reading.value,
    problems: reading.faults.map(toProblem),
    locate: (path, at) => toPosition(lines, locate(root, reading, path, at)),
  }
}

/** Parses without looking at the values. Nothing: it is nested deeper than the stack takes. */
function parseTree(text: string, lineCounter: LineCounter) {
  try {
    return parseDocument(text, {
      version: '1.2',
      schema: 'core',
      resolveKnownTags: false,
      strict: true,
      stringKeys: true,
      // Compares each key with each other one; readValue does it with a map and names both lines.
      uniqueKeys: false,
      // Would copy lines of the file into messages, and with them secrets.
      prettyErrors: false,
      // At `silent` a second document is dropped without an error.
      logLevel: 'error',
      lineCounter,
    })
  } catch (error) {
    if (error instanceof RangeError) return undefined
    throw error
  }
}

function refuse(problems: readonly Problem[]): Document {
  return { value: undefined, problems, locate: () => START }
}

function toPosition(lines: LineCounter, offset: number): Position {
  const { line, col } = lines.linePos(offset)
  return { line: Math.max(1, line), column: Math.max(1, col) }
}

function findUnprintable(text: string): readonly Fault[] {
  const match = UNPRINTABLE.exec(text)
  if (match === null) return []
  const code = (match[0].codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, '0')
  return [
    {
      offset: match.index,
      message: `the character U+${code} does not belong in a YAML file.`,
      fix: 'Write the file as UTF-8 text without control characters.',
    },
  ]
}

function locate(root: Node, reading: Reading, path: Path, at: 'key' | 'value'): number {
  let node: unknown = root
  let key: unknown
  let value: unknown = root
  for (const segment of path) {
    if (isMap(node)) {
      const pair = reading.members.get(node)?.get(segment)
      if (pair === undefined) return offsetOf(value)
      key = pair.key
      value = pair.value
    } else if (isSeq(node) && node.items[Number(segment)] !== undefined) {
      key = undefined
      value = node.items[Number(segment)]
    } else {
      return offsetOf(value)
    }
    node = isAlias(value) ? reading.targets.get(value) : value
  }
  const isEmpty = isScalar(value) && value.value === null
  return offsetOf(key !== undefined && (at === 'key' || isEmpty) ? key : value)
}
