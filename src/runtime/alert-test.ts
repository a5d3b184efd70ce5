import { AlertChannel } from '../clients/alert-channel.ts'
import { preparePayload, SAMPLE } from '../reporting/alerts/payload.ts'
import type { AlertingSettings, ReceiverSettings } from '../reporting/alerts/settings.ts'
import { TrustError } from '../trust/errors.ts'
import { findTemplateIn } from './alerting.ts'

/** How long a receiver is waited for, in milliseconds. */
const PATIENCE_MS = 10_000

/** What came of a sample. */
export interface TestedReceiver {
  readonly name: string
  readonly ok: boolean
  /** What came back, from the receiver's hand, or why nothing did; nothing secret. */
  readonly words: string
}

/**
 * Prepares a sample for each receiver; throws an `Error` where a template cannot be used. What is
 * returned sends them, all at once, and tells what came back.
 */
export function prepareSamples(
  { clusterIdentifier: cluster, receivers }: AlertingSettings,
  templatesDir: string | undefined,
): () => Promise<readonly TestedReceiver[]> {
  const find = findTemplateIn(templatesDir)
  const prepared = receivers.map((settings) => ({
    settings,
    render: preparePayload(settings, find),
  }))
  return () => {
    const values = { ...SAMPLE, cluster, timestamp: new Date().toISOString() }
    return Promise.all(prepared.map(({ settings, render }) => send(settings, render(values))))
  }
}

async function send({ name, url, headers }: ReceiverSettings, body: string) {
  try {
    const channel = new AlertChannel({ url, headers })
    const { status, text } = await channel.send(body, AbortSignal.timeout(PATIENCE_MS))
    return { name, ok: status >= 200 && status < 300, words: `HTTP ${status} ${text}`.trim() }
  } catch (error) {
    if (!(error instanceof TrustError)) throw error
    return { name, ok: false, words: error.message }
  }
}
