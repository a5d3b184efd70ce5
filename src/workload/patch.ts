import type { ImageUse } from './images.ts'

/** The one operation of JSON Patch (RFC 6902, section 4.3) that is ever sent. */
export interface ReplaceOperation {
  readonly op: 'replace'
  readonly path: string
  readonly value: string
}

/** Lists the operations that replace images, for those alone whose replacement differs. */
export function replaceImages(
  uses: readonly ImageUse[],
  replacement: (image: string) => string | undefined,
): readonly ReplaceOperation[] {
  return uses.flatMap(({ image, path }) => {
    const value = replacement(image)
    return value === undefined || value === image ? [] : [{ op: 'replace', path, value }]
  })
}
