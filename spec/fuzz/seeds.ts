/** Seeds that have found something once: they are tried first, for ever. */
export const SEEDS: readonly (readonly [target: string, seed: number])[] = [
  // `- ` twenty thousand times: the YAML parser ran out of stack, and so did the start.
  ['configuration', 576736642],
  // A nought before the time of an entry: it counted still, under a seal of other bytes.
  ['redis', 578803884],
]
