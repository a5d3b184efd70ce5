import { connect, createServer, type Server, type Socket } from 'node:net'
import { API_SERVER, KUBERNETES_SERVICE } from '../addresses.ts'
import type { Api, KubernetesObject } from '../api.ts'
import { addAddress, removeAddress } from '../network.ts'

interface Service extends KubernetesObject {
  readonly spec: {
    readonly clusterIP?: string
    readonly ports?: readonly { readonly name?: string; readonly port: number }[]
  }
}

interface EndpointSlice extends KubernetesObject {
  /** Null where there is none. */
  readonly endpoints:
    | readonly {
        readonly addresses: readonly string[]
        readonly conditions?: {
          readonly ready?: boolean
          readonly serving?: boolean
          readonly terminating?: boolean
        }
      }[]
    | null
  readonly ports: readonly { readonly name?: string; readonly port?: number }[] | null
}

interface Target {
  readonly host: string
  readonly port: number
}

/**
 * Forwards the addresses of Services to the endpoints that are ready, as kube-proxy does: to those
 * that still serve while they end where none is ready, and refusing connections where there is none
 * at all. Connections that are open stay where they are.
 */
export class ServiceForwarder {
  readonly #api: Api
  readonly #forwards = new Map<string, Forward>()
  readonly #addresses = new Set<string>([KUBERNETES_SERVICE])

  constructor(api: Api) {
    this.#api = api
    this.#forwardTo(KUBERNETES_SERVICE, 443, [API_SERVER])
  }

  /** Follows what the API says now. */
  async refresh(): Promise<void> {
    const services = await this.#api.list<Service>('/api/v1/services')
    const slices = await this.#api.list<EndpointSlice>('/apis/discovery.k8s.io/v1/endpointslices')
    const wanted = new Set([KUBERNETES_SERVICE])
    for (const { metadata, spec } of services) {
      const { clusterIP = '', ports = [] } = spec
      if (!/^\d/.test(clusterIP) || clusterIP === KUBERNETES_SERVICE) continue
      wanted.add(clusterIP)
      if (!this.#addresses.has(clusterIP)) await addAddress(clusterIP)
      this.#addresses.add(clusterIP)
      const own = slices.filter(
        (slice) =>
          slice.metadata.namespace === metadata.namespace &&
          slice.metadata.labels?.['kubernetes.io/service-name'] === metadata.name,
      )
      for (const { name = '', port } of ports) {
        this.#forwardTo(clusterIP, port, findTargets(own, name))
      }
    }
    for (const address of this.#addresses) {
      if (!wanted.has(address)) await this.#drop(address)
    }
  }

  /** Ends all forwarding. */
  stop(): void {
    for (const forward of this.#forwards.values()) forward.close()
  }

  #forwardTo(address: string, port: number, targets: readonly Target[]): void {
    const key = `${address}:${port}`
    const forward = this.#forwards.get(key) ?? new Forward(address, port)
    this.#forwards.set(key, forward)
    forward.follow(targets)
  }

  async #drop(address: string): Promise<void> {
    for (const [key, forward] of this.#forwards) {
      if (!key.startsWith(`${address}:`)) continue
      forward.close()
      this.#forwards.delete(key)
    }
    this.#addresses.delete(address)
    await removeAddress(address)
  }
}

function findTargets(slices: readonly EndpointSlice[], portName: string): readonly Target[] {
  const all = slices.flatMap(({ endpoints, ports }) =>
    (endpoints ?? []).flatMap(({ addresses: [host = ''], conditions = {} }) => {
      const port = ports?.find(({ name = '' }) => name === portName)?.port
      return port === undefined ? [] : [{ host, port, ...conditions }]
    }),
  )
  const ready = all.filter((each) => each.ready !== false)
  return ready.length > 0 ? ready : all.filter((each) => each.serving && each.terminating)
}

/** One port of one Service. */
class Forward {
  readonly #address: string
  readonly #port: number
  readonly #sockets = new Set<Socket>()
  #targets: readonly Target[] = []
  #next = 0
  #server: Server | undefined

  constructor(address: string, port: number) {
    this.#address = address
    this.#port = port
  }

  /** Sends new connections there from now on. */
  follow(targets: readonly Target[]): void {
    this.#targets = targets
    if (targets.length === 0) {
      this.#server?.close()
      this.#server = undefined
    } else if (this.#server === undefined) {
      this.#server = createServer({ allowHalfOpen: true }, (client) => this.#forward(client))
      this.#server.on('error', () => {
        this.#server = undefined
      })
      this.#server.listen(this.#port, this.#address)
    }
  }

  close(): void {
    this.follow([])
    for (const socket of this.#sockets) socket.destroy()
  }

  #forward(client: Socket): void {
    const target = this.#targets[this.#next++ % Math.max(1, this.#targets.length)]
    if (target === undefined) return void client.destroy()
    const upstream = connect({ ...target, allowHalfOpen: true })
    for (const [from, to] of [
      [client, upstream],
      [upstream, client],
    ] as const) {
      this.#sockets.add(from)
      from.on('error', () => to.destroy())
      from.on('close', () => {
        this.#sockets.delete(from)
        to.destroySoon()
      })
      from.pipe(to)
    }
  }
}
