import { AlertChannel } from '../clients/alert-channel.ts'
import type { Report } from '../clients/report.ts'
import { readTemplateFile, toTemplateFile } from '../clients/template-file.ts'
import { Announcer } from '../reporting/alerts/announcer.ts'
import { preparePayload } from '../reporting/alerts/payload.ts'
import { Receiver } from '../reporting/alerts/receiver.ts'
import type { AlertingSettings, ReceiverSettings } from '../reporting/alerts/settings.ts'

/** What alerts need to know besides their settings. */
export interface AlertSurroundings {
  /** The folder of the operator's own templates; none without it. */
  readonly templatesDir?: string
  /** The name of the Pod, as alerts have it. */
  readonly podName: string
  readonly report: Report
  /** Hears what became of each alert. */
  readonly observe: (receiver: string, outcome: 'sent' | 'failed' | 'dropped') => void
  /** Hears of each alert that begins to wait, or waits no longer. */
  readonly observeWaiting: (receiver: string, by: 1 | -1) => void
}

/** Makes what tells receivers; throws an `Error` where a template cannot be used. */
export function createAnnouncer(
  { clusterIdentifier, receivers }: AlertingSettings,
  surroundings: AlertSurroundings,
): Announcer {
  return new Announcer({
    receivers: receivers.map((settings) => createReceiver(settings, surroundings)),
    source: { cluster: clusterIdentifier, pod: surroundings.podName },
    now: () => new Date(),
  })
}

function createReceiver(
  settings: ReceiverSettings,
  { templatesDir, report, observe, observeWaiting }: AlertSurroundings,
): Receiver {
  const { name, category, mustHear, url, headers } = settings
  return new Receiver({
    name,
    category,
    mustHear,
    render: preparePayload(settings, findTemplateIn(templatesDir)),
    channel: new AlertChannel({ url, headers }),
    report,
    observe,
    observeWaiting,
  })
}

/** Where templates of the operator's own are, or would be, that take the place of built-in ones too. */
export function listTemplateFiles(
  alerting: AlertingSettings | undefined,
  templatesDir: string | undefined,
): readonly string[] {
  if (alerting === undefined || templatesDir === undefined) return []
  return alerting.receivers.map(({ template }) => toTemplateFile(templatesDir, template))
}

/** Finds templates of the operator's own. */
export function findTemplateIn(templatesDir: string | undefined) {
  return (name: string) =>
    templatesDir === undefined ? undefined : readTemplateFile(templatesDir, name)
}
