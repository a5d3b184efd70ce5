import { AUTHORITY, startServer } from '../cluster/fixture.ts'
import { putRole, SETTINGS, WEBHOOK_PATH } from '../cluster/registration/fixture.ts'
import { createKeyPair, toPublicKeyPem } from '../support/key-pair.ts'
import type { KubeServer } from '../support/kube/server.ts'
import { type Fields, toFields } from '../support/kube/store.ts'
import { Folder, makeConfig } from './fixture.ts'
import { Serving } from './serving.ts'

export const SECRET_PATH = '/api/v1/namespaces/connaisseur/secrets/connaisseur-tls'
const SLICE_PATH =
  '/apis/discovery.k8s.io/v1/namespaces/connaisseur/endpointslices/connaisseur-svc-1'

/** As the API server calls the Service. */
export const HOST = 'connaisseur-svc.connaisseur.svc'

const REGISTRATION = JSON.stringify(SETTINGS)

/**
 * An API server with what the chart makes, and the program with the files that it has there: nothing is
 * shared, so that specs which wait may wait side by side.
 */
export class ClusterStage implements AsyncDisposable {
  readonly folder = new Folder()
  readonly kube: KubeServer = startServer()
  /** Of the configuration and the cluster. */
  readonly flags: readonly string[]
  readonly #running: Serving[] = []

  constructor() {
    const { kube, folder } = this
    putRole(kube)
    kube.store.put(SECRET_PATH, {
      apiVersion: 'v1',
      kind: 'Secret',
      metadata: { name: 'connaisseur-tls', namespace: 'connaisseur' },
    })
    const config = makeConfig(toPublicKeyPem(createKeyPair('p256')))
    this.flags = [
      ...['--config', folder.write('config.yaml', config)],
      ...['--kubeconfig', folder.write('kubeconfig', renderKubeconfig(kube.url))],
    ]
  }

  /** The webhook's registration, as the API server has it. */
  get registered(): Fields | undefined {
    return this.kube.store.get(WEBHOOK_PATH)
  }

  /** The authorities that the API server trusts, PEM. */
  get bundle(): string {
    const webhooks = this.registered?.['webhooks']
    const [hook] = Array.isArray(webhooks) ? webhooks : []
    const { caBundle } = toFields(toFields(hook)['clientConfig'])
    return Buffer.from(String(caBundle), 'base64').toString()
  }

  /** Writes `registration.yaml`, and returns its path. */
  writeRegistration(text = REGISTRATION): string {
    return this.folder.write('registration.yaml', text)
  }

  /** Starts the program, to be stopped with the stage. */
  start(...flags: readonly string[]): Serving {
    const serving = new Serving(AUTHORITY, ...this.flags, ...flags)
    this.#running.push(serving)
    return serving
  }

  /** Starts a replica of a release. */
  startReplica(...more: readonly string[]): Serving {
    const registration = this.writeRegistration()
    return this.start('--registration', registration, '--shutdown-grace', '0', ...more)
  }

  /** Makes the Service lead to somebody, as the endpoint controller does for a pod that is ready. */
  addEndpoint(): void {
    const labels = { 'kubernetes.io/service-name': 'connaisseur-svc' }
    this.kube.store.put(SLICE_PATH, {
      apiVersion: 'discovery.k8s.io/v1',
      kind: 'EndpointSlice',
      metadata: { name: 'connaisseur-svc-1', namespace: 'connaisseur', labels },
      endpoints: [{ conditions: { ready: true } }],
    })
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all(this.#running.map((each) => each.stop()))
    this.kube.stop()
    this.folder.remove()
  }
}

function renderKubeconfig(server: string): string {
  const ca = Buffer.from(AUTHORITY.cert).toString('base64')
  return JSON.stringify({
    apiVersion: 'v1',
    kind: 'Config',
    'current-context': 'spec',
    contexts: [{ name: 'spec', context: { cluster: 'spec', user: 'spec' } }],
    clusters: [{ name: 'spec', cluster: { server, 'certificate-authority-data': ca } }],
    users: [{ name: 'spec', user: { token: 'token' } }],
  })
}

/** Waits until something is so, for a minute at most. */
export async function until(what: string, isSo: () => boolean): Promise<void> {
  for (let attempt = 0; attempt < 6000; attempt++) {
    if (isSo()) return
    await Bun.sleep(10)
  }
  throw new Error(`it never came to be: ${what}`)
}
