import { admissionReview } from '../support/admission-review.ts'
import { cronJob, deployment, type Images, pod, type WorkloadBuilder } from '../support/workload.ts'
import type { Expected, Part, SoakRequest } from './oracle.ts'
import type { World } from './world.ts'

/** Makes a request of the world as it is. */
type MakeRequest = (world: World) => SoakRequest

/** One kind of request. */
interface Case {
  readonly name: string
  /** How many of a hundred. */
  readonly share: number
  /** Set where no server has to be asked. */
  readonly needs?: 'nobody'
  readonly make: (world: World, random: () => number) => Omit<SoakRequest, 'name'>
}

const ADMITTED: Expected = { outcome: 'admitted' }
const DENIED: Expected = { outcome: 'denied' }

/** More than the 7 MiB that a review may have. */
const OVERSIZED = `{"padding":"${'x'.repeat(7_500_000)}"}`

const ALL: readonly Case[] = [
  {
    name: 'notary, signed',
    share: 26,
    make: ({ notary }, random) => {
      const tag = pick(notary.tags, random)
      const digests = () => [notary.digestOf(tag)]
      return review(`${notary.gun}:${tag}`, { outcome: 'admitted', digests }, ['notary'])
    },
  },
  {
    name: 'notary, moved tag',
    share: 8,
    make: ({ notary }) => {
      const { digestsSince: digests } = notary
      return review(`${notary.gun}:moving`, { outcome: 'admitted', digests }, ['notary'])
    },
  },
  {
    name: 'notary, unsigned tag',
    share: 8,
    make: ({ notary }, random) =>
      review(`${notary.gun}:unsigned-${Math.floor(random() * 1e6)}`, DENIED, ['notary']),
  },
  {
    name: 'notary, forged',
    share: 5,
    make: ({ notary }) => review(`${notary.forgedGun}:1`, DENIED, ['notary']),
  },
  {
    name: 'notary, pinned otherwise',
    share: 4,
    make: ({ notary }) => review(`${notary.gun}:t1@sha256:${'e'.repeat(64)}`, DENIED, ['notary']),
  },
  {
    name: 'cosign, signed',
    share: 12,
    make: ({ registry }, random) => {
      const { tag, digest } = pick(registry.signed, random)
      const digests = () => [digest]
      return review(`${registry.repository}:${tag}`, { outcome: 'admitted', digests }, ['registry'])
    },
  },
  {
    name: 'cosign, unsigned',
    share: 6,
    make: ({ registry }, random) =>
      review(`${registry.repository}:${pick(registry.unsigned, random).tag}`, DENIED, ['registry']),
  },
  {
    name: 'cosign, other key',
    share: 4,
    make: ({ registry }) => review(`${registry.repository}:foreign`, DENIED, ['registry']),
  },
  {
    name: 'one bad of three',
    share: 6,
    make: ({ notary, registry }, random) => {
      const { tag } = pick(registry.signed, random)
      const images = [
        `${notary.gun}:t1`,
        `${registry.repository}:${tag}`,
        `${notary.gun}:unsigned-${Math.floor(random() * 100)}`,
      ]
      return review(images, DENIED, ['notary', 'registry'], deployment)
    },
  },
  {
    name: 'child of its controller',
    share: 5,
    make: ({ cluster }) =>
      body(admissionReview({ object: cluster.makeChild(false) }), { outcome: 'by owner' }, []),
  },
  {
    name: 'child by its own word',
    share: 3,
    make: ({ cluster }) => body(admissionReview({ object: cluster.makeChild(true) }), DENIED, []),
  },
  {
    name: 'static, allowed',
    needs: 'nobody',
    share: 5,
    make: () => review('ok.example/app:1', ADMITTED, []),
  },
  {
    name: 'static, denied',
    needs: 'nobody',
    share: 5,
    make: () => review('bad.example/app:1', DENIED, []),
  },
  {
    name: 'by configuration',
    needs: 'nobody',
    share: 4,
    make: () => review('switch.example/app:1', { outcome: 'by configuration' }, ['configuration']),
  },
  {
    name: 'no workload',
    needs: 'nobody',
    share: 2,
    make: () =>
      body(admissionReview({ object: { apiVersion: 'v1', kind: 'ConfigMap' } }), ADMITTED, []),
  },
  {
    name: 'malformed workload',
    needs: 'nobody',
    share: 2,
    make: () => body(admissionReview({ object: cronJobWithoutTemplate() }), DENIED, []),
  },
  { name: 'no JSON', needs: 'nobody', share: 1, make: () => refused('{"request":', 400) },
  {
    name: 'no uid',
    needs: 'nobody',
    share: 1,
    make: () => refused('{"apiVersion":"admission.k8s.io/v1"}', 400),
  },
  {
    name: 'not labelled JSON',
    needs: 'nobody',
    share: 1,
    make: () => ({ ...refused('{}', 415), contentType: 'text/plain' }),
  },
  { name: 'oversized', needs: 'nobody', share: 0.2, make: () => refused(OVERSIZED, 413) },
]

/** The name of what a flood is made of. */
export const FLOOD = 'flood'

/** Workloads of a flood, and images of each, no two in one repository. */
const FLOOD_REQUESTS = 150
const FLOOD_IMAGES = 20

/** Asks for as many repositories as nobody has, all at once. */
export function makeFlood(): readonly SoakRequest[] {
  return Array.from({ length: FLOOD_REQUESTS }, (_, at) => {
    const images = Array.from(
      { length: FLOOD_IMAGES },
      (__, index) => `flood.example/r${at}-${index}:1`,
    )
    return { name: FLOOD, ...review(images, DENIED, ['notary'], deployment) }
  })
}

/** The names of all kinds. */
export const CASES: readonly string[] = ALL.map(({ name }) => name)

/** Draws a kind of request, each as often as its share; free ones need no server. */
export function drawCase(random: () => number, isFree: boolean): MakeRequest {
  const cases = ALL.filter(({ needs }) => !isFree || needs === 'nobody')
  let left = random() * cases.reduce((sum, { share }) => sum + share, 0)
  const drawn = cases.find(({ share }) => {
    left -= share
    return left < 0
  })
  if (drawn === undefined) throw new Error('the shares do not add up')
  const { name, make } = drawn
  return (world) => ({ name, ...make(world, random) })
}

function review(
  images: Images,
  expected: Expected,
  needs: readonly Part[],
  build: WorkloadBuilder = pod,
): Omit<SoakRequest, 'name'> {
  return body(admissionReview({ object: build(images) }), expected, needs)
}

function body(
  review: ReturnType<typeof admissionReview>,
  expected: Expected,
  needs: readonly Part[],
): Omit<SoakRequest, 'name'> {
  return { body: JSON.stringify(review), uid: review.request.uid, expected, needs }
}

function refused(text: string, status: number): Omit<SoakRequest, 'name'> {
  return { body: text, expected: { outcome: 'refused', status }, needs: [] }
}

function cronJobWithoutTemplate(): unknown {
  const { spec: _, ...rest } = cronJob('app:1')
  return { ...rest, spec: { schedule: '* * * * *' } }
}

function pick<Item>(items: readonly Item[], random: () => number): Item {
  const item = items[Math.floor(random() * items.length)]
  if (item === undefined) throw new Error('nothing to pick')
  return item
}
