import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { Type } from '@sinclair/typebox'
import { Value } from '@sinclair/typebox/value'

/** What has to come of a stage: the digest, or the code and a part of the reason. */
const Expectation = Type.Union([
  Type.Object({ digest: Type.String() }, { additionalProperties: false }),
  Type.Object({ code: Type.String(), reason: Type.String() }, { additionalProperties: false }),
])

const VectorFile = Type.Object(
  {
    source: Type.String(),
    image: Type.String(),
    pins: Type.Array(Type.String()),
    delegations: Type.Optional(Type.Array(Type.String())),
    stages: Type.Array(
      Type.Object(
        { folder: Type.String(), now: Type.String(), expect: Expectation },
        { additionalProperties: false },
      ),
      { minItems: 1 },
    ),
  },
  { additionalProperties: false },
)

/** What has to come of one look. */
export type Expected =
  | { readonly digest: string }
  | { readonly code: string; readonly reason: string }

/** One look at what a server holds. */
export interface Stage {
  /** By the last part of their URL, without `.json`: `root`, `1.root`, `targets/releases`. */
  readonly files: ReadonlyMap<string, Uint8Array>
  readonly now: Date
  readonly expect: Expected
}

/** A repository, or several states of one that the same memory looks at in turn. */
export interface Vector {
  readonly name: string
  /** Who made it, and what is wrong with it. */
  readonly source: string
  readonly image: string
  /** PEM. */
  readonly pins: readonly string[]
  /** Full names. */
  readonly delegations?: readonly string[]
  readonly stages: readonly Stage[]
}

/** The folder of all vectors. */
export const VECTORS = import.meta.dir

/** Lists the names of the vectors. */
export function listVectors(): readonly string[] {
  return [...new Bun.Glob('*/vector.json').scanSync({ cwd: VECTORS })]
    .map((file) => file.replace('/vector.json', ''))
    .sort()
}

/** Reads a vector; throws if it does not have its shape. */
export async function readVector(name: string): Promise<Vector> {
  const folder = join(VECTORS, name)
  const text: unknown = await Bun.file(join(folder, 'vector.json')).json()
  Value.Assert(VectorFile, text)
  const { source, image, pins, delegations } = text
  const stages: Stage[] = []
  for (const stage of text.stages) {
    const files = await readFiles(folder, stage.folder)
    stages.push({ files, now: new Date(stage.now), expect: stage.expect })
  }
  return { name, source, image, pins, ...(delegations && { delegations }), stages }
}

/** Writes a vector into a folder of its name. */
export async function writeVector(vector: Vector): Promise<void> {
  const { name, source, image, pins, delegations, stages } = vector
  const folder = join(VECTORS, name)
  await mkdir(folder, { recursive: true })
  const entries = []
  for (const [index, { files, now, expect }] of stages.entries()) {
    const stage = `stage-${index + 1}`
    for (const [file, bytes] of files) {
      await Bun.write(join(folder, stage, `${file.replaceAll('/', '__')}.json`), bytes)
    }
    entries.push({ folder: stage, now: now.toISOString(), expect })
  }
  const text = { source, image, pins, ...(delegations && { delegations }), stages: entries }
  await Bun.write(join(folder, 'vector.json'), `${JSON.stringify(text, undefined, 2)}\n`)
}

/** A server that has nothing has no folder here. */
async function readFiles(folder: string, stage: string): Promise<Stage['files']> {
  const files = new Map<string, Uint8Array>()
  for (const file of new Bun.Glob(`${stage}/*.json`).scanSync({ cwd: folder })) {
    const name = file.slice(stage.length + 1).replace(/\.json$/, '')
    files.set(name.replaceAll('__', '/'), await Bun.file(join(folder, file)).bytes())
  }
  return files
}
