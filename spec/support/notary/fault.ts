import { gzipSync } from 'node:zlib'
import { type Connection, responseHead } from '../http-server.ts'

/** What the server does instead of sending a file as it is. */
export type Fault =
  /** Answers with a status, such as 401 with `WWW-Authenticate`, or 429 with `Retry-After`. */
  | { readonly kind: 'status'; readonly status: number; readonly headers?: HeaderFields }
  /** Promises the whole file, sends half and closes. */
  | { readonly kind: 'truncated' }
  /** Promises the whole file, sends half and resets the connection. */
  | { readonly kind: 'reset' }
  /** Sends the file and then white space for ever, in chunks. */
  | { readonly kind: 'endless' }
  /** Sends the head at once and the file at this pace. */
  | { readonly kind: 'slow'; readonly bytesPerSecond: number }
  /** Takes the request and never answers. */
  | { readonly kind: 'silent' }
  /** Sends white space with `Content-Encoding: gzip`. Default: 100 MB once inflated. */
  | { readonly kind: 'gzip-bomb'; readonly inflatedBytes?: number }
  /** Sends the file and white space up to a size that it announces. Default: 100 MB. */
  | { readonly kind: 'huge'; readonly bytes?: number }
  /** Redirects to the same path under another base URL. */
  | { readonly kind: 'redirect'; readonly to: string }
  /** Sends other bytes, in good order. */
  | { readonly kind: 'altered'; readonly alter: (bytes: Uint8Array) => Uint8Array }
  /** Sends the file under another content type. */
  | { readonly kind: 'content-type'; readonly contentType: string }

type HeaderFields = Readonly<Record<string, string>>

const DEFAULT_BYTES = 100_000_000
const PIECE = new Uint8Array(65_536).fill(0x20)

/** How the real server labels metadata: Go guesses the type from the bytes. */
const FILE_HEADERS: HeaderFields = { 'Content-Type': 'text/plain; charset=utf-8' }

/** Sends a whole response. */
export async function sendFile(
  connection: Connection,
  body: Uint8Array,
  status = 200,
  headers: HeaderFields = FILE_HEADERS,
): Promise<void> {
  const length = String(body.length)
  await connection.write(responseHead(status, { ...headers, 'Content-Length': length }))
  await connection.write(body)
}

/** Sends what is left of a response when the fault is done with it. */
export async function sendFault(
  fault: Fault,
  connection: Connection,
  path: string,
  body: Uint8Array,
): Promise<void> {
  switch (fault.kind) {
    case 'status':
      return sendFile(connection, new Uint8Array(), fault.status, fault.headers ?? {})
    case 'truncated':
      await sendHalf(connection, body)
      return connection.end()
    case 'reset':
      await sendHalf(connection, body)
      return connection.reset()
    case 'endless':
      return sendEndless(connection, body)
    case 'slow':
      return sendSlowly(connection, body, fault.bytesPerSecond)
    case 'silent':
      return new Promise(() => {})
    case 'gzip-bomb': {
      const bomb = gzipSync(new Uint8Array(fault.inflatedBytes ?? DEFAULT_BYTES).fill(0x20))
      return sendFile(connection, bomb, 200, { ...FILE_HEADERS, 'Content-Encoding': 'gzip' })
    }
    case 'huge':
      return sendPadded(connection, body, fault.bytes ?? DEFAULT_BYTES)
    case 'redirect':
      return sendFile(connection, new Uint8Array(), 307, { Location: new URL(path, fault.to).href })
    case 'altered':
      return sendFile(connection, fault.alter(body))
    case 'content-type':
      return sendFile(connection, body, 200, { 'Content-Type': fault.contentType })
  }
}

async function sendHalf(connection: Connection, body: Uint8Array): Promise<void> {
  await sendHead(connection, body.length)
  await connection.write(body.subarray(0, body.length / 2))
}

async function sendEndless(connection: Connection, body: Uint8Array): Promise<void> {
  await connection.write(responseHead(200, { ...FILE_HEADERS, 'Transfer-Encoding': 'chunked' }))
  await connection.write(chunk(body))
  const piece = chunk(PIECE)
  while (await connection.write(piece)) await Bun.sleep(0)
}

async function sendSlowly(
  connection: Connection,
  body: Uint8Array,
  bytesPerSecond: number,
): Promise<void> {
  await sendHead(connection, body.length)
  for (let at = 0; at < body.length; at += 1) {
    if (!(await connection.write(body.subarray(at, at + 1)))) return
    await Bun.sleep(1000 / bytesPerSecond)
  }
}

async function sendPadded(connection: Connection, body: Uint8Array, bytes: number): Promise<void> {
  await sendHead(connection, bytes)
  await connection.write(body.subarray(0, bytes))
  for (let left = bytes - body.length; left > 0; left -= PIECE.length) {
    if (!(await connection.write(PIECE.subarray(0, left)))) return
  }
}

async function sendHead(connection: Connection, length: number): Promise<void> {
  const headers = { ...FILE_HEADERS, 'Content-Length': String(length) }
  await connection.write(responseHead(200, headers))
}

function chunk(body: Uint8Array): Uint8Array {
  return Buffer.concat([Buffer.from(`${body.length.toString(16)}\r\n`), body, Buffer.from('\r\n')])
}
