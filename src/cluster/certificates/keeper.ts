import { X509Certificate } from 'node:crypto'
import { Type } from '@sinclair/typebox'
import type { Report } from '../../clients/report.ts'
import type { KubeApi } from '../api.ts'
import { ClusterError } from '../cluster-error.ts'
import { type KubeObject, readAs } from '../object.ts'
import type { Resource } from '../resource.ts'
import { type Facts, planStep, type Renewal, type Step, type Validity } from './plan.ts'
import { type CertificateSource, SETTLE_MS, type TrustedBundle } from './source.ts'
import {
  bundleOf,
  type CertificateState,
  findIssuer,
  type Pair,
  type Retired,
  readState,
  renderState,
  withRetired,
} from './state.ts'

/** Of the Secret: asks for a renewal out of turn, `leaf` or `authority`. Taken away when it is done. */
export const RENEW_ANNOTATION = 'securesystemsengineering.connaisseur/renew'

/** How often a round begins anew because another replica was faster; the next round comes anyway. */
const MAX_ATTEMPTS = 5

const SECRETS: Resource = {
  group: '',
  version: 'v1',
  kind: 'Secret',
  plural: 'secrets',
  namespaced: true,
}

const SecretSchema = Type.Object({
  data: Type.Optional(Type.Record(Type.String(), Type.String())),
})

/** What a keeper is made of. */
export interface KeeperOptions {
  readonly api: KubeApi
  readonly secret: { readonly namespace: string; readonly name: string }
  /** The DNS names that a server certificate has to be for. */
  readonly names: readonly string[]
  readonly report: Report
  readonly now?: () => Date
  /** At least 0 and below 1: replicas begin to renew one after the other. */
  readonly jitter?: number
}

/** A step of the plan; or from memory: all of it, or the authority that was lost. */
type Reason = Step | 'restore' | 'remember'

/** What the Secret should hold, and why. */
type Planned = { readonly state: CertificateState; readonly step: Reason }

/**
 * Keeps our own certificates in a Secret that all replicas share. Every replica does whatever step is
 * due; the version of the Secret decides who did it, and the others take it over.
 */
export class CertificateKeeper implements CertificateSource {
  readonly #options: KeeperOptions
  readonly #now: () => Date
  readonly #jitter: number
  #state: CertificateState | undefined
  #serving: Pair | undefined

  constructor(options: KeeperOptions) {
    this.#options = options
    this.#now = options.now ?? (() => new Date())
    this.#jitter = options.jitter ?? Math.random()
  }

  /** The certificates that the API server has to trust; none before the first round. */
  get bundle(): readonly string[] {
    return this.#state === undefined ? [] : bundleOf(this.#state)
  }

  /** What this replica has to serve under; undefined before the first round. */
  get serving(): Pair | undefined {
    return this.#serving
  }

  /** Reads what the replicas share, and does the step that is due. Rejects with a `ClusterError`. */
  async round(trusted: TrustedBundle): Promise<void> {
    for (let attempt = 0; attempt < MAX_ATTEMPTS; attempt++) {
      const secret = await this.#read()
      const found = this.#readState(secret)
      const { state, step } = await this.#plan(found, secret, trusted)
      if (step !== 'nothing' && !(await this.#write(secret, state, step))) continue
      this.#state = state
      this.#serving = this.#choose(state, trusted)
      return
    }
  }

  async #read(): Promise<KubeObject> {
    const { api, secret } = this.#options
    try {
      return await api.get(SECRETS, secret)
    } catch (error) {
      if (!(error instanceof ClusterError) || error.code !== 'NOT_FOUND') throw error
      // Applied without data, so that of many who do this none undoes what another one wrote.
      return api.apply(SECRETS, { metadata: { ...secret }, type: 'Opaque' })
    }
  }

  #readState(secret: KubeObject): CertificateState | undefined {
    const { data = {} } = readAs(SecretSchema, secret, 'a Secret')
    try {
      return readState(data)
    } catch (error) {
      const problem = error instanceof Error ? error.message : String(error)
      const { name } = this.#options.secret
      this.#options.report('certificates of the Secret are not usable, they are written anew', {
        secret: name,
        problem,
      })
      return undefined
    }
  }

  async #create(): Promise<CertificateState> {
    const { issueAuthority } = await import('./issue.ts')
    const authority = await issueAuthority(this.#now())
    return { authority, leaf: await this.#issueLeaf(authority), previous: [] }
  }

  async #plan(
    found: CertificateState | undefined,
    secret: KubeObject,
    trusted: TrustedBundle,
  ): Promise<Planned> {
    if (found === undefined) {
      return { state: this.#state ?? (await this.#create()), step: 'restore' }
    }
    const lost = this.#findLost(found)
    if (lost !== undefined) return { state: withRetired(found, lost), step: 'remember' }
    return this.#advance(found, secret, trusted)
  }

  /**
   * The authority of what we serve, where the Secret knows nothing of it: somebody has made that anew
   * who did not have it. Others serve under it too, until they see that the new one is trusted.
   */
  #findLost(found: CertificateState): Retired | undefined {
    const serving = this.#serving
    if (serving === undefined || this.#state === undefined) return undefined
    const { notAfter: until } = validityOf(serving)
    if (until <= this.#now() || findIssuer(found, serving.cert) !== undefined) return undefined
    const cert = findIssuer(this.#state, serving.cert)
    return cert === undefined ? undefined : { cert, until }
  }

  async #advance(
    state: CertificateState,
    secret: KubeObject,
    trusted: TrustedBundle,
  ): Promise<Planned> {
    const now = this.#now()
    const step = planStep(this.#factsOf(state, secret, trusted), now, this.#jitter)
    const { authority, leaf, next, previous } = state
    switch (step) {
      case 'nothing':
        return { state, step }
      case 'retire':
        return { state: { ...state, previous: previous.filter(({ until }) => until > now) }, step }
      case 'renew leaf':
        return { state: { ...state, leaf: await this.#issueLeaf(authority) }, step }
      case 'announce': {
        const { issueAuthority } = await import('./issue.ts')
        return { state: { ...state, next: await issueAuthority(now) }, step }
      }
      case 'promote': {
        if (next === undefined) return { state, step: 'nothing' }
        const retired: Retired = { cert: authority.cert, until: validityOf(leaf).notAfter }
        const promoted = { authority: next, leaf: await this.#issueLeaf(next), previous }
        return { state: withRetired(promoted, retired), step }
      }
    }
  }

  #factsOf(
    { authority, leaf, next, previous }: CertificateState,
    { metadata }: KubeObject,
    trusted: TrustedBundle,
  ): Facts {
    const certificate = new X509Certificate(leaf.cert)
    const { names } = this.#options
    const renew = readRenewal(metadata.annotations?.[RENEW_ANNOTATION])
    const heldForMs = next && trusted.heldForMs(next.cert)
    return {
      authority: validityOf(authority),
      leaf: validityOf(leaf),
      fitsNames: names.every((name) => certificate.checkHost(name) !== undefined),
      ...(next && { next: { isTrusted: (heldForMs ?? 0) >= SETTLE_MS } }),
      previous: previous.map(({ until }) => until),
      ...(renew && { renew }),
    }
  }

  async #issueLeaf(authority: Pair): Promise<Pair> {
    const { issueLeaf } = await import('./issue.ts')
    return issueLeaf(authority, { dns: this.#options.names }, this.#now())
  }

  /** Writes unless somebody else has written meanwhile; tells whether it did. */
  async #write(secret: KubeObject, state: CertificateState, step: Reason): Promise<boolean> {
    const { api, report } = this.#options
    const { [RENEW_ANNOTATION]: _, ...annotations } = secret.metadata.annotations ?? {}
    const metadata = { ...secret.metadata, annotations, managedFields: undefined }
    try {
      await api.replace(SECRETS, { ...secret, metadata, data: renderState(state) })
    } catch (error) {
      if (error instanceof ClusterError && isOvertaken(error)) return false
      throw error
    }
    report('certificates were changed', { secret: metadata.name, step })
    return true
  }

  /**
   * A certificate is served under another authority only when the API server trusts that one. What is
   * no longer valid is worth nothing to anybody, so it does not have to wait.
   */
  #choose(state: CertificateState, trusted: TrustedBundle): Pair {
    const serving = this.#serving
    if (serving === undefined || serving.cert === state.leaf.cert) return state.leaf
    const isTrusted = trusted.isAbsent || trusted.heldForMs(state.authority.cert) !== undefined
    return isTrusted || validityOf(serving).notAfter <= this.#now() ? state.leaf : serving
  }
}

/** A write that got no answer may have been our own: the next look tells. */
function isOvertaken({ code }: ClusterError): boolean {
  return code === 'CONFLICT' || code === 'NOT_FOUND'
}

function readRenewal(text: string | undefined): Renewal | undefined {
  return text === 'leaf' || text === 'authority' ? text : undefined
}

function validityOf({ cert }: Pair): Validity {
  const { validFrom, validTo } = new X509Certificate(cert)
  return { notBefore: new Date(validFrom), notAfter: new Date(validTo) }
}
