import { toServerHost } from '../clients/keyring.ts'
import type { Config, ValidatorSettings } from '../config/config.ts'

/** What all servers are called together that the configuration does not name. */
const OTHER = 'other'

/**
 * Makes what names servers in metrics: those that the configuration names keep their name. A pattern
 * such as `*:*` lets users choose registries, and they must not make series as they like.
 */
export function createHostLabel(config: () => Config): (host: string) => string {
  let seen: Config | undefined
  let known: ReadonlySet<string> = new Set()
  return (host) => {
    const current = config()
    if (current !== seen) known = findHosts(current)
    seen = current
    return known.has(host) ? host : OTHER
  }
}

function findHosts({ validators, policy }: Config): ReadonlySet<string> {
  const registries = policy.map(({ pattern }) => pattern.components[0] ?? '')
  const named = registries.filter((registry) => !/[*?]/.test(registry))
  return new Set([...named.map(toServerHost), ...validators.flatMap(hostsOf)])
}

function hostsOf(settings: ValidatorSettings): readonly string[] {
  switch (settings.type) {
    case 'static':
      return []
    case 'notaryv1':
      return [new URL(settings.host).host]
    case 'cosign': {
      const { repository, insecureRegistries } = settings
      const kept = repository === undefined ? [] : [toServerHost(repository.registry)]
      return [...kept, ...insecureRegistries]
    }
  }
}
