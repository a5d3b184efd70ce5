import { ConfigFile, OPTIONS } from '../src/config/schema.ts'
import { KubernetesValues } from './kubernetes-values.ts'

/** A JSON Schema, as far as it is looked into here. */
type Schema = Readonly<Record<string, unknown>>

/**
 * Renders the schema of the chart's values: the configuration's own schema below `application` and
 * `alerting`, and what Kubernetes needs. Helm names the key of what does not fit.
 */
export function renderValuesSchema(): string {
  const { alerting, ...application } = toProperties(withOptions(plain(ConfigFile)))
  return `${JSON.stringify(
    {
      $schema: 'http://json-schema.org/draft-07/schema#',
      title: 'Values of the Connaisseur chart',
      type: 'object',
      additionalProperties: false,
      properties: {
        // Helm's own.
        global: { type: 'object' },
        kubernetes: plain(KubernetesValues),
        application: {
          type: 'object',
          additionalProperties: false,
          required: ['validators', 'policy'],
          properties: application,
        },
        alerting: { ...alerting, type: ['object', 'null'] },
      },
    },
    null,
    2,
  )}\n`
}

/** A TypeBox schema without what only TypeBox needs, and with unions that Helm can explain. */
function plain(schema: unknown): Schema {
  const bare: unknown = JSON.parse(JSON.stringify(schema))
  return toSchema(explainUnions(bare))
}

/** The keys of `with:` depend on the type of a rule's validator, which no schema can look up. */
function withOptions(config: Schema): Schema {
  const options = Object.values(OPTIONS).map(plain)
  const properties: Record<string, unknown> = {}
  for (const [key, schema] of options.flatMap((each) => Object.entries(toProperties(each)))) {
    const known = properties[key]
    const isNew = known === undefined || JSON.stringify(known) === JSON.stringify(schema)
    properties[key] = isNew ? schema : { anyOf: [known, schema] }
  }
  const { policy, ...others } = toProperties(config)
  const rule = toSchema(toSchema(policy)['items'])
  const options_ = { type: 'object', additionalProperties: false, properties }
  return {
    properties: {
      ...others,
      policy: {
        ...toSchema(policy),
        items: { ...rule, properties: { ...toProperties(rule), with: options_ } },
      },
    },
  }
}

/**
 * Of a value that is none of several, Helm says only that. So words become an `enum`, and kinds that
 * are told apart by `type` become conditions, of which only the fitting one complains.
 */
function explainUnions(node: unknown): unknown {
  if (Array.isArray(node)) return node.map(explainUnions)
  if (typeof node !== 'object' || node === null) return node
  const members = Object.fromEntries(
    Object.entries(node).map(([key, value]) => [key, explainUnions(value)]),
  )
  const { anyOf, ...rest } = members
  if (!Array.isArray(anyOf)) return members
  const alternatives = anyOf.map(toSchema)
  if (alternatives.every((each) => each['const'] !== undefined)) {
    return { ...rest, enum: alternatives.map((each) => each['const']) }
  }
  const types = alternatives.map((each) => toSchema(toProperties(each)['type'])['const'])
  if (types.includes(undefined)) return members
  return {
    ...rest,
    type: 'object',
    required: ['type'],
    properties: { type: { enum: types } },
    allOf: alternatives.map((each, index) => ({
      if: { properties: { type: { const: types[index] } }, required: ['type'] },
      // biome-ignore lint/suspicious/noThenProperty: it is JSON Schema's word.
      then: each,
    })),
  }
}

function toProperties(schema: Schema): Record<string, Schema> {
  const properties = Object.entries(toSchema(schema['properties']))
  return Object.fromEntries(properties.map(([key, value]) => [key, toSchema(value)]))
}

function toSchema(value: unknown): Schema {
  return typeof value === 'object' && value !== null ? { ...value } : {}
}
