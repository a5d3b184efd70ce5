import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { startServer } from '../support/process.ts'
import { API_SERVER, NODE_ADDRESS, SERVICE_RANGE } from './addresses.ts'
import { Api } from './api.ts'
import { createPki, type Pki } from './pki.ts'
import { NAMESPACE } from './release.ts'
import { Supervisor } from './supervisor.ts'

/** Of a busy machine with two cores, in milliseconds. */
const PATIENCE_MS = 120_000

/**
 * Lists that are streamed need an etcd of 3.5; with Debian's 3.4 each of them is refused, and kwok
 * asks anew after ever longer pauses. So neither the server nor its clients have them.
 */
const SERVER_FEATURES = '--feature-gates=WatchList=false'
const CLIENT_FEATURES = { KUBE_FEATURE_WatchListClient: 'false' }

const ETCD = 'http://127.0.0.1:2379'

/** Paths of the programs. */
export interface ControlPlanePrograms {
  readonly etcd: string
  readonly apiServer: string
  readonly controllerManager: string
  readonly scheduler: string
  readonly kwok: string
}

/** A running control plane. */
export interface ControlPlane {
  readonly pki: Pki
  readonly api: Api
  /** Every request that was made, a JSON line each, with who made it. */
  readonly auditLog: string
}

/**
 * Starts etcd, the API server, the controllers, the scheduler and kwok in a folder, each with a log
 * and a file with its process id there. They end with the stack.
 */
export async function startControlPlane(
  programs: ControlPlanePrograms,
  folder: string,
  stack: AsyncDisposableStack,
): Promise<ControlPlane> {
  await mkdir(folder, { recursive: true })
  const pki = await createPki(join(folder, 'pki'))
  const api = new Api(pki.admin)
  const auditLog = join(folder, 'audit.log')
  const start = async (name: string, command: readonly string[], isReady = always) => {
    const server = await startServer(
      command,
      { folder, name, env: CLIENT_FEATURES },
      isReady,
      PATIENCE_MS,
    )
    stack.defer(async () => void (await server.stop()))
  }
  await start('etcd', etcd(programs.etcd, folder), isEtcdReady)
  const policy = join(folder, 'audit-policy.yaml')
  await Bun.write(policy, JSON.stringify(AUDIT_POLICY))
  // The API server may be ended by a spec, and has to come back as it would in a cluster.
  const command = apiServer(programs.apiServer, pki, ['--audit-policy-file', policy, auditLog])
  await stack
    .use(new Supervisor(command, folder, 'kube-apiserver'))
    .start(PATIENCE_MS, () => api.isReady())
  await start('kube-controller-manager', controllerManager(programs.controllerManager, pki))
  await start('kube-scheduler', scheduler(programs.scheduler, pki))
  await start('kwok', kwok(programs.kwok, pki))
  return { pki, api, auditLog }
}

/** Who did what; that much is enough to compare with the rights that the chart gives. */
const AUDIT_POLICY = {
  apiVersion: 'audit.k8s.io/v1',
  kind: 'Policy',
  omitStages: ['RequestReceived', 'ResponseStarted'],
  rules: [
    { level: 'Metadata', userGroups: [`system:serviceaccounts:${NAMESPACE}`] },
    { level: 'None' },
  ],
}

function etcd(program: string, folder: string): readonly string[] {
  const urls = ['--listen-client-urls', ETCD, '--advertise-client-urls', ETCD]
  const peers = ['--listen-peer-urls', 'http://127.0.0.1:2380']
  return [program, '--data-dir', join(folder, 'etcd'), ...urls, ...peers, '--unsafe-no-fsync']
}

async function isEtcdReady(): Promise<boolean> {
  try {
    return (await fetch(`${ETCD}/health`)).ok
  } catch {
    return false
  }
}

function apiServer(
  program: string,
  { ca, server, serviceAccounts }: Pki,
  [policyFlag = '', policy = '', auditLog = '']: readonly string[],
): readonly string[] {
  return [
    program,
    `--etcd-servers=${ETCD}`,
    `--bind-address=${API_SERVER.host}`,
    `--secure-port=${API_SERVER.port}`,
    // Without a default route there is no address that it could find by itself.
    `--advertise-address=${NODE_ADDRESS}`,
    '--endpoint-reconciler-type=none',
    SERVER_FEATURES,
    `--tls-cert-file=${server.cert}`,
    `--tls-private-key-file=${server.key}`,
    `--client-ca-file=${ca}`,
    `--service-account-key-file=${serviceAccounts.publicKey}`,
    `--service-account-signing-key-file=${serviceAccounts.privateKey}`,
    '--service-account-issuer=https://kubernetes.default.svc',
    `--service-cluster-ip-range=${SERVICE_RANGE}`,
    '--authorization-mode=RBAC',
    '--allow-privileged=true',
    `${policyFlag}=${policy}`,
    `--audit-log-path=${auditLog}`,
    '--audit-log-mode=blocking',
  ]
}

function controllerManager(program: string, pki: Pki): readonly string[] {
  return [
    program,
    `--kubeconfig=${pki.kubeconfigs['controller-manager']}`,
    `--service-account-private-key-file=${pki.serviceAccounts.privateKey}`,
    `--root-ca-file=${pki.ca}`,
    '--use-service-account-credentials=true',
    '--leader-elect=false',
    '--bind-address=127.0.0.1',
    // Nodes here have no heart that beats.
    '--node-monitor-grace-period=24h',
  ]
}

function scheduler(program: string, { kubeconfigs }: Pki): readonly string[] {
  const leader = '--leader-elect=false'
  return [program, `--kubeconfig=${kubeconfigs.scheduler}`, leader, '--bind-address=127.0.0.1']
}

/** Only nodes with kwok's annotation are played; the other one runs its pods. */
function kwok(program: string, { kubeconfigs }: Pki): readonly string[] {
  return [
    program,
    `--kubeconfig=${kubeconfigs.node}`,
    '--manage-nodes-with-annotation-selector=kwok.x-k8s.io/node=fake',
    '--server-address=127.0.0.1:10247',
    `--config=${join(import.meta.dir, 'kwok-stages.yaml')}`,
  ]
}

async function always(): Promise<boolean> {
  return true
}
