import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { type CertificateAuthority, issueServerCertificate } from '../../support/certificate.ts'
import { type Forwarder, openForwarder } from './forwarder.ts'
import { findFreePort, isListening } from './port.ts'
import { type ServerProcess, startServer } from './process.ts'

const LOGGING = { level: 'warn' }
const STORAGE = { backend: 'memory' }
/** Every answer is the current one: nothing here may depend on a cache in between. */
const CACHING = { max_age: { current_metadata: '0', consistent_metadata: '0' } }

/** A real notary-server, over TLS. */
export interface Notary {
  /** Straight to the server, for publishers. */
  readonly url: string
  /** Through the forwarder, for the program under test. */
  readonly forwardedUrl: string
  readonly forwarder: Forwarder
  readonly server: ServerProcess
  /** PEM, and the same in a file. */
  readonly authority: string
  readonly authorityFile: string
  readonly stop: () => Promise<void>
}

/**
 * Starts a notary-server in `folder`. Its own keys (timestamp, and snapshot where a publisher
 * leaves it to the server) are ECDSA and held by a notary-signer, or, with `keys: 'ed25519'`,
 * Ed25519 and held by the server itself, which has no other kind. `auth` is its section of that name.
 */
export async function startNotaryServers(
  folder: string,
  authority: CertificateAuthority,
  keys: 'ecdsa' | 'ed25519' = 'ecdsa',
  auth?: unknown,
): Promise<Notary> {
  await mkdir(folder, { recursive: true })
  const tls = await issueServerCertificate(authority)
  const authorityFile = join(folder, 'ca.crt')
  await Bun.write(authorityFile, authority.cert)
  await Bun.write(join(folder, 'server.crt'), tls.cert)
  await Bun.write(join(folder, 'server.key'), tls.key)
  const signer = keys === 'ecdsa' ? await startSigner(folder) : undefined
  const port = await findFreePort()
  const server = await startNotary(folder, port, signer?.port, auth)
  const forwarder = await openForwarder(port)
  return {
    url: `https://127.0.0.1:${port}`,
    forwardedUrl: `https://127.0.0.1:${forwarder.port}`,
    forwarder,
    server,
    authority: authority.cert,
    authorityFile,
    async stop() {
      await forwarder.close()
      await server.stop()
      await signer?.process.stop()
    },
  }
}

async function startSigner(folder: string): Promise<{ port: number; process: ServerProcess }> {
  const port = await findFreePort()
  await writeJson(join(folder, 'signer.json'), {
    server: {
      grpc_addr: `127.0.0.1:${port}`,
      tls_cert_file: 'server.crt',
      tls_key_file: 'server.key',
    },
    logging: LOGGING,
    storage: STORAGE,
  })
  const command = ['notary-signer', '-config', 'signer.json', '-logf', 'logfmt']
  const surroundings = { folder, name: 'notary-signer' }
  return { port, process: await startServer(command, surroundings, () => isListening(port)) }
}

/** Started after its signer listens: a refused first dial gives HTTP 500s for a while. */
async function startNotary(
  folder: string,
  port: number,
  signerPort: number | undefined,
  auth: unknown,
) {
  await writeJson(join(folder, 'server.json'), {
    server: {
      http_addr: `127.0.0.1:${port}`,
      tls_cert_file: 'server.crt',
      tls_key_file: 'server.key',
    },
    trust_service:
      signerPort === undefined
        ? { type: 'local' }
        : {
            type: 'remote',
            hostname: '127.0.0.1',
            port: String(signerPort),
            tls_ca_file: 'ca.crt',
            key_algorithm: 'ecdsa',
          },
    logging: LOGGING,
    storage: STORAGE,
    caching: CACHING,
    ...(auth !== undefined && { auth }),
  })
  const command = ['notary-server', '-config', 'server.json', '-logf', 'logfmt']
  return startServer(command, { folder, name: 'notary-server' }, () => isListening(port))
}

async function writeJson(file: string, value: unknown): Promise<void> {
  await Bun.write(file, JSON.stringify(value, null, 2))
}
