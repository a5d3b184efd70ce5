import { randomUUID } from 'node:crypto'

/** An object as anybody may have written it. */
export type Fields = Readonly<Record<string, unknown>>

/** An object as the store holds it. */
export interface Stored extends Fields {
  readonly metadata: Fields & {
    readonly name: string
    readonly uid: string
    readonly resourceVersion: string
  }
}

/** What a watch hears. */
export interface StoreEvent {
  readonly type: 'ADDED' | 'MODIFIED' | 'DELETED'
  /** Of the collection: `/apis/apps/v1/namespaces/default/deployments`. */
  readonly collection: string
  readonly object: Stored
  readonly version: number
}

/** Objects by their paths, with one version for all as etcd counts it. */
export class KubeStore {
  readonly #objects = new Map<string, Stored>()
  readonly #events: StoreEvent[] = []
  readonly #listeners = new Set<(event: StoreEvent) => void>()
  #version = 100
  #compactedAt = 0

  /** The version of the last change. */
  get version(): number {
    return this.#version
  }

  /** Everything before the last change is forgotten: older watches are answered with 410. */
  compact(): void {
    this.#compactedAt = this.#version
    this.#events.length = 0
  }

  get(path: string): Stored | undefined {
    return this.#objects.get(path)
  }

  /** Lists a collection; one without a namespace holds those of all namespaces. */
  list(collection: string): readonly Stored[] {
    return [...this.#objects].flatMap(([path, object]) =>
      isIn(collectionOf(path), collection) ? [object] : [],
    )
  }

  /** Writes an object, making up what the API server would: uid, version. */
  put(path: string, fields: object): Stored {
    const before = this.#objects.get(path)
    const object = toFields(fields)
    const metadata = toFields(object['metadata'])
    const version = ++this.#version
    const stored: Stored = {
      ...object,
      metadata: {
        ...metadata,
        name: path.slice(path.lastIndexOf('/') + 1),
        uid:
          before?.metadata.uid ??
          (metadata['uid'] === undefined ? randomUUID() : String(metadata['uid'])),
        resourceVersion: String(version),
      },
    }
    this.#objects.set(path, stored)
    const type = before === undefined ? 'ADDED' : 'MODIFIED'
    this.#tell({ type, collection: collectionOf(path), object: stored, version })
    return stored
  }

  /** Takes an object away; undefined if there was none. */
  remove(path: string): Stored | undefined {
    const object = this.#objects.get(path)
    if (object === undefined) return undefined
    this.#objects.delete(path)
    const version = ++this.#version
    const metadata = { ...object.metadata, resourceVersion: String(version) }
    this.#tell({
      type: 'DELETED',
      collection: collectionOf(path),
      object: { ...object, metadata },
      version,
    })
    return object
  }

  /** Tells of every change of a collection after a version; false if that is too old. */
  follow(
    collection: string,
    version: number,
    hear: (event: StoreEvent) => void,
  ): (() => void) | false {
    if (version < this.#compactedAt) return false
    const listener = (event: StoreEvent) => {
      if (isIn(event.collection, collection) && event.version > version) hear(event)
    }
    this.#events.forEach(listener)
    this.#listeners.add(listener)
    return () => void this.#listeners.delete(listener)
  }

  #tell(event: StoreEvent): void {
    this.#events.push(event)
    for (const listener of this.#listeners) listener(event)
  }
}

function collectionOf(path: string): string {
  return path.slice(0, path.lastIndexOf('/'))
}

function isIn(own: string, asked: string): boolean {
  return own === asked || own.replace(/\/namespaces\/[^/]+\//, '/') === asked
}

/** Takes a value for a mapping; an empty one if it is none. */
export function toFields(value: unknown): Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? { ...value } : {}
}
