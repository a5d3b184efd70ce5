import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { invite } from './keep.ts'
import { play } from './play.ts'
import { BINARY } from './processes.ts'
import { ATTACKS } from './scenes/attacks.ts'
import { COMMANDS } from './scenes/commands.ts'
import { IMAGES } from './scenes/images.ts'
import { MODES } from './scenes/modes.ts'
import { OBJECTS } from './scenes/objects.ts'
import { type Stage, setStage } from './stage.ts'
import { print, printAside, printScene, printTotals } from './terminal.ts'

const SCENES = [...IMAGES, ...ATTACKS, ...OBJECTS, ...MODES, ...COMMANDS]

/** What a shell reports of a program that Ctrl-C has ended. */
const INTERRUPTED = 130

process.exitCode = await main()

async function main(): Promise<number> {
  const interruption = untilInterrupted()
  if (!(await Bun.file(BINARY).exists())) {
    console.error('dist/connaisseur is missing, run make build first')
    return 1
  }
  // Otherwise the environment might send the way to our own servers through a proxy.
  process.env['NO_PROXY'] = '127.0.0.1'
  await using stack = new AsyncDisposableStack()
  const folder = await mkdtemp(join(tmpdir(), 'connaisseur-demo-'))
  stack.defer(() => rm(folder, { recursive: true, force: true }))
  const stage = await setStage(folder, stack)
  introduce(stage)
  const { passed, failed } = await playAll(stage, interruption.signal)
  if (interruption.signal.aborted) return INTERRUPTED
  printTotals(passed, failed)
  if (process.env['KEEP']) {
    await invite(stage)
    await interruption.happened
  }
  return failed === 0 ? 0 : 1
}

function introduce({ notary, webhooks }: Stage): void {
  print('Connaisseur lets only images with a trusted, signed digest into a cluster.')
  printAside(
    `a Notary that really signs, with fresh keys   ${notary.url}`,
    `dist/connaisseur serve                        ${new URL(webhooks.denying.url).origin}`,
    'and this program in the part of the API server',
    '',
  )
}

/** Plays every scene until interrupted, and counts those that were as promised and the others. */
async function playAll(stage: Stage, signal: AbortSignal) {
  let [passed, failed] = [0, 0]
  for (const [index, scene] of SCENES.entries()) {
    const account = await play(scene, stage)
    if (signal.aborted) break
    printScene(index + 1, scene, account)
    if (account.complaints.length === 0) passed++
    else failed++
  }
  return { passed, failed }
}

/** From the call on, signals that would end the program no longer do so. */
function untilInterrupted() {
  const controller = new AbortController()
  const { promise: happened, resolve } = Promise.withResolvers<void>()
  for (const name of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
    process.on(name, () => {
      controller.abort()
      resolve()
    })
  }
  return { signal: controller.signal, happened }
}
