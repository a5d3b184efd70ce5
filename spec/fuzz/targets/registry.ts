import {
  attachBundle,
  keyBundle,
  pushImage,
  signedLayer,
  writeSignatureTag,
} from '../../support/cosign/shelf.ts'
import type { Random } from '../../support/random.ts'
import { NAME, Scene } from '../../validators/cosign/scene.ts'
import { mutateBytes } from '../mutate.ts'
import { Finding, type Target } from '../target.ts'

const DENIAL = /^(?:UNTRUSTED|UNAVAILABLE|MISCONFIGURED)_[A-Z_]+: /

const TYPES = [
  'application/vnd.oci.image.index.v1+json',
  'application/vnd.oci.image.manifest.v1+json',
  'application/octet-stream',
  'text/html',
  '',
]

/** What a registry answers about an image that alice has not signed; another one of hers is there. */
export function createRegistryTarget(): Target {
  const scene = new Scene()
  const { store, registry, digest, alice, mallory } = scene
  const victim = pushImage(registry, NAME, 'victim')
  writeSignatureTag(store, victim, [signedLayer(store, victim, alice)])
  writeSignatureTag(store, digest, [
    signedLayer(store, digest, mallory),
    signedLayer(store, victim, alice),
  ])
  attachBundle(store, digest, keyBundle(victim, alice))
  attachBundle(store, digest, keyBundle(digest, mallory))
  return {
    name: 'registry',
    async attempt(random) {
      const sent: string[] = []
      registry.intercept = (_, path) => {
        if (random.below(2) === 0) return undefined
        const answer = answerFor(path)
        const bytes = mutateBytes(answer, random)
        sent.push(`${path} ${Buffer.from(bytes).toString()}`)
        return new Response(bytes, { status: statusOf(random), headers: headersOf(random, victim) })
      }
      const outcome = await scene.judge()
      if (DENIAL.test(outcome)) return
      // The registry says which digest a tag is, and alice did sign the other one.
      if (outcome === victim) return
      throw new Finding(outcome, sent)
    },
    stop: () => registry.stop(),
  }

  function answerFor(path: string): Uint8Array {
    const name = path.split('/').at(-1) ?? ''
    if (path.includes('/referrers/')) {
      return Buffer.from(
        JSON.stringify({
          schemaVersion: 2,
          mediaType: TYPES[0],
          manifests: store.listReferrers(name),
        }),
      )
    }
    return store.find(name)?.bytes ?? store.blobs.get(name)?.bytes ?? Buffer.from('{}')
  }
}

/** What would be tried again takes time, and is for other specs. */
function statusOf(random: Random): number {
  return random.pick([200, 200, 200, 200, 200, 404, 401, 403, 307, 201])
}

function headersOf(random: Random, digest: string): Record<string, string> {
  return {
    'content-type': random.pick(TYPES),
    ...(random.below(3) === 0 && {
      'docker-content-digest': random.pick([digest, 'sha256:', 'x']),
    }),
    ...(random.below(5) === 0 && {
      link: random.pick(['</v2/>; rel="next"', '<http://x/>; rel=next', ';;']),
    }),
    ...(random.below(5) === 0 && {
      location: random.pick(['/', 'http://127.0.0.1:1/', '\\\\x', 'file:///etc/passwd']),
    }),
    ...(random.below(5) === 0 && {
      'www-authenticate': random.pick(['Bearer', 'Bearer realm="', 'Basic realm="x"', ',,,']),
    }),
  }
}
