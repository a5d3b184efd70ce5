import { Type } from '@sinclair/typebox'
import type { Clock } from '../clients/clock.ts'
import { httpStream } from '../clients/http-stream.ts'
import { TrustError } from '../trust/errors.ts'
import type { WatchEvent } from './api.ts'
import { ClusterError } from './cluster-error.ts'
import type { ClusterConnection } from './connection.ts'
import { parseJson } from './json.ts'
import { readAs, readObject } from './object.ts'
import { type Resource, renderResource } from './resource.ts'
import { sendSigned } from './session.ts'
import { readWatchError, toClusterError, toUnavailable } from './status.ts'

/** The largest event in bytes: an object of 3 MiB and its wrapping. */
const MAX_EVENT_BYTES = 4 * 1024 * 1024

/**
 * How long the API server keeps one watch open, in seconds, at least and at most; and how much longer
 * we wait for it to close, in milliseconds. A connection that died in silence is noticed so.
 */
const MIN_WATCH_SECONDS = 60
const MAX_WATCH_SECONDS = 90
const GRACE_MS = 10_000

/** From where and what is watched. */
export interface WatchOptions {
  readonly connection: ClusterConnection
  readonly resource: Resource
  /** Carries the selection. */
  readonly url: URL
  /** What is known already: events after this version are told. */
  readonly resourceVersion: string
  readonly clock: Clock
  readonly signal: AbortSignal
}

/** What happened, and the version from which to go on; a bookmark is nothing but that. */
export interface Progress {
  readonly event?: WatchEvent
  readonly resourceVersion: string
}

const EventSchema = Type.Object({ type: Type.String(), object: Type.Unknown() })
const BookmarkSchema = Type.Object({
  metadata: Type.Object({ resourceVersion: Type.String({ minLength: 1 }) }),
})

/**
 * Watches until the API server ends it, which it does every now and then. Rejects with a
 * `ClusterError`; `EXPIRED` means that the version is too old.
 */
export async function* openWatch(options: WatchOptions): AsyncIterable<Progress> {
  const { connection, resource, clock, signal } = options
  const seconds =
    MIN_WATCH_SECONDS + Math.floor(clock.random() * (MAX_WATCH_SECONDS - MIN_WATCH_SECONDS))
  const end = new AbortController()
  const cancel = clock.after(seconds * 1000 + GRACE_MS, () => end.abort())
  const what = `watch ${renderResource(resource)}`
  try {
    const answer = await sendSigned(
      connection,
      {
        url: withQuery(options, seconds),
        maxBytes: MAX_EVENT_BYTES,
        signal: AbortSignal.any([signal, end.signal]),
      },
      httpStream,
    )
    if (!('chunks' in answer)) throw toClusterError(answer.status, parseJson(answer.body), what)
    for await (const line of readLines(answer.chunks)) yield readProgress(line, resource, what)
  } catch (error) {
    throw error instanceof TrustError ? toUnavailable(error, what) : error
  } finally {
    cancel()
    // Whoever stops iterating leaves a connection behind otherwise.
    end.abort()
  }
}

function withQuery({ url, resourceVersion }: WatchOptions, seconds: number): URL {
  const watched = new URL(url)
  watched.searchParams.set('watch', 'true')
  watched.searchParams.set('resourceVersion', resourceVersion)
  watched.searchParams.set('allowWatchBookmarks', 'true')
  watched.searchParams.set('timeoutSeconds', String(seconds))
  return watched
}

function readProgress(line: Uint8Array, resource: Resource, what: string): Progress {
  const { type, object } = readAs(EventSchema, parseJson(line), 'an event')
  if (type === 'ERROR') throw readWatchError(object, what)
  if (type === 'BOOKMARK') return readAs(BookmarkSchema, object, 'a bookmark').metadata
  if (type !== 'ADDED' && type !== 'MODIFIED' && type !== 'DELETED') {
    throw new ClusterError('MALFORMED', 'the API server answers with an event of unknown type')
  }
  const known = readObject(object, resource)
  const { resourceVersion } = known.metadata
  return {
    event: { kind: type === 'DELETED' ? 'deleted' : 'changed', object: known },
    resourceVersion,
  }
}

/** Cuts bytes into the lines that end with a line feed; what comes after the last is dropped. */
async function* readLines(chunks: AsyncIterable<Uint8Array>): AsyncIterable<Uint8Array> {
  let pieces: Uint8Array[] = []
  let length = 0
  for await (const chunk of chunks) {
    let start = 0
    for (let at = chunk.indexOf(10); at >= 0; at = chunk.indexOf(10, start)) {
      yield Buffer.concat([...pieces, chunk.subarray(start, at)])
      pieces = []
      length = 0
      start = at + 1
    }
    length += chunk.length - start
    if (length > MAX_EVENT_BYTES) {
      throw new ClusterError(
        'MALFORMED',
        `the API server sends an event of more than ${MAX_EVENT_BYTES} bytes`,
      )
    }
    if (start < chunk.length) pieces.push(chunk.subarray(start))
  }
}
