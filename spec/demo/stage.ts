import { join } from 'node:path'
import { createCertificateAuthority, issueServerCertificate } from '../support/certificate.ts'
import { type EmbeddedNotary, startNotary } from '../support/notary/server.ts'
import { BROKEN_CONFIGURATION, renderConfiguration } from './configuration.ts'
import { Processes } from './processes.ts'
import { Shop } from './shop.ts'
import { startWebhook, type Webhook } from './webhook.ts'

/** Names of files in the demo's folder that scenes and people use. */
export const FILES = {
  ca: 'ca.crt',
  config: 'config.yaml',
  brokenConfig: 'broken.yaml',
  log: 'serve.log',
} as const

/** Everything that plays a part. */
export interface Stage {
  readonly folder: string
  readonly notary: EmbeddedNotary
  readonly shop: Shop
  readonly processes: Processes
  readonly webhooks: Readonly<Record<WebhookName, Webhook>>
}

/** The webhooks that serve: one that denies, and one in detection mode. */
export type WebhookName = 'denying' | 'detecting'

/** Starts all servers over TLS on free ports; what has to be ended later goes onto the stack. */
export async function setStage(folder: string, stack: AsyncDisposableStack): Promise<Stage> {
  const write = (name: string, text: string) => Bun.write(join(folder, name), text)
  const authority = await createCertificateAuthority('Connaisseur demo CA')
  const tls = await issueServerCertificate(authority)
  const notary = stack.adopt(startNotary({ tls }), (started) => started.stop())
  const processes = stack.use(new Processes(folder))
  const shop = await Shop.create(notary)
  shop.publish()
  const common = { notaryUrl: notary.url, ca: authority.cert, rootKeyPem: shop.rootKeyPem }
  await Promise.all([
    write(FILES.ca, authority.cert),
    write('tls.crt', tls.cert),
    write('tls.key', tls.key),
    write(FILES.config, renderConfiguration({ ...common, detectionMode: false })),
    write('detecting.yaml', renderConfiguration({ ...common, detectionMode: true })),
    write(FILES.brokenConfig, BROKEN_CONFIGURATION),
  ])
  const serve = (config: string, log: string) => {
    const files = { config, log, cert: 'tls.crt', key: 'tls.key' }
    return startWebhook(processes, folder, files, authority.cert)
  }
  const [denying, detecting] = await Promise.all([
    serve(FILES.config, FILES.log),
    serve('detecting.yaml', 'detecting.log'),
  ])
  return { folder, notary, shop, processes, webhooks: { denying, detecting } }
}

/** Undoes what a scene has arranged. */
export function resetStage({ notary, shop }: Stage): void {
  notary.start()
  shop.publish()
}
