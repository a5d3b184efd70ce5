import { NODE_ADDRESS } from '../addresses.ts'
import type { ContainerSpec } from './pod.ts'

/** What a node reports of a pod, as the API has it. */
export type PodStatus = Readonly<Record<string, unknown>>

/** How a container fares. */
export class ContainerState {
  readonly spec: ContainerSpec
  waiting = 'ContainerCreating'
  started = false
  ready = false
  #runs = 0
  #since: Date | undefined
  #last: { readonly exitCode: number; readonly message: string; readonly at: Date } | undefined

  constructor(spec: ContainerSpec) {
    this.spec = spec
  }

  /** Its program has been started. */
  run(): void {
    this.#runs++
    this.#since = new Date()
  }

  /** Its program has ended. */
  end(exitCode: number, message: string): void {
    this.#last = { exitCode, message, at: new Date() }
    this.#since = undefined
    this.started = false
    this.ready = false
    this.waiting = 'CrashLoopBackOff'
  }

  /** As an entry of `containerStatuses`. */
  render(): object {
    const { name, image } = this.spec
    const last = this.#last
    return {
      name,
      image,
      imageID: image,
      ready: this.ready,
      started: this.started,
      restartCount: Math.max(0, this.#runs - 1),
      state:
        this.#since === undefined
          ? { waiting: { reason: this.waiting } }
          : { running: { startedAt: toSeconds(this.#since) } },
      ...(last !== undefined && {
        lastState: {
          terminated: {
            exitCode: last.exitCode,
            reason: last.exitCode === 0 ? 'Completed' : 'Error',
            message: last.message,
            finishedAt: toSeconds(last.at),
          },
        },
      }),
    }
  }

  /** Whether its program has been started at least once. */
  get hasRun(): boolean {
    return this.#runs > 0
  }
}

/** Renders the whole status. */
export function renderStatus(
  states: readonly ContainerState[],
  address: string,
  startTime: Date,
): PodStatus {
  const ready = states.every((state) => state.ready)
  const condition = (type: string, ok: boolean) => ({ type, status: ok ? 'True' : 'False' })
  return {
    phase: states.some((state) => state.hasRun) ? 'Running' : 'Pending',
    startTime: toSeconds(startTime),
    hostIP: NODE_ADDRESS,
    podIP: address,
    podIPs: [{ ip: address }],
    conditions: [
      condition('Initialized', true),
      condition('ContainersReady', ready),
      condition('Ready', ready),
    ],
    containerStatuses: states.map((state) => state.render()),
  }
}

/** The API's times have no fractions. */
function toSeconds(date: Date): string {
  return date.toISOString().replace(/\.\d+Z$/, 'Z')
}
