import type {
  RepositoryId,
  StoredTrustData,
  TrustStore,
} from '../../../src/validators/notary-v1/store.ts'

/** Keeps everything in a map, as a store that fails only when it is told to. */
export function createStore() {
  const data = new Map<string, StoredTrustData>()
  const forgotten = new Map<string, number>()
  const state = { isAway: false, loads: 0, saves: 0 }
  const keyOf = ({ server, gun, pin }: RepositoryId) => `${server} ${gun} ${pin}`
  const store: TrustStore = {
    async load(id) {
      state.loads++
      return state.isAway ? 'away' : data.get(keyOf(id))
    },
    async save(id, { roots, roles }) {
      if (state.isAway) return
      state.saves++
      const before = data.get(keyOf(id))?.roles ?? new Map()
      data.set(keyOf(id), { roots, roles: new Map([...before, ...roles]) })
    },
    forgottenAt: async (server, gun) => forgotten.get(`${server} ${gun}`),
  }
  return { store, data, forgotten, state }
}

/** What becomes of version 1 of a role after version 2. */
export const older = (role: string) =>
  `UNTRUSTED_ROLLBACK: ${role} metadata version 1 is older than version 2, which was trusted before`
