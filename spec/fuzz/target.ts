import type { Random } from '../support/random.ts'

/** Something that takes what an attacker wrote. */
export interface Target {
  /** As `TARGET=` names it. */
  readonly name: string
  /**
   * Makes one hostile input, gives it to the code, and holds the result against what may come of it:
   * throws a `Finding`, or whatever the code must not have thrown.
   */
  attempt(random: Random): Promise<void> | void
  /** Ends what it started. */
  stop?(): void
}

/** What must not come of any input. */
export class Finding extends Error {
  override readonly name = 'Finding'

  constructor(what: string, input: unknown) {
    const shown = typeof input === 'string' ? input : JSON.stringify(input)
    super(`${what}\ninput: ${shown.slice(0, 4000)}`)
  }
}
