import type { Report } from '../clients/report.ts'
import type { KubeApi } from '../cluster/api.ts'
import type { CertificateSource } from '../cluster/certificates/source.ts'
import type { Pair } from '../cluster/certificates/state.ts'
import { KubeClient } from '../cluster/client.ts'
import type { ClusterConnection } from '../cluster/connection.ts'
import { Registrar, type RegistrarOptions, WEBHOOKS } from '../cluster/registration/registrar.ts'
import { checkServerCertificate, type ServerCertificate } from '../server/tls.ts'
import type { LiveConfiguration } from './live-configuration.ts'
import { Presence } from './presence.ts'
import type { Runtime } from './runtime.ts'

/** The cluster that a program joins, and what the program goes by. */
export interface JoinOptions {
  readonly connection: ClusterConnection
  readonly configuration: LiveConfiguration
}

/** A program that has a certificate, and is registered once a runtime answers. */
export interface Joined {
  readonly certificate: ServerCertificate
  /** Registers what the runtime serves, and keeps it so. */
  attach(runtime: Runtime): void
}

/** What is kept in a cluster, and what has to be looked at for it. */
export interface Membership extends Omit<RegistrarOptions, 'api' | 'report'> {
  readonly certificates: CertificateSource
  /** Adds what is read again to a runtime; `look` has the next look come soon. */
  attach?(runtime: Runtime, look: () => void): void
  /** Ends it; without this, what is registered stays. */
  leave?(registrar: Registrar, report: Report): Promise<void>
}

/** Finds a certificate to begin with, and prepares to be registered. */
export async function joinCluster(
  { connection, configuration }: JoinOptions,
  create: (api: KubeApi, report: Report) => Membership | Promise<Membership>,
): Promise<Joined> {
  const { log } = configuration
  const report: Report = (message, fields) => log('warn', message, fields)
  const api = new KubeClient({ connection, report })
  const membership = await create(api, report)
  const { certificates } = membership
  const registrar = new Registrar({ ...membership, api, report })
  const presence = new Presence({ certificates, registrar, log })
  log('info', 'joining cluster', { cluster: connection.description })
  const first = await presence.begin()
  return {
    certificate: toServerCertificate(first),
    attach(runtime) {
      const end = new AbortController()
      presence.start(first, (pair) => runtime.replaceCertificate(toServerCertificate(pair)))
      runtime.addCondition(() => presence.condition())
      const { name } = membership.wish.registration()
      const selection = { fieldSelector: `metadata.name=${name}` }
      nudgeAt(api.watch(WEBHOOKS, selection, end.signal), presence).catch(runtime.reportFailure)
      membership.attach?.(runtime, () => presence.nudge())
      runtime.onLeave(async () => {
        end.abort()
        await presence.stop()
        await membership.leave?.(registrar, report)
      })
    },
  }
}

async function nudgeAt(events: AsyncIterable<unknown>, presence: Presence): Promise<void> {
  for await (const _ of events) presence.nudge()
}

function toServerCertificate({ cert, key }: Pair): ServerCertificate {
  return checkServerCertificate({ cert, key }, { cert: 'tls.crt', key: 'tls.key' })
}
