import type { Report } from '../../clients/report.ts'
import type { KubeApi } from '../api.ts'
import { ClusterError } from '../cluster-error.ts'
import type { KubeObject, NewObject } from '../object.ts'
import type { Resource } from '../resource.ts'
import { type Claim, type Decision, decideClaim, renderClaim } from './claim.ts'
import { ObservedWebhook } from './observed-webhook.ts'
import type { Reach } from './reachable.ts'
import { WantedWebhook, type Wish } from './wanted-webhook.ts'
import { findDrift, toSent, type Webhook } from './webhook.ts'

/** The kind of the registration. */
export const WEBHOOKS: Resource = {
  group: 'admissionregistration.k8s.io',
  version: 'v1',
  kind: 'MutatingWebhookConfiguration',
  plural: 'mutatingwebhookconfigurations',
  namespaced: false,
}

const CLUSTER_ROLES: Resource = {
  group: 'rbac.authorization.k8s.io',
  version: 'v1',
  kind: 'ClusterRole',
  plural: 'clusterroles',
  namespaced: false,
}

/** What a registrar is made of. */
export interface RegistrarOptions {
  readonly api: KubeApi
  readonly wish: Wish
  /** The ClusterRole with which the registration goes; none for one that we take away ourselves. */
  readonly owner?: string
  /** Whether the API server can reach somebody who answers; asked before a webhook is made. */
  readonly reach?: () => Promise<Reach>
  readonly report: Report
  readonly now?: () => Date
  /** Milliseconds of a clock that never goes back. */
  readonly nowMs?: () => number
}

/** Keeps the webhook registered as it is wanted, together with all other replicas. */
export class Registrar {
  readonly observed: ObservedWebhook
  readonly #options: RegistrarOptions
  readonly #wanted: WantedWebhook
  readonly #name: string
  #ownerUid: string | undefined
  #waiting: Registrar['waiting']
  /** Then it is put back without asking whether somebody is reached. */
  #wasThere = false

  constructor(options: RegistrarOptions) {
    const { wish, now = () => new Date(), nowMs = () => performance.now() } = options
    const { name, hook } = wish.registration()
    this.#options = options
    this.#name = name
    this.#wanted = new WantedWebhook(wish, now)
    this.observed = new ObservedWebhook(hook, nowMs)
  }

  /** Set while nothing is registered because nobody could be reached yet. */
  get waiting(): 'leading' | 'following' | undefined {
    return this.#waiting
  }

  /** Whether this replica has seen it registered, or has registered it. */
  get wasThere(): boolean {
    return this.#wasThere
  }

  /** Looks at what is registered. Rejects with a `ClusterError`. */
  async observe(): Promise<void> {
    try {
      this.observed.see(await this.#options.api.get(WEBHOOKS, { name: this.#name }))
      this.#wasThere = true
    } catch (error) {
      if (!(error instanceof ClusterError) || error.code !== 'NOT_FOUND') throw error
      this.observed.see(undefined)
    }
  }

  /** Makes what was observed as it should be, if that is ours to do. Rejects with a `ClusterError`. */
  async settle(): Promise<void> {
    const { isAbsent } = this.observed
    const isNew = isAbsent && !this.#wasThere
    const reach = isNew ? ((await this.#options.reach?.()) ?? 'reachable') : 'reachable'
    this.#waiting = reach === 'reachable' ? undefined : reach
    if (this.#waiting !== undefined) return
    const first = this.#decide()
    // What is taken over is decided on again: with the authorities that stay it may be what is wanted.
    const isOther = first.decision === 'take over' && this.#wanted.adopt(this.observed)
    const { decision, webhook, claim, drift } = isOther ? this.#decide() : first
    if (decision === 'keep' || decision === 'yield') return
    await this.#write(webhook, claim)
    this.#wasThere = true
    const { report } = this.#options
    if (isAbsent) report('webhook was registered', { webhook: this.#name })
    else report('webhook registration was changed', { webhook: this.#name, decision, drift })
  }

  /** Takes the registration away if it is still ours. Rejects with a `ClusterError`. */
  async remove(): Promise<void> {
    await this.observe()
    const { object, claim } = this.observed
    const { hash } = this.#wanted.render(this.observed).claim
    if (object === undefined || claim?.hash !== hash) return
    const { uid } = object.metadata
    await this.#options.api.delete(WEBHOOKS, { name: this.#name }, { uid })
  }

  #decide(): {
    readonly decision: Decision
    readonly webhook: Webhook
    readonly claim: Claim
    readonly drift: readonly string[]
  } {
    const { observed } = this
    const { now = () => new Date() } = this.#options
    const { webhook, claim } = this.#wanted.render(observed)
    const drift = observed.isAbsent ? [] : this.#findDrift(webhook)
    const registered = observed.isAbsent
      ? undefined
      : { claim: observed.claim, drifts: drift.length > 0, claimedForMs: observed.claimedForMs }
    return { decision: decideClaim(registered, claim, now()), webhook, claim, drift }
  }

  #findDrift(webhook: Webhook): readonly string[] {
    const drift = findDrift(webhook, this.observed.webhooks)
    return this.#isOwned() ? drift : [...drift, 'ownerReferences']
  }

  /**
   * Whether it goes with the release: that is its one owner, as it would stay as long as another one.
   * Whoever has not written yet knows the owner by name only, which is enough: with a false uid the
   * API server takes the registration away, and it is made anew.
   */
  #isOwned(): boolean {
    const { owner } = this.#options
    if (owner === undefined) return true
    const [found, ...others] = this.observed.object?.metadata.ownerReferences ?? []
    if (found?.kind !== CLUSTER_ROLES.kind || found.name !== owner) return false
    return others.length === 0 && found.uid === (this.#ownerUid ?? found.uid)
  }

  /**
   * Applies; what other managers have added where fields are theirs beside ours, such as a condition
   * in a list, is taken out by a replacement.
   */
  async #write(webhook: Webhook, claim: Claim): Promise<void> {
    const { api } = this.#options
    const ownerReferences = await this.#fetchOwner()
    const resourceVersion = this.observed.object?.metadata.resourceVersion
    const wanted = {
      metadata: {
        name: this.#name,
        annotations: renderClaim(claim),
        ...(ownerReferences && { ownerReferences }),
        ...(resourceVersion !== undefined && { resourceVersion }),
      },
      webhooks: [toSent(webhook)],
    }
    const applied = await api.apply(WEBHOOKS, wanted, { force: true })
    this.observed.see(applied)
    if (this.#findDrift(webhook).length === 0) return
    this.observed.see(await api.replace(WEBHOOKS, withoutOthers(applied, wanted, claim)))
  }

  /** Without its owner nothing may be registered: it would stay when everything else has gone. */
  async #fetchOwner() {
    const { api, owner } = this.#options
    if (owner === undefined) return undefined
    const { metadata, apiVersion, kind } = await api.get(CLUSTER_ROLES, { name: owner })
    this.#ownerUid = metadata.uid
    return [{ apiVersion, kind, name: owner, uid: metadata.uid }]
  }
}

function withoutOthers({ metadata }: KubeObject, wanted: NewObject, claim: Claim): NewObject {
  return {
    ...wanted,
    metadata: {
      ...metadata,
      ...wanted.metadata,
      annotations: { ...metadata.annotations, ...renderClaim(claim) },
      resourceVersion: metadata.resourceVersion,
      managedFields: undefined,
    },
  }
}
