import { expect } from 'bun:test'
import { Type } from '@sinclair/typebox'
import { applyPatch, deepClone } from 'fast-json-patch'
import type { AdmissionResponse } from '../../support/admission-answer.ts'
import { admissionReview } from '../../support/admission-review.ts'
import { pod } from '../../support/workload.ts'
import type { Connaisseur } from './connaisseur.ts'
import { parseJson } from './metadata.ts'
import { VALIDATOR } from './policy.ts'

const Patch = Type.Array(
  Type.Object(
    { op: Type.Literal('replace'), path: Type.String(), value: Type.String() },
    { additionalProperties: false },
  ),
)

/**
 * Expects both the command and the webhook to trust the image and to pin it to `digest`; a
 * reference that is pinned already stays as it is written.
 */
export async function expectAdmitted(
  connaisseur: Connaisseur,
  image: string,
  digest: string,
): Promise<void> {
  const pinned = image.includes('@') ? image : `${image}@${digest}`
  const { exitCode, entry } = await connaisseur.verify(image)
  expect(entry).toMatchObject({ image, trusted: true, digest, validator: VALIDATOR })
  expect(entry.pinned ?? image).toBe(pinned)
  expect(exitCode).toBe(0)
  expect(await admit(connaisseur, image)).toEqual(pod(pinned))
}

/** How long an outage is waited for: it is tried again until then. */
const OUTAGE_SECONDS = 2

/** Expects both the command and the webhook to refuse the image for the reason of this code. */
export async function expectDenied(
  connaisseur: Connaisseur,
  image: string,
  code: string,
): Promise<void> {
  const isOutage = code.startsWith('UNAVAILABLE_')
  const flags = isOutage ? ['--timeout', `${OUTAGE_SECONDS}`] : []
  const { exitCode, entry } = await connaisseur.verify(image, ...flags)
  expect(entry).toMatchObject({ image, trusted: false, code, validator: VALIDATOR })
  expect(entry.digest).toBeUndefined()
  expect(exitCode).toBe(code.startsWith('UNTRUSTED_') ? 1 : 2)
  const timeout = isOutage ? `${OUTAGE_SECONDS}s` : undefined
  expectDenial(await review(connaisseur, image, timeout), image, code)
}

const STATUS: Readonly<Record<string, number>> = {
  UNTRUSTED: 403,
  UNAVAILABLE: 503,
  MISCONFIGURED: 500,
}

/** Expects the webhook's answer to be a denial with the status of this code, naming the image. */
export function expectDenial(response: AdmissionResponse, image: string, code: string): void {
  expect(response.allowed).toBeFalse()
  expect(response.patch).toBeUndefined()
  expect(response.status?.code).toBe(STATUS[code.split('_')[0] ?? ''])
  expect(response.status?.message).toContain(image)
  expect(response.status?.message).toContain(VALIDATOR)
  expect(response.status?.message).toContain(code)
}

/** Posts the creation of a pod with this one image. */
export function review(
  connaisseur: Connaisseur,
  image: string,
  timeout?: string,
): Promise<AdmissionResponse> {
  return connaisseur.review(admissionReview({ object: pod(image) }), timeout)
}

/** Returns the pod that the API server would store. */
async function admit(connaisseur: Connaisseur, image: string): Promise<unknown> {
  const { allowed, patch, status } = await review(connaisseur, image)
  expect(status?.message ?? '').toBe('')
  expect(allowed).toBeTrue()
  if (patch === undefined) return pod(image)
  const operations = parseJson(Patch, Buffer.from(patch, 'base64').toString())
  return applyPatch(deepClone(pod(image)), operations).newDocument
}
