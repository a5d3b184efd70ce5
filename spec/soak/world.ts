import { mkdir, rename } from 'node:fs/promises'
import { join } from 'node:path'
import { stringify } from 'yaml'
import { type RealRedis, startRedis } from '../e2e/support/redis-server.ts'
import { AlertReceiver } from '../support/alert-receiver.ts'
import {
  type CertificateAuthority,
  createCertificateAuthority,
  issueServerCertificate,
} from '../support/certificate.ts'
import { ClusterPart } from './cluster-part.ts'
import { NotaryPart } from './notary-part.ts'
import { RegistryPart } from './registry-part.ts'
import { Replica } from './replica.ts'

/**
 * How long a verdict counts, in seconds: little, so that servers are asked all the time, and more
 * than servers may take to be found to be back, so that an outage that was kept would be seen.
 */
const EXPIRY_SECONDS = 6

/** Two replicas, and everything around them. */
export interface World {
  readonly notary: NotaryPart
  readonly registry: RegistryPart
  readonly cluster: ClusterPart
  readonly receiver: AlertReceiver
  readonly redis: () => RealRedis
  readonly replicas: readonly Replica[]
  /** Whether the configuration in force admits what is admitted by configuration. */
  readonly admits: boolean
  /** One that is up, each in its turn. */
  pickReplica(): Replica
  isUp(name: string): boolean
  /** Kills the first replica; the others stay. */
  killReplica(): Promise<void>
  reviveReplica(): Promise<void>
  /** Kills Redis and starts it again with nothing in it. */
  restartRedis(): Promise<void>
  renewCertificate(): Promise<void>
  /** Writes a configuration that admits, or not, what is admitted by configuration. */
  configure(admits: boolean): Promise<void>
  /** Writes a configuration that cannot be used. */
  misconfigure(): Promise<void>
  stop(): Promise<void>
}

/** Starts all of it in a folder. */
export async function startWorld(folder: string): Promise<World> {
  const authority = await createCertificateAuthority()
  const notary = await NotaryPart.start()
  const registry = new RegistryPart()
  const cluster = await ClusterPart.start(authority)
  const receiver = new AlertReceiver()
  let redis = await startRedis(join(folder, 'redis'), authority)
  const files = new Files(folder, authority)
  await files.renewCertificate()
  const render = (admits: boolean) => renderConfiguration({ notary, registry, receiver, admits })
  await files.write('config.yaml', render(false))
  await files.write('kubeconfig', cluster.renderKubeconfig())
  const replicas = await startReplicas(files, redis.env)
  const down = new Set<string>()
  let admits = false
  let turn = 0
  const [first] = replicas
  return {
    notary,
    registry,
    cluster,
    receiver,
    replicas,
    redis: () => redis,
    get admits() {
      return admits
    },
    isUp: (name) => !down.has(name),
    pickReplica() {
      const up = replicas.filter(({ name }) => !down.has(name))
      const replica = up[turn++ % up.length]
      if (replica === undefined) throw new Error('no replica is up')
      return replica
    },
    async killReplica() {
      if (first === undefined) return
      down.add(first.name)
      await first.kill()
    },
    async reviveReplica() {
      if (first === undefined) return
      await first.start()
      down.delete(first.name)
    },
    async restartRedis() {
      await redis.server.kill()
      redis.admin.close()
      const port = Number(redis.env['REDIS_PORT'])
      redis = await startRedis(join(folder, 'redis'), authority, port)
    },
    renewCertificate: () => files.renewCertificate(),
    async configure(next) {
      admits = next
      await files.write('config.yaml', render(next))
    },
    misconfigure: () => files.write('config.yaml', `${render(admits)}\nunknown: [`),
    async stop() {
      for (const replica of replicas) {
        const code = await replica.stop()
        if (code !== 0) throw new Error(`${replica.name} ended with exit code ${code}`)
      }
      notary.server.stop()
      registry.heal()
      registry.server.stop()
      cluster.stop()
      await receiver.stop()
      await redis.stop()
    },
  }
}

function startReplicas(files: Files, env: Readonly<Record<string, string>>): Promise<Replica[]> {
  const { folder, authority } = files
  return Promise.all(
    ['replica one', 'replica two'].map(async (name) => {
      const state = join(folder, `state of ${name}`)
      await mkdir(state, { recursive: true })
      const flags = ['--config', files.path('config.yaml'), '--state-dir', state]
      flags.push('--kubeconfig', files.path('kubeconfig'))
      flags.push('--tls-cert', files.path('tls.crt'), '--tls-key', files.path('tls.key'))
      return Replica.start({ name, folder, flags, env, ca: authority.cert })
    }),
  )
}

/** Files that are replaced while somebody may be reading them. */
class Files {
  readonly folder: string
  readonly authority: CertificateAuthority

  constructor(folder: string, authority: CertificateAuthority) {
    this.folder = folder
    this.authority = authority
  }

  path(name: string): string {
    return join(this.folder, name)
  }

  async write(name: string, text: string): Promise<void> {
    const temporary = this.path(`${name}.new`)
    await Bun.write(temporary, text)
    await rename(temporary, this.path(name))
  }

  async renewCertificate(): Promise<void> {
    const { cert, key } = await issueServerCertificate(this.authority)
    await this.write('tls.crt', cert)
    await this.write('tls.key', key)
  }
}

interface ConfigurationParts {
  readonly notary: NotaryPart
  readonly registry: RegistryPart
  readonly receiver: AlertReceiver
  readonly admits: boolean
}

function renderConfiguration({ notary, registry, receiver, admits }: ConfigurationParts): string {
  const receivers = [{ receiverUrl: receiver.url, template: 'slack' }]
  const trustRoots = Object.entries(notary.rootKeys).map(([name, key]) => ({ name, key }))
  return stringify({
    validators: [
      { name: 'allow', type: 'static', approve: true },
      { name: 'deny', type: 'static', approve: false },
      { name: 'notary', type: 'notaryv1', host: notary.server.url, trustRoots },
      { name: 'cosign', type: 'cosign', trustRoots: [{ name: 'team', key: registry.keyPem }] },
    ],
    policy: [
      { pattern: '*:*', validator: 'deny' },
      { pattern: 'ok.example/*:*', validator: 'allow' },
      { pattern: 'switch.example/*:*', validator: admits ? 'allow' : 'deny' },
      { pattern: 'flood.example/*:*', validator: 'notary', with: { trustRoot: 'web' } },
      { pattern: notary.gun, validator: 'notary', with: { trustRoot: 'web' } },
      { pattern: notary.forgedGun, validator: 'notary', with: { trustRoot: 'forged' } },
      {
        pattern: `${registry.repository}:*`,
        validator: 'cosign',
        with: { trustRoot: 'team', verifyInTransparencyLog: false },
      },
    ],
    features: { cache: { expirySeconds: EXPIRY_SECONDS } },
    alerting: { admitRequest: { receivers }, rejectRequest: { receivers } },
  })
}
