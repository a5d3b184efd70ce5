import { KubeClient } from '../../../src/cluster/client.ts'
import { Registrar, type RegistrarOptions } from '../../../src/cluster/registration/registrar.ts'
import { toRegistration } from '../../../src/cluster/registration/release.ts'
import type { RegistrationSettings } from '../../../src/cluster/registration/settings.ts'
import type { KubeServer } from '../../support/kube/server.ts'
import { connectTo } from '../fixture.ts'

export const WEBHOOK_PATH =
  '/apis/admissionregistration.k8s.io/v1/mutatingwebhookconfigurations/connaisseur-webhook'
export const ROLE_PATH = '/apis/rbac.authorization.k8s.io/v1/clusterroles/connaisseur'

export const SETTINGS: RegistrationSettings = {
  webhook: {
    name: 'connaisseur-webhook',
    failurePolicy: 'Fail',
    reinvocationPolicy: 'Never',
    timeoutSeconds: 30,
    excludedNamespaces: ['kube-system'],
  },
  service: { name: 'connaisseur-svc', namespace: 'connaisseur', port: 443, path: '/mutate' },
  owner: { clusterRole: 'connaisseur' },
  certificate: { secretName: 'connaisseur-tls' },
}

/** One replica, with clocks that the spec turns and a wish that the spec changes. */
export class Replica {
  readonly reports: string[] = []
  settings = SETTINGS
  bundle: readonly string[]
  readonly registrar: Registrar
  readonly #clock: { ms: number }

  constructor(
    server: KubeServer,
    clock: { ms: number },
    bundle: readonly string[],
    options: Partial<RegistrarOptions> = {},
  ) {
    this.bundle = bundle
    this.#clock = clock
    this.registrar = new Registrar({
      api: new KubeClient({ connection: connectTo(server), report: () => {} }),
      wish: {
        registration: () => toRegistration(this.settings),
        bundle: () => this.bundle,
      },
      owner: 'connaisseur',
      report: (message, fields) =>
        this.reports.push([message, fields['decision']].filter(Boolean).join(': ')),
      now: () => new Date(this.#clock.ms),
      nowMs: () => this.#clock.ms,
      ...options,
    })
  }

  async round(): Promise<void> {
    await this.registrar.observe()
    await this.registrar.settle()
  }
}

/** Puts the ClusterRole of the release into the store. */
export function putRole(server: KubeServer): string {
  return server.store.put(ROLE_PATH, {
    apiVersion: 'rbac.authorization.k8s.io/v1',
    kind: 'ClusterRole',
    metadata: { name: 'connaisseur' },
  }).metadata.uid
}
