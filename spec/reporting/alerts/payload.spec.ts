import { describe, expect, test } from 'bun:test'
import { mergeDeep } from '../../../src/reporting/alerts/merge.ts'
import { preparePayload, SAMPLE } from '../../../src/reporting/alerts/payload.ts'
import { makeSettings } from './fixture.ts'

const own = (text: string) => () => ({ file: '/templates/own.json', text })

describe('a payload', () => {
  test('has payloadFields laid over it, deeply', () => {
    const payloadFields = { a: { c: 3 }, list: [9], n: null }
    const settings = makeSettings({ template: 'own', payloadFields })
    const template = '{"a": {"b": {{ priority }}, "c": 2}, "list": [1, 2], "x": "{{ namespace }}"}'
    const body = preparePayload(settings, own(template))(SAMPLE)
    expect(JSON.parse(body)).toEqual({ a: { b: 3, c: 3 }, list: [9], x: 'default', n: null })
  })

  test('comes from a file before it comes from what is built in', () => {
    const body = preparePayload(makeSettings({ template: 'slack' }), own('{"own": true}'))(SAMPLE)
    expect(body).toBe('{"own":true}')
  })
})

describe('what cannot be rendered is refused before the first alert', () => {
  test('a template that does not parse, with file, line and column', () => {
    const prepare = () =>
      preparePayload(makeSettings({ template: 'own' }), own('{\n  "a": {{ b }}\n}'))
    expect(prepare).toThrow('/templates/own.json:2:8: there is no variable "b", only alert_message')
  })

  test('a template that is not there', () => {
    const prepare = () => preparePayload(makeSettings({ template: 'slak' }), () => undefined)
    expect(prepare).toThrow(
      'the receiver admit-1-slack has an unknown template: there is no file slak.json in the folder of alert templates, and built in are slack, opsgenie, keybase, msteams, ecs-1-12-0',
    )
  })

  test('payloadFields over what is no object', () => {
    const settings = makeSettings({ template: 'own', payloadFields: { a: 1 } })
    expect(() => preparePayload(settings, own('["{{ images }}"]'))).toThrow(
      'the receiver admit-1-slack has payloadFields, but its template own is no JSON object',
    )
  })
})

test('merging takes __proto__ for a name like any other', () => {
  const [below, above] = [JSON.parse('{"a": 1}'), JSON.parse('{"__proto__": {"admin": true}}')]
  const merged = mergeDeep(below, above)
  expect(JSON.stringify(merged)).toBe('{"a":1,"__proto__":{"admin":true}}')
  expect(Reflect.get({}, 'admin')).toBeUndefined()
})
