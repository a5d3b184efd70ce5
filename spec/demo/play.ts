import { playReview } from './play-review.ts'
import type { Account, CommandScene, PostScene, Scene } from './scene.ts'
import { resetStage, type Stage } from './stage.ts'

/** Plays one scene. Never rejects: whatever goes wrong is a complaint. */
export async function play(scene: Scene, stage: Stage): Promise<Account> {
  try {
    scene.arrange?.(stage)
    return await ask(scene, stage)
  } catch (error) {
    const what = error instanceof Error ? error.message : String(error)
    return { rows: [], complaints: [`the scene could not be played: ${what}`] }
  } finally {
    resetStage(stage)
  }
}

function ask(scene: Scene, stage: Stage): Promise<Account> {
  switch (scene.kind) {
    case 'review':
      return playReview(scene, stage)
    case 'post':
      return playPost(scene, stage)
    case 'command':
      return playCommand(scene, stage)
  }
}

async function playPost({ body, expected }: PostScene, { webhooks }: Stage): Promise<Account> {
  const answer = await webhooks.denying.post(body)
  const complaints = [
    ...(answer.status === expected.status
      ? []
      : [`HTTP ${answer.status} instead of ${expected.status}`]),
    ...(answer.body.includes(expected.says) ? [] : [`it does not say: ${expected.says}`]),
  ]
  return {
    rows: [
      { label: 'sent', lines: [body] },
      { label: 'answered', lines: [`HTTP ${answer.status}`, answer.body], tone: 'bad' },
    ],
    complaints,
  }
}

async function playCommand(
  { args, expected }: CommandScene,
  { processes }: Stage,
): Promise<Account> {
  const { exitCode, stdout, stderr } = await processes.run(args)
  const lines = `${stdout}${stderr}`.trimEnd().split('\n')
  const complaints = [
    ...(exitCode === expected.exitCode
      ? []
      : [`exit code ${exitCode} instead of ${expected.exitCode}`]),
    ...missing(lines, expected.says).map((text) => `no line says, in its place: ${text}`),
    ...(expected.lines === undefined || expected.lines === lines.length
      ? []
      : [`${lines.length} lines instead of ${expected.lines}`]),
  ]
  return {
    rows: [
      { label: 'typed', lines: [`connaisseur ${args.join(' ')}`] },
      { label: 'printed', lines },
      { label: 'exit code', lines: [String(exitCode)], tone: exitCode === 0 ? 'good' : 'bad' },
    ],
    complaints,
  }
}

/** Each text has to begin a line, after that of the text before. */
function missing(lines: readonly string[], texts: readonly string[]): readonly string[] {
  let from = 0
  return texts.filter((text) => {
    const at = lines.findIndex((line, index) => index >= from && line.trimStart().startsWith(text))
    if (at >= 0) from = at + 1
    return at < 0
  })
}
