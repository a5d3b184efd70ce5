import { type Answer, nameOf } from './answer.ts'

/** How many wrong answers are shown. */
const MAX_SHOWN = 20

/** One request that was answered, or not. */
interface Sample {
  readonly name: string
  readonly answer: Answer
  readonly durationMs: number
  /** What is wrong with the answer. */
  readonly problem: string | undefined
}

/** Counts answers, and says in a table what came of it all. */
export class Tally {
  #count = 0
  #begun = 0
  #isRight = true
  readonly #durations = new Map<string, number[]>()
  readonly #answers = new Map<string, Map<string, number>>()
  readonly #problems: string[] = []
  readonly #troubles: [name: string, requests: number][] = []
  readonly #memory = new Map<string, number[]>()
  #slowestHealthMs = 0
  #healthAnswers = 0

  /** How many requests were sent. */
  get begun(): number {
    return this.#begun
  }

  /** Notes that a request was sent. */
  begin(): void {
    this.#begun++
  }

  add({ name, answer, durationMs, problem }: Sample): void {
    this.#count++
    const answers = this.#answers.get(name) ?? new Map<string, number>()
    const outcome = nameOf(answer)
    this.#answers.set(name, answers.set(outcome, (answers.get(outcome) ?? 0) + 1))
    const durations = this.#durations.get(name) ?? []
    this.#durations.set(name, durations)
    durations.push(durationMs)
    if (problem !== undefined) this.fail(`${name}: ${problem}`)
  }

  /** Notes something that must not be. */
  fail(problem: string): void {
    this.#isRight = false
    const at = (performance.now() / 1000).toFixed(1)
    if (this.#problems.push(`${at} s ${problem}`) <= MAX_SHOWN) console.log(`WRONG ${problem}`)
  }

  /** Notes a trouble that is over, and how many requests were answered in it. */
  addTrouble(name: string, requests: number): void {
    this.#troubles.push([name, requests])
  }

  addMemory(replica: string, mebibytes: number): void {
    const samples = this.#memory.get(replica) ?? []
    this.#memory.set(replica, samples)
    samples.push(mebibytes)
  }

  addHealth(durationMs: number): void {
    this.#healthAnswers++
    this.#slowestHealthMs = Math.max(this.#slowestHealthMs, durationMs)
  }

  /**
   * Prints the table; tells whether everything was right. `names` are all that should be in it, and
   * memory may grow by so many MiB.
   */
  print(names: readonly string[], maxGrowthMiB: number): boolean {
    console.log('\nin trouble                              requests')
    for (const [name, requests] of this.#troubles) {
      console.log(`${name.padEnd(40)}${String(requests).padStart(8)}`)
      if (requests === 0) this.fail(`nothing was asked during: ${name}`)
    }
    console.log('\nrequest                       sent  p50 ms  p99 ms  max ms  answers')
    for (const name of names) this.#printCase(name)
    for (const [replica, samples] of this.#memory) this.#printMemory(replica, samples, maxGrowthMiB)
    const slowest = Math.round(this.#slowestHealthMs)
    console.log(`/health: ${this.#healthAnswers} answers, the slowest after ${slowest} ms`)
    if (this.#begun !== this.#count) this.fail(`${this.#begun} were sent, ${this.#count} came back`)
    console.log(`\n${this.#count} requests, ${this.#problems.length} wrong`)
    return this.#isRight
  }

  #printCase(name: string): void {
    const durations = (this.#durations.get(name) ?? []).toSorted((a, b) => a - b)
    if (durations.length === 0) {
      this.fail(`${name} was never asked`)
      return
    }
    const at = (share: number) =>
      (durations[Math.floor((durations.length - 1) * share)] ?? 0).toFixed(1).padStart(8)
    const answers = [...(this.#answers.get(name) ?? [])]
      .toSorted(([, a], [, b]) => b - a)
      .map(([outcome, count]) => `${outcome}: ${count}`)
      .join(', ')
    const sent = String(durations.length).padStart(6)
    console.log(`${name.padEnd(28)}${sent}${at(0.5)}${at(0.99)}${at(1)}  ${answers}`)
  }

  #printMemory(replica: string, samples: readonly number[], maxGrowthMiB: number): void {
    const quarter = Math.floor(samples.length / 4)
    const early = median(samples.slice(quarter, 2 * quarter))
    const late = median(samples.slice(-quarter))
    console.log(
      `memory of ${replica}: ${Math.round(early)} MiB early, ${Math.round(late)} MiB late, ${Math.round(Math.max(...samples))} MiB at the most`,
    )
    if (late - early > maxGrowthMiB) this.fail(`memory of ${replica} grows`)
  }
}

function median(samples: readonly number[]): number {
  return samples.toSorted((a, b) => a - b)[Math.floor(samples.length / 2)] ?? 0
}
