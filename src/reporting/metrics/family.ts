/** The most series that one family may have; what comes after is counted under `other`. */
const MAX_SERIES = 1000

/** The value of the labels of what is past the most series. */
const OTHER = 'other'

/** What is said of a family of series. */
export interface FamilyOptions {
  readonly name: string
  readonly help: string
  readonly labels?: readonly string[]
}

/** One series: the values of its labels, in the order of the family's names. */
export interface Series {
  readonly labels: readonly string[]
  value: number
}

abstract class Family {
  readonly name: string
  readonly help: string
  readonly labels: readonly string[]

  constructor({ name, help, labels = [] }: FamilyOptions) {
    this.name = name
    this.help = help
    this.labels = labels
  }
}

/** Counts since the start. Cheap enough for every request: nothing is rendered here. */
export class Counters extends Family {
  readonly kind = 'counter'
  readonly #series: SeriesByLabels<Series>

  constructor(options: FamilyOptions) {
    super(options)
    this.#series = new SeriesByLabels((labels) => ({ labels, value: 0 }))
    // What has no labels is there from the start, at zero.
    if (this.labels.length === 0) this.#series.get([])
  }

  /** Adds to the series of these labels. */
  add(labels: readonly string[] = [], amount = 1): void {
    this.#series.get(labels).value += amount
  }

  /** All series so far. */
  series(): Iterable<Series> {
    return this.#series.values()
  }
}

/** A series of a histogram; each bucket counts what is in it and in none below. */
export interface Distribution {
  readonly labels: readonly string[]
  /** One more than there are bounds: the last is for what is above them all. */
  readonly buckets: number[]
  sum: number
  count: number
}

/** Distributions of durations, as cheap as counters. */
export class Histograms extends Family {
  readonly kind = 'histogram'
  /** The upper bounds of the buckets in seconds, ascending. */
  readonly bounds: readonly number[]
  readonly #series: SeriesByLabels<Distribution>

  constructor({ bounds, ...options }: FamilyOptions & { readonly bounds: readonly number[] }) {
    super(options)
    this.bounds = bounds
    this.#series = new SeriesByLabels((labels) => ({
      labels,
      buckets: Array.from({ length: bounds.length + 1 }, () => 0),
      sum: 0,
      count: 0,
    }))
  }

  /** Takes a duration. */
  observe(labels: readonly string[], seconds: number): void {
    const distribution = this.#series.get(labels)
    const above = this.bounds.findIndex((bound) => seconds <= bound)
    const index = above < 0 ? this.bounds.length : above
    distribution.buckets[index] = (distribution.buckets[index] ?? 0) + 1
    distribution.sum += seconds
    distribution.count++
  }

  /** All series so far. */
  series(): Iterable<Distribution> {
    return this.#series.values()
  }
}

/** Values that are read when somebody asks. */
export class Gauges extends Family {
  readonly kind = 'gauge'
  readonly read: () => Iterable<Series>

  constructor({ read, ...options }: FamilyOptions & { readonly read: () => Iterable<Series> }) {
    super(options)
    this.read = read
  }
}

/** How much there is of something at the moment; each that begins is taken back when it ends. */
export class Levels extends Gauges {
  readonly #series: SeriesByLabels<Series>

  constructor(options: FamilyOptions) {
    const series = new SeriesByLabels<Series>((labels) => ({ labels, value: 0 }))
    super({ ...options, read: () => series.values() })
    this.#series = series
    if (this.labels.length === 0) series.get([])
  }

  /** Changes the series of these labels. */
  change(by: 1 | -1, labels: readonly string[] = []): void {
    this.#series.get(labels).value += by
  }
}

/** Any family. */
export type MetricFamily = Counters | Histograms | Gauges

class SeriesByLabels<Value> {
  readonly #make: (labels: readonly string[]) => Value
  readonly #byKey = new Map<string, Value>()

  constructor(make: (labels: readonly string[]) => Value) {
    this.#make = make
  }

  get(labels: readonly string[]): Value {
    const key = labels.length === 1 ? (labels[0] ?? '') : labels.join('\0')
    const known = this.#byKey.get(key)
    if (known !== undefined) return known
    const isFull = this.#byKey.size >= MAX_SERIES && labels.some((label) => label !== OTHER)
    return isFull ? this.get(labels.map(() => OTHER)) : this.#add(key, labels)
  }

  values(): Iterable<Value> {
    return this.#byKey.values()
  }

  #add(key: string, labels: readonly string[]): Value {
    const value = this.#make([...labels])
    this.#byKey.set(key, value)
    return value
  }
}
