import { createHash } from 'node:crypto'
import type { MatchCondition, Selector } from './selector.ts'

/** Where the API server finds us. */
export type ClientAddress =
  | {
      readonly service: {
        readonly name: string
        readonly namespace: string
        readonly port: number
        readonly path: string
      }
    }
  | { readonly url: string }

/** A webhook as it should be registered, apart from the certificates that are trusted. */
export interface Registration {
  /** The name of the object. */
  readonly name: string
  /** The name of the webhook in it, a domain. */
  readonly hook: string
  readonly client: ClientAddress
  readonly failurePolicy: 'Fail' | 'Ignore'
  readonly reinvocationPolicy: 'Never' | 'IfNeeded'
  readonly timeoutSeconds: number
  readonly objectSelector: Selector
  readonly namespaceSelector: Selector
  readonly matchConditions: readonly MatchCondition[]
}

/** A webhook as the API server has it: each member is compared, and hashed, as JSON. */
export type Webhook = Readonly<Record<string, unknown>> & { readonly name: string }

/** Everything that can bring an image into a cluster, when it is made and when it is changed. */
const RULES = [
  { apiGroups: [''], resources: ['pods', 'pods/ephemeralcontainers', 'replicationcontrollers'] },
  { apiGroups: ['apps'], resources: ['deployments', 'replicasets', 'daemonsets', 'statefulsets'] },
  { apiGroups: ['batch'], resources: ['jobs', 'cronjobs'] },
].map((rule) => ({
  ...rule,
  apiVersions: ['v1'],
  operations: ['CREATE', 'UPDATE'],
  scope: 'Namespaced',
}))

/**
 * Renders the webhook, with every member that the API server would fill in. Alerts are a side effect,
 * which dry runs do not have.
 */
export function renderWebhook(registration: Registration, bundle: readonly string[]): Webhook {
  const { hook, client, objectSelector, namespaceSelector, matchConditions, ...policies } =
    registration
  const { failurePolicy, reinvocationPolicy, timeoutSeconds } = policies
  return {
    name: hook,
    clientConfig: { ...client, caBundle: Buffer.from(bundle.join('')).toString('base64') },
    rules: RULES,
    failurePolicy,
    matchPolicy: 'Equivalent',
    namespaceSelector,
    objectSelector,
    matchConditions,
    sideEffects: 'NoneOnDryRun',
    timeoutSeconds,
    reinvocationPolicy,
    admissionReviewVersions: ['v1'],
  }
}

/**
 * What is sent of a webhook: without conditions where there are none, as API servers before 1.27 refuse
 * a member that they do not know.
 */
export function toSent(webhook: Webhook): Readonly<Record<string, unknown>> {
  const { matchConditions, ...others } = webhook
  return normalise(matchConditions) === undefined ? others : webhook
}

/** Tells one webhook from another: the SHA-256 of all that it says. */
export function hashWebhook(webhook: Webhook): string {
  return createHash('sha256')
    .update(JSON.stringify(normalise(webhook)))
    .digest('hex')
}

/**
 * Names the members in which a registered webhook is another than it should be. Members that we do
 * not know come with newer API servers and their defaults, and are no difference.
 */
export function findDrift(wanted: Webhook, registered: readonly unknown[]): readonly string[] {
  const [found, ...others] = registered
  const members = isRecord(found) ? found : {}
  const differing = Object.keys(wanted).filter(
    (key) => JSON.stringify(normalise(wanted[key])) !== JSON.stringify(normalise(members[key])),
  )
  return others.length > 0 ? [...differing, 'webhooks'] : differing
}

/** Sorts members, and leaves out what is empty: the API server does not keep that. */
function normalise(value: unknown): unknown {
  if (Array.isArray(value)) return value.length === 0 ? undefined : value.map(normalise)
  if (!isRecord(value)) return value
  const members = Object.keys(value)
    .toSorted()
    .flatMap((key) => {
      const member = normalise(value[key])
      return member === undefined ? [] : [[key, member] as const]
    })
  return members.length === 0 ? undefined : Object.fromEntries(members)
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
