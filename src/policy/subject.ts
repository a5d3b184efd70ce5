import { type Reference, renderReference, repositoryName } from '../image/reference.ts'
import { nameForPolicy } from '../image/registry.ts'

/** A way to read an image, and where patterns without tag or digest may end in it. */
export interface Subject {
  readonly text: string
  readonly nameEnd: number
  readonly tagEnd: number
  /** Which patterns read the image so: every one, those with a tag, or those with a digest alone. */
  readonly isFor: 'all' | 'tags' | 'digests'
}

/**
 * Lists the ways in which patterns read an image: as it is, and where it has a digest once more. Then
 * an image without tag has the empty one, which `app:*` matches, and a pattern with a digest alone sees
 * no tag. Who writes the image could else leave the rule `app:*` by leaving the tag out, and
 * `app@sha256:...` by adding one.
 */
export function toSubjects(reference: Reference): readonly Subject[] {
  const image = underOneName(reference)
  const written = toSubject(image, 'all')
  if (image.digest === undefined) return [written]
  const { tag, ...untagged } = image
  return tag === undefined
    ? [written, toSubject({ ...image, tag: '' }, 'tags')]
    : [written, toSubject(untagged, 'digests')]
}

/** Splits an image at `/`, to judge on it how specific patterns are. */
export function componentsOf(reference: Reference): readonly string[] {
  return renderReference(underOneName(reference)).split('/')
}

function underOneName(reference: Reference): Reference {
  return { ...reference, registry: nameForPolicy(reference.registry) }
}

function toSubject(reference: Reference, isFor: Subject['isFor']): Subject {
  const text = renderReference(reference)
  const digestLength = reference.digest === undefined ? 0 : reference.digest.length + 1
  const nameEnd = repositoryName(reference).length
  return { text, nameEnd, tagEnd: text.length - digestLength, isFor }
}
