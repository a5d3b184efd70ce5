import { type Static, Type } from '@sinclair/typebox'
import { Secret } from '../../text/secret.ts'
import { type Environment, expandVariables } from '../../text/variables.ts'
import { type Header, parseHeaders } from './headers.ts'
import { parsePayloadFields } from './payload-fields.ts'
import type { JsonObject } from './render.ts'
import type { Category } from './values.ts'

const strict = { additionalProperties: false }

/** The priority of an alert that names none, as in Connaisseur 3. */
const PRIORITY = 3

/** What an alert calls a cluster without a name, as in Connaisseur 3. */
const CLUSTER = 'not specified'

/** More receivers than this would be a queue of their own. */
const MAX_RECEIVERS = 50

const ReceiverSection = Type.Object(
  {
    receiverUrl: Type.String({ minLength: 1, description: 'the URL that alerts are sent to' }),
    template: Type.String({
      minLength: 1,
      description: 'slack, opsgenie, keybase, msteams, ecs-1-12-0 or the name of a template file',
    }),
    priority: Type.Optional(
      Type.Integer({ minimum: 0, maximum: 1_000_000, description: 'the priority of the alert' }),
    ),
    customHeaders: Type.Optional(
      Type.Array(Type.String({ minLength: 1, description: 'a header, such as "Name: value"' })),
    ),
    payloadFields: Type.Optional(
      Type.Object({}, { description: 'what is laid over the rendered payload' }),
    ),
    failIfAlertSendingFails: Type.Optional(
      Type.Boolean({ description: 'true to deny what could not be told' }),
    ),
  },
  { ...strict, title: 'a receiver' },
)

const ReceiversSection = Type.Object(
  {
    receivers: Type.Array(ReceiverSection, {
      maxItems: MAX_RECEIVERS,
      description: 'a list of receivers, each with receiverUrl and template',
    }),
  },
  strict,
)

/** The section `alerting`. */
export const AlertingSection = Type.Object(
  {
    clusterIdentifier: Type.Optional(Type.String({ minLength: 1, description: 'a name' })),
    admitRequest: Type.Optional(ReceiversSection),
    rejectRequest: Type.Optional(ReceiversSection),
  },
  { ...strict, title: '"alerting"' },
)

/** Who hears of decisions. */
export interface AlertingSettings {
  readonly clusterIdentifier: string
  readonly receivers: readonly ReceiverSettings[]
}

/** One receiver of the alerts of one category. */
export interface ReceiverSettings {
  /** Names it in logs, messages and metrics, such as `reject-1-slack`; the URL never does. */
  readonly name: string
  readonly category: Category
  /** `https://` or `http://`. Whoever knows it can write there. */
  readonly url: Secret
  readonly template: string
  readonly priority: number
  readonly headers: readonly Header[]
  /** Laid over what the template renders to. */
  readonly payloadFields?: JsonObject
  /** Deny what it could not be told. */
  readonly mustHear: boolean
}

/** Receives what is wrong with the value at a path inside the section; no value is ever shown. */
export type AlertingReport = (path: readonly string[], message: string, fix: string) => void

type Draft = { readonly [K in keyof Static<typeof ReceiverSection>]?: unknown }

/** The name of a file, and nothing that leads out of its folder. */
const TEMPLATE_NAME = /^[A-Za-z0-9][A-Za-z0-9._-]{0,99}$/

/**
 * Parses the section as far as it is well-shaped: the schema's findings cover the rest. URLs, headers
 * and texts of payload fields may refer to the environment. Nothing where nobody is to hear.
 */
export function parseAlerting(
  section: unknown,
  environment: Environment,
  report: AlertingReport,
): AlertingSettings | undefined {
  const { clusterIdentifier = CLUSTER, admitRequest, rejectRequest } = toObject(section)
  const parse = (category: Category, key: string, list: unknown) =>
    toList(toObject(list)['receivers']).flatMap((draft, index) => {
      const path = [key, 'receivers', String(index)]
      const named = `${category}-${index + 1}`
      const expand = createExpander(environment, (at, ...rest) => report([...path, ...at], ...rest))
      return parseReceiver(toObject(draft), { category, named, ...expand }) ?? []
    })
  const receivers = [
    ...parse('admit', 'admitRequest', admitRequest),
    ...parse('reject', 'rejectRequest', rejectRequest),
  ]
  if (receivers.length === 0 || typeof clusterIdentifier !== 'string') return undefined
  return { clusterIdentifier, receivers }
}

interface Expander {
  readonly report: AlertingReport
  /** Fills in variables; nothing where that has been reported. */
  expand(path: readonly string[], text: string): string | undefined
}

function createExpander(environment: Environment, report: AlertingReport): Expander {
  return {
    report,
    expand(path, text) {
      try {
        return expandVariables(text, environment)
      } catch (error) {
        if (!(error instanceof SyntaxError)) throw error
        report(path, `a value cannot be filled in: ${error.message}.`, EXPAND_FIX)
        return undefined
      }
    },
  }
}

const EXPAND_FIX = 'Set the variable where the program is started, or write "$${" for a plain "${".'

function parseReceiver(
  draft: Draft,
  context: Expander & { readonly category: Category; readonly named: string },
): ReceiverSettings | undefined {
  const { category, named, report } = context
  const { template, priority = PRIORITY, failIfAlertSendingFails: mustHear = false } = draft
  const url = parseUrl(draft.receiverUrl, context)
  const headers = parseHeaders(toList(draft.customHeaders), context)
  const fields = parsePayloadFields(draft.payloadFields, context)
  if (typeof template !== 'string' || template === '') return undefined
  if (!TEMPLATE_NAME.test(template)) {
    report(['template'], '"template" is no plain name.', TEMPLATE_FIX)
    return undefined
  }
  if (typeof priority !== 'number' || typeof mustHear !== 'boolean') return undefined
  if (template === 'opsgenie' && (priority < 1 || priority > 5)) {
    report(['priority'], `"priority" is ${priority}, which Opsgenie does not know.`, PRIORITY_FIX)
    return undefined
  }
  if (url === undefined || headers === undefined || fields === undefined) return undefined
  const name = `${named}-${template}`
  return { name, category, url, template, priority, headers, ...fields, mustHear }
}

const TEMPLATE_FIX =
  'Write the name of a template without its folder and without ".json", of letters, digits, ".", "-" and "_".'
const URL_FIX = 'Write a URL that begins with https:// or http://, or a variable that holds one.'
const PRIORITY_FIX = 'Write 1, 2, 3, 4 or 5.'

/** Never repeats the URL: whoever has one of Slack or Teams can write there. */
function parseUrl(text: unknown, { expand, report }: Expander): Secret | undefined {
  const expanded = typeof text === 'string' ? expand(['receiverUrl'], text) : undefined
  if (expanded === undefined) return undefined
  const url = URL.parse(expanded)
  const isUsable = url !== null && /^https?:$/.test(url.protocol) && url.hostname !== ''
  if (isUsable && !/[\s\\]/.test(expanded)) return new Secret(expanded)
  report(['receiverUrl'], '"receiverUrl" is no usable URL.', URL_FIX)
  return undefined
}

function toObject(value: unknown): Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null ? { ...value } : {}
}

function toList(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : []
}
