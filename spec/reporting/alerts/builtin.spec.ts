import { describe, expect, test } from 'bun:test'
import { BUILTIN_TEMPLATES } from '../../../src/reporting/alerts/builtin/templates.ts'
import { preparePayload, SAMPLE } from '../../../src/reporting/alerts/payload.ts'
import type { AlertValues } from '../../../src/reporting/alerts/placeholder.ts'
import { Secret } from '../../../src/text/secret.ts'

const DENIED: Omit<AlertValues, 'priority'> = {
  ...SAMPLE,
  alert_message: 'CONNAISSEUR rejected a request: no',
  cluster: 'prod',
  connaisseur_pod_id: 'connaisseur-1',
  error: 'no',
  images: 'registry.example/a:1, registry.example/b:2',
  namespace: 'shop',
  request_id: 'the-uid',
  result: 'error',
  decision: 'denied',
  outcome: 'failure',
  kind: 'Deployment',
}

/** What a user of the cluster can make as long and as strange as they like. */
const FLOOD = {
  ...DENIED,
  alert_message: '<!channel>&`*'.repeat(9000),
  images: '`"<'.repeat(30_000),
}

/** What a built-in template makes of the values, as its receiver reads it. */
function payloadOf(template: string, values = DENIED, priority = 3) {
  const plain = { name: 'reject-1', category: 'reject', headers: [], mustHear: false } as const
  const settings = { ...plain, template, priority, url: new Secret('https://x.example') }
  return JSON.parse(preparePayload(settings, () => undefined)(values))
}

describe('slack (Block Kit)', () => {
  test('a message with its fallback text and blocks', () => {
    const field = (label: string, text: string) => ({ type: 'mrkdwn', text: `*${label}*\n${text}` })
    const plain = (text: string) => ({ type: 'plain_text', text, emoji: false })
    expect(payloadOf('slack')).toEqual({
      text: 'Connaisseur: a request was denied',
      blocks: [
        { type: 'header', text: plain('Connaisseur: a request was denied') },
        { type: 'section', text: plain('CONNAISSEUR rejected a request: no') },
        { type: 'section', text: plain('Images: registry.example/a:1, registry.example/b:2') },
        {
          type: 'section',
          fields: [
            field('Cluster', 'prod'),
            field('Namespace', 'shop'),
            field('Request ID', 'the-uid'),
            field('Connaisseur Pod', 'connaisseur-1'),
            field('Created', '2026-01-01T00:00:00.000Z'),
            field('Priority', '3'),
          ],
        },
      ],
    })
  })

  test('keeps the limits of Block Kit: section 3000, field 2000 characters, ten fields', () => {
    const { blocks } = payloadOf('slack', { ...FLOOD, cluster: '&'.repeat(5000) })
    for (const { text, fields = [] } of blocks) {
      expect(text?.text.length ?? 0).toBeLessThanOrEqual(3000)
      expect(fields.length).toBeLessThanOrEqual(10)
      for (const field of fields) expect(field.text.length).toBeLessThanOrEqual(2000)
    }
  })
})

describe('opsgenie (Alert API v2, create alert)', () => {
  test('an alert', () => {
    expect(payloadOf('opsgenie', DENIED, 1)).toEqual({
      message: 'CONNAISSEUR rejected a request: no',
      alias: 'prod: CONNAISSEUR rejected a request: no: registry.example/a:1, registry.example/b:2',
      description:
        'CONNAISSEUR rejected a request: no\n\nImages: registry.example/a:1, registry.example/b:2\n\nSee the log of connaisseur-1.',
      responders: [],
      visibleTo: [],
      actions: [],
      tags: ['connaisseur', 'denied'],
      details: {
        pod: 'connaisseur-1',
        cluster: 'prod',
        namespace: 'shop',
        kind: 'Deployment',
        alert_created: '2026-01-01T00:00:00.000Z',
        request_id: 'the-uid',
      },
      entity: 'Connaisseur',
      source: 'connaisseur',
      priority: 'P1',
    })
  })

  test('keeps the limits: message 130, alias 512, description 15000, details 8000 characters', () => {
    const { message, alias, description, details } = payloadOf('opsgenie', FLOOD)
    expect(message.length).toBe(130)
    expect(alias.length).toBeLessThanOrEqual(512)
    expect(description.length).toBeLessThanOrEqual(15_000)
    expect(JSON.stringify(details).length).toBeLessThanOrEqual(8000)
  })
})

describe('keybase (webhookbot)', () => {
  test('a message whose values stand in a code block', () => {
    expect(payloadOf('keybase')).toEqual({
      msg: `@here Connaisseur: a request was denied
\`\`\`
CONNAISSEUR rejected a request: no

Images:      registry.example/a:1, registry.example/b:2
Cluster:     prod
Namespace:   shop
Request ID:  the-uid
Pod:         connaisseur-1
Created:     2026-01-01T00:00:00.000Z
Priority:    3
\`\`\``,
    })
  })

  test('keeps the limit of 10000 characters, and the code block whole', () => {
    const { msg } = payloadOf('keybase', FLOOD)
    expect(msg.length).toBeLessThanOrEqual(10_000)
    expect(msg.split('`')).toHaveLength(7)
  })
})

describe('msteams (a workflow: an Adaptive Card in a message)', () => {
  test('a message with one card', () => {
    const payload = payloadOf('msteams')
    const line = (label: string, text: string) => ({
      type: 'RichTextBlock',
      inlines: [
        { type: 'TextRun', text: `${label}: `, weight: 'Bolder' },
        { type: 'TextRun', text },
      ],
    })
    const title = 'Connaisseur: a request was denied'
    expect(payload).toEqual({
      type: 'message',
      attachments: [
        {
          contentType: 'application/vnd.microsoft.card.adaptive',
          contentUrl: null,
          content: {
            $schema: 'http://adaptivecards.io/schemas/adaptive-card.json',
            type: 'AdaptiveCard',
            version: '1.4',
            msteams: { width: 'Full' },
            body: [
              { type: 'TextBlock', text: title, size: 'Large', weight: 'Bolder', wrap: true },
              line('Message', 'CONNAISSEUR rejected a request: no'),
              line('Images', 'registry.example/a:1, registry.example/b:2'),
              line('Cluster', 'prod'),
              line('Namespace', 'shop'),
              line('Request ID', 'the-uid'),
              line('Connaisseur Pod', 'connaisseur-1'),
              line('Created', '2026-01-01T00:00:00.000Z'),
              line('Priority', '3'),
            ],
          },
        },
      ],
    })
  })

  test('keeps the limit of a webhook, 28 KB', () => {
    expect(JSON.stringify(payloadOf('msteams', FLOOD)).length).toBeLessThanOrEqual(28 * 1024)
  })
})

describe('ecs-1-12-0 (Elastic Common Schema)', () => {
  const EXPECTED = {
    '@timestamp': '2026-01-01T00:00:00.000Z',
    message: 'CONNAISSEUR rejected a request: no',
    ecs: { version: '1.12.0' },
    event: {
      kind: 'alert',
      category: ['intrusion_detection'],
      type: ['denied'],
      outcome: 'failure',
      action: 'CONNAISSEUR rejected a request: no',
      reason: 'no',
      severity: 3,
      created: '2026-01-01T00:00:00.000Z',
      id: 'the-uid',
      module: 'connaisseur',
    },
    orchestrator: {
      type: 'kubernetes',
      cluster: { name: 'prod' },
      namespace: 'shop',
      resource: { type: 'Deployment' },
    },
    container: { image: { name: 'registry.example/a:1, registry.example/b:2' } },
    agent: { type: 'connaisseur', id: 'connaisseur-1' },
  }

  test('an event of a denial', () => {
    expect(payloadOf('ecs-1-12-0')).toEqual(EXPECTED)
  })

  test('an admission is an event of its own type, not a denial', () => {
    const { event } = payloadOf('ecs-1-12-0', SAMPLE)
    expect(event).toMatchObject({ type: ['allowed'], outcome: 'success' })
  })
})

test('every built-in template stays what it is, whatever the values are', () => {
  for (const template of BUILTIN_TEMPLATES.keys()) {
    const [calm, flooded] = [payloadOf(template), payloadOf(template, FLOOD)]
    expect(shapeOf(flooded)).toEqual(shapeOf(calm))
  }
})

function shapeOf(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(shapeOf)
  if (typeof value !== 'object' || value === null) return typeof value
  return Object.fromEntries(Object.entries(value).map(([name, each]) => [name, shapeOf(each)]))
}
