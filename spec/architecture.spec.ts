import { describe, expect, test } from 'bun:test'
import { posix } from 'node:path'
import { Glob } from 'bun'

/**
 * Who may import whom, as ARCHITECTURE.md has it: folders, files without `.ts`, `*` for any name.
 * A folder may always import from itself, and everybody from text.
 */
const IMPORTS: Readonly<Record<string, string>> = {
  main: 'cli',
  cli: 'runtime assemble server admission config reporting policy image trust/errors trust/tuf/root-keys validators/validator validators/*/settings clients/trust-store clients/redis clients/report cluster ../package.json',
  runtime: 'assemble server admission config reporting clients cluster trust/errors',
  assemble:
    'server reporting admission config clients cluster validators workload policy trust image',
  server: 'admission reporting',
  reporting: 'admission',
  admission: 'workload policy image trust/errors validators/validator validators/coalescer',
  config: 'policy validators/*/settings reporting/settings reporting/alerts/settings image',
  clients:
    'image trust/errors trust/ca trust/strict-json trust/sigstore/root-repository trust/sigstore/trusted-root',
  cluster: 'clients workload image trust/errors validators/coalescer',
  'validators/validator': 'image trust/errors',
  'validators/coalescer': '',
  'validators/auth': '',
  'validators/settings-report': '',
  'validators/authority': 'validators/settings-report trust/ca',
  'validators/trust-root-name': 'validators/settings-report',
  'validators/*':
    'validators/validator validators/coalescer validators/auth validators/authority validators/settings-report validators/trust-root-name image trust',
  workload: 'image',
  policy: 'image',
  trust: '',
  image: '',
  text: '',
}

/** Where a package, or a part of Node.js, may be imported; nowhere else. */
const PACKAGES: Readonly<Record<string, string>> = {
  elysia: 'server',
  'prom-client': 'reporting/metrics/exposition',
  '@opentelemetry/api': 'reporting/tracing',
  '@opentelemetry/core': 'reporting/tracing',
  '@opentelemetry/exporter-trace-otlp-http': 'reporting/tracing',
  '@opentelemetry/resources': 'reporting/tracing',
  '@opentelemetry/sdk-trace-base': 'reporting/tracing',
  yaml: 'config clients cluster',
  'bun:ffi': 'server',
  '@peculiar/x509': 'cluster/certificates/issue',
  'reflect-metadata': 'cluster/certificates/issue',
  '@sinclair/typebox':
    'config trust validators/*/settings validators/*/settings-material validators/*/settings-roots validators/auth validators/authority reporting/settings reporting/alerts/settings admission/review clients cluster',
  '@noble/curves': 'trust/sigstore',
  '@sigstore/core': 'trust/sigstore',
  '@sigstore/tuf': 'clients/public-good-seed',
  '@tufjs/models': 'trust/sigstore/root-repository',
  re2js: 'trust/sigstore',
  'node:async_hooks': 'reporting/tracing/otlp',
  'node:buffer': 'admission/review',
  'node:crypto': 'trust server config clients cluster',
  'node:fs': 'server cli main clients cluster runtime',
  'node:net': 'clients cluster',
  'node:os': 'cli',
  'node:path': 'cluster clients',
}

const CORE = 'text image workload policy trust'

/** What of node:crypto needs no randomness. */
const PURE_CRYPTO = /^(?:type \w+|createHash|createPublicKey|verify|constants|X509Certificate)$/

const AMBIENT_NAMES =
  'fetch|Bun|process|globalThis|console|performance|navigator|crypto|require|WebSocket|Worker|set(?:Timeout|Interval|Immediate)'
const AMBIENT = new RegExp(
  `(?<![\\w.$'"/-])(?:${AMBIENT_NAMES})(?![\\w'":-])|Math\\.random|Date\\.now|import\\.meta|AbortSignal\\.timeout|new Date(?!\\w|\\([^)])|(?<!new )\\bDate\\(`,
)

interface SourceFile {
  /** From the top of the project. */
  readonly file: string
  readonly text: string
}

/** Lists what breaks the rules, a sentence each. */
function findViolations(sources: readonly SourceFile[]): readonly string[] {
  const files = sources.map(({ file, text }) => ({
    name: file.replace(/^src\/(.*)\.ts$/, '$1'),
    code: stripComments(text),
  }))
  return [...files.flatMap(checkFile), ...findCycles(files)]
}

interface Code {
  /** From src, without `.ts`. */
  readonly name: string
  readonly code: string
}

function checkFile({ name, code }: Code): readonly string[] {
  const unit = Object.keys(IMPORTS).find((each) => covers(each, name))
  if (unit === undefined) return [`${name} is in no known folder`]
  const own = unit === 'validators/*' ? name.split('/', 2).join('/') : unit
  const { files, packages } = importsOf({ name, code })
  const bad = [
    ...files.filter((file) => !covers(`${own} text ${IMPORTS[unit]}`, file)),
    ...packages.filter((each) => !covers(PACKAGES[packageName(each)] ?? '', name)),
    ...(/\bimport\s*\(\s*[^'"\s]/.test(code) ? ['what it computes'] : []),
  ]
  return [
    ...bad.map((target) => `${name} must not import ${target}`),
    ...(covers(CORE, name) ? findAmbient(code).map((use) => `${name} must not use ${use}`) : []),
  ]
}

function findAmbient(code: string): readonly string[] {
  const clauses = code.matchAll(/import\s+(type\s+)?([^;'"]*?)\s+from\s+'node:crypto'/g)
  const imported = [...clauses].flatMap(([, type, clause = '']) =>
    clause.startsWith('{') && type === undefined ? clause.slice(1, -1).split(',') : [],
  )
  const whole = /import\s+(?!type\b)[^{'"]*\s+from\s+'node:crypto'/.test(code)
  const impure = imported.map((each) => each.trim()).filter((each) => !PURE_CRYPTO.test(each))
  return [
    ...(AMBIENT.exec(code) ?? []),
    ...impure.filter((each) => each !== ''),
    ...(whole ? ['the whole of node:crypto'] : []),
  ]
}

function findCycles(files: readonly Code[]): readonly string[] {
  const graph = new Map(files.map((each) => [each.name, importsOf(each).files]))
  const done = new Set<string>()
  const visit = (name: string, way: readonly string[]): readonly string[] => {
    if (way.includes(name)) return [`cycle ${[...way.slice(way.indexOf(name)), name].join(' > ')}`]
    if (done.has(name)) return []
    const found = (graph.get(name) ?? []).flatMap((next) => visit(next, [...way, name]))
    done.add(name)
    return found
  }
  return [...graph.keys()].flatMap((name) => visit(name, []))
}

/** Imports of every form: types, re-exports, for effect, dynamic. */
function importsOf({ name, code }: Code) {
  const found = code.matchAll(/(?:\bfrom\s+|\bimport\s+|\bimport\s*\(\s*)(['"])([^'"]+)\1/g)
  const targets = [...found].map(([, , target = '']) => target)
  return {
    packages: targets.filter((target) => !target.startsWith('.')),
    files: targets
      .filter((target) => target.startsWith('.'))
      .map((target) => posix.join(posix.dirname(name), target).replace(/\.ts$/, '')),
  }
}

function packageName(target: string): string {
  return target.split('/', target.startsWith('@') ? 2 : 1).join('/')
}

/** Tells whether one of the paths, divided by blanks, is the name or a folder above it. */
function covers(paths: string, name: string): boolean {
  return paths.split(' ').some((path) => {
    const expression = path.replaceAll('.', '\\.').replaceAll('*', '[^/]+')
    return path !== '' && new RegExp(`^${expression}(?:/|$)`).test(name)
  })
}

/** Comments only where Biome leaves them, so that no string is taken for one. */
function stripComments(text: string): string {
  return text.replace(/^\s*\/\*[\s\S]*?\*\/|(?:^|\s)\/\/\s.*$/gm, '')
}

async function readSources(): Promise<readonly SourceFile[]> {
  const top = posix.join(import.meta.dir, '..')
  const files = await Array.fromAsync(new Glob('src/**/*').scan(top))
  return Promise.all(
    files.toSorted().map(async (file) => ({ file, text: await Bun.file(`${top}/${file}`).text() })),
  )
}

describe('the architecture', () => {
  test('imports point inwards only, and nothing else breaks the rules', async () => {
    const sources = await readSources()
    expect(sources.length).toBeGreaterThan(60)
    expect(findViolations(sources)).toEqual([])
  })

  test.each([
    ['src/image/a.ts', `import { A } from '../trust/a.ts'`, 'image/a must not import trust/a'],
    ['src/trust/a.ts', `import type { A } from '../image/a.ts'`, 'trust/a must not import image/a'],
    ['src/text/a.ts', `import { A } from '../image/a.ts'`, 'text/a must not import image/a'],
    ['src/policy/a.ts', `export * from '../workload/a.ts'`, 'policy/a must not import workload/a'],
    ['src/cli/a.ts', `await import('../clients/a.ts')`, 'cli/a must not import clients/a'],
    ['src/admission/a.ts', `import '../trust/key.ts'`, 'admission/a must not import trust/key'],
    [
      'src/admission/a.ts',
      `import {\n  A,\n} from '../validators/static/validator.ts'`,
      'admission/a must not import validators/static/validator',
    ],
    [
      'src/validators/cosign/a.ts',
      `import { A } from '../static/settings.ts'`,
      'validators/cosign/a must not import validators/static/settings',
    ],
    ['src/cli/a.ts', `import { A } from '../../spec/a.ts'`, 'cli/a must not import ../spec/a'],
    ['src/cli/a.ts', 'await import(name)', 'cli/a must not import what it computes'],
  ])('an arrow outside the table is found: %s %s', (file, text, violation) => {
    expect(findViolations([{ file, text }])).toEqual([violation])
  })

  test.each([
    ['src/admission/a.ts', 'elysia'],
    ['src/policy/a.ts', '@sinclair/typebox/value'],
    ['src/server/a.ts', 'yaml'],
    ['src/config/a.ts', 'node:fs'],
    ['src/clients/a.ts', 'left-pad'],
    ['src/trust/a.ts', 'bun'],
  ])('a package outside its folder is found: %s %s', (file, name) => {
    const text = `import { a } from '${name}'`
    expect(findViolations([{ file, text }])).toEqual([
      `${file.slice(4, -3)} must not import ${name}`,
    ])
  })

  test.each(['src/utils/a.ts', 'src/helpers.ts', 'src/images/a.ts', 'src/cli.d/a.ts'])(
    'an unknown place in src is found: %s',
    (file) => {
      expect(findViolations([{ file, text: '' }])).toEqual([
        `${file.slice(4, -3)} is in no known folder`,
      ])
    },
  )

  test.each([
    ['fetch(url)', 'fetch'],
    ['const { env } = process', 'process'],
    ['process.env', 'process'],
    ['await Bun.sleep(1)', 'Bun'],
    ['new Date()', 'new Date'],
    ['new Date', 'new Date'],
    ['Date()', 'Date('],
    ['Date.now()', 'Date.now'],
    ['Math.random()', 'Math.random'],
    ['setTimeout(run, 1)', 'setTimeout'],
    ['crypto.randomUUID()', 'crypto'],
    [`import { createHash, randomBytes } from 'node:crypto'`, 'randomBytes'],
    [`import * as all from 'node:crypto'`, 'the whole of node:crypto'],
  ])('ambient input in the core is found: %s', (text, use) => {
    expect(findViolations([{ file: 'src/trust/a.ts', text }])).toEqual([
      `trust/a must not use ${use}`,
    ])
  })

  test.each([
    'new Date(text)',
    '// fetch and Bun are not for the core',
    '/** Bun.sleep would wait. */',
    `import { createHash, type KeyObject } from 'node:crypto'`,
  ])('the core may write %s', (text) => {
    expect(findViolations([{ file: 'src/trust/a.ts', text }])).toEqual([])
  })

  test('a cycle of files is found', () => {
    const sources = ['b', 'c', 'a'].map((next, index) => ({
      file: `src/image/${'abc'.charAt(index)}.ts`,
      text: `import { ${next} } from './${next}.ts'`,
    }))
    expect(findViolations(sources)).toEqual(['cycle image/a > image/b > image/c > image/a'])
  })
})
