/**
 * Renders a value as the bytes that Notary signs: no white space, members sorted by the UTF-8
 * bytes of their names, only `\` and `"` escaped, integers only. Written a second time beside the
 * product's own, so that the forger and the verifier cannot share a mistake.
 */
export function canonicalJson(value: unknown): Buffer {
  return Buffer.from(render(value))
}

function render(value: unknown): string {
  if (value === null || typeof value === 'boolean') return String(value)
  if (typeof value === 'string') return quote(value)
  if (typeof value === 'number') return renderInteger(value)
  if (Array.isArray(value)) return `[${value.map(render).join(',')}]`
  if (typeof value === 'object') return renderObject(value)
  throw new TypeError(`a ${typeof value} cannot be signed`)
}

function renderObject(value: object): string {
  const members = Object.entries(value)
    .filter(([, member]) => member !== undefined)
    .sort(([a], [b]) => Buffer.compare(Buffer.from(a), Buffer.from(b)))
    .map(([name, member]) => `${quote(name)}:${render(member)}`)
  return `{${members.join(',')}}`
}

function renderInteger(value: number): string {
  if (!Number.isSafeInteger(value)) throw new TypeError(`the number ${value} cannot be signed`)
  return String(value)
}

function quote(text: string): string {
  return `"${text.replace(/["\\]/g, '\\$&')}"`
}
