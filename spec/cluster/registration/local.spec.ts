import { describe, expect, test } from 'bun:test'
import {
  namesOfUrl,
  parseWebhookUrl,
  toLocalRegistration,
} from '../../../src/cluster/registration/local.ts'

describe('the URL of a program outside of the cluster', () => {
  test('is asked at /mutate unless it says another path', () => {
    expect(parseWebhookUrl('https://192.168.1.2:5000').href).toBe('https://192.168.1.2:5000/mutate')
    expect(parseWebhookUrl('https://me.example/dev').href).toBe('https://me.example/dev')
  })

  test.each(['http://a:5000', 'a:5000', 'https://u:p@a', 'https://a?b', 'https://a#b', ''])(
    'is refused as %p',
    (text) => {
      expect(() => parseWebhookUrl(text)).toThrow('a URL such as')
    },
  )

  test('says whom its certificate has to be for', () => {
    expect(namesOfUrl(new URL('https://192.168.1.2:5000'))).toEqual({
      dns: [],
      ip: ['192.168.1.2'],
    })
    expect(namesOfUrl(new URL('https://[::1]:5000'))).toEqual({ dns: [], ip: ['::1'] })
    expect(namesOfUrl(new URL('https://me.example'))).toEqual({ dns: ['me.example'] })
  })
})

describe('its registration', () => {
  const url = new URL('https://me.example/mutate')

  test('heeds the label of a namespace as the configuration says', () => {
    const selectorOf = (mode?: 'ignore' | 'validate') =>
      JSON.stringify(
        toLocalRegistration({ url, failurePolicy: 'Ignore', namespacedValidation: mode })
          .namespaceSelector,
      )
    expect(selectorOf('ignore')).toContain('"operator":"NotIn","values":["ignore"]')
    expect(selectorOf('validate')).toContain('"operator":"In","values":["validate"]')
    expect(selectorOf()).not.toContain('securesystemsengineering')
    expect(selectorOf()).toContain('kube-system')
  })
})
