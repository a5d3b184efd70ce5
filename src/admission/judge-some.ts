import type { ValidationContext } from '../validators/validator.ts'
import type { ImageUse } from '../workload/images.ts'
import type { Judge } from './judge.ts'
import type { Verdict } from './verdict.ts'

/** Images of one request that are judged at the same time: a request must not crowd out all others. */
const MAX_AT_A_TIME = 32

/** Judges different images at the same time, as far as that is fair, and equal ones once. */
export async function judgeSome(
  uses: readonly ImageUse[],
  judge: Judge,
  context: ValidationContext,
): Promise<readonly Verdict[]> {
  const images = [...new Set(uses.map(({ image }) => image))]
  const verdicts: Verdict[] = []
  const queue = images.entries()
  const work = async () => {
    for (const [index, image] of queue) verdicts[index] = await judge(image, context)
  }
  await Promise.all(Array.from({ length: Math.min(images.length, MAX_AT_A_TIME) }, work))
  return verdicts
}
