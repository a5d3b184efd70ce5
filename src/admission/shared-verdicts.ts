import type { KeptVerdict } from './kept-verdict.ts'

/**
 * Verdicts that replicas share. Declared here, satisfied by `clients/redis/verdicts.ts`, which proves
 * that a replica of ours saved what it loads.
 */
export interface SharedVerdicts {
  /** Loads what was saved last; nothing where it cannot be had at once. Never rejects. */
  load(id: VerdictId): Promise<KeptVerdict | undefined>

  /** Saves a verdict for so many milliseconds. Nobody waits for it. */
  save(id: VerdictId, verdict: KeptVerdict, lifetimeMs: number): void
}

/** What a verdict is about; under another configuration or rule it is another verdict. */
export interface VerdictId {
  /** `Config.fingerprint`, and what the files hold that the validator names. */
  readonly configuration: string
  /** The pattern as it is written. */
  readonly rule: string
  /** The name of the validator. */
  readonly validator: string
  /** The normalised reference. */
  readonly image: string
}
