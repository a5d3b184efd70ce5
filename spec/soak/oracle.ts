import type { Answer } from './answer.ts'

/** What can be in trouble. */
export type Part = 'notary' | 'registry' | 'cluster' | 'replica one' | 'configuration' | 'memory'

/** How long after a trouble its server may still be found to be away, in milliseconds. */
const RECOVERY_MS = 3000

/** The right outcome of an image, once its server can be asked. */
export type Expected =
  /** Admitted with one of these digests, or as it is written. */
  | { readonly outcome: 'admitted'; readonly digests?: (start: number) => readonly string[] }
  | { readonly outcome: 'denied' }
  /** Denied before a change of the configuration, admitted after it. */
  | { readonly outcome: 'by configuration' }
  /** Admitted because its controller lists it; verified, and denied, where that cannot be told. */
  | { readonly outcome: 'by owner' }
  /** An HTTP error. */
  | { readonly outcome: 'refused'; readonly status: number }

/** A request, and what has to come back. */
export interface SoakRequest {
  /** Of its kind, for the table. */
  readonly name: string
  readonly body: string | Uint8Array<ArrayBuffer>
  readonly contentType?: string
  /** Absent where the body has none. */
  readonly uid?: string
  readonly expected: Expected
  /** The servers that have to be asked; while one is in trouble a 503 is right too. */
  readonly needs: readonly Part[]
}

/** When and to whom a request was sent. */
export interface Sent {
  /** As `performance.now()` has it. */
  readonly start: number
  readonly end: number
  readonly replica: string
}

interface Interval {
  readonly parts: readonly Part[]
  readonly begun: number
  over: number
}

/** What the configuration says of the image that is admitted by configuration. */
export interface ConfigurationState {
  /** Whether the last good configuration admits it. */
  readonly admits: boolean
}

/** Knows what was in trouble when, and so which answers are right. */
export class Oracle {
  readonly #configuration: ConfigurationState
  readonly #intervals: Interval[] = []

  constructor(configuration: ConfigurationState) {
    this.#configuration = configuration
  }

  /** Notes that something is in trouble from now on, until `end`. */
  begin(parts: readonly Part[]): { end(): void } {
    const interval: Interval = {
      parts,
      begun: performance.now(),
      over: Number.POSITIVE_INFINITY,
    }
    this.#intervals.push(interval)
    return {
      end: () => {
        interval.over = performance.now() + RECOVERY_MS
      },
    }
  }

  /** Says what is wrong with an answer; nothing if it is right. */
  judge(request: SoakRequest, answer: Answer, sent: Sent): string | undefined {
    if (answer.kind === 'none') {
      return this.#inTrouble([sent.replica as Part], sent) ? undefined : `no answer: ${answer.why}`
    }
    if (request.uid !== undefined && answer.kind !== 'refused' && answer.uid !== request.uid) {
      return `an answer to ${answer.uid}, not to ${request.uid}`
    }
    if (this.#isExcused(request, answer, sent)) return undefined
    return this.#findFault(request.expected, answer, sent)
  }

  /** An outage, said as such, while there was one. */
  #isExcused({ needs }: SoakRequest, answer: Answer, sent: Sent): boolean {
    return answer.kind === 'denied' && answer.status === 503 && this.#inTrouble(needs, sent)
  }

  #findFault(expected: Expected, answer: Answer, sent: Sent): string | undefined {
    switch (expected.outcome) {
      case 'admitted': {
        if (answer.kind !== 'admitted') return `not admitted: ${describe(answer)}`
        const digests = expected.digests?.(sent.start)
        if (digests === undefined) return undefined
        const isRight = answer.images.every((image) => digests.some((each) => image.endsWith(each)))
        return isRight && answer.images.length > 0 ? undefined : `pinned to ${answer.images}`
      }
      case 'denied':
        if (answer.kind === 'denied' && answer.status === 403) return undefined
        return answer.kind === 'admitted'
          ? 'FALSE ADMISSION'
          : `not denied as it should: ${describe(answer)}`
      case 'by configuration': {
        if (this.#inTrouble(['configuration'], sent)) return undefined
        const isRight = (answer.kind === 'admitted') === this.#configuration.admits
        return isRight ? undefined : `not as the configuration has it: ${describe(answer)}`
      }
      case 'by owner':
        if (answer.kind === 'admitted') return undefined
        return answer.kind === 'denied' && this.#inTrouble(['cluster'], sent)
          ? undefined
          : `not admitted as a child: ${describe(answer)}`
      case 'refused':
        return answer.kind === 'refused' && answer.status === expected.status
          ? undefined
          : `not refused with ${expected.status}: ${describe(answer)}`
    }
  }

  #inTrouble(parts: readonly Part[], { start, end }: Sent): boolean {
    return this.#intervals.some(
      ({ parts: affected, begun, over }) =>
        begun <= end && over >= start && parts.some((part) => affected.includes(part)),
    )
  }
}

function describe(answer: Answer): string {
  switch (answer.kind) {
    case 'denied':
      return `${answer.status} ${answer.message}`
    case 'refused':
      return `HTTP ${answer.status}`
    case 'admitted':
      return 'admitted'
    case 'none':
      return answer.why
  }
}
