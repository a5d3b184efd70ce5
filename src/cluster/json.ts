/**
 * Parses JSON from outside; nothing for what is none, for the schema to refuse. The parser's own
 * message would quote the text.
 */
export function parseJson(bytes: Uint8Array): unknown {
  try {
    return JSON.parse(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString('utf8'))
  } catch {
    return undefined
  }
}
