import { type AlertValues, fill, type Placeholder } from './placeholder.ts'
import type { Template, TemplateMember } from './template.ts'

/** A JSON value; objects have no prototype, so `__proto__` is a name like any other. */
export type Json = null | boolean | number | string | readonly Json[] | JsonObject

/** A JSON object. */
export interface JsonObject {
  readonly [name: string]: Json
}

/** Puts values into a template. What it makes has the structure of the template, always. */
export function renderTemplate(template: Template, values: AlertValues): Json {
  return render(template, values, AS_IT_IS)
}

/** Makes a value harmless for the place where it is put. */
type Escape = (text: string) => string

const AS_IT_IS: Escape = (text) => text

/** In the markup of Slack `<!channel>` calls everybody and `<url|text>` hides where a link leads. */
const FOR_MRKDWN: Escape = (text) =>
  text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;')

/** A value must not end the code span that it stands in. */
const WITHOUT_BACKTICKS: Escape = (text) => text.replaceAll('`', "'")

function render(template: Template, values: AlertValues, harmless: Escape): Json {
  switch (template.kind) {
    case 'text':
      return renderText(template.parts, values, harmless)
    case 'value':
      return fill(template.placeholder, values)
    case 'plain':
      return template.value
    case 'list':
      return template.items.map((item) => render(item, values, harmless))
    case 'object':
      return renderObject(template.members, values)
  }
}

function renderObject(members: readonly TemplateMember[], values: AlertValues): JsonObject {
  const object: Record<string, Json> = Object.create(null)
  const harmless = members.some(saysMrkdwn) ? FOR_MRKDWN : AS_IT_IS
  for (const [name, value] of members) {
    object[String(render(name, values, AS_IT_IS))] = render(value, values, harmless)
  }
  return object
}

/** A text object of Slack: `{"type": "mrkdwn", "text": ...}`. */
function saysMrkdwn([name, value]: TemplateMember): boolean {
  return isText(name, 'type') && isText(value, 'mrkdwn')
}

function isText(template: Template, text: string): boolean {
  return template.kind === 'text' && template.parts.length === 1 && template.parts[0] === text
}

function renderText(
  parts: readonly (string | Placeholder)[],
  values: AlertValues,
  harmless: Escape,
): string {
  const hasCode = parts.some((part) => typeof part === 'string' && part.includes('`'))
  return parts
    .map((part) => {
      if (typeof part === 'string') return part
      const value = harmless(String(fill(part, values)))
      return hasCode ? WITHOUT_BACKTICKS(value) : value
    })
    .join('')
}
