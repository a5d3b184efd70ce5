import { Type } from '@sinclair/typebox'
import { checkCaPem } from '../trust/ca.ts'
import { attempt, type Report } from './settings-report.ts'

/** The keys of a validator that say which CAs its servers are trusted under. */
export const AuthoritySection = {
  cert: Type.Optional(
    Type.String({ minLength: 1, description: 'PEM of the CA certificates of the host' }),
  ),
  certFile: Type.Optional(
    Type.String({
      minLength: 1,
      description: 'the absolute path of a file with the CA certificates of the host',
    }),
  ),
}

/** Which CAs the servers of a validator are trusted under; without either: those of the system. */
export interface Authority {
  /** PEM of one or several CA certificates. */
  readonly cert?: string
  /** Absolute path of a PEM file that is read again when it changes; never beside `cert`. */
  readonly certFile?: string
}

/** Parses `cert` and `certFile`, one of which may be there; undefined if anything is wrong. */
export function parseAuthority(
  section: { readonly cert?: unknown; readonly certFile?: unknown },
  report: Report,
): Authority | undefined {
  if (section.cert !== undefined && section.certFile !== undefined) {
    report(['certFile'], '"certFile" stands beside "cert".', 'Remove one of them.')
  }
  if (section.certFile !== undefined) {
    const certFile = parseFile(section.certFile, 'certFile', report)
    return certFile === undefined ? undefined : { certFile }
  }
  const cert = attempt(section.cert, checkCaPem, (why) =>
    report(
      ['cert'],
      `"cert" is not a usable CA: ${why}.`,
      'Write the CA certificates of the host as PEM, each from BEGIN to END CERTIFICATE.',
    ),
  )
  if (section.cert === undefined) return {}
  return cert === undefined ? undefined : { cert }
}

/** Parses the absolute path of a file. */
export function parseFile(value: unknown, key: string, report: Report): string | undefined {
  return attempt(value, parseAbsolutePath, (why) =>
    report([key], `"${key}" is not usable: ${why}.`, 'Write a path that begins with "/".'),
  )
}

function parseAbsolutePath(text: string): string {
  if (!text.startsWith('/') || text.includes('\0')) throw new SyntaxError('it is not absolute')
  return text
}
