import { quote } from '../text/quote.ts'
import { podSpecPath } from './kinds.ts'
import { itemsOf, memberOf, type Place, renderPlace, renderPointer, textOf } from './place.ts'

/** An image as an object names it. */
export interface ImageUse {
  readonly image: string
  /** JSON Pointer (RFC 6901) to the string that a patch replaces. */
  readonly path: string
}

/** Far above what a node can run; an attacker chooses how many verifications a request asks for. */
const MAX_IMAGES = 1000

/**
 * Finds every image of a workload: of containers, init containers, ephemeral containers and image
 * volumes. An object that the API server would not take is refused, since it may be read otherwise
 * elsewhere. The object comes from an attacker.
 *
 * @throws SyntaxError naming the place, `spec.template.spec.containers[1].image is missing, ...`
 */
export function findImages(group: string, kind: string, object: unknown): readonly ImageUse[] {
  const podSpec = findPodSpec(group, kind, object)
  const containers = memberOf(podSpec, 'containers')
  const images = [
    ...containerImages(containers),
    ...containerImages(memberOf(podSpec, 'initContainers')),
    ...containerImages(memberOf(podSpec, 'ephemeralContainers')),
    ...volumeImages(memberOf(podSpec, 'volumes')),
  ]
  if (itemsOf(containers).length === 0) {
    throw new SyntaxError(
      `${renderPlace(containers)} lists no container, it must list at least one`,
    )
  }
  if (images.length > MAX_IMAGES) {
    throw new SyntaxError(`the object lists ${images.length} images, more than ${MAX_IMAGES}`)
  }
  return images.map((place) => ({ image: textOf(place), path: renderPointer(place) }))
}

function findPodSpec(group: string, kind: string, object: unknown): Place {
  const path = podSpecPath(group, kind)
  if (path === undefined) {
    throw new SyntaxError(`kind ${quote(kind)} of group ${quote(group)} has no pod spec`)
  }
  return path.reduce(memberOf, { value: object, keys: [] })
}

function containerImages(list: Place): readonly Place[] {
  return itemsOf(list).map((container) => memberOf(container, 'image'))
}

function volumeImages(list: Place): readonly Place[] {
  return itemsOf(list)
    .map((volume) => memberOf(volume, 'image'))
    .filter((source) => source.value !== undefined && source.value !== null)
    .map((source) => memberOf(source, 'reference'))
}
