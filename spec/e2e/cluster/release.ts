import { join, resolve } from 'node:path'
import { type Outcome, runProgram } from '../support/process.ts'
import type { Cluster } from './cluster.ts'
import { REAL_NODE, REAL_NODE_TAINT } from './node/node.ts'
import type { Shop } from './shop.ts'

export const CHART = resolve(import.meta.dir, '../../../chart')
export const NAMESPACE = 'connaisseur'
export const WEBHOOK = 'connaisseur-webhook'

/** The image that the node has; tags are all the same program. */
const REPOSITORY = 'e2e.example/connaisseur'

/** What of the values a spec chooses. */
export interface Choice {
  /** Of the image. Default `v1`. */
  readonly tag?: string
  /** Default 2. */
  readonly replicas?: number
  /** Merged over those of `application.features`. */
  readonly features?: Readonly<Record<string, unknown>>
  /** Merged over those of `kubernetes`. */
  readonly kubernetes?: Readonly<Record<string, unknown>>
}

/** Values of a person who lets the images of a shop in, and those that Kubernetes itself runs. */
export function renderValues(shop: Shop, choice: Choice = {}): object {
  const { tag = 'v1', replicas = 2, features = {}, kubernetes = {} } = choice
  return {
    kubernetes: {
      deployment: {
        image: { repository: REPOSITORY, tag },
        replicasCount: replicas,
        nodeSelector: { 'kubernetes.io/hostname': REAL_NODE },
        tolerations: [{ ...REAL_NODE_TAINT, operator: 'Equal' }],
      },
      ...kubernetes,
    },
    application: {
      validators: [
        { name: 'allow', type: 'static', approve: true },
        { name: 'deny', type: 'static', approve: false },
        shop.validator,
      ],
      policy: [
        { pattern: '*:*', validator: 'deny' },
        { pattern: 'registry.k8s.io/*:*', validator: 'allow' },
        { pattern: 'registry.example/shop/*:*', validator: 'shop' },
      ],
      // Nothing is remembered, so that what is verified again can be counted.
      features: { cache: { expirySeconds: 0 }, ...features },
    },
  }
}

/** The chart as helm has installed it. */
export class Release {
  readonly #cluster: Cluster

  private constructor(cluster: Cluster) {
    this.#cluster = cluster
  }

  /** `helm install --wait`; throws when it fails. */
  static async install(cluster: Cluster, values: object): Promise<Release> {
    const release = new Release(cluster)
    const where = ['--namespace', NAMESPACE, '--create-namespace']
    await release.#helm('install', values, ['connaisseur', CHART, ...where, ...WAIT])
    return release
  }

  /** `helm upgrade --wait`; throws when it fails. */
  async upgrade(values: object): Promise<void> {
    await this.#helm('upgrade', values, ['connaisseur', CHART, '--namespace', NAMESPACE, ...WAIT])
  }

  /** `helm upgrade` without waiting: for what never becomes ready. */
  async upgradeAtOnce(values: object): Promise<void> {
    await this.#helm('upgrade', values, ['connaisseur', CHART, '--namespace', NAMESPACE])
  }

  /** `helm rollback --wait` to the revision before. */
  async rollback(): Promise<void> {
    await runHelm(this.#cluster, ['rollback', 'connaisseur', '--namespace', NAMESPACE, ...WAIT])
  }

  /** `helm uninstall --wait`, then the namespace too. */
  async uninstall(): Promise<void> {
    const { kubectl } = this.#cluster
    await runHelm(this.#cluster, ['uninstall', 'connaisseur', '--namespace', NAMESPACE, ...WAIT])
    await kubectl.run(`delete namespace ${NAMESPACE} --timeout=180s`)
  }

  async #helm(verb: string, values: object, args: readonly string[]): Promise<void> {
    const file = join(this.#cluster.folder, `values-${crypto.randomUUID()}.json`)
    await Bun.write(file, JSON.stringify(values))
    await runHelm(this.#cluster, [verb, ...args, '--values', file])
  }
}

const WAIT = ['--wait', '--timeout', '180s']

/** Runs helm; throws with what it says when it fails. */
export async function runHelm(cluster: Cluster, args: readonly string[]): Promise<string> {
  const { exitCode, stdout, stderr } = await tryHelm(cluster, args)
  if (exitCode !== 0) throw new Error(`helm ${args[0]} ended with ${exitCode}: ${stderr}`)
  return stdout
}

async function tryHelm(cluster: Cluster, args: readonly string[]): Promise<Outcome> {
  const { programs, pki, folder } = cluster
  const command = [programs.helm, `--kubeconfig=${pki.kubeconfigs.admin}`, ...args]
  return runProgram(command, { folder })
}
