import { describe, expect, test } from 'bun:test'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { parseConfig } from '../src/config/parse.ts'
import { createKeyPair, toPublicKeyPem } from './support/key-pair.ts'

const TOP = join(import.meta.dir, '..')
const PEM = toPublicKeyPem(createKeyPair('p256')).trim().split('\n')
/** What a page leaves out of a key. */
const PLACEHOLDER = /^( +)-----BEGIN PUBLIC KEY-----\n +\.\.\.\n +-----END PUBLIC KEY-----$/gm
const OTHERS =
  'validators: [{ name: default, type: static, approve: true }]\npolicy: [{ pattern: "*:*" }]\n'
const ENVIRONMENT = { SLACK_URL: 'https://example.com', ELASTIC_KEY: 'a', GENIE_KEY: 'b' }

const PAGES = [...new Bun.Glob('docs/**/*.md').scanSync(TOP)]

/** The configurations of a page, and whole sections of one, completed. */
const EXAMPLES = PAGES.flatMap((page) =>
  [...readFileSync(join(TOP, page), 'utf8').matchAll(/^```yaml\n(.*?)^```$/gms)]
    .map(([, text = '']) => text)
    .filter((text) => /^(?:validators|application|features|alerting):/.test(text))
    .map((text) => (/^(?:validators|application):/m.test(text) ? text : OTHERS + text))
    .map((text) => text.replace(PLACEHOLDER, (_, indent) => PEM.map((l) => indent + l).join('\n')))
    .map((text, index) => [`${page}, the ${index + 1}. one`, text] as const),
)

describe('a configuration that a page of docs/ shows is valid, and has no warning', () => {
  test.each(EXAMPLES)('%s', (name, text) => {
    expect(parseConfig(text, name, ENVIRONMENT).warnings).toEqual([])
  })

  test('of several pages', () => {
    expect(EXAMPLES.length).toBeGreaterThan(4)
  })
})
