import { join } from 'node:path'
import { NODE_ADDRESS } from '../addresses.ts'
import { type Api, ApiError } from '../api.ts'
import { addPodNetwork, removePodNetwork } from '../network.ts'
import { Container } from './container.ts'
import { readEnvironment } from './environment.ts'
import type { ImageStore } from './image-store.ts'
import { namespacePath, type Pod } from './pod.ts'
import { runProbe } from './probe.ts'
import { ContainerState, type PodStatus, renderStatus } from './status.ts'
import { PodVolumes } from './volumes.ts'

/** How long after its end a container is started again: at once, then doubling up to this. */
const MAX_BACKOFF_MS = 5_000
const RETRY_MS = 500
/** Kubelets take up to a minute. */
const REFRESH_MS = 1_000

/** What a pod needs of its node. */
export interface PodSurroundings {
  readonly api: Api
  readonly images: ImageStore
  readonly folder: string
  /** Its name, of up to ten characters, for the network namespace. */
  readonly name: string
  readonly address: string
}

/** A pod with its namespace, its volumes and its programs, from its arrival to its end. */
export class RunningPod {
  readonly #pod: Pod
  readonly #surroundings: PodSurroundings
  readonly #volumes: PodVolumes
  readonly #states: readonly ContainerState[]
  readonly #containers = new Map<ContainerState, Container>()
  readonly #startTime = new Date()
  readonly #ending = new AbortController()
  #reported = ''
  #reporting = Promise.resolve()
  #work: Promise<unknown> = Promise.resolve()

  constructor(pod: Pod, surroundings: PodSurroundings) {
    this.#pod = pod
    this.#surroundings = surroundings
    this.#volumes = new PodVolumes(surroundings.api, pod, join(surroundings.folder, 'volumes'))
    this.#states = pod.spec.containers.map((spec) => new ContainerState(spec))
  }

  /** Starts everything; what is missing is waited for. */
  start(): void {
    this.#work = this.#start()
  }

  /** SIGTERM, then SIGKILL after the grace; then the pod is gone from the API too. */
  async end(graceSeconds: number): Promise<void> {
    if (this.#ending.signal.aborted) return
    this.#ending.abort()
    const containers = [...this.#containers.values()]
    for (const container of containers) container.kill('SIGTERM')
    const killer = setTimeout(() => {
      for (const container of containers) container.kill('SIGKILL')
    }, graceSeconds * 1000)
    await this.#work
    clearTimeout(killer)
    this.#report()
    await this.#reporting
    for (const container of containers) await container.unmount()
    await removePodNetwork(this.#surroundings.name)
    await this.#delete()
  }

  async #start(): Promise<void> {
    const { name, address, images } = this.#surroundings
    await addPodNetwork(name, address)
    this.#report()
    while (!(await this.#hasVolumes())) {
      if (this.#ending.signal.aborted) return
      await Bun.sleep(RETRY_MS)
    }
    const refreshing = this.#refresh()
    const running = this.#states.map((state) => {
      const image = images.find(state.spec.image)
      if (image === undefined) state.waiting = 'ErrImagePull'
      return image === undefined ? undefined : this.#runContainer(state, image)
    })
    this.#report()
    await Promise.all([refreshing, ...running])
  }

  async #hasVolumes(): Promise<boolean> {
    try {
      await this.#volumes.refresh()
      return true
    } catch (error) {
      if (error instanceof ApiError) return false
      throw error
    }
  }

  async #refresh(): Promise<void> {
    while (!this.#ending.signal.aborted) {
      await Bun.sleep(REFRESH_MS)
      await this.#volumes.refresh().catch(() => {})
    }
  }

  async #runContainer(
    state: ContainerState,
    image: NonNullable<ReturnType<ImageStore['find']>>,
  ): Promise<void> {
    const { api, folder: top, name: network } = this.#surroundings
    const { spec } = state
    const pod = this.#pod
    const folder = join(top, spec.name)
    const volumes = this.#volumes
    const container = new Container({ pod, spec, image, volumes, network, folder })
    await container.mount()
    this.#containers.set(state, container)
    for (let backoffMs = 0; !this.#ending.signal.aborted; ) {
      const env = await readEnvironment(api, pod, spec, this.#fields())
      if (this.#ending.signal.aborted) return
      state.run()
      this.#report()
      const probing = this.#probe(state, container)
      const exitCode = await container.run(env)
      probing.abort()
      state.end(exitCode, await container.readMessage(exitCode))
      this.#report()
      const end = Date.now() + backoffMs
      while (Date.now() < end && !this.#ending.signal.aborted) await Bun.sleep(50)
      backoffMs = Math.min(MAX_BACKOFF_MS, backoffMs === 0 ? RETRY_MS : backoffMs * 2)
    }
  }

  /** First the startup probe; only when it succeeds the others. */
  #probe(state: ContainerState, container: Container): AbortController {
    const stop = new AbortController()
    const { spec } = state
    const { startupProbe, readinessProbe, livenessProbe } = spec
    const ask = (probe: typeof startupProbe, tell: (ok: boolean) => void) => {
      if (probe !== undefined) {
        void runProbe(probe, spec, this.#surroundings.address, stop.signal, tell)
      }
    }
    const live = (ok: boolean) => {
      if (!ok) container.kill('SIGTERM')
    }
    const started = () => {
      state.started = true
      if (readinessProbe === undefined) state.ready = true
      this.#report()
      ask(livenessProbe, live)
      ask(readinessProbe, (ok) => {
        state.ready = ok
        this.#report()
      })
    }
    if (startupProbe === undefined) started()
    else {
      let first = true
      ask(startupProbe, (ok) => {
        if (!ok) live(false)
        else if (first) started()
        if (ok) first = false
      })
    }
    return stop
  }

  #fields(): Readonly<Record<string, string>> {
    return { 'status.podIP': this.#surroundings.address, 'status.hostIP': NODE_ADDRESS }
  }

  /** One report after the other, and none that says what the last one said. */
  #report(): void {
    this.#reporting = this.#reporting.then(async () => {
      const { api, address } = this.#surroundings
      const status: PodStatus = renderStatus(this.#states, address, this.#startTime)
      const text = JSON.stringify(status)
      if (text === this.#reported) return
      const path = namespacePath(this.#pod, `pods/${this.#pod.metadata.name}/status`)
      const contentType = 'application/strategic-merge-patch+json'
      try {
        await api.request(path, { method: 'PATCH', contentType, body: { status } })
        this.#reported = text
      } catch (error) {
        if (error instanceof ApiError && error.status === 404) return
        await Bun.sleep(RETRY_MS)
        this.#report()
      }
    })
  }

  async #delete(): Promise<void> {
    const { name, uid } = this.#pod.metadata
    const body = { gracePeriodSeconds: 0, preconditions: { uid } }
    const path = namespacePath(this.#pod, `pods/${name}`)
    await this.#surroundings.api.request(path, { method: 'DELETE', body }).catch((error) => {
      if (!(error instanceof ApiError)) throw error
    })
  }
}
