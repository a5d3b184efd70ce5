import { type Static, Type } from '@sinclair/typebox'
import { parseAllDocuments } from 'yaml'
import { parseJson } from '../support/metadata.ts'
import { NAMESPACE } from './release.ts'

const SERVICE_ACCOUNT = `system:serviceaccount:${NAMESPACE}:connaisseur-serviceaccount`

const Event = Type.Object({
  verb: Type.String(),
  user: Type.Object({ username: Type.String() }),
  objectRef: Type.Optional(
    Type.Object({
      resource: Type.Optional(Type.String()),
      subresource: Type.Optional(Type.String()),
      apiGroup: Type.Optional(Type.String()),
    }),
  ),
  responseStatus: Type.Optional(Type.Object({ code: Type.Optional(Type.Integer()) })),
})

const FORBIDDEN = 403
const CREATED = 201

/** A right as `verb resource.group`. */
type Right = string

/** What the program has asked of the API server, after its audit log. */
export interface UsedRights {
  readonly allowed: ReadonlySet<Right>
  readonly forbidden: ReadonlySet<Right>
}

/** Reads who used what from lines of an audit log. */
export function readUsedRights(log: string): UsedRights {
  const allowed = new Set<Right>()
  const forbidden = new Set<Right>()
  for (const line of log.split('\n')) {
    if (!line.includes(SERVICE_ACCOUNT)) continue
    const { verb, user, objectRef, responseStatus } = parseJson(Event, line)
    if (user.username !== SERVICE_ACCOUNT || objectRef?.resource === undefined) continue
    const right = nameResource(objectRef)
    const code = responseStatus?.code
    const rights = code === FORBIDDEN ? forbidden : allowed
    rights.add(`${verb} ${right}`)
    // A patch that creates is allowed only to those who may create; the log knows the patch.
    if (verb === 'patch' && code === CREATED) rights.add(`create ${right}`)
  }
  return { allowed, forbidden }
}

function nameResource(reference: NonNullable<Static<typeof Event>['objectRef']>): string {
  const { resource = '', subresource, apiGroup = '' } = reference
  return `${subresource === undefined ? resource : `${resource}/${subresource}`}.${apiGroup}`
}

interface Rule {
  readonly apiGroups: readonly string[]
  readonly resources: readonly string[]
  readonly verbs: readonly string[]
}

/** Lists what the Roles and ClusterRoles of rendered manifests grant. */
export function readGrantedRights(manifests: string): ReadonlySet<Right> {
  const rights = new Set<Right>()
  for (const document of parseAllDocuments(manifests)) {
    const object: { kind?: string; rules?: readonly Rule[] } | null = document.toJS()
    if (!/^(?:Cluster)?Role$/.test(object?.kind ?? '')) continue
    for (const { apiGroups, resources, verbs } of object?.rules ?? []) {
      for (const group of apiGroups) {
        for (const resource of resources) {
          for (const verb of verbs) rights.add(`${verb} ${resource}.${group}`)
        }
      }
    }
  }
  return rights
}
