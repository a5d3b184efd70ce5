import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { admissionReview } from '../spec/support/admission-review.ts'
import { attachBundle, pushImage } from '../spec/support/cosign/shelf.ts'
import { type EmbeddedRegistry, startRegistry } from '../spec/support/registry/server.ts'
import { createSigstore, imageStatement } from '../spec/support/sigstore/world.ts'
import { deployment } from '../spec/support/workload.ts'
import { HttpsConnection, renderRequest } from './https-connection.ts'
import type { BenchServer } from './server.ts'
import type { Workshop } from './workshop.ts'

const IMAGES = 50
const ROUNDS = 6
const NAME = 'team/app'
const HOLDER = { issuer: 'https://issuer.example', subject: 'https://ci.example/release@main' }
const HEALTH = renderRequest('GET', '/health')

/** How long `/health` waits at worst while fifty keyless signatures are verified at once. */
export interface KeylessBurst {
  readonly images: number
  /** The slowest answer of `/health` during a burst, in milliseconds, one value per round. */
  readonly worstHealthMs: readonly number[]
  /** From the first request of a burst to its last answer, in milliseconds. */
  readonly burstMs: readonly number[]
  /** Server CPU of an image, in milliseconds: connection, requests and verification. */
  readonly cpuMs: readonly number[]
}

/** Admits fifty images at once, each signed keyless, while another connection asks for `/health`. */
export async function measureKeylessBurst(workshop: Workshop): Promise<KeylessBurst> {
  // The program under test has the clock of this machine: the log may be a little ahead of it.
  const sigstore = await createSigstore({
    clock: new Date(Math.ceil(Date.now() / 1000) * 1000 + 1000),
  })
  const folder = mkdtempSync(join(tmpdir(), 'connaisseur-burst-'))
  const registry = startRegistry()
  try {
    const trustedRoot = join(folder, 'trusted_root.json')
    writeFileSync(trustedRoot, JSON.stringify(sigstore.trustedRoot))
    const server = await workshop.start('connaisseur', renderConfig(trustedRoot))
    const rounds: Burst[] = []
    for (let round = 0; round < ROUNDS; round++) {
      const bodies = await signImages(registry, sigstore, round)
      rounds.push(await burst(server, bodies))
    }
    await server.stop()
    return {
      images: IMAGES,
      worstHealthMs: rounds.map((each) => each.worstHealthMs),
      burstMs: rounds.map((each) => each.burstMs),
      cpuMs: rounds.map((each) => each.cpuMs / IMAGES),
    }
  } finally {
    registry.stop()
    rmSync(folder, { recursive: true })
  }
}

interface Burst {
  readonly worstHealthMs: number
  readonly burstMs: number
  readonly cpuMs: number
}

async function burst(server: BenchServer, bodies: readonly string[]): Promise<Burst> {
  const connections = await Promise.all(bodies.map(() => HttpsConnection.open(server)))
  const health = await HttpsConnection.open(server)
  const cpu = server.cpuMs()
  const start = performance.now()
  let isOver = false
  const admissions = Promise.all(
    connections.map((connection, index) => admit(connection, bodies[index] ?? '')),
  ).then(() => {
    isOver = true
  })
  let worstHealthMs = 0
  while (!isOver) {
    const asked = performance.now()
    await health.send(HEALTH)
    worstHealthMs = Math.max(worstHealthMs, performance.now() - asked)
  }
  await admissions
  const burstMs = performance.now() - start
  for (const connection of [...connections, health]) connection.close()
  return { worstHealthMs, burstMs, cpuMs: server.cpuMs() - cpu }
}

async function admit(connection: HttpsConnection, body: string): Promise<void> {
  const answer = await connection.send(renderRequest('POST', '/mutate?timeout=10s', body))
  if (!answer.body.includes('"allowed":true')) throw new Error(`not admitted: ${answer.body}`)
}

async function signImages(
  registry: EmbeddedRegistry,
  sigstore: Awaited<ReturnType<typeof createSigstore>>,
  round: number,
): Promise<readonly string[]> {
  const bodies: string[] = []
  for (let index = 0; index < IMAGES; index++) {
    const tag = `${round}-${index}`
    const digest = pushImage(registry, NAME, tag)
    const certified = await sigstore.certify(HOLDER)
    const bundle = await sigstore.signBundle(certified, { payload: imageStatement(digest) })
    attachBundle(registry.repository(NAME), digest, bundle)
    const object = deployment(`${registry.host}/${NAME}:${tag}`)
    bodies.push(JSON.stringify(admissionReview({ object })))
  }
  return bodies
}

function renderConfig(trustedRoot: string): string {
  const trustRoots = [{ name: 'release', keyless: HOLDER }]
  return JSON.stringify({
    validators: [{ name: 'default', type: 'cosign', trustedRoot, trustRoots }],
    policy: [{ pattern: '*:*', with: { trustRoot: 'release' } }],
  })
}
