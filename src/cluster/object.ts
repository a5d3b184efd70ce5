import { type Static, type TSchema, Type } from '@sinclair/typebox'
import { Errors } from '@sinclair/typebox/errors'
import { Check } from '@sinclair/typebox/value'
import { ClusterError } from './cluster-error.ts'
import { apiVersionOf, type ObjectName, type Resource, renderResource } from './resource.ts'

const OwnerReferenceSchema = Type.Object({
  apiVersion: Type.String(),
  kind: Type.String(),
  name: Type.String(),
  uid: Type.String(),
  controller: Type.Optional(Type.Boolean()),
  blockOwnerDeletion: Type.Optional(Type.Boolean()),
})

const Texts = Type.Record(Type.String(), Type.String())

/** Of an object as the API server has it; unknown members are kept. */
const ObjectSchema = Type.Object({
  apiVersion: Type.String({ minLength: 1 }),
  kind: Type.String({ minLength: 1 }),
  metadata: Type.Object({
    name: Type.String({ minLength: 1 }),
    namespace: Type.Optional(Type.String()),
    uid: Type.String({ minLength: 1 }),
    resourceVersion: Type.String({ minLength: 1 }),
    generation: Type.Optional(Type.Integer()),
    deletionTimestamp: Type.Optional(Type.String()),
    labels: Type.Optional(Texts),
    annotations: Type.Optional(Texts),
    ownerReferences: Type.Optional(Type.Array(OwnerReferenceSchema)),
  }),
})

/** An object as the API server has it: metadata is checked, the rest is for `readAs`. */
export type KubeObject = Static<typeof ObjectSchema> & Readonly<Record<string, unknown>>

/** An object that we send: it has a name, and whatever else the caller knows of it. */
export interface NewObject {
  readonly metadata: ObjectName & Readonly<Record<string, unknown>>
  readonly [member: string]: unknown
}

/**
 * Checks that an answer is an object of the resource, and the one that was asked for where it was
 * one. Members of a list leave out their kind. Throws a `ClusterError` (`MALFORMED`).
 */
export function readObject(
  answer: unknown,
  resource: Resource,
  { name, namespace }: Partial<ObjectName> = {},
): KubeObject {
  const { kind } = resource
  const apiVersion = apiVersionOf(resource)
  const object = readAs(
    ObjectSchema,
    withKind(answer, { apiVersion, kind }),
    renderResource(resource),
  )
  const { metadata } = object
  const isWhatWasAsked =
    object.kind === kind &&
    object.apiVersion === apiVersion &&
    (name === undefined || metadata.name === name) &&
    (namespace === undefined || !resource.namespaced || metadata.namespace === namespace)
  if (isWhatWasAsked) return object
  throw new ClusterError(
    'MALFORMED',
    `the API server answers with another object than ${renderResource(resource)} that was asked for`,
  )
}

/**
 * Reads an object, or a part of one, by a schema. Throws a `ClusterError` (`MALFORMED`) that names the
 * place and none of its values, which may be secret.
 */
export function readAs<Schema extends TSchema>(
  schema: Schema,
  value: unknown,
  what: string,
): Static<Schema> & Readonly<Record<string, unknown>> {
  if (isRecord(value) && Check(schema, value)) return value
  const error = Errors(schema, value).First()
  const path = error?.path.slice(1).replaceAll('/', '.') || 'the object'
  throw new ClusterError(
    'MALFORMED',
    `the API server answers with ${what} whose form is another: ${path}: ${error?.message.toLowerCase() ?? 'no object'}`,
  )
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function withKind(answer: unknown, kind: Pick<KubeObject, 'apiVersion' | 'kind'>): unknown {
  return isRecord(answer) && answer['kind'] === undefined ? { ...answer, ...kind } : answer
}
