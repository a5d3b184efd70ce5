import { createHash } from 'node:crypto'
import { type WatchedFileOptions, watchFile } from './watched-file.ts'

/** A file that is read again whenever it changes. */
export interface HashedFile<Value> {
  /** What is in it. */
  read(): Value
  /** Hex SHA-256 of the text that `read` tells of; the same at all replicas that have the same file. */
  hash(): string
}

/** Watches a file as `watchFile` does, and tells its contents apart. */
export function watchHashedFile<Value>(options: WatchedFileOptions<Value>): HashedFile<Value> {
  const watched = watchFile({
    ...options,
    parse: (text, file) => ({
      value: options.parse(text, file),
      hash: createHash('sha256').update(text).digest('hex'),
    }),
  })
  return { read: () => watched().value, hash: () => watched().hash }
}
