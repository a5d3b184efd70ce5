import { type CertificateAuthority, issueServerCertificate } from '../support/certificate.ts'
import { failure, type KubeServer, startKube } from '../support/kube/server.ts'
import { pod, replicaSet } from '../support/workload.ts'

/** The policy denies it, so that only its controller can let it in. */
const IMAGE = `owned.example/app:1@sha256:${'a'.repeat(64)}`
const PATH = '/apis/apps/v1/namespaces/default/replicasets/app'
const UID = '11111111-3a52-4a0b-8a5e-2b7d0f3c9e11'
const OTHER_UID = '22222222-3a52-4a0b-8a5e-2b7d0f3c9e22'

/** How an API server fails. */
export type ClusterFault = 'down' | 'hangs' | 'fails' | 'forbids' | 'garbled'

/** The API server: one ReplicaSet, which lists an image. */
export class ClusterPart {
  readonly #authority: CertificateAuthority
  readonly #tls: { readonly cert: string; readonly key: string }
  #server: KubeServer

  private constructor(
    authority: CertificateAuthority,
    tls: { readonly cert: string; readonly key: string },
  ) {
    this.#authority = authority
    this.#tls = tls
    this.#server = this.#start()
  }

  static async start(authority: CertificateAuthority): Promise<ClusterPart> {
    return new ClusterPart(authority, await issueServerCertificate(authority))
  }

  /** A kubeconfig of this cluster. */
  renderKubeconfig(): string {
    const authority = Buffer.from(this.#authority.cert).toString('base64')
    return JSON.stringify({
      'current-context': 'soak',
      contexts: [{ name: 'soak', context: { cluster: 'soak', user: 'soak' } }],
      clusters: [
        {
          name: 'soak',
          cluster: { server: this.#server.url, 'certificate-authority-data': authority },
        },
      ],
      users: [{ name: 'soak', user: { token: 'token' } }],
    })
  }

  /** A Pod that its controller really has, or one that only says so. */
  makeChild(isForged: boolean): object {
    const uid = isForged ? OTHER_UID : UID
    const owner = { apiVersion: 'apps/v1', kind: 'ReplicaSet', name: 'app', uid, controller: true }
    return pod(IMAGE, { ownerReferences: [owner] })
  }

  fail(fault: ClusterFault): void {
    switch (fault) {
      case 'down':
        this.#server.stop()
        break
      case 'hangs':
        this.#server.fault = () => new Promise(() => {})
        break
      case 'fails':
        this.#server.fault = () => failure(500, 'InternalError')
        break
      case 'forbids':
        this.#server.fault = () => failure(403, 'Forbidden')
        break
      case 'garbled':
        this.#server.fault = () => new Response('{"kind":"ReplicaSet","metadata":{"name":')
        break
    }
  }

  /** Starts it anew: what hangs would hang on. */
  heal(): void {
    const { port } = this.#server
    this.#server.stop()
    this.#server = this.#start(port)
  }

  stop(): void {
    this.#server.stop()
  }

  #start(port = 0): KubeServer {
    const server = startKube({ tls: this.#tls, port })
    server.store.put(PATH, replicaSet(IMAGE, { uid: UID }))
    return server
  }
}
