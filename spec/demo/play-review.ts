import { applyPatch, deepClone, getValueByPointer, type ReplaceOperation } from 'fast-json-patch'
import type { AdmissionResponse } from '../support/admission-answer.ts'
import type { AdmissionReview } from '../support/admission-review.ts'
import { checkAnswer } from './check.ts'
import type { Account, ReviewScene, Row } from './scene.ts'
import type { Stage } from './stage.ts'

/** The webhook's name in a cluster, as its users know it from Connaisseur. */
const WEBHOOK_NAME = 'connaisseur-svc.connaisseur.svc'

/** Sends a review as the API server does, and stores or refuses the object as that would. */
export async function playReview(scene: ReviewScene, { webhooks }: Stage): Promise<Account> {
  const { review, expected } = scene
  const answer = await webhooks[scene.webhook ?? 'denying'].review(review)
  const { object, oldObject } = review.request
  const patch = readPatch(answer)
  const stored = applyPatch(deepClone(object), [...patch], true).newDocument
  return {
    rows: [
      { label: 'sent', lines: describeRequest(review) },
      ...(oldObject === null ? [] : [{ label: 'before', lines: describeImages(oldObject) }]),
      describeAnswer(answer),
      answer.allowed
        ? { label: 'changed', lines: describeChanges(object, patch) }
        : { label: 'kubectl', lines: describeDenial(answer) },
      ...(answer.warnings === undefined
        ? []
        : [{ label: 'kubectl', lines: answer.warnings.map((text) => `Warning: ${text}`) }]),
    ],
    complaints: checkAnswer(expected, review.request.uid, answer, stored),
  }
}

/** A patch of anything but replacements is no promise of ours, so it is refused. */
function readPatch({ patch, patchType }: AdmissionResponse): readonly ReplaceOperation<string>[] {
  if (patch === undefined) return []
  if (patchType === undefined) throw new Error('the patch has no type')
  const operations: unknown = JSON.parse(Buffer.from(patch, 'base64').toString())
  if (Array.isArray(operations) && operations.every(isReplacement)) return operations
  throw new Error(`the patch does more than replace strings: ${JSON.stringify(operations)}`)
}

function isReplacement(operation: unknown): operation is ReplaceOperation<string> {
  if (typeof operation !== 'object' || operation === null) return false
  if (!('op' in operation && 'path' in operation && 'value' in operation)) return false
  const { op, path, value } = operation
  return op === 'replace' && typeof path === 'string' && typeof value === 'string'
}

function describeRequest({ request }: AdmissionReview): readonly string[] {
  const { operation, subResource, namespace, name, object } = request
  const kind = getValueByPointer(request, '/kind/kind')
  const resource = subResource === undefined ? kind : `${kind}/${subResource}`
  return [
    `${operation} ${resource} ${name} in namespace ${namespace}`,
    ...describeImages(object).map((line) => `  ${line}`),
  ]
}

function describeImages(object: unknown): readonly string[] {
  return findImages(object).map(([list, image]) => `${list.padEnd(19)}  ${image}`)
}

/** Every string under a key `image`, and the name of the list that it stands in. */
function findImages(
  value: unknown,
  list = '',
): readonly (readonly [list: string, image: string])[] {
  if (typeof value !== 'object' || value === null) return []
  return Object.entries(value).flatMap(([key, member]) => {
    if (key === 'image' && typeof member === 'string') return [[list, member] as const]
    return findImages(member, Array.isArray(member) ? key : list)
  })
}

function describeAnswer({ allowed, status }: AdmissionResponse): Row {
  if (allowed) return { label: 'answered', lines: ['admitted'], tone: 'good' }
  return { label: 'answered', lines: [`denied, ${status?.code} ${status?.reason}`], tone: 'bad' }
}

function describeChanges(
  object: unknown,
  patch: readonly ReplaceOperation<string>[],
): readonly string[] {
  if (patch.length === 0) return ['nothing']
  return patch.flatMap(({ path, value }) => [
    path,
    `     ${getValueByPointer(object, path)}`,
    `  -> ${value}`,
  ])
}

/** As the API server words it (ToStatusErr of the webhook package) and kubectl prints it. */
function describeDenial({ status }: AdmissionResponse): readonly string[] {
  const error = `Error from server (${status?.reason}): admission webhook "${WEBHOOK_NAME}"`
  return `${error} denied the request: ${status?.message}`.split('\n')
}
