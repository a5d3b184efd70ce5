import { type Static, Type } from '@sinclair/typebox'
import { Value } from '@sinclair/typebox/value'
import { applyPatch, type Operation } from 'fast-json-patch'
import type { Owners } from '../../src/admission/owners.ts'
import type { AdmissionRequest } from '../../src/admission/review.ts'
import type { Admission } from '../../src/admission/verdict.ts'
import { assemble, createLasting } from '../../src/assemble.ts'
import { parseConfig } from '../../src/config/parse.ts'
import { createApp } from '../../src/server/app.ts'
import type { Deadline } from '../../src/server/deadline.ts'
import { admissionReview, type ReviewOptions } from '../support/admission-review.ts'
import { createRepository, type Repository } from '../support/notary/repository.ts'
import { type EmbeddedNotary, startNotary } from '../support/notary/server.ts'

/** The repository that every flow has: `1` is signed as DIGEST, `2` as OTHER_DIGEST. */
export const REPOSITORY = 'registry.example/acme/app'

/** What is signed for tag `1`. */
export const DIGEST = `sha256:${'a'.repeat(64)}`

/** What is signed for tag `2`. */
export const OTHER_DIGEST = `sha256:${'b'.repeat(64)}`

/** The validator `default` asks the embedded Notary; these rules are the policy unless one is given. */
const POLICY = `policy:
  - pattern: "*:*"
  - pattern: "registry.k8s.io/*:*"
    validator: allow
  - pattern: "registry.example/denied/*:*"
    validator: deny
`

const Answer = Type.Object({
  apiVersion: Type.Literal('admission.k8s.io/v1'),
  kind: Type.Literal('AdmissionReview'),
  response: Type.Object({
    uid: Type.String(),
    allowed: Type.Boolean(),
    patchType: Type.Optional(Type.Literal('JSONPatch')),
    patch: Type.Optional(Type.String()),
    warnings: Type.Optional(Type.Array(Type.String())),
    status: Type.Optional(Type.Object({ code: Type.Integer(), message: Type.String() })),
  }),
})

/** An answer of the webhook, with the object as it would be stored. */
export interface Outcome {
  readonly response: Static<typeof Answer>['response']
  readonly object: unknown
  /** The message of a denial, or nothing. */
  readonly message: string
}

/** The program without its socket and its log, before a Notary that really signs. */
export interface Flow {
  readonly notary: EmbeddedNotary
  readonly repository: Repository
  /** Every admission that was decided. */
  readonly admissions: Admission[]
  /** Sends a review as the API server does and applies the patch. */
  review(options: ReviewOptions, timeout?: string): Promise<Outcome>
  /** Sends any body. */
  post(body: string | Uint8Array<ArrayBuffer>, timeout?: string): Promise<Response>
  stop(): void
}

/** What a flow has besides what every flow has. */
export interface FlowOptions {
  /** Replaces the policy. */
  readonly policy?: string
  /** Is added to the configuration. */
  readonly features?: string
  /** The controllers of its cluster; it has none without. */
  readonly owners?: Owners
}

/** Starts a flow. */
export async function startFlow(more: FlowOptions = {}): Promise<Flow> {
  const repository = await createRepository({ gun: REPOSITORY })
  repository.addTarget('1', DIGEST)
  repository.addTarget('2', OTHER_DIGEST)
  repository.publish()
  const notary = startNotary()
  notary.repositories.set(REPOSITORY, repository)
  const { policy = POLICY, features = '', owners } = more
  const text = `${renderValidators(notary.url, repository.rootPublicKeyPem)}${policy}${features}`
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
  const post: Flow['post'] = async (body, timeout = '10s') =>
    app.fetch(
      new Request(`https://localhost/mutate?timeout=${timeout}`, {
        method: 'POST',
        body,
        headers: { 'content-type': 'application/json' },
      }),
    )
  return {
    notary,
    repository,
    admissions,
    post,
    async review(options, timeout) {
      const review = admissionReview(options)
      const body = await (await post(JSON.stringify(review), timeout)).json()
      return toOutcome(body, options.object, review.request.uid)
    },
    stop: () => notary.stop(),
  }
}

function toOutcome(body: unknown, object: unknown, uid: string): Outcome {
  if (!Value.Check(Answer, body)) throw new Error(`no answer: ${JSON.stringify(body)}`)
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

function renderValidators(host: string, rootKeyPem: string): string {
  return `validators:
  - name: default
    type: notaryv1
    host: ${host}
    trustRoots:
      - name: default
        key: |
          ${rootKeyPem.trim().replaceAll('\n', `\n${' '.repeat(10)}`)}
  - name: allow
    type: static
    approve: true
  - name: deny
    type: static
    approve: false
`
}
