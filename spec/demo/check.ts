import { compare } from 'fast-json-patch'
import type { AdmissionResponse } from '../support/admission-answer.ts'
import type { Workload } from '../support/workload.ts'
import type { Blame, ExpectedAnswer } from './scene.ts'

/** Compares an answer with what is promised; returns a sentence for each difference. */
export function checkAnswer(
  expected: ExpectedAnswer,
  uid: string,
  answer: AdmissionResponse,
  stored: unknown,
): readonly string[] {
  return [
    ...differences('the uid', answer.uid, uid),
    ...differences('allowed', answer.allowed, expected.allowed),
    ...(expected.allowed
      ? [
          ...differences('the status', answer.status, undefined),
          ...checkStored(stored, expected.stored),
          ...checkWarnings(answer.warnings, expected.warned ?? []),
        ]
      : [
          ...differences('the status', answer.status?.code, expected.status),
          ...differences('the patch', answer.patch, undefined),
          ...checkBlames('the message', answer.status?.message.split('\n') ?? [], expected.blamed),
        ]),
  ]
}

function checkStored(stored: unknown, promised: Workload): readonly string[] {
  if (Bun.deepEquals(stored, promised, true)) return []
  const operations = compare(promised, Object(stored))
  return ['the stored object is not the promised one', ...operations.map((one) => show(one))]
}

function checkWarnings(
  warnings: readonly string[] | undefined,
  blames: readonly Blame[],
): readonly string[] {
  if (blames.length === 0) return differences('the list of warnings', warnings, undefined)
  return checkBlames('the list of warnings', warnings ?? [], blames)
}

/** Each blame stands in one line, and no other line blames anybody. */
function checkBlames(
  what: string,
  lines: readonly string[],
  blames: readonly Blame[],
): readonly string[] {
  const found = lines.flatMap((line) => {
    const code = /\[([A-Z_]+)[,\]]/.exec(line)?.[1]
    return code === undefined ? [] : [{ line, code }]
  })
  const missing = blames.filter(
    ({ image, code }) =>
      !found.some(
        (one) =>
          one.code === code && (image === undefined || one.line.includes(JSON.stringify(image))),
      ),
  )
  return [
    ...missing.map(
      ({ image, code }) => `${what} does not blame ${image ?? 'the request'}: ${code}`,
    ),
    ...differences(`the number of reasons in ${what}`, found.length, blames.length),
  ]
}

function differences(what: string, actual: unknown, promised: unknown): readonly string[] {
  if (Bun.deepEquals(actual, promised, true)) return []
  return [`${what} is ${show(actual)}, promised is ${show(promised)}`]
}

function show(value: unknown): string {
  return JSON.stringify(value) ?? 'absent'
}
