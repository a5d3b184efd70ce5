import { join, resolve } from 'node:path'
import { runOrThrow } from '../support/process.ts'
import { KUBERNETES_VERSION } from '../tools/kubernetes.ts'
import type { Cluster } from './cluster.ts'
import { REAL_NODE, REAL_NODE_TAINT } from './node/node.ts'
import type { Shop } from './shop.ts'
import { waitUntilChecked } from './webhook-registration.ts'

const CHART = resolve(import.meta.dir, '../../../chart')
export const NAMESPACE = 'connaisseur'

/** The image that the node has: `v2` is the next version, every other tag the program under test. */
const REPOSITORY = 'e2e.example/connaisseur'

/** What of the values a spec chooses. */
export interface Choice {
  /** Of the image. Default `v1`. */
  readonly tag?: string
  /** Default 2. */
  readonly replicas?: number
  /** Merged over those of `application.features`. */
  readonly features?: Readonly<Record<string, unknown>>
  /** Merged over those of `kubernetes.deployment`. */
  readonly deployment?: Readonly<Record<string, unknown>>
  /** Merged over those of `kubernetes`. */
  readonly kubernetes?: Readonly<Record<string, unknown>>
  /** Further rules. */
  readonly policy?: readonly object[]
}

/** Values of a person who lets the images of a shop in, and those that Kubernetes itself runs. */
export function renderValues(shop: Shop, choice: Choice = {}): object {
  const { tag = 'v1', replicas = 2, features = {}, policy = [] } = choice
  return {
    kubernetes: {
      deployment: {
        image: { repository: REPOSITORY, tag },
        replicasCount: replicas,
        nodeSelector: { 'kubernetes.io/hostname': REAL_NODE },
        tolerations: [{ ...REAL_NODE_TAINT, operator: 'Equal' }],
        ...choice.deployment,
      },
      ...choice.kubernetes,
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
        ...policy,
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

  /** `helm install --wait`, and until images are checked; throws when it fails. */
  static async install(cluster: Cluster, values: object): Promise<Release> {
    const release = new Release(cluster)
    await runHelm(cluster, ['install', ...CREATE, ...WAIT], values)
    await waitUntilChecked(cluster)
    return release
  }

  /** `helm install`, for what never becomes ready. */
  static async installAtOnce(cluster: Cluster, values: object): Promise<Release> {
    const release = new Release(cluster)
    await runHelm(cluster, ['install', ...CREATE], values)
    return release
  }

  /** `helm upgrade --wait`; throws when it fails. */
  async upgrade(values: object): Promise<void> {
    await runHelm(this.#cluster, ['upgrade', NAME, CHART, ...WHERE, ...WAIT], values)
  }

  /** `helm rollback --wait` to the revision before. */
  async rollback(): Promise<void> {
    await runHelm(this.#cluster, ['rollback', NAME, ...WHERE, ...WAIT])
  }

  /** `helm uninstall --wait`; the namespace stays. */
  async uninstall(): Promise<void> {
    await runHelm(this.#cluster, ['uninstall', NAME, ...WHERE, ...WAIT])
  }

  /** Uninstalls, and leaves a cluster in which nothing reminds of it. */
  async clear(): Promise<void> {
    await this.uninstall()
    await this.#cluster.kubectl.run(`delete namespace ${NAMESPACE} --timeout=180s`)
  }
}

const NAME = 'connaisseur'
const WHERE = ['--namespace', NAMESPACE]
const CREATE = [NAME, CHART, ...WHERE, '--create-namespace']
const WAIT = ['--wait', '--timeout', '180s']

/**
 * Renders the chart, as those who apply manifests from a repository do. A helm that was built with
 * `go install` does not know what version of Kubernetes it is for.
 */
export function renderChart(cluster: Cluster, values: object): Promise<string> {
  const version = ['--kube-version', KUBERNETES_VERSION]
  return runHelm(cluster, ['template', NAME, CHART, ...WHERE, ...version], values)
}

/** Runs helm, and returns its stdout; throws with what it says when it fails. */
async function runHelm(
  { programs, pki, folder }: Cluster,
  args: readonly string[],
  values: object = {},
): Promise<string> {
  const file = join(folder, `values-${crypto.randomUUID()}.json`)
  await Bun.write(file, JSON.stringify(values))
  const [verb = ''] = args
  const given = ['install', 'upgrade', 'template'].includes(verb) ? ['--values', file] : []
  const command = [programs.helm, `--kubeconfig=${pki.kubeconfigs.admin}`, ...args, ...given]
  return runOrThrow(command, { folder })
}
