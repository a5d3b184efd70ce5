import manifest from '../../package.json' with { type: 'json' }
import { type Command, EXIT } from './command.ts'

/** The version of the program. */
export const VERSION = manifest.version

/** `connaisseur version` */
export const versionCommand: Command = {
  name: 'version',
  summary: 'Print the version.',
  flags: {},
  async run(_, terminal) {
    terminal.out(`connaisseur ${VERSION}\n`)
    return EXIT.trusted
  },
}
