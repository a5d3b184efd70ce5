import { RE2JS } from 're2js'
import { quote } from '../../text/quote.ts'

/** Who has to have signed, as an operator writes it: exactly one of each two members is set. */
export interface IdentitySettings {
  /** The OIDC issuer, exactly. */
  readonly issuer?: string | undefined
  /** A regular expression (RE2 syntax) that the whole issuer has to match. */
  readonly issuerRegex?: string | undefined
  /** The subject of the certificate (mail address or URI), exactly. */
  readonly subject?: string | undefined
  /** A regular expression (RE2 syntax) that the whole subject has to match. */
  readonly subjectRegex?: string | undefined
}

/** An identity that certificates are held against. */
export interface Identity {
  readonly matchesIssuer: (issuer: string) => boolean
  readonly matchesSubject: (subject: string) => boolean
  /** Who is expected, for messages. */
  readonly description: string
}

/** An expression longer than this names no identity any more. In characters. */
const MAX_EXPRESSION = 1024
/** Instructions of the compiled expression: each costs a step per character of a subject. */
const MAX_PROGRAM = 4096
/** No issuer or subject of a certificate is longer; in characters. */
const MAX_MATCHED = 4096

/**
 * Compiles an identity. Expressions are anchored at both ends and matched in linear time (RE2), so
 * neither a missing `^` nor a subject that an attacker chose can hurt. Throws a `SyntaxError` that
 * names the member.
 */
export function compileIdentity(settings: IdentitySettings): Identity {
  const issuer = compile('issuer', settings.issuer, settings.issuerRegex)
  const subject = compile('subject', settings.subject, settings.subjectRegex)
  return {
    matchesIssuer: issuer.matches,
    matchesSubject: subject.matches,
    description: `${subject.description} of the issuer ${issuer.description}`,
  }
}

interface Matcher {
  readonly matches: (text: string) => boolean
  readonly description: string
}

function compile(name: string, exact: string | undefined, expression: string | undefined): Matcher {
  if ((exact === undefined) === (expression === undefined)) {
    throw new SyntaxError(`exactly one of ${name} and ${name}Regex is needed`)
  }
  if (expression !== undefined) return compileExpression(`${name}Regex`, expression)
  if (exact === undefined || exact === '') throw new SyntaxError(`${name} is empty`)
  return { matches: (text) => text === exact, description: quote(exact) }
}

function compileExpression(name: string, expression: string): Matcher {
  if (expression === '') throw new SyntaxError(`${name} is empty`)
  if (expression.length > MAX_EXPRESSION) {
    throw new SyntaxError(`${name} is longer than ${MAX_EXPRESSION} characters`)
  }
  let compiled: RE2JS
  try {
    compiled = RE2JS.compile(expression)
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : 'it does not compile'
    throw new SyntaxError(`${name} is no regular expression in RE2 syntax: ${reason}`, { cause })
  }
  if (compiled.programSize() > MAX_PROGRAM) {
    throw new SyntaxError(`${name} is too complex: its repetitions multiply`)
  }
  return {
    matches: (text) => text.length <= MAX_MATCHED && compiled.matches(text),
    description: `/${expression}/`,
  }
}
