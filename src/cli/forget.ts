import { FileTrustStore, prepareStateDir } from '../clients/trust-store.ts'
import { repositoryName } from '../image/reference.ts'
import { type Command, EXIT, UsageError } from './command.ts'
import { CONFIG_FLAG, orMisused, readConfig } from './config-file.ts'
import { findNotary, parseImage } from './notary-of.ts'

/** `connaisseur forget IMAGE` */
export const forgetCommand: Command = {
  name: 'forget',
  summary:
    'Forget what is remembered of a repository: only after its Notary was restored on purpose.',
  operands: 'IMAGE',
  minOperands: 1,
  maxOperands: 1,
  flags: {
    config: CONFIG_FLAG,
    'state-dir': { value: 'DIR', help: 'the folder that serve or verify was given' },
  },
  async run({ operands: [image = ''], flags }, terminal) {
    const stateDir = flags['state-dir']
    if (stateDir === undefined) throw new UsageError('forget needs --state-dir DIR')
    const reference = parseImage(image)
    const { host } = findNotary(readConfig(flags['config'] ?? ''), reference)
    const gun = repositoryName(reference)
    orMisused(() => prepareStateDir(stateDir))
    const store = new FileTrustStore(stateDir, (message, fields) =>
      terminal.err(`${message}: ${JSON.stringify(fields)}\n`),
    )
    const wasKept = await store.forget(host, gun).catch((cause: Error) => {
      throw new UsageError(cause.message, { cause })
    })
    terminal.out(
      wasKept
        ? `what was remembered of ${gun} at ${host} is forgotten\n`
        : `nothing was remembered of ${gun} at ${host} in ${stateDir}\n`,
    )
    terminal.err(
      'A running process that uses this folder takes what its Notary serves from now on; one with a folder of its own, such as another replica, needs this as well.\n',
    )
    return EXIT.trusted
  },
}
