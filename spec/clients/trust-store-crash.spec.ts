import { afterEach, beforeEach, expect, test } from 'bun:test'
import { join } from 'node:path'
import { loadTexts, StateFolder } from './trust-store-fixture.ts'
import { stateOf } from './trust-store-states.ts'

const KILLS = 30
const SEED = 20260704

let folder: StateFolder
beforeEach(() => {
  folder = new StateFolder()
})
afterEach(() => folder.remove())

/** Starts a writer, kills it at some moment after its first save, and returns its last one. */
async function writeUntilKilled(first: number, random: () => number): Promise<number> {
  const script = join(import.meta.dir, 'trust-store-writer.ts')
  const argv = [process.execPath, script, folder.path, String(first)]
  const writer = Bun.spawn(argv, { stdout: 'pipe', stderr: 'pipe', stdin: 'ignore' })
  const enough = first + Math.floor(random() * 8)
  let text = ''
  let killed = false
  for await (const chunk of writer.stdout) {
    text += Buffer.from(chunk).toString()
    if (killed || lastOf(text) < enough) continue
    killed = true
    await Bun.sleep(random() * 4)
    writer.kill('SIGKILL')
  }
  await writer.exited
  expect(await writer.stderr.text()).toBe('')
  return lastOf(text)
}

function lastOf(text: string): number {
  return Number(text.split('\n').at(-2) ?? Number.NaN)
}

/** Numbers of at least 0 and below 1 that are the same for one seed (mulberry32). */
function createRandom(seed: number): () => number {
  let state = seed
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
}

test('a process that is killed at any moment leaves its last state or the next, whole', async () => {
  const random = createRandom(SEED)
  let first = 3
  for (let kill = 0; kill < KILLS; kill++) {
    const saved = await writeUntilKilled(first, random)
    const loaded = await loadTexts(folder.open())
    expect(folder.heard).toEqual([])
    const found = Number(loaded?.roles['timestamp']?.split(' ')[1])
    expect([saved, saved + 1]).toContain(found)
    expect(loaded).toEqual(stateOf(found))
    first = found + 1
  }
}, 120_000)
