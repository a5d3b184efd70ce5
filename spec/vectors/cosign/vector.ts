import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { type Static, Type } from '@sinclair/typebox'
import { Value } from '@sinclair/typebox/value'

const VectorFile = Type.Object(
  {
    /** Who made it, and what is wrong with it. */
    source: Type.String(),
    now: Type.String(),
    /** What the registry resolved. */
    digest: Type.String(),
    signer: Type.Union([
      Type.Object({ key: Type.String() }, { additionalProperties: false }),
      Type.Object(
        { issuer: Type.String(), subject: Type.String() },
        { additionalProperties: false },
      ),
    ]),
    verifyInTransparencyLog: Type.Boolean(),
    verifySCT: Type.Boolean(),
    trustedRoot: Type.Optional(Type.Object({})),
    /** Base64 of a bundle as it is served. */
    bundle: Type.Optional(Type.String()),
    /** Base64 of the payload of a layer, or beside a bundle with a message signature. */
    payload: Type.Optional(Type.String()),
    annotations: Type.Optional(Type.Record(Type.String(), Type.String())),
    expect: Type.Union([
      Type.Object({ digest: Type.String() }, { additionalProperties: false }),
      Type.Object({ code: Type.String(), reason: Type.String() }, { additionalProperties: false }),
    ]),
  },
  { additionalProperties: false },
)

/** One signature, what it is held against, and what has to come of it. */
export type Vector = Static<typeof VectorFile>

/** The folder of all vectors. */
export const VECTORS = import.meta.dir

/** Lists the names of the vectors. */
export function listVectors(): readonly string[] {
  return [...new Bun.Glob('*.json').scanSync({ cwd: VECTORS })]
    .map((file) => file.replace(/\.json$/, ''))
    .toSorted()
}

/** Reads a vector; throws an `Error` if it does not have the shape of one. */
export function readVector(name: string): Vector {
  const json: unknown = JSON.parse(readFileSync(join(VECTORS, `${name}.json`), 'utf8'))
  if (!Value.Check(VectorFile, json)) throw new Error(`${name} is no vector`)
  return json
}
