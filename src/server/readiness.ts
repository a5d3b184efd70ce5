/** One thing that has to hold before requests should be sent here. */
export interface Condition {
  readonly name: string
  readonly ok: boolean
  /** Why it does not hold. */
  readonly reason?: string
  /** What somebody should know although it holds. */
  readonly note?: string
}

/** Answers `/ready`: 200 if all conditions hold, else 503; the body lists each. */
export function toReadyResponse(conditions: readonly Condition[]): Response {
  const ready = conditions.every(({ ok }) => ok)
  return Response.json({ ready, conditions }, { status: ready ? 200 : 503 })
}
