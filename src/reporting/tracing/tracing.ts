/** What a span says besides its name and its time. Never a secret, never a request's body. */
export type Attributes = Readonly<Record<string, string | number | boolean>>

/** A span that is under way. */
export interface OpenSpan {
  /** Adds what became known meanwhile. */
  set(attributes: Attributes): void
  /** Marks the span as failed. */
  fail(reason: string): void
}

/** How to open a span. */
export interface SpanOptions {
  readonly name: string
  readonly attributes?: Attributes
  /** The W3C `traceparent` of whoever asks; anything that is none is ignored. */
  readonly traceparent?: string | undefined
}

/** A span that has ended already. */
export interface PastSpan {
  readonly name: string
  readonly attributes: Attributes
  readonly durationMs: number
  /** Why it failed, if it did. */
  readonly failure?: string | undefined
  /** Whether it was a request to a server. */
  readonly isCall?: boolean
}

/**
 * Tells a collector what the program does. Spans that are opened within the work of another, however
 * far down, are its children.
 */
export interface Tracing {
  /** Does the work within a span. */
  within<Result>(options: SpanOptions, work: (span: OpenSpan) => Promise<Result>): Promise<Result>
  /** Notes a span that ended now, below the one that is under way. */
  note(span: PastSpan): void
  /** Sends what is left, for a short while. */
  close(): Promise<void>
}

/** What traces need to know. */
export interface TracingOptions {
  readonly version: string
  readonly podName: string
  /** Hears, once in a while, that the collector does not take spans. */
  readonly report: (message: string, fields: Readonly<Record<string, unknown>>) => void
}
