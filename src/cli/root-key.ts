import { connectNotary, type NotaryV1Server } from '../assemble.ts'
import { type Reference, repositoryName } from '../image/reference.ts'
import { escapeUnprintable } from '../text/quote.ts'
import { actorOf, TrustError } from '../trust/errors.ts'
import { type RootKey, readUnpinnedRoot, type UnpinnedRoot } from '../trust/tuf/root-keys.ts'
import { parseHost } from '../validators/notary-v1/settings.ts'
import { type Arguments, type Command, EXIT, type Terminal, UsageError } from './command.ts'
import { CONFIG_FLAG, orMisused, readConfig, SECRETS_DIR_FLAG } from './config-file.ts'
import { findNotary, parseImage } from './notary-of.ts'
import { renderJson, reportTo } from './output.ts'

const TIMEOUT_MS = 30_000

/** As the validator caps it. */
const MAX_ROOT_BYTES = 1024 * 1024

const FIRST_USE =
  'This is trust on first use: it is what the server says. Compare it with what the publisher says in another way before you pin it.'

/** `connaisseur root-key IMAGE` */
export const rootKeyCommand: Command = {
  name: 'root-key',
  summary: 'Print the public root keys of a repository, to be pinned as trust roots.',
  operands: 'IMAGE',
  minOperands: 1,
  maxOperands: 1,
  flags: {
    config: {
      ...CONFIG_FLAG,
      help: 'the configuration, whose rule for the image names the server',
    },
    server: { value: 'URL', help: 'the Notary server, instead of the one of the configuration' },
    cacert: { value: 'FILE', help: 'the CA certificates of that server, PEM' },
    'secrets-dir': SECRETS_DIR_FLAG,
    output: {
      value: 'FORMAT',
      help: 'pem or json',
      default: 'pem',
      choices: ['pem', 'json'],
    },
  },
  async run({ operands: [image = ''], flags }, terminal) {
    const reference = parseImage(image)
    const server = findServer(reference, flags)
    const gun = repositoryName(reference)
    const client = orMisused(() =>
      connectNotary(server, {
        secretsDir: flags['secrets-dir'] ?? '',
        report: reportTo(terminal),
      }),
    )
    try {
      const limits = { maxBytes: MAX_ROOT_BYTES, signal: AbortSignal.timeout(TIMEOUT_MS) }
      const bytes = await client.fetchNewest(gun, 'root', limits)
      if (bytes === undefined) {
        throw new TrustError('UNTRUSTED_NO_TRUST_DATA', `no trust data for ${gun}`)
      }
      const root = readUnpinnedRoot(bytes, gun, new Date())
      print(terminal, { server: server.host, repository: gun, ...root }, flags['output'] === 'json')
      return EXIT.trusted
    } catch (error) {
      if (!(error instanceof TrustError)) throw error
      const { code, message } = error
      terminal.err(`${escapeUnprintable(message)} [${code}, for the ${actorOf(code)} to act]\n`)
      return code.startsWith('UNTRUSTED_') ? EXIT.untrusted : EXIT.misused
    }
  },
}

function findServer(
  image: Reference,
  { server, cacert, config }: Arguments['flags'],
): NotaryV1Server {
  if (server === undefined) {
    if (cacert !== undefined) throw new UsageError('--cacert goes with --server')
    return findNotary(readConfig(config ?? ''), image)
  }
  const host = orMisused(() => parseHost(server))
  return { host, ...(cacert !== undefined && { certFile: cacert }) }
}

interface Found extends UnpinnedRoot {
  readonly server: string
  readonly repository: string
}

/** stdout can be pasted into a configuration as it is; what is said of the keys is for people. */
function print(terminal: Terminal, found: Found, isJson: boolean): void {
  terminal.err(`${FIRST_USE}\n`)
  if (isJson) {
    terminal.out(renderJson(found))
    return
  }
  const { server, repository, version, expires, threshold, keys } = found
  const rows = [
    ['server', server],
    ['repository', repository],
    ['root', `version ${version}, expires ${expires}, ${threshold} of ${keys.length} keys sign`],
    ...keys.flatMap(describeKey),
  ]
  for (const [name = '', value = ''] of rows) {
    terminal.err(`${name.padEnd(11)}  ${escapeUnprintable(value)}\n`)
  }
  for (const { pem } of keys) terminal.out(pem)
}

function describeKey({
  id,
  canonicalId,
  type,
  fingerprint,
  certificate,
}: RootKey): readonly string[][] {
  return [
    ['key', `${type}, SHA-256 fingerprint ${fingerprint}`],
    ['id', `${canonicalId}, as "notary key list" has it`],
    ['in the root', id],
    ...(certificate === undefined
      ? []
      : [
          [
            'certificate',
            `${certificate.subject}, from ${certificate.notBefore} to ${certificate.notAfter}`,
          ],
        ]),
  ]
}
