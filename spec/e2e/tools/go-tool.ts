import { provideTool } from './tool.ts'

/** A command of a Go module. */
export interface GoTool {
  /** The file's name, which is the last part of the package. */
  readonly name: string
  /** Without a `v`. */
  readonly version: string
  /** Such as `helm.sh/helm/v3/cmd/helm`. */
  readonly package: string
  /** Of the linker, such as `-s -w`. */
  readonly ldflags?: string
  /** What prints its version. Default `version`. */
  readonly versionArguments?: readonly string[]
}

/** Finds a command, or builds it with `go install`. Throws an error that says how to provide it. */
export function provideGoTool(tool: GoTool): Promise<string> {
  const { name, version, versionArguments = ['version'] } = tool
  return provideTool({
    name,
    version,
    hasVersion: async (file) => (await output([file, ...versionArguments])).includes(`v${version}`),
    build: (folder) => installGo(tool, folder),
  })
}

/** Runs `go install PACKAGE@vVERSION` into a folder. */
async function installGo(
  { package: path, version, ldflags }: GoTool,
  folder: string,
): Promise<void> {
  const flags = ldflags === undefined ? [] : ['-ldflags', ldflags]
  await runGo(['install', '-trimpath', ...flags, `${path}@v${version}`], { GOBIN: folder })
}

/** Runs the go command with further variables; throws with its stderr if it fails. */
export async function runGo(
  args: readonly string[],
  env: Readonly<Record<string, string>>,
  cwd?: string,
): Promise<string> {
  if (Bun.which('go') === null) throw new Error('there is no go command to build it with')
  const child = Bun.spawn(['go', ...args], {
    env: { ...process.env, CGO_ENABLED: '0', ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
    ...(cwd !== undefined && { cwd }),
  })
  const [stdout, stderr] = await Promise.all([child.stdout.text(), child.stderr.text()])
  if ((await child.exited) === 0) return stdout
  throw new Error(`go ${args[0]} failed: ${stderr.trim().split('\n').slice(-3).join(' ')}`)
}

async function output(command: readonly string[]): Promise<string> {
  const child = Bun.spawn([...command], { stdio: ['ignore', 'pipe', 'pipe'] })
  const [stdout, stderr] = await Promise.all([child.stdout.text(), child.stderr.text()])
  return `${stdout}${stderr}`
}
