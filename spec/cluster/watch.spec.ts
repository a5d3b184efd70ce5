import { afterEach, describe, expect, test } from 'bun:test'
import type { WatchEvent } from '../../src/cluster/api.ts'
import { KubeClient } from '../../src/cluster/client.ts'
import { failure, type KubeServer } from '../support/kube/server.ts'
import { connectTo, SECRETS, startServer } from './fixture.ts'

const running: { stop(): void }[] = []
afterEach(() => {
  for (const each of running.splice(0)) each.stop()
})

const pathOf = (name: string) => `/api/v1/namespaces/shop/secrets/${name}`
const put = (server: KubeServer, name: string) =>
  server.store.put(pathOf(name), {
    apiVersion: 'v1',
    kind: 'Secret',
    metadata: { namespace: 'shop' },
  })

/** Watches the secrets of a server; `next` tells what happened, as `kind name`. */
function watchSecrets(server: Pick<KubeServer, 'url'>, selection = {}) {
  const reports: string[] = []
  const controller = new AbortController()
  const report = (message: string) => void reports.push(message)
  const client = new KubeClient({ connection: connectTo(server), report })
  const events = client.watch(SECRETS, selection, controller.signal)[Symbol.asyncIterator]()
  running.push({ stop: () => controller.abort() })
  const next = async () => {
    const { value, done } = await events.next()
    return done === true ? 'done' : render(value)
  }
  return { next, reports, stop: () => controller.abort() }
}

function render(event: WatchEvent): string {
  const objects = event.kind === 'listed' ? event.objects : [event.object]
  return [event.kind, ...objects.map(({ metadata }) => metadata.name)].join(' ')
}

function serve(port?: number): KubeServer {
  const server = startServer(port === undefined ? {} : { port })
  running.push(server)
  return server
}

const watchesOf = ({ requests }: KubeServer) =>
  requests.flatMap(({ query }) => (query['watch'] === 'true' ? [query['resourceVersion']] : []))

describe('a watch', () => {
  test('tells what there is, and then every change', async () => {
    const server = serve()
    put(server, 'a')
    const { next } = watchSecrets(server)
    expect(await next()).toBe('listed a')
    put(server, 'b')
    expect(await next()).toBe('changed b')
    put(server, 'a')
    expect(await next()).toBe('changed a')
    server.store.remove(pathOf('b'))
    expect(await next()).toBe('deleted b')
  })

  test('is of a selection', async () => {
    const server = serve()
    put(server, 'a')
    put(server, 'b')
    const { next } = watchSecrets(server, {
      namespace: 'shop',
      fieldSelector: 'metadata.name=b',
    })
    expect(await next()).toBe('listed b')
    put(server, 'a')
    put(server, 'b')
    expect(await next()).toBe('changed b')
  })

  test('goes on from where it was when the API server ends it, and misses nothing', async () => {
    const server = serve()
    const { next, reports } = watchSecrets(server)
    expect(await next()).toBe('listed')
    put(server, 'a')
    expect(await next()).toBe('changed a')
    const seen = String(server.store.version)
    server.endWatches()
    put(server, 'b')
    expect(await next()).toBe('changed b')
    expect(watchesOf(server)).toEqual(['100', seen])
    expect(reports).toEqual([])
  })

  test('goes on from the last bookmark', async () => {
    const server = serve()
    const { next } = watchSecrets(server)
    expect(await next()).toBe('listed')
    const after = next()
    server.store.put('/api/v1/namespaces/shop/pods/x', { metadata: {} })
    while (watchesOf(server).length === 0) await Bun.sleep(1)
    server.bookmark()
    await Bun.sleep(20)
    server.endWatches()
    while (watchesOf(server).length < 2) await Bun.sleep(5)
    put(server, 'a')
    expect(await after).toBe('changed a')
    expect(watchesOf(server)).toEqual(['100', '101'])
  })

  test('lists anew when its version is too old (HTTP 410)', async () => {
    const server = serve()
    const { next } = watchSecrets(server)
    expect(await next()).toBe('listed')
    const after = next()
    while (watchesOf(server).length === 0) await Bun.sleep(1)
    server.fault = () => failure(503, 'Restarting')
    server.endWatches()
    put(server, 'a')
    server.store.compact()
    server.fault = undefined
    expect(await after).toBe('listed a')
  })

  test('survives an API server that goes and comes back, and tells of it once', async () => {
    const first = serve()
    const { next, reports } = watchSecrets(first)
    expect(await next()).toBe('listed')
    const after = next()
    while (watchesOf(first).length === 0) await Bun.sleep(1)
    first.stop()
    await Bun.sleep(600)
    const second = serve(first.port)
    put(second, 'a')
    expect(await after).toBe('changed a')
    expect(reports).toEqual(['cluster cannot be watched', 'cluster is watched again'])
  })

  test.each([401, 403, 404])('keeps trying where it may not, HTTP %d', async (status) => {
    const server = serve()
    const { next, reports } = watchSecrets(server)
    let refusals = 2
    server.fault = () => (refusals-- > 0 ? failure(status, 'No') : undefined)
    expect(await next()).toBe('listed')
    expect(reports).toEqual(['cluster cannot be watched'])
  })

  test.each<[string, string]>([
    ['no JSON', 'x\n'],
    ['an unknown event', '{"type":"GONE","object":{}}\n'],
    ['an object of another kind', '{"type":"ADDED","object":{"kind":"Pod"}}\n'],
    ['an event without end', 'x'.repeat(5_000_000)],
  ])('does not take %s', async (_, text) => {
    const server = serve()
    const { next, reports } = watchSecrets(server)
    expect(await next()).toBe('listed')
    let answered = false
    server.fault = () => {
      if (answered) return undefined
      answered = true
      return new Response(text)
    }
    const after = next()
    while (reports.length === 0) await Bun.sleep(1)
    put(server, 'a')
    expect(await after).toBe('changed a')
  })

  test('ends without an error when its signal aborts', async () => {
    const server = serve()
    const { next, stop } = watchSecrets(server)
    expect(await next()).toBe('listed')
    const after = next()
    stop()
    expect(await after).toBe('done')
  })
})
