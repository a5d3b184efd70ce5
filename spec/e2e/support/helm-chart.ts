import { mkdir, mkdtemp } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { type Static, Type } from '@sinclair/typebox'
import { Value } from '@sinclair/typebox/value'
import { parseAllDocuments } from 'yaml'
import { provideHelm } from '../tools/helm.ts'
import { type Outcome, runOrThrow, runProgram } from './process.ts'

/** The chart of this repository. */
export const CHART = resolve(import.meta.dir, '../../../chart')

/** A helm without a cluster believes in an old one; this is the one of the other specs. */
const KUBE_VERSION = '1.36.3'

const KubernetesObject = Type.Object({
  apiVersion: Type.String({ minLength: 1 }),
  kind: Type.String({ minLength: 1 }),
  metadata: Type.Object({
    name: Type.String({ minLength: 1 }),
    namespace: Type.Optional(Type.String()),
    labels: Type.Optional(Type.Record(Type.String(), Type.String())),
  }),
})

/** An object that the chart renders; `at` looks into the rest of it. */
export type KubernetesObject = Static<typeof KubernetesObject>

/** The real helm with the chart, without a cluster. */
export interface HelmChart {
  readonly folder: string
  readonly lint: (...args: readonly string[]) => Promise<Outcome>
  /** Renders into the namespace `connaisseur`, with values as YAML or as the path of a file. */
  readonly template: (values: string, ...args: readonly string[]) => Promise<Outcome>
  /** Renders what has to render, and parses all of it. */
  readonly render: (
    values?: string,
    ...args: readonly string[]
  ) => Promise<readonly KubernetesObject[]>
}

/** Finds the real helm, and a folder for its files. */
export async function openHelmChart(): Promise<HelmChart> {
  const helm = await provideHelm()
  const root = process.env['CONNAISSEUR_E2E_FOLDER'] ?? tmpdir()
  await mkdir(root, { recursive: true })
  const folder = await mkdtemp(join(root, 'chart-'))
  const fileOf = async (values: string) => {
    if (values.startsWith('/')) return values
    const file = join(folder, `${crypto.randomUUID()}.yaml`)
    await Bun.write(file, values)
    return file
  }
  const command = async (values: string, args: readonly string[]) => [
    ...[helm, 'template', 'connaisseur', CHART, '--namespace', 'connaisseur'],
    ...['--kube-version', KUBE_VERSION, '--values', await fileOf(values), ...args],
  ]
  return {
    folder,
    lint: async (...args) => runProgram([helm, 'lint', '--strict', CHART, ...args], { folder }),
    template: async (values, ...args) => runProgram(await command(values, args), { folder }),
    async render(values = '{}', ...args) {
      return parseObjects(await runOrThrow(await command(values, args), { folder }))
    },
  }
}

function parseObjects(text: string): readonly KubernetesObject[] {
  const documents = parseAllDocuments(text)
  if (!Array.isArray(documents)) return []
  return documents.flatMap((document) => {
    if (document.errors.length > 0) throw new Error(`${document.errors[0]?.message}`)
    const value: unknown = document.toJS()
    if (value === null) return []
    Value.Assert(KubernetesObject, value)
    return [value]
  })
}

/** What stands at a path in an object; keys and indexes. Undefined if nothing does. */
export function at(value: unknown, ...path: readonly (string | number)[]): unknown {
  return path.reduce<unknown>(
    (node, key) => (typeof node === 'object' && node !== null ? Reflect.get(node, key) : undefined),
    value,
  )
}

/** The one object of a kind and name; throws if there is none. */
export function find(
  objects: readonly KubernetesObject[],
  kind: string,
  name: string,
): KubernetesObject {
  const found = objects.find((each) => each.kind === kind && each.metadata.name === name)
  if (found !== undefined) return found
  throw new Error(
    `no ${kind} ${name} among ${objects.map((each) => `${each.kind} ${each.metadata.name}`).join(', ')}`,
  )
}
