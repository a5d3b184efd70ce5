import { connect, createServer, type Server, type Socket } from 'node:net'
import { findFreePort } from './port.ts'

const LOOPBACK = '127.0.0.1'

/** A port that passes bytes on to another one. */
export interface Forwarder {
  readonly port: number
  /** From now on connections are refused, and those that stand are cut. */
  readonly close: () => Promise<void>
  /** Listens again, on the same port. */
  readonly open: () => Promise<void>
}

/**
 * Opens a forwarder to a port of the loopback address. With it a server is unreachable, and
 * reachable again, although it keeps running: notary-server in memory would forget its keys.
 */
export async function openForwarder(target: number): Promise<Forwarder> {
  const port = await findFreePort()
  const sockets = new Set<Socket>()
  let server: Server | undefined

  const forward = (client: Socket) => {
    const upstream = connect(target, LOOPBACK)
    for (const [socket, other] of [
      [client, upstream],
      [upstream, client],
    ] as const) {
      sockets.add(socket)
      socket.on('error', () => other.destroy())
      socket.on('close', () => {
        sockets.delete(socket)
        other.destroy()
      })
      socket.pipe(other)
    }
  }
  const open = async () => {
    server = createServer(forward)
    await new Promise<void>((resolve, reject) => {
      server?.once('error', reject)
      server?.listen(port, LOOPBACK, resolve)
    })
  }
  const close = async () => {
    const closed = new Promise<void>((resolve) => {
      if (server === undefined) resolve()
      else server.close(() => resolve())
    })
    for (const socket of sockets) socket.destroy()
    server = undefined
    await closed
  }
  await open()
  return { port, open, close }
}
