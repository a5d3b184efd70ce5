import { waitUntil } from '../support/process.ts'
import type { Cluster } from './cluster.ts'
import { manifestOf } from './manifests.ts'
import { UNSIGNED } from './shop.ts'

export const WEBHOOK = 'connaisseur-webhook'

const PATIENCE_MS = 120_000

/** A webhook as the API has it, as far as specs look into it. */
export interface RegisteredWebhook {
  readonly clientConfig: { readonly caBundle: string }
  readonly failurePolicy: string
  /** Absent where there is none. */
  readonly rules?: readonly object[]
}

/** Reads the registration; undefined where there is none. */
export async function findWebhook({ kubectl }: Cluster): Promise<RegisteredWebhook | undefined> {
  const name = `mutatingwebhookconfiguration/${WEBHOOK}`
  const { stdout } = await kubectl.try(['get', name, '--ignore-not-found', '--output=json'])
  if (stdout === '') return undefined
  const { webhooks } = JSON.parse(stdout) as { webhooks: readonly RegisteredWebhook[] }
  return webhooks[0]
}

/**
 * Waits until what is unsigned is denied: the program registers itself once its Service leads to it,
 * and an API server takes a moment to heed that.
 */
export function waitUntilChecked({ kubectl }: Cluster): Promise<void> {
  const pod = manifestOf('Pod', { name: 'unsigned', namespace: 'default', image: UNSIGNED })
  const command = ['apply', '--dry-run=server', '--filename=-']
  const isDenied = async () => {
    const { stderr } = await kubectl.try(command, JSON.stringify(pod))
    return stderr.includes('UNTRUSTED_NOT_SIGNED')
  }
  return waitUntil(isDenied, 'unsigned images to be denied', PATIENCE_MS)
}
