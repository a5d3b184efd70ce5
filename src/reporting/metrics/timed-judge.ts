import type { Judge } from '../../admission/judge.ts'
import type { Verdict } from '../../admission/verdict.ts'

/** Hears how an image was judged, and how long it took. Must not throw. */
export type JudgementObserver = (verdict: Verdict, durationMs: number) => void

/** Has somebody hear of every judgement; without an observer it is the judge itself. */
export function timeJudge(judge: Judge, observe: JudgementObserver | undefined): Judge {
  if (observe === undefined) return judge
  return async (image, context) => {
    const start = performance.now()
    const verdict = await judge(image, context)
    observe(verdict, performance.now() - start)
    return verdict
  }
}
