import { connect, createServer, type Server, type Socket } from 'node:net'
import { findFreePort } from './port.ts'

/** An HTTP proxy that opens tunnels (CONNECT), as a cluster without a way out has one. */
export interface ConnectProxy {
  readonly url: string
  /** The `host:port` of each tunnel. */
  readonly tunnels: readonly string[]
  readonly stop: () => void
}

/** Starts a proxy on the loopback address. */
export async function startConnectProxy(): Promise<ConnectProxy> {
  const port = await findFreePort()
  const tunnels: string[] = []
  const sockets = new Set<Socket>()
  const server: Server = createServer((client) => {
    sockets.add(client)
    client.on('error', () => client.destroy())
    client.once('data', (chunk) => {
      const target = /^CONNECT (\S+) HTTP/.exec(chunk.toString('latin1'))?.[1] ?? ''
      tunnels.push(target)
      const [host = '', to = ''] = target.split(':')
      const upstream = connect(Number(to), host, () => {
        client.write('HTTP/1.1 200 Connection established\r\n\r\n')
        client.pipe(upstream)
        upstream.pipe(client)
      })
      sockets.add(upstream)
      upstream.on('error', () => client.destroy())
    })
  })
  await new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve))
  return {
    url: `http://127.0.0.1:${port}`,
    tunnels,
    stop() {
      for (const socket of sockets) socket.destroy()
      server.close()
    },
  }
}
