import { excludeNamespaces, narrow } from './selector.ts'
import type { RegistrationSettings } from './settings.ts'
import type { Registration } from './webhook.ts'

/**
 * Makes the registration of a release. Our own namespace is left out always: a webhook that guards the
 * pods of its own replicas cannot come back when all of them are gone.
 */
export function toRegistration({ webhook, service }: RegistrationSettings): Registration {
  const { excludedNamespaces = [] } = webhook
  const excluded = excludeNamespaces([service.namespace, ...excludedNamespaces])
  return {
    name: webhook.name,
    hook: `${service.name}.${service.namespace}.svc`,
    client: { service },
    failurePolicy: webhook.failurePolicy,
    reinvocationPolicy: webhook.reinvocationPolicy,
    timeoutSeconds: webhook.timeoutSeconds,
    objectSelector: webhook.objectSelector ?? {},
    namespaceSelector: narrow(webhook.namespaceSelector ?? {}, [excluded]),
    matchConditions: webhook.matchConditions ?? [],
  }
}

/** Lists the names under which a cluster may ask for the Service; the API server uses the first. */
export function namesOf({ service: { name, namespace } }: RegistrationSettings): readonly string[] {
  const full = `${name}.${namespace}.svc`
  return [full, `${name}.${namespace}`, name, `${full}.cluster.local`]
}
