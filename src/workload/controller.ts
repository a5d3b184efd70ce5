import { itemsOf, memberOf, type Place, textOf } from './place.ts'

/** The object that made another one and looks after it, as the other one's metadata name it. */
export interface Controller {
  readonly group: string
  readonly version: string
  readonly kind: string
  readonly name: string
  readonly uid: string
}

/**
 * The kinds of controllers, at the one version that each is registered at, by `apiVersion kind`. A kind
 * of the same name in another group is somebody else's; a Pod controls nothing.
 */
const CONTROLLERS: ReadonlyMap<string, Pick<Controller, 'group' | 'version' | 'kind'>> = new Map([
  ['v1 ReplicationController', { group: '', version: 'v1', kind: 'ReplicationController' }],
  ...inGroup('apps', ['ReplicaSet', 'Deployment', 'DaemonSet', 'StatefulSet']),
  ...inGroup('batch', ['Job', 'CronJob']),
])

function inGroup(group: string, kinds: readonly string[]) {
  return kinds.map((kind) => [`${group}/v1 ${kind}`, { group, version: 'v1', kind }] as const)
}

/** The longest list of owners that is looked through; objects have one or two. */
const MAX_OWNERS = 100

/**
 * Finds the one controller of an object. Nothing where it names none, several, or one whose kind makes
 * no workloads. The metadata are whoever's who creates the object: that the controller exists and knows
 * of the object is yet to be seen.
 */
export function findController(object: unknown): Controller | undefined {
  try {
    const metadata = memberOf({ value: object, keys: [] }, 'metadata')
    const owners = itemsOf(memberOf(metadata, 'ownerReferences'))
    if (owners.length > MAX_OWNERS) return undefined
    const controllers = owners.filter((owner) => memberOf(owner, 'controller').value === true)
    const [controller] = controllers
    if (controller === undefined || controllers.length > 1) return undefined
    return readController(controller)
  } catch (error) {
    if (error instanceof SyntaxError) return undefined
    throw error
  }
}

function readController(owner: Place): Controller | undefined {
  const [apiVersion, kind, name, uid] = ['apiVersion', 'kind', 'name', 'uid'].map((key) =>
    textOf(memberOf(owner, key)),
  )
  const known = CONTROLLERS.get(`${apiVersion} ${kind}`)
  return known && name !== undefined && uid !== undefined ? { ...known, name, uid } : undefined
}
