import { type Static, Type } from '@sinclair/typebox'

const strict = { additionalProperties: false }

/** `[prefix/]name` of a label, and its value (apimachinery, IsQualifiedName and IsValidLabelValue). */
const LabelKey = Type.String({
  pattern:
    '^([a-z0-9]([a-z0-9.-]{0,251}[a-z0-9])?/)?[A-Za-z0-9]([A-Za-z0-9._-]{0,61}[A-Za-z0-9])?$',
})
const LabelValue = Type.String({ pattern: '^([A-Za-z0-9]([A-Za-z0-9._-]{0,61}[A-Za-z0-9])?)?$' })

/** One requirement of a selector; the API server refuses values where none belong. */
const Requirement = Type.Union([
  Type.Object(
    {
      key: LabelKey,
      operator: Type.Union([Type.Literal('In'), Type.Literal('NotIn')]),
      values: Type.Array(LabelValue, { minItems: 1 }),
    },
    strict,
  ),
  Type.Object(
    {
      key: LabelKey,
      operator: Type.Union([Type.Literal('Exists'), Type.Literal('DoesNotExist')]),
      values: Type.Optional(Type.Array(LabelValue, { maxItems: 0 })),
    },
    strict,
  ),
])
export type Requirement = Static<typeof Requirement>

/** A label selector; an empty one selects everything. */
export const Selector = Type.Object(
  {
    matchLabels: Type.Optional(Type.Record(Type.String(), LabelValue)),
    matchExpressions: Type.Optional(Type.Array(Requirement)),
  },
  strict,
)
export type Selector = Static<typeof Selector>

/** A condition in CEL; whether it compiles, the API server says. */
export const MatchCondition = Type.Object(
  {
    name: Type.String({ minLength: 1, maxLength: 253 }),
    expression: Type.String({ minLength: 1 }),
  },
  strict,
)
export type MatchCondition = Static<typeof MatchCondition>

/** The label by which a namespace asks for validation, or asks to be left out. */
const NAMESPACE_LABEL = 'securesystemsengineering.connaisseur/webhook'

/** The label that the API server puts on every namespace: its name. */
const NAME_LABEL = 'kubernetes.io/metadata.name'

/** Says what the label of a namespace asks for: `ignore` leaves it out, `validate` lets it in. */
export function requireLabel(mode: 'ignore' | 'validate'): Requirement {
  const operator = mode === 'ignore' ? 'NotIn' : 'In'
  return { key: NAMESPACE_LABEL, operator, values: [mode] }
}

/** Says which namespaces are left out whatever their labels are. */
export function excludeNamespaces(names: readonly string[]): Requirement {
  return { key: NAME_LABEL, operator: 'NotIn', values: [...new Set(names)].toSorted() }
}

/** Adds requirements to a selector; one that it has already is not repeated. */
export function narrow(selector: Selector, requirements: readonly Requirement[]): Selector {
  const { matchExpressions = [], ...rest } = selector
  const all = new Map(
    [...matchExpressions, ...requirements].map((each) => [JSON.stringify(sorted(each)), each]),
  )
  return { ...rest, matchExpressions: [...all.values()] }
}

function sorted({ key, operator, values = [] }: Requirement): unknown {
  return [key, operator, values.toSorted()]
}
