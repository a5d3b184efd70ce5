import { afterEach, describe, expect, test } from 'bun:test'
import { sendHttp } from '../../src/clients/http.ts'
import { type Answer, listen, responseHead } from '../support/http-server.ts'
import { failureOf, MAX_BYTES } from './fixture.ts'

const PIECE = new Uint8Array(65_536).fill(0x20)
/** What the sockets of both sides may hold on top of what was read, in bytes. */
const BUFFERED_BYTES = 40_000_000

const servers: ReturnType<typeof listen>[] = []
afterEach(() => {
  for (const server of servers.splice(0)) server.stop(true)
})

function serve(answer: Answer): URL {
  const server = listen({ hostname: '127.0.0.1', port: 0 }, answer)
  servers.push(server)
  return new URL(`http://127.0.0.1:${server.port}/file.json?secret=1`)
}

function get(url: URL, maxBytes = MAX_BYTES) {
  return sendHttp({ url, maxBytes, signal: new AbortController().signal })
}

/** Sends without end, and counts what it could send before the client went. */
function serveEndless(head: string, frame: (piece: Uint8Array) => Uint8Array) {
  const gone = Promise.withResolvers<number>()
  const url = serve(async (_, connection) => {
    let sent = 0
    await connection.write(head)
    while (sent < 10 * BUFFERED_BYTES && (await connection.write(frame(PIECE)))) {
      sent += PIECE.length
      await Bun.sleep(0)
    }
    gone.resolve(sent)
  })
  return { url, gone: gone.promise }
}

function chunk(piece: Uint8Array): Uint8Array {
  const size = `${piece.length.toString(16)}\r\n`
  return Buffer.concat([Buffer.from(size), piece, Buffer.from('\r\n')])
}

describe('hole 8: a body without bounds', () => {
  test('that is endless is left at its cap', async () => {
    const { url, gone } = serveEndless(responseHead(200, { 'Transfer-Encoding': 'chunked' }), chunk)
    expect(await failureOf(get(url))).toEqual([
      'UNAVAILABLE_BODY',
      `${url.host} answers with more than ${MAX_BYTES} bytes`,
    ])
    expect(await gone).toBeLessThan(BUFFERED_BYTES)
  })

  test('that is huge is left at its cap', async () => {
    const head = responseHead(200, { 'Content-Length': String(100 * BUFFERED_BYTES) })
    const { url, gone } = serveEndless(head, (piece) => piece)
    expect(await failureOf(get(url))).toContain('UNAVAILABLE_BODY')
    expect(await gone).toBeLessThan(BUFFERED_BYTES)
  })

  test.each(['gzip', 'deflate', 'br', 'zstd', 'gzip, gzip'])(
    'that is compressed is not inflated: %s',
    async (encoding) => {
      const head = responseHead(200, { 'Content-Encoding': encoding, 'Content-Length': '5' })
      const url = serve(async (_, connection) => void (await connection.write(`${head}12345`)))
      expect(await failureOf(get(url))).toEqual([
        'UNAVAILABLE_BODY',
        `${url.host} answers with ${encoding} encoding, which was not asked for`,
      ])
    },
  )

  test.each([404, 500])('that is endless is dropped at once at HTTP %p', async (status) => {
    const head = responseHead(status, { 'Transfer-Encoding': 'chunked' })
    const { url, gone } = serveEndless(head, chunk)
    expect(await get(url)).toMatchObject({ status, body: new Uint8Array() })
    expect(await gone).toBeLessThan(BUFFERED_BYTES)
  })
})

describe('a body', () => {
  const serveBytes = (bytes: number) =>
    serve(async (_, connection) => {
      await connection.write(responseHead(200, { 'Content-Length': String(bytes) }))
      await connection.write(new Uint8Array(bytes))
    })

  test('of exactly its cap is taken, of one byte more it is not', async () => {
    expect((await get(serveBytes(1000), 1000)).body).toHaveLength(1000)
    expect(await failureOf(get(serveBytes(1001), 1000))).toContain('UNAVAILABLE_BODY')
  })

  test('may be empty', async () => {
    expect(await get(serveBytes(0))).toMatchObject({ status: 200, body: Buffer.alloc(0) })
  })
})

test.each([
  ['not HTTP at all\r\n\r\n', 'its answer is no HTTP'],
  ['SSH-2.0-OpenSSH_9\r\n', 'its answer is no HTTP'],
  ['HTTP/1.1 200\r\nContent-Length: x\r\n\r\n', 'its answer has a length that is none'],
  ['HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nz\r\n', 'its answer is no HTTP'],
  ['HTTP/1.1 101 X\r\nUpgrade: h2c\r\n\r\n', 'it changes to a protocol that was not asked for'],
])('an answer that is no HTTP is UNAVAILABLE, in words: %p', async (answer, words) => {
  const url = serve(async (_, connection) => {
    await connection.write(answer)
    connection.end()
  })
  expect(await failureOf(get(url))).toEqual([
    'UNAVAILABLE_NETWORK',
    `${url.host} cannot be reached: ${words}`,
  ])
})

test('headers without end are UNAVAILABLE', async () => {
  const url = serve(async (_, connection) => {
    await connection.write('HTTP/1.1 200 OK\r\n')
    while (await connection.write(`X: ${'x'.repeat(10_000)}\r\n`)) await Bun.sleep(0)
  })
  expect(await failureOf(get(url))).toEqual([
    'UNAVAILABLE_NETWORK',
    `${url.host} cannot be reached: the headers of its answer are too large`,
  ])
})

test.each([
  ['headers', 'HTTP/1.1 200 OK\r\n', 'X: y\r\n'],
  ['answers before the answer', '', 'HTTP/1.1 103 Early Hints\r\n\r\n'],
  ['extensions of a chunk', 'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1;', 'x'],
])('slow %s are UNAVAILABLE_TIMEOUT at the deadline', async (_, head, drop) => {
  const url = serve(async (_request, connection) => {
    await connection.write(head)
    while (await connection.write(drop)) await Bun.sleep(5)
  })
  const signal = AbortSignal.timeout(200)
  expect(await failureOf(sendHttp({ url, maxBytes: MAX_BYTES, signal }))).toEqual([
    'UNAVAILABLE_TIMEOUT',
    `${url.host} did not answer in time`,
  ])
})
