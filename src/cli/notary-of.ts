import type { Config } from '../config/config.ts'
import { parseReference, type Reference } from '../image/reference.ts'
import { compilePolicy } from '../policy/match.ts'
import type { NotaryV1Settings } from '../validators/notary-v1/settings.ts'
import { UsageError } from './command.ts'

/** Parses an image of the command line; throws a `UsageError`. */
export function parseImage(image: string): Reference {
  try {
    return parseReference(image)
  } catch (error) {
    if (error instanceof SyntaxError) throw new UsageError(error.message, { cause: error })
    throw error
  }
}

/** Finds the Notary server that an image is verified with; throws a `UsageError` if it is with none. */
export function findNotary({ policy, validators }: Config, image: Reference): NotaryV1Settings {
  const match = compilePolicy(policy).match(image)
  if (match.kind !== 'rule') throw new UsageError('no single rule of the policy is for this image')
  const { pattern, validator, verify, line } = match.rule
  const settings = validators.find(({ name }) => name === validator)
  if (verify && settings?.type === 'notaryv1') return settings
  const how = verify ? `by the validator ${validator}` : 'by nothing (verify: false)'
  throw new UsageError(
    `the rule ${pattern.written} on line ${line} has this image verified ${how}, not by a Notary server`,
  )
}
