import type { Admission } from '../admission/verdict.ts'

/** What is read again while the program runs. */
export type Reloaded = 'configuration' | 'certificate' | 'registration'

/** Hears what happens in a runtime, for metrics and the like. Nobody waits for it. */
export interface RuntimeListener {
  /** A request was decided on, whatever the configuration was; it took this many milliseconds. */
  admission?(admission: Admission, durationMs: number): void
  /** Something changed and was taken over, or could not be used and what was there stays. */
  reload?(what: Reloaded, outcome: 'ok' | 'failed'): void
}

/** Tells all of something. One that throws is told of, and costs the others nothing. */
export function tellAll(
  listeners: readonly RuntimeListener[],
  hear: (listener: RuntimeListener) => void,
  onFailure: (error: unknown) => void,
): void {
  for (const listener of listeners) {
    try {
      hear(listener)
    } catch (error) {
      onFailure(error)
    }
  }
}
