import { describe, expect, test } from 'bun:test'
import { SAMPLE } from '../../../src/reporting/alerts/payload.ts'
import type { AlertValues } from '../../../src/reporting/alerts/placeholder.ts'
import { renderTemplate } from '../../../src/reporting/alerts/render.ts'
import { parseTemplate, TemplateError } from '../../../src/reporting/alerts/template.ts'

const VALUES: AlertValues = { ...SAMPLE, priority: 3 }

/** Renders a template and reads the JSON again. */
function render(template: string, values: Partial<AlertValues> = {}): unknown {
  return JSON.parse(
    JSON.stringify(renderTemplate(parseTemplate(template), { ...VALUES, ...values })),
  )
}

/** The place and the words of a refusal. */
function refusalOf(template: string): string {
  try {
    parseTemplate(template)
  } catch (error) {
    if (error instanceof TemplateError) return `${error.line}:${error.column}: ${error.message}`
    throw error
  }
  throw new Error('nothing was refused')
}

describe('templates of Connaisseur 1 and 3 render as they did', () => {
  test('placeholders in texts, with and without blanks', () => {
    expect(render('{"msg": "*{{ alert_message }}* in {{namespace}} of {{ cluster}}"}')).toEqual({
      msg: `*${VALUES.alert_message}* in default of not specified`,
    })
  })

  test('a number where it stands alone, a text where it stands in one', () => {
    expect(render('{"a": {{ priority }}, "b": "P{{ priority }}"}')).toEqual({ a: 3, b: 'P3' })
  })

  test('a list at the top', () => {
    expect(render('[{"test": ["{{ connaisseur_pod_id }}", "{{ priority }}"]}]')).toEqual([
      { test: ['connaisseur-test', '3'] },
    ])
  })

  test.each([
    'alert_message',
    'cluster',
    'connaisseur_pod_id',
    'error',
    'images',
    'namespace',
    'request_id',
    'result',
    'timestamp',
  ] as const)('%s', (name) => {
    expect(render(`{"a": "{{ ${name} }}"}`)).toEqual({ a: VALUES[name] })
  })

  test('placeholders in names of members', () => {
    expect(render('{"{{ namespace }}": 1}')).toEqual({ default: 1 })
  })

  test('other braces, numbers, words, escapes and a byte order mark', () => {
    expect(
      render('\uFEFF{"a": "{x} {{a}b} \\u00e9\\n", "b": [-1.5e3, true, null], "c": {}, "d": []}'),
    ).toEqual({ a: '{x} {{a}b} é\n', b: [-1500, true, null], c: {}, d: [] })
  })
})

describe('a value cannot leave its place', () => {
  const EVIL = '","injected":true,"x":"\\" \n\u0000\u2028{{ cluster }}'

  test('in a text it is a part of the text', () => {
    expect(render('{"a": "<{{ images }}>", "b": 1}', { images: EVIL })).toEqual({
      a: `<${EVIL}>`,
      b: 1,
    })
  })

  test('outside of a text it is one text', () => {
    expect(render('{"a": {{ images }}, "b": 1}', { images: EVIL })).toEqual({ a: EVIL, b: 1 })
  })

  test('in a name it is a part of the name, even where that is __proto__', () => {
    expect(render('{"{{ images }}": 1}', { images: EVIL })).toEqual({ [EVIL]: 1 })
    const text = JSON.stringify(
      renderTemplate(parseTemplate('{"{{ images }}": 1}'), { ...VALUES, images: '__proto__' }),
    )
    expect(text).toBe('{"__proto__":1}')
  })

  test('it is not looked into for placeholders', () => {
    expect(render('{"a": "{{ images }}"}', { images: '{{ cluster }}' })).toEqual({
      a: '{{ cluster }}',
    })
  })

  test('in the markup of Slack it calls nobody and is no link', () => {
    const template = '{"text": {"type": "mrkdwn", "text": "*a* {{ images }}"}, "b": "{{ images }}"}'
    const images = '<!channel> <https://evil.example|click> &amp;'
    expect(render(template, { images })).toEqual({
      text: {
        type: 'mrkdwn',
        text: '*a* &lt;!channel&gt; &lt;https://evil.example|click&gt; &amp;amp;',
      },
      b: images,
    })
  })

  test('in a code span it does not end the code', () => {
    expect(render('{"msg": "`{{ images }}`"}', { images: 'a` @here `b' })).toEqual({
      msg: "`a' @here 'b`",
    })
  })
})

describe('a piece of a value', () => {
  test.each<[count: number, value: string, piece: string]>([
    [5, 'abcde', 'abcde'],
    [5, 'abcdef', 'ab...'],
    [2, 'abcdef', '..'],
    [6, 'ab\u{1F600}cde', 'ab...'],
  ])('of %d characters', (count, value, piece) => {
    expect(render(`{"a": "{{ error | truncate(${count}) }}"}`, { error: value })).toEqual({
      a: piece,
    })
  })
})

describe('a template that cannot be used is refused where it is wrong', () => {
  test.each<[string, string]>([
    ['', '1:1: a JSON value was expected'],
    ['{', '1:2: a name in double quotes was expected'],
    ['{"a": 1', '1:8: a comma or } was expected'],
    ['{"a" 1}', '1:6: a colon was expected'],
    ['{"a": [1 2]}', '1:10: a comma or ] was expected'],
    ['{\n  "a": 01\n}', '2:9: a comma or } was expected'],
    ['{"a": "b}', '1:7: a text without an end in its line'],
    ['{"a": "\\q"}', '1:7: a text with an unknown escape sequence'],
    ['{} {}', '1:4: something follows the JSON value'],
    ['{{ cluster }} x', '1:15: something follows the JSON value'],
    ['{"a": "{% if x %}"}', '1:7: {% ... %} is not supported'],
    [
      '{"a":\n "{{ clustr }}"}',
      '2:2: there is no variable "clustr", only alert_message, cluster, connaisseur_pod_id, error, images, namespace, priority, request_id, result, timestamp, decision, outcome, kind',
    ],
    [
      '{"a": "{{ images | upper }}"}',
      '1:7: {{ images | upper }} is neither {{ name }} nor {{ name | truncate(100) }}',
    ],
    [
      '{"a": "{{ constructor.constructor(1)() }}"}',
      '1:7: {{ constructor.constructor(1)() }} is neither {{ name }} nor {{ name | truncate(100) }}',
    ],
    [`${'['.repeat(100)}${']'.repeat(100)}`, '1:66: values are nested more than 64 deep'],
  ])('%s', (template, refusal) => {
    expect(refusalOf(template)).toBe(refusal)
  })
})
