/** The middle, and how far the rounds lie apart. */
export interface Summary {
  readonly median: number
  readonly min: number
  readonly max: number
}

/** Summarises the rounds of one measurement. */
export function summarise(values: readonly number[]): Summary {
  const sorted = values.toSorted((a, b) => a - b)
  return {
    median: percentile(sorted, 0.5),
    min: percentile(sorted, 0),
    max: percentile(sorted, 1),
  }
}

/** Reads a percentile, from 0 to 1, of values in ascending order. */
export function percentile(sorted: readonly number[], fraction: number): number {
  const value = sorted[Math.round((sorted.length - 1) * fraction)]
  if (value === undefined) throw new RangeError('there are no values')
  return value
}

/** The least-squares slope of points `[x, y]`. */
export function slope(points: readonly (readonly [number, number])[]): number {
  const mean = (values: readonly number[]) => values.reduce((a, b) => a + b, 0) / values.length
  const meanX = mean(points.map(([x]) => x))
  const meanY = mean(points.map(([, y]) => y))
  const covariance = mean(points.map(([x, y]) => (x - meanX) * (y - meanY)))
  return covariance / mean(points.map(([x]) => (x - meanX) ** 2))
}
