import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { findFreePort } from '../spec/e2e/support/port.ts'
import { createCertificateAuthority, issueServerCertificate } from '../spec/support/certificate.ts'
import { ROOT, run } from './program.ts'
import { type BenchServer, startServer } from './server.ts'

/** The two programs that are compared. */
export type Contender = 'connaisseur' | 'baseline'

const BINARY = join(ROOT, 'dist/connaisseur')
const BASELINE = join(ROOT, 'dist/bench')

/** The build flags of the Makefile. */
const BUILD_FLAGS = [
  ...['--compile', '--minify', '--bytecode', '--format=esm', '--sourcemap', '--splitting'],
  ...['--no-compile-autoload-dotenv', '--no-compile-autoload-bunfig'],
]

const CONFIG = `
validators:
  - { name: default, type: static, approve: true }
policy:
  - { pattern: "*:*" }
`

/** Starts the compiled programs from a temporary folder. */
export interface Workshop {
  /** The configuration is Connaisseur's; by default a static validator approves of everything. */
  start(contender: Contender, config?: string): Promise<BenchServer>
  /** The PEM of the authority that all certificates here come from. */
  readonly ca: string
  /** Issues another server's certificate for the loopback address. */
  issueCertificate(): Promise<{ readonly cert: string; readonly key: string }>
  /** Ends what still runs and removes the folder. */
  close(): void
}

/** Compiles the baseline and makes certificates and a configuration. */
export async function openWorkshop(): Promise<Workshop> {
  const compile = [process.execPath, 'build', 'bench/baseline.ts', ...BUILD_FLAGS]
  await run([...compile, '--outfile', BASELINE])
  const folder = mkdtempSync(join(tmpdir(), 'connaisseur-bench-'))
  const authority = await createCertificateAuthority('Connaisseur bench CA')
  const { cert, key } = await issueServerCertificate(authority)
  const write = (name: string, text: string) => {
    const file = join(folder, name)
    writeFileSync(file, text)
    return file
  }
  const certFile = write('tls.crt', cert)
  const keyFile = write('tls.key', key)
  const commandOf = (contender: Contender, port: number, config: string) =>
    contender === 'baseline'
      ? [BASELINE, String(port), certFile, keyFile]
      : [
          ...[BINARY, 'serve', '--config', write(`${port}.yaml`, config)],
          ...['--listen', `127.0.0.1:${port}`],
          ...['--tls-cert', certFile, '--tls-key', keyFile],
        ]
  const closed = new AbortController()
  return {
    ca: authority.cert,
    issueCertificate: () => issueServerCertificate(authority),
    async start(contender, config = CONFIG) {
      const port = await findFreePort()
      const target = { port, ca: authority.cert }
      return startServer(commandOf(contender, port, config), target, closed.signal)
    },
    close() {
      closed.abort()
      rmSync(folder, { recursive: true })
    },
  }
}
