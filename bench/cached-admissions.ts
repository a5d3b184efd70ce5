import { admissionReview } from '../spec/support/admission-review.ts'
import { createRepository } from '../spec/support/notary/repository.ts'
import { startNotary } from '../spec/support/notary/server.ts'
import { deployment } from '../spec/support/workload.ts'
import { readRssMb } from './proc.ts'
import type { BenchServer } from './server.ts'
import { applyLoad, type Load } from './throughput.ts'
import type { Workshop } from './workshop.ts'

const GUN = 'registry.example/team/app'
const DIGEST = `sha256:${'a'.repeat(64)}`

const ROUNDS = 3
const REQUESTS = 20_000
/** A review of fifty images takes as long as many of one. */
const LARGE_REQUESTS = 2000

/** How the server is asked, and with how many rules. */
interface Shape {
  readonly connections: number
  readonly images: number
  readonly rules: number
}

const USUAL: Shape = { connections: 16, images: 1, rules: 1 }

const SHAPES: readonly Shape[] = [
  { ...USUAL, connections: 1 },
  USUAL,
  { ...USUAL, connections: 64 },
  { ...USUAL, images: 5 },
  { ...USUAL, images: 50 },
  { ...USUAL, rules: 100 },
  { ...USUAL, rules: 10_000 },
]

/** Admissions whose verdicts are in the cache, but for one look at the Notary in 30 seconds. */
export interface CachedAdmissions {
  readonly shape: Shape
  readonly loads: readonly Load[]
  /** Resident memory of the server after them, in MB. */
  readonly memoryMb: number
}

/** Measures every shape, each with a server of its own. */
export async function measureCachedAdmissions(
  workshop: Workshop,
): Promise<readonly CachedAdmissions[]> {
  const notary = startNotary({ tls: await workshop.issueCertificate() })
  const repository = await createRepository({ gun: GUN })
  for (let tag = 0; tag < 50; tag++) repository.addTarget(String(tag), DIGEST)
  repository.publish()
  notary.repositories.set(GUN, repository)
  const results: CachedAdmissions[] = []
  try {
    for (const shape of SHAPES) {
      const config = renderConfig(notary.url, repository.rootPublicKeyPem, workshop.ca, shape)
      const server = await workshop.start('connaisseur', config)
      results.push(await measure(server, shape))
      await server.stop()
    }
  } finally {
    notary.stop()
  }
  return results
}

async function measure(server: BenchServer, shape: Shape): Promise<CachedAdmissions> {
  const { connections, images } = shape
  const object = deployment(Array.from({ length: images }, (_, tag) => `${GUN}:${tag}`))
  const bodies = [JSON.stringify(admissionReview({ object }))]
  const requests = images > 5 ? LARGE_REQUESTS : REQUESTS
  const loads: Load[] = []
  for (let round = 0; round < ROUNDS; round++) {
    loads.push(
      await applyLoad(server, requests, round === 0 ? requests : 0, { bodies, connections }),
    )
  }
  return { shape, loads, memoryMb: readRssMb(server.pid) }
}

function renderConfig(host: string, pin: string, ca: string, { rules }: Shape): string {
  const trustRoots = [{ name: 'default', key: pin }]
  const others = Array.from({ length: rules - 1 }, (_, index) => ({
    pattern: `registry-${index}.example/team-${index % 10}/*:*`,
  }))
  return JSON.stringify({
    validators: [{ name: 'default', type: 'notaryv1', host, cert: ca, trustRoots }],
    policy: [{ pattern: '*:*' }, ...others],
  })
}
