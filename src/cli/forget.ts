import { RedisEntries } from '../clients/redis/entries.ts'
import { RedisLink } from '../clients/redis/link.ts'
import { type RedisSettings, readRedisSettings } from '../clients/redis/settings.ts'
import { RedisTrustStore } from '../clients/redis/trust-store.ts'
import type { Report } from '../clients/report.ts'
import { FileTrustStore, prepareStateDir } from '../clients/trust-store.ts'
import { repositoryName } from '../image/reference.ts'
import { type Command, EXIT, UsageError } from './command.ts'
import { CONFIG_FLAG, orMisused, readConfig } from './config-file.ts'
import { findNotary, parseImage } from './notary-of.ts'
import { reportTo } from './output.ts'

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
    const redis = orMisused(() => readRedisSettings(process.env))
    if (stateDir === undefined && redis === undefined) {
      throw new UsageError('forget needs --state-dir DIR, or REDIS_HOST and what belongs to it')
    }
    const reference = parseImage(image)
    const { host } = findNotary(readConfig(flags['config'] ?? ''), reference)
    const gun = repositoryName(reference)
    const report = reportTo(terminal)
    const kept: string[] = []
    const forgetIn = async (place: string, forget: () => Promise<boolean>) => {
      if (await forget().catch(misuse)) kept.push(place)
    }
    if (stateDir !== undefined) {
      orMisused(() => prepareStateDir(stateDir))
      const store = new FileTrustStore(stateDir, report)
      await forgetIn(stateDir, () => store.forget(host, gun))
    }
    if (redis !== undefined) {
      await forgetIn(`redis at ${redis.host}`, () => forgetInRedis(redis, report, host, gun))
    }
    terminal.out(
      kept.length > 0
        ? `what was remembered of ${gun} at ${host} is forgotten\n`
        : `nothing was remembered of ${gun} at ${host} in ${stateDir ?? 'redis'}\n`,
    )
    terminal.err(
      'A running process that uses this folder or Redis takes what its Notary serves from now on; one with a folder of its own, such as another replica, needs this as well.\n',
    )
    return EXIT.trusted
  },
}

/** Waits until Redis is connected: a command of its own has the time that an admission has not. */
async function forgetInRedis(
  settings: RedisSettings,
  report: Report,
  server: string,
  gun: string,
): Promise<boolean> {
  const link = new RedisLink(settings, report)
  try {
    if (!(await link.ready())) throw new Error(`redis at ${settings.host} cannot be used`)
    const entries = new RedisEntries({ link, key: settings.entryKey, report })
    return await new RedisTrustStore(entries, report).forget(server, gun)
  } finally {
    link.close()
  }
}

function misuse(cause: Error): never {
  throw new UsageError(cause.message, { cause })
}
