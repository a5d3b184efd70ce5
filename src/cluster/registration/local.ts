import { isIP } from 'node:net'
import type { LeafNames } from '../certificates/issue.ts'
import { excludeNamespaces, narrow, requireLabel } from './selector.ts'
import type { Registration } from './webhook.ts'

/** How a program that runs outside of the cluster is registered. */
export interface LocalSettings {
  /** Where the API server reaches it; `https`. */
  readonly url: URL
  readonly failurePolicy: 'Fail' | 'Ignore'
  /** What the label of a namespace asks for; without it the label does not matter. */
  readonly namespacedValidation?: 'ignore' | 'validate' | undefined
}

/** Shorter than in a release: somebody is waiting, and whoever runs this is at hand. */
const TIMEOUT_SECONDS = 10

/** Makes the registration of a program at a URL. */
export function toLocalRegistration(settings: LocalSettings): Registration {
  const { url, failurePolicy, namespacedValidation: mode } = settings
  return {
    name: 'connaisseur-local',
    hook: 'webhook.connaisseur.local',
    client: { url: url.href },
    failurePolicy,
    reinvocationPolicy: 'Never',
    timeoutSeconds: TIMEOUT_SECONDS,
    objectSelector: {},
    namespaceSelector: narrow({}, [
      ...(mode === undefined ? [] : [requireLabel(mode)]),
      excludeNamespaces(['kube-system']),
    ]),
    matchConditions: [],
  }
}

/**
 * Parses the URL that the API server asks: `https`, the path `/mutate` unless another is given. Throws
 * a `SyntaxError`.
 */
export function parseWebhookUrl(text: string): URL {
  const url = URL.parse(text)
  if (url === null || url.protocol !== 'https:' || url.username || url.search || url.hash) {
    throw new SyntaxError(`a URL such as https://192.168.1.2:5000 is needed, not ${text}`)
  }
  if (url.pathname === '/') url.pathname = '/mutate'
  return url
}

/** Says what a certificate has to be for, so that the API server accepts it at a URL. */
export function namesOfUrl({ hostname }: URL): LeafNames {
  const host = hostname.replace(/^\[|\]$/g, '')
  return isIP(host) === 0 ? { dns: [host] } : { dns: [], ip: [host] }
}
