import { refuse } from '../../admission/decide.ts'
import type { Admission, Refusal } from '../../admission/verdict.ts'
import type { AlertFailure, Receiver } from './receiver.ts'
import { type Alert, type AlertSource, toAlert } from './values.ts'

/** How long the end of a configuration waits for alerts that are not sent yet, in milliseconds. */
const CLOSE_MS = 5000

/** Who is told, and where the alerts come from. */
export interface AnnouncerOptions {
  readonly receivers: readonly Receiver[]
  readonly source: Omit<AlertSource, 'now'>
  readonly now: () => Date
}

/** Tells receivers of decisions. */
export class Announcer {
  readonly #options: AnnouncerOptions

  constructor(options: AnnouncerOptions) {
    this.#options = options
  }

  /**
   * Tells all receivers of a decision at once. Most hear of it when they can, and of a denial all do:
   * it waits for nobody, and there may be no time left. Where one that must hear of an admission
   * (`failIfAlertSendingFails`) did not, the request is denied, in detection mode too: the admission
   * that is returned is the one to answer with.
   */
  async announce(
    admission: Admission,
    context: { readonly signal: AbortSignal },
  ): Promise<Admission> {
    const alert = this.#toAlert(admission)
    if (alert === undefined) return admission
    const receivers = this.#receiversOf(alert)
    const { admitted } = admission.decision
    for (const receiver of receivers) if (!admitted || !receiver.mustHear) receiver.tell(alert)
    if (!admitted) return admission
    const failed = await tellNow(
      receivers.filter(({ mustHear }) => mustHear),
      alert,
      context,
    )
    if (failed === undefined) return admission
    const refusal = toRefusal(failed)
    const denied: Admission = { ...admission, refusal, decision: refuse(refusal) }
    this.#tellOfDenial(denied)
    return denied
  }

  /** Resolves when what waits is sent, or given up. */
  async close(): Promise<void> {
    await Promise.all(this.#options.receivers.map((receiver) => receiver.close(CLOSE_MS)))
  }

  /** Some have heard that the request was admitted, and it is not. */
  #tellOfDenial(admission: Admission): void {
    const alert = this.#toAlert(admission)
    if (alert === undefined) return
    for (const receiver of this.#receiversOf(alert)) receiver.tell(alert)
  }

  #toAlert(admission: Admission): Alert | undefined {
    const { source, now } = this.#options
    return toAlert(admission, { ...source, now: now() })
  }

  #receiversOf({ category }: Alert): readonly Receiver[] {
    return this.#options.receivers.filter((receiver) => receiver.category === category)
  }
}

interface Failed extends AlertFailure {
  readonly receiver: string
}

/** All at once; the first that failed, in the order of the configuration, is the one to name. */
async function tellNow(
  receivers: readonly Receiver[],
  alert: Alert,
  context: { readonly signal: AbortSignal },
): Promise<Failed | undefined> {
  if (receivers.length === 0) return undefined
  const { signal } = context
  const outcomes = await Promise.all(
    receivers.map(async (receiver) => {
      const failure = await receiver.tellNow(alert, signal)
      return failure && { ...failure, receiver: receiver.name }
    }),
  )
  return outcomes.find((outcome) => outcome !== undefined)
}

function toRefusal({ receiver, code }: Failed): Refusal {
  return {
    code,
    reason: `the alert receiver ${receiver} has to hear of every such request and could not be told (failIfAlertSendingFails), the log of connaisseur says why`,
  }
}
