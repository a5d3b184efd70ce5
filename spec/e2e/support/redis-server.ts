import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { RedisClient } from 'bun'
import {
  type CertificateAuthority,
  issueClientCertificate,
  issueServerCertificate,
} from '../../support/certificate.ts'
import { findFreePort, isListening } from './port.ts'
import { type ServerProcess, startServer } from './process.ts'

const USER = 'connaisseur'
const PASSWORD = 'p@ss:w/rd'
const ADMIN_PASSWORD = 'of-the-administrator'

/** What the program may do, as the documentation has it. */
const ACL = '~connaisseur:* resetchannels -@all +hello +auth +getrange +set'

/** A real redis-server: TLS only, client certificates, a user of few rights. */
export interface RealRedis {
  readonly server: ServerProcess
  /** What `serve` needs. */
  readonly env: Readonly<Record<string, string>>
  /** Somebody who can do everything in Redis. */
  readonly admin: RedisClient
  readonly stop: () => Promise<void>
}

/** Starts redis-server in a folder; `port` is that of one that was there before. */
export async function startRedis(
  folder: string,
  authority: CertificateAuthority,
  port?: number,
): Promise<RealRedis> {
  await mkdir(folder, { recursive: true })
  const at = port ?? (await findFreePort())
  const identity = await issueServerCertificate(authority)
  const client = await issueClientCertificate(authority, { user: USER })
  const write = async (name: string, text: string) => {
    const file = join(folder, name)
    await Bun.write(file, text)
    return file
  }
  const ca = await write('ca.crt', authority.cert)
  const configuration = await write(
    'redis.conf',
    [
      'port 0',
      `tls-port ${at}`,
      'bind 127.0.0.1',
      `tls-cert-file ${await write('redis.crt', identity.cert)}`,
      `tls-key-file ${await write('redis.key', identity.key)}`,
      `tls-ca-cert-file ${ca}`,
      'tls-auth-clients yes',
      'save ""',
      `dir ${folder}`,
      'user default off',
      `user ${USER} on >${PASSWORD} ${ACL}`,
      `user admin on >${ADMIN_PASSWORD} ~* &* +@all`,
    ].join('\n'),
  )
  const server = await startServer(
    ['redis-server', configuration],
    { folder, name: `redis-${at}-${crypto.randomUUID()}` },
    () => isListening(at),
  )
  const admin = new RedisClient(`rediss://admin:${ADMIN_PASSWORD}@127.0.0.1:${at}`, {
    tls: { ca: authority.cert, cert: client.cert, key: client.key },
  })
  return {
    server,
    admin,
    env: {
      REDIS_HOST: '127.0.0.1',
      REDIS_PORT: String(at),
      REDIS_USERNAME: USER,
      REDIS_PASSWORD: PASSWORD,
      REDIS_CA: ca,
      REDIS_CERT: await write('client.crt', client.cert),
      REDIS_KEY: await write('client.key', client.key),
      CACHE_KEY: 'a key that redis does not have at all',
    },
    async stop() {
      admin.close()
      await server.stop()
    },
  }
}
