import { admissionReview } from '../spec/support/admission-review.ts'
import { createSigningKey } from '../spec/support/notary/key.ts'
import { createRepository } from '../spec/support/notary/repository.ts'
import { type EmbeddedNotary, startNotary } from '../spec/support/notary/server.ts'
import { deployment } from '../spec/support/workload.ts'
import { applyLoad, type Load } from './throughput.ts'
import type { Workshop } from './workshop.ts'

const TEAM = 'registry.example/team'
const ROUNDS = 6
const REQUESTS = 4000
const WARM_UP = 4000
const DIGEST = `sha256:${'a'.repeat(64)}`

/** How the server is asked. */
interface Shape {
  /** How many repositories the images are of; each connection deploys from all in turn. */
  readonly repositories: number
  readonly connections: number
}

/** One repository, where requests share their looks, and more, where they do not. */
const SHAPES: readonly Shape[] = [
  { repositories: 1, connections: 16 },
  { repositories: 16, connections: 1 },
  { repositories: 16, connections: 16 },
  { repositories: 16, connections: 64 },
]

/** Admissions of images that a Notary server on the same machine signed, metadata unchanged. */
export interface NotaryAdmissions {
  readonly shape: Shape
  readonly loads: readonly Load[]
  /** What the Notary server was asked, for each admission. */
  readonly requestsPerAdmission: number
}

/** Measures every shape, each with a server of its own; no verdict is kept. */
export async function measureNotaryAdmissions(
  workshop: Workshop,
): Promise<readonly NotaryAdmissions[]> {
  const notary = startNotary({ tls: await workshop.issueCertificate() })
  const results: NotaryAdmissions[] = []
  try {
    for (const shape of SHAPES) results.push(await measure(workshop, notary, shape))
    return results
  } finally {
    notary.stop()
  }
}

async function measure(
  workshop: Workshop,
  notary: EmbeddedNotary,
  shape: Shape,
): Promise<NotaryAdmissions> {
  const { repositories, connections } = shape
  // One root key for all repositories, as the certificate with a wildcard allows.
  const root = [await createSigningKey({ type: 'ecdsa-x509', commonName: `${TEAM}/*` })]
  const bodies: string[] = []
  let pin = ''
  for (let index = 0; index < repositories; index++) {
    const gun = `${TEAM}/app-${index}`
    const repository = await createRepository({ gun, keys: { root } })
    repository.addTarget('1', DIGEST)
    repository.publish()
    notary.repositories.set(gun, repository)
    pin = repository.rootPublicKeyPem
    bodies.push(JSON.stringify(admissionReview({ object: deployment(`${gun}:1`) })))
  }
  const server = await workshop.start('connaisseur', renderConfig(notary.url, pin, workshop.ca))
  await applyLoad(server, WARM_UP, 0, { bodies, connections })
  notary.requests.length = 0
  const loads: Load[] = []
  for (let round = 0; round < ROUNDS; round++) {
    loads.push(await applyLoad(server, REQUESTS, 0, { bodies, connections }))
  }
  await server.stop()
  const requestsPerAdmission = notary.requests.length / (ROUNDS * REQUESTS)
  return { shape, loads, requestsPerAdmission }
}

function renderConfig(host: string, pin: string, ca: string): string {
  const trustRoots = [{ name: 'default', key: pin }]
  return JSON.stringify({
    validators: [{ name: 'default', type: 'notaryv1', host, cert: ca, trustRoots }],
    policy: [{ pattern: '*:*' }],
    features: { cache: { expirySeconds: 0 } },
  })
}
