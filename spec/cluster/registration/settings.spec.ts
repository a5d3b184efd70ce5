import { describe, expect, test } from 'bun:test'
import { toRegistration } from '../../../src/cluster/registration/release.ts'
import { parseRegistration } from '../../../src/cluster/registration/settings.ts'

const GOOD = `webhook:
  name: connaisseur-webhook
  failurePolicy: Fail
  reinvocationPolicy: Never
  timeoutSeconds: 30
  objectSelector: {}
  namespaceSelector: {"matchExpressions":[{"key":"securesystemsengineering.connaisseur/webhook","operator":"NotIn","values":["ignore"]}]}
  matchConditions: []
  excludedNamespaces: [kube-system]
service:
  name: connaisseur-svc
  namespace: connaisseur
  port: 443
  path: /mutate
owner:
  clusterRole: connaisseur
certificate:
  secretName: connaisseur-tls
`

/** The good one with a line in the place of another. */
const withLine = (key: string, line: string) =>
  GOOD.replace(new RegExp(`^ *${key}:.*$`, 'm'), `  ${line}`)

describe('registration.yaml', () => {
  test('as the chart writes it is read, and becomes a selector of all that it says', () => {
    const { namespaceSelector, hook } = toRegistration(parseRegistration(GOOD))
    expect(hook).toBe('connaisseur-svc.connaisseur.svc')
    expect(namespaceSelector).toEqual({
      matchExpressions: [
        {
          key: 'securesystemsengineering.connaisseur/webhook',
          operator: 'NotIn',
          values: ['ignore'],
        },
        {
          key: 'kubernetes.io/metadata.name',
          operator: 'NotIn',
          values: ['connaisseur', 'kube-system'],
        },
      ],
    })
  })

  test('may leave namespaces in, but never our own', () => {
    const text = withLine('excludedNamespaces', 'excludedNamespaces: []')
    const { namespaceSelector } = toRegistration(parseRegistration(text))
    expect(JSON.stringify(namespaceSelector)).toContain('"values":["connaisseur"]')
  })
})

describe('registration.yaml that is wrong is refused, with the place', () => {
  test.each<[key: string, line: string, problem: string]>([
    ['failurePolicy', 'failurePolicy: Maybe', 'webhook.failurePolicy'],
    ['timeoutSeconds', 'timeoutSeconds: 31', 'webhook.timeoutSeconds'],
    ['objectSelector', 'objectSelector: {matchLabel: {a: b}}', 'webhook.objectSelector'],
    ['objectSelector', 'objectSelector: {matchLabels: {a: "b c"}}', 'webhook.objectSelector'],
    [
      'objectSelector',
      'objectSelector: {matchExpressions: [{key: a, operator: In, values: []}]}',
      'webhook.objectSelector',
    ],
    [
      'objectSelector',
      'objectSelector: {matchExpressions: [{key: a, operator: Exists, values: [b]}]}',
      'webhook.objectSelector',
    ],
    [
      'objectSelector',
      'objectSelector: {matchExpressions: [{key: "a b", operator: Exists}]}',
      'webhook.objectSelector',
    ],
    ['matchConditions', 'matchConditions: [{name: a}]', 'webhook.matchConditions'],
    ['excludedNamespaces', 'excludedNamespaces: [a b]', 'webhook.excludedNamespaces'],
    ['path', 'path: mutate', 'service.path'],
    ['clusterRole', 'clusterRole: ""', 'owner.clusterRole'],
    ['secretName', 'secretNames: a', 'certificate'],
    ['port', 'port: 443\n  extra: 1', 'service.extra'],
  ])('%s -> %s', (key, line, problem) => {
    expect(() => parseRegistration(withLine(key, line))).toThrow(problem)
  })

  test.each(['', 'a: [', '- a'])('%p', (text) => {
    expect(() => parseRegistration(text)).toThrow(SyntaxError)
  })
})
