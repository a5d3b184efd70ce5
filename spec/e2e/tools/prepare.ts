import { provideCosign } from './cosign.ts'
import { provideHelm } from './helm.ts'

/** Which specs, by the start of their files' names, run a tool that may have to be built. */
const PROVIDER_OF: ReadonlyMap<string, () => Promise<string>> = new Map([
  ['chart.', provideHelm],
  ['cosign.', provideCosign],
])

/**
 * Finds or builds what these specs run, before the first of them: a build takes minutes, and bun ends
 * what a hook has started when the hook's time is up. What a cluster needs comes with the cluster.
 */
export async function prepareTools(files: readonly string[]): Promise<void> {
  for (const [prefix, provide] of PROVIDER_OF) {
    if (files.some((file) => file.startsWith(prefix))) await provide()
  }
}
