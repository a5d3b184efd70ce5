import { afterAll, beforeAll, expect, setDefaultTimeout, test } from 'bun:test'
import { join } from 'node:path'
import { startNotary } from '../support/notary/server.ts'
import { Random } from '../support/random.ts'
import { askBoth, type Comparison, type Served } from './differential/compare.ts'
import { compareAll, isMistake, summarise } from './differential/run.ts'
import { type Environment, startEnvironment } from './support/environment.ts'
import { fetchMetadata, fetchRootKey } from './support/metadata.ts'
import { addDelegation, initRepository, signImage } from './support/publisher.ts'

setDefaultTimeout(120_000)

const SEED = 20_261_124
const COUNT = 600
const REAL_COUNT = 150

let environment: Environment
let real: Served

beforeAll(async () => {
  environment = await startEnvironment('differential')
  const alice = await environment.addPublisher()
  const gun = environment.gunOf('app')
  const image = await environment.push('app', '1')
  await initRepository(alice, gun, 'docker')
  await addDelegation(alice, gun, 'targets/releases')
  await signImage(alice, gun, '1', image, 'targets/releases')
  const files = new Map<string, Uint8Array>()
  for (const role of ['root', 'timestamp', 'snapshot', 'targets', 'targets/releases']) {
    const bytes = Buffer.from(await fetchMetadata(environment.notary, gun, role))
    files.set(`${role}.json`, bytes)
    files.set(`${role}.${new Bun.CryptoHasher('sha256').update(bytes).digest('hex')}.json`, bytes)
  }
  const { publicKey } = await fetchRootKey(environment.notary, gun)
  const { signed } = JSON.parse(Buffer.from(files.get('root.json') ?? []).toString())
  const [pinId] = signed.roles.root.keyids
  real = { gun, tag: '1', files, pin: publicKey, pinId }
})
afterAll(() => environment?.stop())

test('what the notary client refuses is never trusted, and what we alone refuse has its reason', async () => {
  const comparisons = await compareAll(SEED, COUNT)
  const mistakes = comparisons.filter(isMistake)
  if (mistakes.length > 0) console.error(summarise(comparisons))
  expect(mistakes.map(({ name }) => name)).toEqual([])
  // It would show nothing if the mutations were all refused, or all harmless.
  const count = (kind: string) => comparisons.filter(({ outcome }) => outcome.kind === kind).length
  expect(count('both accept')).toBeGreaterThan(COUNT / 5)
  expect(count('both refuse')).toBeGreaterThan(COUNT / 5)
})

test('so it is with files that the real client made and nobody signed again', async () => {
  const server = startNotary()
  const arena = { server, folder: join(environment.folder, 'clients') }
  const untouched = await askBoth('untouched', 'none', real, arena)
  expect(untouched.outcome).toEqual({ kind: 'both accept' })
  const comparisons: Comparison[] = []
  for (let index = 0; index < REAL_COUNT; index++) {
    const random = new Random(SEED + index)
    const files = new Map(real.files)
    const name = alter(files, random)
    comparisons.push(await askBoth(`index ${index}: ${name}`, 'raw', { ...real, files }, arena))
  }
  server.stop()
  const mistakes = comparisons.filter(isMistake)
  if (mistakes.length > 0) console.error(summarise(comparisons))
  expect(mistakes.map(({ name }) => name)).toEqual([])
})

/** Alters one role under all of its names, and tells how. */
function alter(files: Map<string, Uint8Array>, random: Random): string {
  const role = random.pick(['root', 'timestamp', 'snapshot', 'targets', 'targets/releases'])
  const names = [...files.keys()].filter(
    (name) => name.replace(/(\.[0-9a-f]{64})?\.json$/, '') === role,
  )
  const honest = Buffer.from(files.get(`${role}.json`) ?? [])
  const how = random.pick(['bit', 'digit', 'cut', 'longer', 'gone', 'other role'] as const)
  const altered = alterBytes(honest, how, random, files)
  for (const name of names) {
    if (altered === undefined) files.delete(name)
    else files.set(name, altered)
  }
  return `${how} of ${role}`
}

function alterBytes(
  honest: Buffer,
  how: string,
  random: Random,
  files: ReadonlyMap<string, Uint8Array>,
): Uint8Array | undefined {
  const bytes = Buffer.from(honest)
  const at = random.below(bytes.length)
  switch (how) {
    case 'bit':
      bytes[at] = (bytes[at] ?? 0) ^ (1 << random.below(8))
      return bytes
    case 'digit':
      return Buffer.from(
        bytes.toString().replace(/\d/, (digit) => String((Number(digit) + 1) % 10)),
      )
    case 'cut':
      return bytes.subarray(0, at)
    case 'longer':
      return Buffer.concat([bytes, Buffer.from('\n')])
    case 'other role':
      return files.get(random.pick(['root.json', 'snapshot.json', 'targets.json']))
    default:
      return undefined
  }
}
