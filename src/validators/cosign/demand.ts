import type { CosignTrustRoot } from './settings-roots.ts'

/** Who has to have signed for a rule to be fulfilled. */
export interface Demand {
  /** Whose signatures count. */
  readonly roots: readonly CosignTrustRoot[]
  /** How many of them have to have signed, each with a signer of its own. */
  readonly threshold: number
  /** Names of those that have to be among them. */
  readonly required: readonly string[]
}

/** One trust root's word for an image. */
export interface Vote {
  readonly root: string
  /** Who signed, and the log entries that prove it: what two votes share they are one by. */
  readonly signer: string
  readonly logEntries: readonly string[]
}

/** Puts a demand into words, such as "by 2 of alice, bob and carol". */
export function describeDemand({ roots, threshold, required }: Demand): string {
  const names = roots.map(({ name }) => name)
  if (names.length === 1) return `by ${names[0]}`
  if (required.length >= threshold) return `by each of ${join(required)}`
  if (threshold === names.length) return `by each of ${join(names)}`
  const among = required.length > 0 ? `, ${join(required)} among them` : ''
  return `by ${threshold} of ${join(names)}${among}`
}

/**
 * Finds the trust roots that count towards a demand: as many as can be told apart. A signer counts for
 * one trust root only, whatever it is called in others, and so does a log entry. `isFulfilled` if
 * they are enough and all of the required ones are among them.
 */
export function countVotes(
  { roots, threshold, required }: Demand,
  votes: readonly Vote[],
): { readonly counted: readonly string[]; readonly isFulfilled: boolean } {
  const signers = mergeSigners(votes)
  const signersOf = (root: string) => signers.filter((each) => each.root === root)
  const assigned = new Map<string, string>()
  /** Gives a trust root a signer, moving others to further signers of theirs (Kuhn's algorithm). */
  const assign = (root: string, tried: Set<string>): boolean =>
    signersOf(root).some(({ signer }) => {
      if (tried.has(signer)) return false
      tried.add(signer)
      const holder = assigned.get(signer)
      if (holder !== undefined && !assign(holder, tried)) return false
      assigned.set(signer, root)
      return true
    })
  // Who has a signer keeps one from here on, so those that are required come first.
  const names = roots.map(({ name }) => name)
  const order = [...required, ...names.filter((name) => !required.includes(name))]
  for (const root of order) assign(root, new Set())
  const counted = names.filter((name) => [...assigned.values()].includes(name))
  const isFulfilled =
    counted.length >= threshold && required.every((name) => counted.includes(name))
  return { counted, isFulfilled }
}

/** Gives signers that share a log entry one name: the entry counts once. */
function mergeSigners(votes: readonly Vote[]): readonly Pick<Vote, 'root' | 'signer'>[] {
  const nameOf = new Map<string, string>()
  const resolve = (name: string): string => {
    const other = nameOf.get(name)
    return other === undefined || other === name ? name : resolve(other)
  }
  for (const { signer, logEntries } of votes) {
    for (const entry of logEntries) {
      const key = `entry ${entry}`
      const known = nameOf.get(key)
      if (known === undefined) nameOf.set(key, signer)
      else if (resolve(known) !== resolve(signer)) nameOf.set(resolve(signer), resolve(known))
    }
  }
  return votes.map(({ root, signer }) => ({ root, signer: resolve(signer) }))
}

function join(names: readonly string[]): string {
  if (names.length < 2) return names.join('')
  return `${names.slice(0, -1).join(', ')} and ${names.at(-1)}`
}
