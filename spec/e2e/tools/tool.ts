import { accessSync, constants } from 'node:fs'
import { mkdir, mkdtemp, rename, rm } from 'node:fs/promises'
import { homedir } from 'node:os'
import { join } from 'node:path'

/** A program that end-to-end specs run and that no Debian package has. */
export interface Tool {
  readonly name: string
  /** Exactly this one, without a `v`. */
  readonly version: string
  /** Tells whether a program on the PATH has the version; without it the PATH is not looked at. */
  readonly hasVersion?: (file: string) => Promise<boolean>
  /** Builds it into a folder, under its name. */
  readonly build: (folder: string) => Promise<void>
}

/**
 * Finds a tool, or builds it once for all runs: in the folder that `CONNAISSEUR_E2E_TOOLS` names, on
 * the PATH, in the cache. Throws an error that says how to provide it.
 */
export async function provideTool(tool: Tool): Promise<string> {
  const found = findGiven(tool.name) ?? (await findOnPath(tool)) ?? findCached(tool)
  return found ?? (await buildIntoCache(tool))
}

/** Where built tools are kept, outside the repository: `$XDG_CACHE_HOME/connaisseur/tools`. */
export function cacheFolder(): string {
  const { XDG_CACHE_HOME: cache = '' } = process.env
  return join(cache === '' ? join(homedir(), '.cache') : cache, 'connaisseur', 'tools')
}

/** Whoever gives a folder vouches for what is in it. */
function findGiven(name: string): string | undefined {
  const { CONNAISSEUR_E2E_TOOLS: folder = '' } = process.env
  return folder === '' ? undefined : ifExecutable(join(folder, name))
}

async function findOnPath({ name, hasVersion }: Tool): Promise<string | undefined> {
  const file = Bun.which(name)
  if (file === null || hasVersion === undefined) return undefined
  return (await hasVersion(file)) ? file : undefined
}

function findCached(tool: Tool): string | undefined {
  return ifExecutable(cachedFile(tool))
}

function cachedFile({ name, version }: Tool): string {
  return join(cacheFolder(), `${name}-${version}`)
}

/** Builds beside the cache and moves in, so that nobody finds half a program. */
async function buildIntoCache(tool: Tool): Promise<string> {
  const { name, version } = tool
  await mkdir(cacheFolder(), { recursive: true })
  const folder = await mkdtemp(join(cacheFolder(), `.${name}-`))
  console.error(`building ${name} ${version}, which takes minutes and is done once`)
  try {
    await tool.build(folder)
    await rename(join(folder, name), cachedFile(tool))
    return cachedFile(tool)
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : String(cause)
    throw new Error(
      `${name} ${version} is missing and cannot be built: ${why}. Put it into a folder and set CONNAISSEUR_E2E_TOOLS to it, or save it as ${cachedFile(tool)}.`,
      { cause },
    )
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}

function ifExecutable(file: string): string | undefined {
  try {
    accessSync(file, constants.X_OK)
    return file
  } catch {
    return undefined
  }
}
