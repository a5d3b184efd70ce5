import { Value } from '@sinclair/typebox/value'
import { applyPatch, type Operation } from 'fast-json-patch'
import type { Owners } from '../../src/admission/owners.ts'
import type { AdmissionRequest } from '../../src/admission/request.ts'
import type { Admission } from '../../src/admission/verdict.ts'
import { assemble, createLasting } from '../../src/assemble.ts'
import { parseConfig } from '../../src/config/parse.ts'
import { createApp } from '../../src/server/app.ts'
import type { Deadline } from '../../src/server/deadline.ts'
import { AdmissionAnswer, type AdmissionResponse } from '../support/admission-answer.ts'
import { admissionReview, type ReviewOptions } from '../support/admission-review.ts'

/** An answer of the webhook, with the object as it would be stored. */
export interface Outcome {
  readonly response: AdmissionResponse
  readonly object: unknown
  /** The message of a denial, or nothing. */
  readonly message: string
}

/** The program without its socket and its log. */
export interface Program {
  /** Every admission that was decided. */
  readonly admissions: readonly Admission[]
  /** Sends a review as the API server does and applies the patch. */
  review(options: ReviewOptions, timeout?: string): Promise<Outcome>
  /** Sends any body. */
  post(body: string | Uint8Array<ArrayBuffer>, timeout?: string): Promise<Response>
}

/** Starts the program with a configuration; what it has to report fails the spec. Without `owners` it has no cluster. */
export function startProgram(text: string, owners?: Owners): Program {
  const report = (message: string) => {
    throw new Error(message)
  }
  const assembly = assemble(parseConfig(text, 'spec.yaml'), {
    secretsDir: '/nowhere',
    lasting: createLasting({ report }),
    owners,
    report,
  })
  const admissions: Admission[] = []
  const app = createApp({
    received: () => {},
    metrics: async () => ({ contentType: 'text/plain', text: '' }),
    async admit(request: AdmissionRequest, { signal, timeoutMs: patienceMs }: Deadline) {
      const admission = await assembly.admit(request, { now: new Date(), signal, patienceMs })
      admissions.push(admission)
      return admission
    },
    conditions: async () => [],
    reportFailure: (error) => {
      throw error
    },
  })
  const post: Program['post'] = async (body, timeout = '10s') =>
    app.fetch(
      new Request(`https://localhost/mutate?timeout=${timeout}`, {
        method: 'POST',
        body,
        headers: { 'content-type': 'application/json' },
      }),
    )
  return {
    admissions,
    post,
    async review(options, timeout) {
      const review = admissionReview(options)
      const body = await (await post(JSON.stringify(review), timeout)).json()
      return toOutcome(body, options.object, review.request.uid)
    },
  }
}

function toOutcome(body: unknown, object: unknown, uid: string): Outcome {
  if (!Value.Check(AdmissionAnswer, body)) throw new Error(`no answer: ${JSON.stringify(body)}`)
  const { response } = body
  if (response.uid !== uid) throw new Error(`an answer to ${response.uid}, not to ${uid}`)
  return {
    response,
    object: patched(object, response.patch),
    message: response.status?.message ?? '',
  }
}

function patched(object: unknown, patch = 'W10='): unknown {
  const operations: readonly Operation[] = JSON.parse(Buffer.from(patch, 'base64').toString())
  return applyPatch(structuredClone(object), operations, true).newDocument
}
