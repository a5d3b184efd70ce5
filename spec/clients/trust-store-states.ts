import { bytesOf, trustData } from './trust-store-fixture.ts'

/** The targets are new in one state of three only, and large, so that writing them takes a while. */
const TARGETS_EVERY = 3
const TARGETS_BYTES = 200_000

/** What is saved to get from a state to the next one. */
export function savesOf(state: number) {
  const { roots, roles } = stateOf(state)
  const data = trustData(roots, { timestamp: roles.timestamp, snapshot: roles.snapshot })
  if (state % TARGETS_EVERY === 0) data.roles.set('targets', bytesOf(roles.targets))
  return data
}

/** What is there after it, from the third state on. */
export function stateOf(state: number) {
  const targets = `targets ${state - (state % TARGETS_EVERY)} `
  return {
    roots: Array.from({ length: 1 + Math.floor(state / 50) }, (_, index) => `root ${index}`),
    roles: {
      timestamp: `timestamp ${state}`,
      snapshot: `snapshot ${state}`,
      targets: targets.padEnd(TARGETS_BYTES, '.'),
    },
  }
}
