import { afterAll, describe, expect, test } from 'bun:test'
import { startMetricsServer } from '../../src/server/metrics-server.ts'

const address = { hostname: '127.0.0.1', port: 0 }
const server = startMetricsServer(
  async () => ({ contentType: 'text/plain', text: 'a 1\n' }),
  address,
)
afterAll(() => server.stop())

const ask = (path: string, init?: RequestInit) => fetch(`http://${server.address}${path}`, init)

describe('the plain metrics server', () => {
  test('answers /metrics', async () => {
    const response = await ask('/metrics')
    expect(response.headers.get('content-type')).toBe('text/plain')
    expect(await response.text()).toBe('a 1\n')
  })

  test.each(['/', '/mutate', '/ready', '/health', '/metrics/'])('has no %s', async (path) => {
    expect((await ask(path)).status).toBe(404)
  })

  test('refuses another method', async () => {
    expect((await ask('/metrics', { method: 'POST' })).status).toBe(405)
  })

  test('names an address that is taken', () => {
    const port = Number(server.address.split(':')[1])
    const start = () =>
      startMetricsServer(async () => ({ contentType: '', text: '' }), { ...address, port })
    expect(start).toThrow(`cannot listen on 127.0.0.1:${port} (EADDRINUSE)`)
  })
})
