import { readFileSync, statSync } from 'node:fs'
import type { Config } from '../config/config.ts'
import { parseConfig } from '../config/parse.ts'
import { ConfigError } from '../config/problem.ts'
import { type Flag, UsageError } from './command.ts'

/** The flag that names the configuration; the default is where the chart mounts it. */
export const CONFIG_FLAG: Flag = {
  value: 'FILE',
  help: 'the configuration',
  default: '/app/config/config.yaml',
}

/** The flag that names the folder of the secrets; the default is where the chart mounts them. */
export const SECRETS_DIR_FLAG: Flag = {
  value: 'DIR',
  help: 'where credentials are, as NAME/secret.yaml or NAME/.dockerconfigjson',
  default: '/app/secrets',
}

/** The flag that names the folder of the operator's own templates of alerts. */
export const ALERT_TEMPLATES_FLAG: Flag = {
  value: 'DIR',
  help: 'where NAME.json are, the templates of alerts besides those that are built in',
}

/** Ten times what the parser takes; keeps a wrong path, such as a disk image, out of memory. */
const MAX_FILE_BYTES = 40 * 1024 * 1024

/**
 * Reads and parses a configuration, with the environment of the process for its credentials; throws
 * a `UsageError` that lists every problem.
 */
export function readConfig(file: string): Config {
  const text = readText(file)
  try {
    return parseConfig(text, file, process.env)
  } catch (error) {
    if (error instanceof ConfigError) throw new UsageError(error.message, { cause: error })
    throw error
  }
}

function readText(file: string): string {
  try {
    const stats = statSync(file)
    if (stats.isFile() && stats.size > MAX_FILE_BYTES) throw new Error('it is too large')
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: false }).decode(readFileSync(file))
  } catch (cause) {
    if (!(cause instanceof Error)) throw cause
    const reason = 'code' in cause ? String(cause.code) : cause.message
    throw new UsageError(`the configuration ${file} cannot be read: ${reason}`, { cause })
  }
}

/** Does a part of the start; why it fails is for the person who started the program. */
export function orMisused<Result>(work: () => Result): Result {
  try {
    return work()
  } catch (error) {
    if (error instanceof Error) throw new UsageError(error.message, { cause: error })
    throw error
  }
}

/** As `orMisused`, for what takes its time. */
export async function orMisusedLater<Result>(work: () => Promise<Result>): Promise<Result> {
  try {
    return await work()
  } catch (error) {
    if (error instanceof Error) throw new UsageError(error.message, { cause: error })
    throw error
  }
}
