import { join } from 'node:path'
import type { Cluster } from './cluster.ts'
import { NAMESPACE } from './release.ts'

/** A line of the program's log, as far as specs look into it. */
export interface LogLine {
  readonly message: string
  readonly version?: string
  readonly kind?: string
  readonly namespace?: string
  readonly name?: string
  readonly images?: readonly { readonly image: string; readonly skipped?: string }[]
}

/** Reads what all replicas, past and present, have logged. */
export async function readWebhookLog(cluster: Cluster): Promise<readonly LogLine[]> {
  const glob = new Bun.Glob(`${NAMESPACE}-connaisseur-*/connaisseur/run-*.log`)
  const pods = join(cluster.folder, 'pods')
  const lines: LogLine[] = []
  for (const file of glob.scanSync({ cwd: pods })) {
    for (const text of (await Bun.file(join(pods, file)).text()).split('\n')) {
      if (text.startsWith('{')) lines.push(JSON.parse(text))
    }
  }
  return lines
}
