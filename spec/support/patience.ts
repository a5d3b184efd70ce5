/**
 * Does something for a caller who leaves as soon as enough is known, in place of a deadline: that would
 * be too short on a busy machine and too long on any other.
 */
export async function untilEnough<Result>(
  isEnough: () => boolean,
  work: (signal: AbortSignal) => Promise<Result>,
): Promise<Result> {
  const caller = new AbortController()
  const timer = setInterval(() => {
    if (isEnough()) caller.abort()
  }, 1)
  try {
    return await work(caller.signal)
  } finally {
    clearInterval(timer)
  }
}
