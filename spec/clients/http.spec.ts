import { afterEach, describe, expect, test } from 'bun:test'
import { sendHttp } from '../../src/clients/http.ts'

const servers: ReturnType<typeof Bun.serve>[] = []
afterEach(() => {
  for (const server of servers.splice(0)) void server.stop(true)
})

/** Serves with an answer that may look at the request, and returns the address. */
function serve(answer: (request: Request) => Response | Promise<Response>): URL {
  const server = Bun.serve({ hostname: '127.0.0.1', port: 0, fetch: answer })
  servers.push(server)
  return new URL(`http://127.0.0.1:${server.port}/path`)
}

const limits = { maxBytes: 1000, signal: new AbortController().signal }

describe('a request', () => {
  test('is a GET for JSON, with no more than that', async () => {
    const url = serve(async ({ method, headers, body }) =>
      Response.json([method, headers.get('accept'), headers.get('authorization'), body]),
    )
    const { body } = await sendHttp({ url, ...limits })
    expect(JSON.parse(Buffer.from(body).toString())).toEqual([
      'GET',
      'application/json',
      null,
      null,
    ])
  })

  test('may be a POST with headers and a body', async () => {
    const url = serve(async (request) =>
      Response.json([
        request.method,
        request.headers.get('accept'),
        request.headers.get('content-type'),
        await request.text(),
      ]),
    )
    const headers = { accept: 'text/plain', 'content-type': 'application/x-www-form-urlencoded' }
    const { body } = await sendHttp({ url, method: 'POST', headers, body: 'a=b', ...limits })
    expect(JSON.parse(Buffer.from(body).toString())).toEqual([
      'POST',
      'text/plain',
      'application/x-www-form-urlencoded',
      'a=b',
    ])
  })

  test('may be a HEAD, whose length announces no body', async () => {
    const url = serve(() => new Response('x'.repeat(2000), { headers: { 'x-its': 'there' } }))
    const { status, headers, body } = await sendHttp({ url, method: 'HEAD', ...limits })
    expect([status, headers.get('content-length'), headers.get('x-its')]).toEqual([
      200,
      '2000',
      'there',
    ])
    expect(body.length).toBe(0)
  })
})
