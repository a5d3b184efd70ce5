import { describe, expect, test } from 'bun:test'
import { parseConfig } from '../../src/config/parse.ts'
import { createHostLabel } from '../../src/runtime/host-label.ts'
import { makeNotary } from '../config/fixture.ts'

const notary = makeNotary({ host: 'https://notary.example.com:4443/path' })
const configure = (...patterns: readonly string[]) => {
  const options = '    validator: notary\n    with: { trustRoot: alice }\n'
  const rules = patterns.map((pattern) => `  - pattern: "${pattern}"\n${options}`)
  return parseConfig(`${notary}policy:\n${rules.join('')}`, 'spec.yaml')
}

describe('a server in a label', () => {
  const label = createHostLabel(() => configure('*:*', 'registry.example/a/*:*', 'nginx:*'))

  test.each(['notary.example.com:4443', 'registry.example', 'registry-1.docker.io'])(
    '%s keeps its name, since the configuration names it',
    (host) => expect(label(host)).toBe(host),
  )

  test.each(['evil-1.example', 'evil-2.example', 'registry.example:444', ''])(
    '%s is one of the others: a user of the cluster can choose it',
    (host) => expect(label(host)).toBe('other'),
  )

  test('is named by the configuration of the moment', () => {
    let config = configure('*:*')
    const changing = createHostLabel(() => config)
    expect(changing('registry.example')).toBe('other')
    config = configure('registry.example/*:*')
    expect(changing('registry.example')).toBe('registry.example')
  })
})
