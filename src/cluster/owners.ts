import type { Report } from '../clients/report.ts'
import { Coalescer } from '../validators/coalescer.ts'
import type { Controller } from '../workload/controller.ts'
import { findImages } from '../workload/images.ts'
import type { KubeApi } from './api.ts'
import { ClusterError, type ClusterErrorCode } from './cluster-error.ts'
import type { KubeObject } from './object.ts'
import type { Resource } from './resource.ts'

/** The controllers of a cluster, asked for at every question: nothing of them is kept. */
export class ClusterOwners {
  readonly #api: Pick<KubeApi, 'get'>
  readonly #report: Report
  readonly #lookups = new Coalescer<ReadonlySet<string> | undefined>()
  #problem: ClusterErrorCode | undefined

  /** `report` hears, once, that owners cannot be looked up, and that they can again. */
  constructor(api: Pick<KubeApi, 'get'>, report: Report) {
    this.#api = api
    this.#report = report
  }

  /**
   * Finds the images of a controller's pod template. Nothing unless it is there with this uid and is
   * not being deleted. Rejects with a `ClusterError`, or the signal's reason.
   *
   * The replicas of one controller share a lookup, but none is answered from before it asked: an owner
   * that was deleted a moment ago approves nothing.
   */
  findImages(
    owner: Controller & { readonly namespace: string },
    signal: AbortSignal,
  ): Promise<ReadonlySet<string> | undefined> {
    const { group, kind, namespace, name, uid } = owner
    const key = JSON.stringify([group, kind, namespace, name, uid])
    return this.#lookups.join(key, (until) => this.#lookUp(owner, until), signal)
  }

  async #lookUp(
    owner: Controller & { readonly namespace: string },
    signal: AbortSignal,
  ): Promise<ReadonlySet<string> | undefined> {
    try {
      const object = await this.#api.get(toResource(owner), owner, { signal })
      this.#noteAnswer()
      return readImages(object, owner)
    } catch (error) {
      if (!(error instanceof ClusterError)) throw error
      if (error.code === 'NOT_FOUND' || error.code === 'INVALID') {
        this.#noteAnswer()
        return undefined
      }
      this.#noteProblem(error)
      throw error
    }
  }

  #noteAnswer(): void {
    if (this.#problem === undefined) return
    this.#problem = undefined
    this.#report('owners can be looked up again', {})
  }

  #noteProblem({ code, message }: ClusterError): void {
    if (this.#problem === code) return
    this.#problem = code
    this.#report('owners cannot be looked up, every child is verified', { code, problem: message })
  }
}

/** Plurals of workloads are regular. */
function toResource({ group, version, kind }: Controller): Resource {
  return { group, version, kind, plural: `${kind.toLowerCase()}s`, namespaced: true }
}

function readImages(
  object: KubeObject,
  { group, kind, uid }: Controller,
): ReadonlySet<string> | undefined {
  const { metadata } = object
  if (metadata.uid !== uid || metadata.deletionTimestamp !== undefined) return undefined
  try {
    return new Set(findImages(group, kind, object).map(({ image }) => image))
  } catch (error) {
    if (error instanceof SyntaxError) return undefined
    throw error
  }
}
