import { ECS } from './ecs.ts'
import { KEYBASE } from './keybase.ts'
import { MSTEAMS } from './msteams.ts'
import { OPSGENIE } from './opsgenie.ts'
import { SLACK } from './slack.ts'

/** The templates that need no file, by the names that Connaisseur 3 has for them. */
export const BUILTIN_TEMPLATES: ReadonlyMap<string, string> = new Map([
  ['slack', SLACK],
  ['opsgenie', OPSGENIE],
  ['keybase', KEYBASE],
  ['msteams', MSTEAMS],
  ['ecs-1-12-0', ECS],
])
