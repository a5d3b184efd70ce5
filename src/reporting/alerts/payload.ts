import { BUILTIN_TEMPLATES } from './builtin/templates.ts'
import { isObject, mergeDeep } from './merge.ts'
import type { AlertValues } from './placeholder.ts'
import { type Json, renderTemplate } from './render.ts'
import type { ReceiverSettings } from './settings.ts'
import { parseTemplate, TemplateError } from './template.ts'

/** Renders the body of an alert for one receiver. */
export type RenderPayload = (values: Omit<AlertValues, 'priority'>) => string

/** Finds a template of the operator's; nothing where there is no file of that name. */
export type FindTemplate = (
  name: string,
) => { readonly file: string; readonly text: string } | undefined

/** Stands in for an admission, at start and in `alert test`. */
export const SAMPLE: Omit<AlertValues, 'priority'> = {
  alert_message: 'CONNAISSEUR test alert, nothing was admitted or rejected',
  cluster: 'not specified',
  connaisseur_pod_id: 'connaisseur-test',
  error: 'this is a test',
  images: 'registry.example.com/team/app:1.0',
  namespace: 'default',
  request_id: '00000000-0000-0000-0000-000000000000',
  result: 'success',
  timestamp: '2026-01-01T00:00:00.000Z',
  decision: 'allowed',
  outcome: 'success',
  kind: 'Pod',
}

/**
 * Prepares the payload of a receiver: its own file comes before what is built in. A sample is rendered
 * at once, so that a template which cannot be used is an `Error` at start, with file, line and column.
 */
export function preparePayload(settings: ReceiverSettings, find: FindTemplate): RenderPayload {
  const { template: name, priority, payloadFields } = settings
  const { file, text } = findText(settings, find)
  const template = parse(file, text)
  const render: RenderPayload = (values) => {
    const payload = renderTemplate(template, { ...values, priority })
    return JSON.stringify(payloadFields === undefined ? payload : mergeDeep(payload, payloadFields))
  }
  const sample: Json = renderTemplate(template, { ...SAMPLE, priority })
  if (payloadFields !== undefined && !isObject(sample)) {
    throw new Error(
      `the receiver ${settings.name} has payloadFields, but its template ${name} is no JSON object that they could be laid over`,
    )
  }
  render(SAMPLE)
  return render
}

function findText({ name, template }: ReceiverSettings, find: FindTemplate) {
  const found = find(template)
  if (found !== undefined) return found
  const text = BUILTIN_TEMPLATES.get(template)
  if (text !== undefined) return { file: `the built-in template ${template}`, text }
  const known = [...BUILTIN_TEMPLATES.keys()].join(', ')
  throw new Error(
    `the receiver ${name} has an unknown template: there is no file ${template}.json in the folder of alert templates, and built in are ${known}`,
  )
}

function parse(file: string, text: string) {
  try {
    return parseTemplate(text)
  } catch (error) {
    if (!(error instanceof TemplateError)) throw error
    throw new Error(`${file}:${error.line}:${error.column}: ${error.message}`, { cause: error })
  }
}
