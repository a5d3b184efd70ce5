import { TrustError } from '../../src/trust/errors.ts'

/** Runs a verification and tells `CODE: message` of its denial, or `accepted`; other errors pass. */
export function outcomeOf(verify: () => unknown): string {
  try {
    verify()
  } catch (error) {
    return describeDenial(error)
  }
  return 'accepted'
}

/** Runs a parser of pure code and tells why it refuses, or `accepted`; other errors pass. */
export function refusalOf(parse: () => unknown): string {
  try {
    parse()
  } catch (error) {
    if (error instanceof SyntaxError) return error.message
    throw error
  }
  return 'accepted'
}

/** Renders a `TrustError` as `CODE: message`; throws what is none. */
export function describeDenial(error: unknown): string {
  if (error instanceof TrustError) return `${error.code}: ${error.message}`
  throw error
}
