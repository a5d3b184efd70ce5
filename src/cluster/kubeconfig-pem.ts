import { resolve } from 'node:path'
import type { Report } from '../clients/report.ts'
import { watchFile } from '../clients/watched-file.ts'
import type { Placed } from './kubeconfig.ts'
import { decodePem } from './pem-text.ts'

/**
 * Gets the PEM of a member of a kubeconfig: `<key>-data` in base64 goes before the file that `<key>`
 * names (client-go, AuthInfo), which is read again when it changes. Throws an `Error` for an operator.
 */
export function watchPem<Key extends string>(
  { entry, folder }: Placed<{ readonly [member in Key | `${Key}-data`]?: string }>,
  key: Key,
  parse: (text: string) => string,
  report: Report,
): (() => string) | undefined {
  const data = entry[`${key}-data`]
  if (data) {
    const pem = readData(`${key}-data`, data, parse)
    return () => pem
  }
  const file = entry[key]
  if (!file) return undefined
  return watchFile({ what: key, files: [resolve(folder, file)], parse, report })
}

function readData(what: string, data: string, parse: (text: string) => string): string {
  try {
    return parse(decodePem(data))
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error
    throw new SyntaxError(`its ${what} cannot be used: ${error.message}`)
  }
}
