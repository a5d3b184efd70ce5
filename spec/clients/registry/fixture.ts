import { RegistryClient } from '../../../src/clients/registry/client.ts'
import { ignoreCalls, type UpstreamOutcome } from '../../../src/clients/upstream-call.ts'
import { type Digest, isDigest } from '../../../src/image/digest.ts'
import { untilEnough } from '../../support/patience.ts'
import {
  type EmbeddedRegistry,
  type RegistrySetup,
  startRegistry,
} from '../../support/registry/server.ts'
import { OCI_MANIFEST } from '../../support/registry/store.ts'

/** The repository that these specs ask for. */
export const NAME = 'team/app'

const running: EmbeddedRegistry[] = []

/** Starts a registry that `stopAll` stops. */
export function start(setup: RegistrySetup = {}): EmbeddedRegistry {
  const registry = startRegistry(setup)
  running.push(registry)
  return registry
}

/** Stops all registries; for `afterEach`. */
export function stopAll(): void {
  for (const registry of running.splice(0)) registry.stop()
}

/** The repository of a registry. */
export function at(registry: Pick<EmbeddedRegistry, 'host'>, repository = NAME) {
  return { registry: registry.host, repository }
}

/** A signal of somebody who waits for as long as a spec may take. */
export const signal = () => AbortSignal.timeout(4000)

/** Asks as somebody who leaves when a request has ended like this. */
export function leaveAt<Result>(
  end: UpstreamOutcome,
  ask: (client: RegistryClient, signal: AbortSignal) => Promise<Result>,
): Promise<Result> {
  let isOver = false
  const client = new RegistryClient({
    observe: {
      ...ignoreCalls,
      ended: ({ outcome }) => {
        isOver ||= outcome === end
      },
    },
  })
  return untilEnough(
    () => isOver,
    (signal) => ask(client, signal),
  )
}

/** Pushes an image and returns its digest. */
export function pushImage(registry: EmbeddedRegistry, tag: string, name = NAME): Digest {
  const store = registry.repository(name)
  const config = { mediaType: 'application/vnd.oci.image.config.v1+json', size: 2 }
  const manifest = {
    schemaVersion: 2,
    mediaType: OCI_MANIFEST,
    config: { ...config, digest: store.addBlob('{}') },
    layers: [],
    annotations: { tag, made: crypto.randomUUID() },
  }
  return toDigest(store.addManifest(manifest, tag))
}

/** Pushes what refers to a manifest and returns its digest. */
export function pushReferrer(
  registry: EmbeddedRegistry,
  subject: string,
  artifactType: string,
  name = NAME,
): Digest {
  const manifest = {
    schemaVersion: 2,
    mediaType: OCI_MANIFEST,
    artifactType,
    layers: [],
    subject: { mediaType: OCI_MANIFEST, digest: subject, size: 1 },
    annotations: { made: crypto.randomUUID() },
  }
  return toDigest(registry.repository(name).addManifest(manifest))
}

/** Checks that a text is a digest. */
export function toDigest(text: string): Digest {
  if (isDigest(text)) return text
  throw new TypeError(`${text} is no digest`)
}
