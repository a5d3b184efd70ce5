import { BUILTIN_TEMPLATES } from '../../../src/reporting/alerts/builtin/templates.ts'
import { SAMPLE } from '../../../src/reporting/alerts/payload.ts'
import { renderTemplate } from '../../../src/reporting/alerts/render.ts'
import { parseTemplate, TemplateError } from '../../../src/reporting/alerts/template.ts'
import { compose, mutateText } from '../mutate.ts'
import { Finding, type Target } from '../target.ts'

const EVIL = [
  '"',
  '\\',
  '","a":"',
  '{{ images }}',
  '\u2028',
  '\ud800',
  '\0',
  '}',
  '\n',
  '__proto__',
  '`',
  '<!channel>',
]

/** Templates of alerts, and the values that a user of the cluster chooses. */
export function createTemplateTarget(): Target {
  const texts = [...BUILTIN_TEMPLATES.values()]
  return {
    name: 'template',
    attempt(random) {
      const text = mutateText(random.pick(texts), random)
      const values = {
        ...SAMPLE,
        images: compose(EVIL, random),
        error: compose(EVIL, random),
        priority: 3,
      }
      try {
        const rendered = renderTemplate(parseTemplate(text), values)
        // As text: -0 is 0 in JSON, which is no difference to whoever receives it.
        const sent = JSON.stringify(rendered)
        const received = JSON.stringify(JSON.parse(sent))
        if (received !== sent) throw new Finding('it is not what was sent', text)
      } catch (error) {
        if (!(error instanceof TemplateError)) throw error
      }
    },
  }
}
