/** Says what a text holds that neither an image reference nor a pattern can: "white space", ... */
export function findUnprintable(text: string): string | undefined {
  if (/\s/.test(text)) {
    return 'white space'
  }
  for (let index = 0; index < text.length; index++) {
    const code = text.charCodeAt(index)
    if (code < 0x20 || (code >= 0x7f && code < 0xa0)) {
      return 'a control character'
    }
    if (code > 0x7f) {
      return 'a character outside ASCII'
    }
  }
  return undefined
}
