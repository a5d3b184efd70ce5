import { randomUUID } from 'node:crypto'

/** What a review is about; the rest is filled in as the API server does. */
export interface ReviewOptions {
  /** The object to admit; null at DELETE. Malformed ones are sent as they are. */
  readonly object: unknown
  /** Default null. */
  readonly oldObject?: unknown
  /** Default that of the object. */
  readonly kind?: GroupVersionKind
  /** Default CREATE. */
  readonly operation?: 'CREATE' | 'UPDATE' | 'DELETE' | 'CONNECT'
  /** Default a fresh one. */
  readonly uid?: string
  /** Default false. */
  readonly dryRun?: boolean
  /** Such as `ephemeralcontainers`. */
  readonly subResource?: string
  /** Default that of the object. */
  readonly namespace?: string
}

/** Names a kind; the core group is the empty string. */
export interface GroupVersionKind {
  readonly group: string
  readonly version: string
  readonly kind: string
}

/** The body of a request to a mutating webhook. */
export interface AdmissionReview {
  readonly apiVersion: 'admission.k8s.io/v1'
  readonly kind: 'AdmissionReview'
  readonly request: Readonly<Record<string, unknown>> & { readonly uid: string }
}

/** Builds an AdmissionReview with every field that a real API server sends. */
export function admissionReview(options: ReviewOptions): AdmissionReview {
  const { object, oldObject = null, operation = 'CREATE', dryRun = false } = options
  const subject = read(object) ?? read(oldObject)
  const kind = options.kind ?? subject?.kind ?? { group: '', version: 'v1', kind: 'Pod' }
  const { group, version } = kind
  const resource = { group, version, resource: `${kind.kind.toLowerCase()}s` }
  const { subResource } = options
  return {
    apiVersion: 'admission.k8s.io/v1',
    kind: 'AdmissionReview',
    request: {
      uid: options.uid ?? randomUUID(),
      kind,
      resource,
      ...(subResource !== undefined && { subResource }),
      requestKind: kind,
      requestResource: resource,
      ...(subResource !== undefined && { requestSubResource: subResource }),
      name: subject?.name ?? 'app',
      namespace: options.namespace ?? subject?.namespace ?? 'default',
      operation,
      userInfo: {
        username: 'system:serviceaccount:ci:deployer',
        uid: '0b4a9d5e-5f0c-4a55-9f5c-0d5d3f0f7a21',
        groups: ['system:serviceaccounts', 'system:serviceaccounts:ci', 'system:authenticated'],
      },
      object,
      oldObject,
      dryRun,
      options: { kind: optionsKind(operation), apiVersion: 'meta.k8s.io/v1' },
    },
  }
}

function optionsKind(operation: string): string {
  return `${operation.charAt(0)}${operation.slice(1).toLowerCase()}Options`
}

/** What the API server knows of the object from its URL, so also when the object is malformed. */
function read(object: unknown) {
  if (typeof object !== 'object' || object === null) return undefined
  const { apiVersion, kind, metadata } = object as Partial<Record<string, unknown>>
  const [version = 'v1', group = ''] = String(apiVersion ?? 'v1')
    .split('/')
    .reverse()
  const { name, namespace } = (metadata ?? {}) as Partial<Record<string, string>>
  return { kind: { group, version, kind: String(kind ?? 'Pod') }, name, namespace }
}
