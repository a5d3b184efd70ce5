import { expect, test } from 'bun:test'
import { join } from 'node:path'
import { type Static, Type } from '@sinclair/typebox'
import { Parse } from '@sinclair/typebox/value'
import { Glob } from 'bun'
import { parseAllDocuments } from 'yaml'
import { findController } from '../../src/workload/controller.ts'
import { pod, WORKLOADS } from '../support/workload.ts'

const TOP = join(import.meta.dir, '../..')

/** What RBAC asks for at each call of `KubeApi`; an apply may make the object. */
const VERBS: Readonly<Record<string, readonly string[]>> = {
  get: ['get'],
  list: ['list'],
  create: ['create'],
  replace: ['update'],
  apply: ['patch', 'create'],
  delete: ['delete'],
  watch: ['list', 'watch'],
}

/** What only `serve --register` does, as the person who runs it; the chart has no part in it. */
const LOCAL = 'delete mutatingwebhookconfigurations.admissionregistration.k8s.io'

const RuleSchema = Type.Object({
  apiGroups: Type.Array(Type.String()),
  resources: Type.Array(Type.String()),
  resourceNames: Type.Optional(Type.Array(Type.String())),
  verbs: Type.Array(Type.String()),
})

/** The rules of the chart, whatever its values say of them. */
async function readRules(): Promise<readonly Static<typeof RuleSchema>[]> {
  const template = await Bun.file(join(TOP, 'chart/templates/rbac.yaml')).text()
  const text = template.replace(/^ *\{\{-.*\}\}\n/gm, '').replace(/\{\{.*?\}\}/g, 'x')
  return parseAllDocuments(text).flatMap((document) => {
    const { rules = [] } = Parse(
      Type.Object({ rules: Type.Optional(Type.Array(RuleSchema)) }),
      document.toJS(),
    )
    return rules
  })
}

async function granted(): Promise<readonly string[]> {
  const rules = await readRules()
  return rules.flatMap(({ apiGroups, resources, verbs }) =>
    apiGroups.flatMap((group) =>
      resources.flatMap((plural) => verbs.map((verb) => render(verb, plural, group))),
    ),
  )
}

function render(verb: string, plural: string, group: string): string {
  return `${verb} ${plural}${group === '' ? '' : `.${group}`}`
}

/** Every call of the API that the source holds, by what it is about. */
async function used(): Promise<readonly string[]> {
  const files = await Array.fromAsync(new Glob('src/**/*.ts').scan(TOP))
  const code = (await Promise.all(files.map((file) => Bun.file(join(TOP, file)).text()))).join('\n')
  const calls = code.matchAll(/[aA]pi\.(get|list|create|replace|apply|delete|watch)\(\s*([\w.]+)/g)
  return [...calls].flatMap(([, call = '', what = '']) => {
    const resources = what === 'toResource' ? controllers() : [readResource(code, what)]
    return resources.flatMap(([plural, group]) =>
      (VERBS[call] ?? []).map((verb) => render(verb, plural, group)),
    )
  })
}

type Named = readonly [plural: string, group: string]

function readResource(code: string, name: string): Named {
  const [, body = ''] = new RegExp(`const ${name}: Resource = \\{([^}]*)\\}`).exec(code) ?? []
  const read = (key: string) => new RegExp(`${key}: '([^']*)'`).exec(body)?.[1]
  const [plural, group] = [read('plural'), read('group')]
  if (plural === undefined || group === undefined) throw new Error(`${name} is no resource here`)
  return [plural, group]
}

/** The workloads that the program takes for controllers. */
function controllers(): readonly Named[] {
  return Object.values(WORKLOADS).flatMap((build) => {
    const { apiVersion, kind } = build('app:1')
    const owner = { apiVersion, kind, name: 'app', uid: 'x', controller: true }
    const controller = findController(pod('app:1', { ownerReferences: [owner] }))
    return controller ? [[`${kind.toLowerCase()}s`, controller.group] as const] : []
  })
}

test('the chart grants exactly the verbs that the program uses', async () => {
  const needed = new Set(await used())
  needed.delete(LOCAL)
  expect(needed.size).toBeGreaterThan(10)
  expect([...new Set(await granted())].toSorted()).toEqual([...needed].toSorted())
})

test('nothing is granted by a wildcard, and what is written only by name', async () => {
  for (const { apiGroups, resources, resourceNames, verbs } of await readRules()) {
    expect([...apiGroups, ...resources, ...verbs]).not.toContain('*')
    const writes = verbs.some((verb) => ['create', 'update', 'patch', 'delete'].includes(verb))
    if (writes) expect(resourceNames).toHaveLength(1)
  }
})
