import { findImages, type ImageUse } from './images.ts'
import { itemsOf, memberOf } from './place.ts'

const EPHEMERAL = '/spec/ephemeralContainers/'
const VOLUMES = '/spec/volumes/'

/**
 * Finds the paths of a Pod's UPDATE that a patch must leave alone: ephemeral containers and volumes
 * that the Pod had before. Kubernetes lets nobody change those, so that pinning one there would turn
 * a fine update into a refused one. They are judged like every other image.
 */
export function findSettledPaths(
  oldUses: readonly ImageUse[],
  uses: readonly ImageUse[],
): ReadonlySet<string> {
  const before = new Map(oldUses.map(({ path, image }) => [path, image]))
  const settled = uses.filter(
    ({ path, image }) =>
      (path.startsWith(EPHEMERAL) || path.startsWith(VOLUMES)) && before.get(path) === image,
  )
  return new Set(settled.map(({ path }) => path))
}

/**
 * Finds the images that a request to `pods/ephemeralcontainers` brings in: those of ephemeral
 * containers that are new, or whose image differs from the old object's container of that name. The
 * API server ignores what such a request says of the rest of the Pod (ephemeralContainersStrategy in
 * pkg/registry/core/pod), and identifies ephemeral containers by name. Both objects must still be
 * well-formed. Without an old object every ephemeral container is new.
 *
 * @throws SyntaxError as findImages does
 */
export function findNewEphemeralImages(object: unknown, oldObject?: unknown): readonly ImageUse[] {
  const before = new Map(
    oldObject === undefined || oldObject === null
      ? []
      : ephemeralContainers(oldObject).map(({ name, use }) => [name, use.image]),
  )
  return ephemeralContainers(object)
    .filter(({ name, use }) => {
      const known = name !== undefined && before.get(name) === use.image
      // A second container of the same name is a new one.
      before.delete(name)
      return !known
    })
    .map(({ use }) => use)
}

interface EphemeralContainer {
  readonly name: unknown
  readonly use: ImageUse
}

function ephemeralContainers(pod: unknown): readonly EphemeralContainer[] {
  const uses = findImages('', 'Pod', pod).filter(({ path }) => path.startsWith(EPHEMERAL))
  const spec = memberOf({ value: pod, keys: [] }, 'spec')
  const names = itemsOf(memberOf(spec, 'ephemeralContainers')).map(
    (container) => memberOf(container, 'name').value,
  )
  return uses.map((use, index) => ({ name: names[index], use }))
}
