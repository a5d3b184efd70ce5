/** One PEM block: its label (such as `PUBLIC KEY`) and the bytes it encodes. */
export interface PemBlock {
  readonly label: string
  readonly der: Buffer
}

const BEGIN = /^-----BEGIN ([A-Z0-9][A-Z0-9 ]{0,63})-----$/
const HEADER = /^[A-Za-z][A-Za-z0-9-]*:/
const BASE64 = /^[A-Za-z0-9+/]+={0,2}$/

/**
 * Parses every PEM block of a text, at least one. RFC 1421 headers inside a block, such as the
 * `role: root` that the notary client writes, are tolerated; anything else that is not a block
 * throws a `SyntaxError`, so that a cut or doubled paste is noticed. Goes through the lines once,
 * since the text may be an attacker's.
 */
export function parsePem(text: string): readonly PemBlock[] {
  const blocks: PemBlock[] = []
  let open: { readonly label: string; readonly data: string[] } | undefined
  let isForeign = false
  for (const line of text.split('\n').map((each) => each.trim())) {
    if (open === undefined) {
      const label = BEGIN.exec(line)?.[1]
      if (label === undefined) isForeign ||= line !== ''
      else open = { label, data: [] }
    } else if (line === `-----END ${open.label}-----`) {
      blocks.push({ label: open.label, der: decode(open.label, open.data.join('')) })
      open = undefined
    } else if (!HEADER.test(line)) open.data.push(line)
  }
  if (open !== undefined) throw new SyntaxError(`the ${open.label} block has no end`)
  if (blocks.length === 0) {
    throw new SyntaxError(
      'no PEM block, which starts with a line such as -----BEGIN PUBLIC KEY-----',
    )
  }
  if (isForeign) throw new SyntaxError('text that is not part of a PEM block')
  return blocks
}

function decode(label: string, data: string): Buffer {
  if (!BASE64.test(data) || data.length % 4 !== 0) {
    throw new SyntaxError(`the ${label} block is not valid base64`)
  }
  return Buffer.from(data, 'base64')
}
