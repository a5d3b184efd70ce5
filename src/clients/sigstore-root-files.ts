import { type Static, Type } from '@sinclair/typebox'
import { Value } from '@sinclair/typebox/value'
import { readCapped, writeWhole } from './trust-store-files.ts'

/** Base64 of the metadata and of the trusted root, some 40 KiB today. */
const MAX_BYTES = 8 * 1024 * 1024
const NAME = 'sigstore-root.json'

const StoredSchema = Type.Object(
  {
    /** When it was last found to be the newest, in milliseconds since 1970. */
    refreshedAt: Type.Integer({ minimum: 0 }),
    /** Those that follow the root that is built in, in order. */
    roots: Type.Array(Type.String(), { maxItems: 256 }),
    timestamp: Type.String(),
    snapshot: Type.String(),
    targets: Type.String(),
    trustedRoot: Type.String(),
  },
  { additionalProperties: false },
)

/** The files of a Sigstore repository as they were served; nothing of them is verified. */
export interface RepositoryFiles {
  readonly refreshedAt: Date
  readonly roots: readonly Uint8Array[]
  readonly timestamp: Uint8Array
  readonly snapshot: Uint8Array
  readonly targets: Uint8Array
  readonly trustedRoot: Uint8Array
}

/** Keeps bytes, not conclusions: they are verified again at the next start. */
export class SigstoreRootFiles {
  readonly #folder: string

  /** The folder has to be there, and to be this user's alone. */
  constructor(folder: string) {
    this.#folder = folder
  }

  /** Reads what is kept; nothing where nothing is. Rejects with an `Error` where it cannot be used. */
  async read(): Promise<RepositoryFiles | undefined> {
    const bytes = await readCapped(`${this.#folder}/${NAME}`, MAX_BYTES)
    if (bytes === undefined) return undefined
    const json: unknown = JSON.parse(bytes.toString('utf8'))
    if (!Value.Check(StoredSchema, json))
      throw new Error('it does not have the shape it was written in')
    return fromStored(json)
  }

  /** Replaces what is kept, whole or not at all. */
  async write(files: RepositoryFiles): Promise<void> {
    await writeWhole(this.#folder, NAME, Buffer.from(JSON.stringify(toStored(files))))
  }
}

function fromStored(stored: Static<typeof StoredSchema>): RepositoryFiles {
  const { refreshedAt, roots, timestamp, snapshot, targets, trustedRoot } = stored
  return {
    refreshedAt: new Date(refreshedAt),
    roots: roots.map(decode),
    timestamp: decode(timestamp),
    snapshot: decode(snapshot),
    targets: decode(targets),
    trustedRoot: decode(trustedRoot),
  }
}

function toStored(files: RepositoryFiles): Static<typeof StoredSchema> {
  return {
    refreshedAt: files.refreshedAt.getTime(),
    roots: files.roots.map(encode),
    timestamp: encode(files.timestamp),
    snapshot: encode(files.snapshot),
    targets: encode(files.targets),
    trustedRoot: encode(files.trustedRoot),
  }
}

function decode(base64: string): Buffer {
  return Buffer.from(base64, 'base64')
}

function encode(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('base64')
}
