import { join } from 'node:path'
import { NODE_ADDRESS, POD_NETWORK } from '../addresses.ts'
import { type Api, ApiError } from '../api.ts'
import type { ImageStore } from './image-store.ts'
import type { Pod } from './pod.ts'
import { RunningPod } from './running-pod.ts'
import { ServiceForwarder } from './services.ts'

/** How often the API is looked at. */
const POLL_MS = 150

/** The node that really runs pods, and those that are played by kwok. */
export const REAL_NODE = 'real-0'
export const PLAYED_NODES = ['played-0', 'played-1'] as const

/** Only what tolerates it runs on the real node. */
export const REAL_NODE_TAINT = { key: 'e2e/real', value: 'true', effect: 'NoSchedule' } as const

/**
 * Stands in for the kubelet and kube-proxy of a node: runs the pods that are bound to it as
 * processes in namespaces of their own, and forwards Services. Needs root, and network and mount
 * namespaces of its own.
 */
export class Node {
  readonly #api: Api
  readonly #images: ImageStore
  readonly #folder: string
  readonly #services: ServiceForwarder
  readonly #pods = new Map<string, RunningPod>()
  #count = 0
  #stopped = false
  #loops: Promise<unknown> = Promise.resolve()

  constructor(api: Api, images: ImageStore, folder: string) {
    this.#api = api
    this.#images = images
    this.#folder = folder
    this.#services = new ServiceForwarder(api)
  }

  /** Registers all nodes, and begins. */
  async start(): Promise<void> {
    await register(this.#api, REAL_NODE, { taints: [REAL_NODE_TAINT] }, {})
    for (const name of PLAYED_NODES) {
      await register(this.#api, name, {}, { 'kwok.x-k8s.io/node': 'fake' })
    }
    this.#loops = Promise.all([
      this.#repeat(() => this.#followPods()),
      this.#repeat(() => this.#services.refresh()),
    ])
  }

  /** Ends all pods at once. */
  async stop(): Promise<void> {
    this.#stopped = true
    await this.#loops
    await Promise.all([...this.#pods.values()].map((pod) => pod.end(0)))
    this.#services.stop()
  }

  /** The API server may be away for a while; what is wrong with the node itself is shown. */
  async #repeat(step: () => Promise<void>): Promise<void> {
    while (!this.#stopped) {
      await step().catch((error: unknown) => {
        if (error instanceof ApiError || !(error instanceof Error)) return
        if (!/connect|closed|socket|timed out/i.test(error.message)) console.error(error)
      })
      await Bun.sleep(POLL_MS)
    }
  }

  async #followPods(): Promise<void> {
    const path = `/api/v1/pods?fieldSelector=spec.nodeName%3D${REAL_NODE}`
    const pods = await this.#api.list<Pod>(path)
    for (const pod of pods) {
      const { uid, deletionTimestamp, deletionGracePeriodSeconds = 30 } = pod.metadata
      const known = this.#pods.get(uid)
      if (known === undefined && deletionTimestamp === undefined) this.#run(pod)
      if (deletionTimestamp !== undefined) void known?.end(deletionGracePeriodSeconds)
    }
    const present = new Set(pods.map(({ metadata }) => metadata.uid))
    for (const [uid, pod] of this.#pods) {
      if (present.has(uid)) continue
      this.#pods.delete(uid)
      void pod.end(0)
    }
  }

  #run(pod: Pod): void {
    const number = ++this.#count
    const { namespace, name, uid } = pod.metadata
    const running = new RunningPod(pod, {
      api: this.#api,
      images: this.#images,
      folder: join(this.#folder, `${namespace}-${name}`),
      name: `pod${number}`,
      address: `${POD_NETWORK}${number + 1}`,
    })
    this.#pods.set(uid, running)
    running.start()
  }
}

async function register(
  api: Api,
  name: string,
  spec: object,
  annotations: Readonly<Record<string, string>>,
): Promise<void> {
  const labels = { 'kubernetes.io/hostname': name, 'kubernetes.io/os': 'linux' }
  const metadata = { name, labels, annotations }
  await api.request('/api/v1/nodes', {
    method: 'POST',
    body: { apiVersion: 'v1', kind: 'Node', metadata, spec },
  })
  const room = { cpu: '64', memory: '256Gi', pods: '1000' }
  const status = {
    capacity: room,
    allocatable: room,
    addresses: [{ type: 'InternalIP', address: NODE_ADDRESS }],
    conditions: [{ type: 'Ready', status: 'True', reason: 'KubeletReady' }],
  }
  const contentType = 'application/merge-patch+json'
  const path = `/api/v1/nodes/${name}/status`
  await api.request(path, { method: 'PATCH', contentType, body: { status } })
}
