import { waitUntil } from '../support/process.ts'
import { type Api, ApiError } from './api.ts'
import { manifestOf } from './manifests.ts'
import { SIGNED, SIGNED_PINNED, UNSIGNED } from './shop.ts'

/** What became of the Pods of a stream. */
export interface StreamResult {
  readonly admitted: number
  readonly denied: number
  /** Answers that should not have been, a sentence each; the first few. */
  readonly lost: readonly string[]
  /** Pods that got in as nobody has checked them; the first few. */
  readonly unchecked: readonly string[]
}

const MAX_EXAMPLES = 5

/** How many answers tell that a stream runs, and that it goes on as before. */
const ANSWERS_BEFORE = 20
const ANSWERS_AFTER = 100
const PATIENCE_MS = 120_000

/** How many requests are under way at once. */
const LANES = 4

interface PodAnswer {
  readonly spec: { readonly containers: readonly { readonly image: string }[] }
}

/**
 * Creates Pods on dry run, one after the other in a few lanes, by turns signed and unsigned: the
 * first have to be admitted and pinned, the others denied for what they are, whatever happens to
 * the webhook meanwhile.
 */
export class AdmissionStream {
  readonly #api: Api
  readonly #namespace: string
  readonly #lost: string[] = []
  readonly #unchecked: string[] = []
  readonly #lanes: readonly Promise<void>[]
  #admitted = 0
  #denied = 0
  #stopped = false

  constructor(api: Api, namespace: string) {
    this.#api = api
    this.#namespace = namespace
    this.#lanes = Array.from({ length: LANES }, () => this.#run())
  }

  /** How many were answered as they should be, so far. */
  get count(): number {
    return this.#admitted + this.#denied
  }

  /** Ends the stream and tells what it saw. */
  async stop(): Promise<StreamResult> {
    this.#stopped = true
    await Promise.all(this.#lanes)
    const [admitted, denied] = [this.#admitted, this.#denied]
    const first = (examples: readonly string[]) => examples.slice(0, MAX_EXAMPLES)
    return { admitted, denied, lost: first(this.#lost), unchecked: first(this.#unchecked) }
  }

  async #run(): Promise<void> {
    while (!this.#stopped) {
      await this.#create(SIGNED, (image) => image === SIGNED_PINNED)
      await this.#create(UNSIGNED, () => false)
    }
  }

  async #create(image: string, isRight: (image: string) => boolean): Promise<void> {
    const namespace = this.#namespace
    const name = `stream-${crypto.randomUUID()}`
    const body = manifestOf('Pod', { name, namespace, image })
    const path = `/api/v1/namespaces/${namespace}/pods?dryRun=All`
    try {
      const pod = await this.#api.request<PodAnswer>(path, { method: 'POST', body })
      const [got = ''] = pod.spec.containers.map((each) => each.image)
      if (isRight(got)) this.#admitted++
      else this.#unchecked.push(`${image} got in as ${got}`)
    } catch (error) {
      const isDenial = error instanceof ApiError && error.status === 403 && image === UNSIGNED
      if (isDenial && error.message.includes('UNTRUSTED_NOT_SIGNED')) this.#denied++
      else this.#lost.push(`${image}: ${error instanceof Error ? error.message : String(error)}`)
    }
  }
}

/** Does something under a stream of admissions, and waits for more of them. Tells what it saw. */
export async function underLoad(
  api: Api,
  namespace: string,
  work: () => Promise<void>,
): Promise<StreamResult> {
  const stream = new AdmissionStream(api, namespace)
  try {
    await waitUntil(async () => stream.count >= ANSWERS_BEFORE, 'answers', PATIENCE_MS)
    await work()
    const goal = stream.count + ANSWERS_AFTER
    await waitUntil(async () => stream.count >= goal, 'more answers', PATIENCE_MS)
  } finally {
    await stream.stop()
  }
  return stream.stop()
}
