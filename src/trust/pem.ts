/** One PEM block: its label (such as `PUBLIC KEY`) and the bytes it encodes. */
export interface PemBlock {
  readonly label: string
  readonly der: Buffer
}

const BLOCK =
  /-----BEGIN ([A-Z0-9][A-Z0-9 ]*)-----[ \t]*\r?\n([\s\S]*?)-----END \1-----[ \t]*(?:\r?\n|$)/g
const HEADER = /^[A-Za-z][A-Za-z0-9-]*:/
const BASE64 = /^[A-Za-z0-9+/]+={0,2}$/

/**
 * Parses every PEM block of a text, at least one. RFC 1421 headers inside a block, such as the
 * `role: root` that the notary client writes, are tolerated; anything else that is not a block
 * throws a `SyntaxError`, so that a cut or doubled paste is noticed.
 */
export function parsePem(text: string): readonly PemBlock[] {
  const blocks: PemBlock[] = []
  const rest = text.replace(BLOCK, (_, label: string, body: string) => {
    blocks.push({ label, der: decodeBody(label, body) })
    return ''
  })
  if (blocks.length === 0) {
    throw new SyntaxError(
      'no PEM block, which starts with a line such as -----BEGIN PUBLIC KEY-----',
    )
  }
  if (rest.trim() !== '') throw new SyntaxError('text that is not part of a PEM block')
  return blocks
}

function decodeBody(label: string, body: string): Buffer {
  const lines = body.split(/\r?\n/).map((line) => line.trim())
  const data = lines.filter((line) => line !== '' && !HEADER.test(line)).join('')
  if (!BASE64.test(data) || data.length % 4 !== 0) {
    throw new SyntaxError(`the ${label} block is not valid base64`)
  }
  return Buffer.from(data, 'base64')
}
