import { type Static, Type } from '@sinclair/typebox'
import { Value } from '@sinclair/typebox/value'
import { type Json, parseStrictJson } from '../../trust/strict-json.ts'

/** The media types of what a tag may stand for. */
export const MANIFEST_TYPES = [
  'application/vnd.oci.image.index.v1+json',
  'application/vnd.docker.distribution.manifest.list.v2+json',
  'application/vnd.oci.image.manifest.v1+json',
  'application/vnd.docker.distribution.manifest.v2+json',
] as const

/** The media type of a list of referrers. */
export const INDEX_TYPE = MANIFEST_TYPES[0]

const Annotations = Type.Record(Type.String(), Type.String())

const DescriptorSchema = Type.Object({
  mediaType: Type.String(),
  digest: Type.String(),
  size: Type.Integer({ minimum: 0 }),
  artifactType: Type.Optional(Type.String()),
  annotations: Type.Optional(Annotations),
})

const ManifestSchema = Type.Object({
  schemaVersion: Type.Literal(2),
  mediaType: Type.Optional(Type.String()),
  artifactType: Type.Optional(Type.String()),
  config: Type.Optional(DescriptorSchema),
  layers: Type.Array(DescriptorSchema),
  subject: Type.Optional(DescriptorSchema),
  annotations: Type.Optional(Annotations),
})

const IndexSchema = Type.Object({
  schemaVersion: Type.Literal(2),
  mediaType: Type.Optional(Type.String()),
  manifests: Type.Array(DescriptorSchema),
})

/** What a manifest says of a blob or of another manifest (OCI image specification 1.1). */
export type Descriptor = Static<typeof DescriptorSchema>

/** An image manifest, and what has its shape, such as signatures; members unknown to us are left. */
export type Manifest = Static<typeof ManifestSchema>

/** Parses an image manifest; throws a `SyntaxError`. */
export function parseManifest(bytes: Uint8Array): Manifest {
  const json = parseJson(bytes)
  if (Value.Check(ManifestSchema, json)) return json
  throw new SyntaxError(describe(Value.Errors(ManifestSchema, json).First(), 'an image manifest'))
}

/** Parses an image index; throws a `SyntaxError`. */
export function parseIndex(bytes: Uint8Array): readonly Descriptor[] {
  const json = parseJson(bytes)
  if (Value.Check(IndexSchema, json)) return json.manifests
  throw new SyntaxError(describe(Value.Errors(IndexSchema, json).First(), 'an image index'))
}

/** In a list: some 40 000 entries. Small values would make a megabyte cost a multiple. */
const MAX_VALUES = 200_000

function parseJson(bytes: Uint8Array): Json {
  return parseStrictJson(bytes, MAX_VALUES)
}

function describe(error: { readonly path: string } | undefined, what: string): string {
  return `it is not ${what} at ${error?.path || 'its top'}`
}
