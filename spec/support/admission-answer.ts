import { type Static, Type } from '@sinclair/typebox'

/** The AdmissionReview that comes back from a webhook. */
export const AdmissionAnswer = Type.Object(
  {
    apiVersion: Type.Literal('admission.k8s.io/v1'),
    kind: Type.Literal('AdmissionReview'),
    response: Type.Object({
      uid: Type.String(),
      allowed: Type.Boolean(),
      patchType: Type.Optional(Type.Literal('JSONPatch')),
      patch: Type.Optional(Type.String()),
      status: Type.Optional(
        Type.Object({ code: Type.Integer(), reason: Type.String(), message: Type.String() }),
      ),
      warnings: Type.Optional(Type.Array(Type.String())),
    }),
  },
  { additionalProperties: false },
)

/** Its `response`. */
export type AdmissionResponse = Static<typeof AdmissionAnswer>['response']
