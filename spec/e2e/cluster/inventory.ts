import type { Cluster } from './cluster.ts'

/** What comes and goes by itself. */
const FLEETING = /^(?:events|leases|componentstatuses|endpointslices|controllerrevisions)\b/

/** Lists every object of every resource that can be listed, as `resource namespace/name`. */
export async function takeInventory({ kubectl }: Cluster): Promise<readonly string[]> {
  const text = await kubectl.run('api-resources --verbs=list --output=name')
  const resources = text.split('\n').filter((name) => name !== '' && !FLEETING.test(name))
  const lists = await Promise.all(
    resources.map(async (resource) => {
      const columns = 'custom-columns=N:.metadata.namespace,M:.metadata.name'
      const command = `get ${resource} --all-namespaces --no-headers --output=${columns}`
      const lines = (await kubectl.run(command)).split('\n').filter((line) => line !== '')
      return lines.map((line) => `${resource} ${line.trim().replace(/\s+/, '/')}`)
    }),
  )
  return lists.flat().sort()
}
