import { describe, expect, test } from 'bun:test'
import { readFileSync } from 'node:fs'
import { parseConfig } from '../src/config/parse.ts'
import { ConfigError } from '../src/config/problem.ts'

const README = readFileSync(new URL('../README.md', import.meta.url), 'utf8')
const MAKEFILE = readFileSync(new URL('../Makefile', import.meta.url), 'utf8')

function blocks(language: string): readonly string[] {
  const found = README.matchAll(new RegExp(`^\`\`\`${language}\n([^]*?)^\`\`\`$`, 'gm'))
  return [...found].map(([, text = '']) => text)
}

describe('the README', () => {
  test('shows a configuration that is valid and has no warning', () => {
    const [policy = ''] = blocks('yaml')
    const { validators, policy: rules, warnings } = parseConfig(policy, 'policy.yaml')
    expect(validators.map(({ name }) => name)).toEqual(['default', 'cosigned', 'allow', 'deny'])
    expect(rules).toHaveLength(4)
    expect(warnings).toEqual([])
  })

  test('names only targets that the Makefile has', () => {
    const named = [...README.matchAll(/(?:^|`)make ([a-z0-9]+)/gm)].map(([, target]) => target)
    expect(named).toContain('demo')
    for (const target of named) expect(MAKEFILE).toMatch(new RegExp(`^${target}:`, 'm'))
  })

  test('shows the problems of a mistaken configuration as they are printed', () => {
    const mistaken = 'validators:\n  - name: default\n    hots: n.example\n    type: notaryv1\n'
    const problems = printProblems(mistaken)
    const shown = README.match(/^policy\.yaml:\d+:\d+: .*$/gm) ?? []
    expect(shown.length).toBeGreaterThan(0)
    for (const line of shown) expect(problems).toContain(line)
  })
})

function printProblems(text: string): readonly string[] {
  try {
    parseConfig(text, 'policy.yaml')
  } catch (error) {
    if (error instanceof ConfigError) return error.message.split('\n')
  }
  return []
}
