import type { Admission, Decision, Verdict } from '../../../src/admission/verdict.ts'
import { preparePayload } from '../../../src/reporting/alerts/payload.ts'
import type { AlertChannel } from '../../../src/reporting/alerts/receiver.ts'
import { Receiver } from '../../../src/reporting/alerts/receiver.ts'
import type { ReceiverSettings } from '../../../src/reporting/alerts/settings.ts'
import { Secret } from '../../../src/text/secret.ts'
import { makeRequest } from '../../admission/fixture.ts'
import type { ReviewOptions } from '../../support/admission-review.ts'
import { pod } from '../../support/workload.ts'

/** A decision to admit. */
export const ADMITTED: Decision = { admitted: true, patch: [], warnings: [] }

/** A decision to deny. */
export const DENIED: Decision = { admitted: false, status: 403, message: 'untrusted images' }

/** A verdict of trust, and one of distrust. */
export const TRUSTED: Verdict = {
  image: 'registry.example/app:1',
  trusted: true,
  pinned: 'registry.example/app:1@sha256:aa',
}
export const UNTRUSTED: Verdict = {
  image: 'registry.example/app:2',
  trusted: false,
  code: 'UNTRUSTED_NOT_SIGNED',
  reason: 'it is not signed',
}

/** Makes an admission of a Pod. */
export function makeAdmission(
  rest: Partial<Omit<Admission, 'request'>> = {},
  options: Partial<ReviewOptions> = {},
): Admission {
  const request = makeRequest({ object: pod('registry.example/app:1'), uid: 'the-uid', ...options })
  return { request, verdicts: [TRUSTED], decision: ADMITTED, ...rest }
}

/** Settings of a receiver. */
export function makeSettings(rest: Partial<ReceiverSettings> = {}): ReceiverSettings {
  return {
    name: 'admit-1-slack',
    category: 'admit',
    url: new Secret('https://hooks.example/secret'),
    template: 'slack',
    priority: 3,
    headers: [],
    mustHear: false,
    ...rest,
  }
}

/** A receiver that says the message only, and what was heard of it. */
export function makeReceiver(channel: AlertChannel, rest: Partial<ReceiverSettings> = {}) {
  const settings = makeSettings({ template: 'own', ...rest })
  const outcomes: string[] = []
  const reports: Readonly<Record<string, unknown>>[] = []
  const waiting = { count: 0 }
  let time = 0
  const text = '["{{ request_id }}", "{{ alert_message }}"]'
  const receiver = new Receiver({
    ...settings,
    render: preparePayload(settings, () => ({ file: 'own.json', text })),
    channel,
    observe: (name, outcome) => outcomes.push(`${name} ${outcome}`),
    observeWaiting: (_, by) => {
      waiting.count += by
    },
    report: (message, fields) => reports.push({ message, ...fields }),
    clock: () => time,
  })
  const pass = (ms: number) => {
    time += ms
  }
  return { receiver, outcomes, reports, waiting, pass }
}

/** A channel that keeps what it is given and answers when it is told to. */
export class HeldChannel implements AlertChannel {
  readonly bodies: string[] = []
  readonly #held: PromiseWithResolvers<{ status: number; text: string }>[] = []

  send(body: string, signal: AbortSignal): Promise<{ status: number; text: string }> {
    this.bodies.push(body)
    const held = Promise.withResolvers<{ status: number; text: string }>()
    this.#held.push(held)
    signal.addEventListener('abort', () => held.reject(new Error('it did not answer in time')))
    return held.promise
  }

  /** Answers all that wait. */
  answer(status: number, text = ''): void {
    for (const { resolve } of this.#held.splice(0)) resolve({ status, text })
  }
}

/** A channel that answers everything alike. */
export function answering(status: number, text = '') {
  const bodies: string[] = []
  const send = async (body: string) => {
    bodies.push(body)
    return { status, text }
  }
  return { bodies, send }
}
