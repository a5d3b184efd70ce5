import { join } from 'node:path'
import { BINARY } from './binary.ts'
import type { Environment } from './environment.ts'
import type { Notary } from './notary-servers.ts'
import { writePolicy } from './policy.ts'
import { runOrThrow } from './process.ts'

const ANY_KEY = `-----BEGIN PUBLIC KEY-----
MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAEZyVHzneqF1h8Wmy4N4w6nMzfKdMi
fBZIPdE2TOhOvQBVQFBJUd23a+gOjzDQm2D/4mK70ldTz07l/YJy8eDtmQ==
-----END PUBLIC KEY-----
`

/** Runs `root-key` with the credentials of the secret `root-key` and returns the PEM it prints. */
export async function printRootKey(
  environment: Environment,
  notary: Pick<Notary, 'forwardedUrl' | 'authority'>,
  gun: string,
  secretsDir: string,
): Promise<string> {
  const validator = { auth: { secretName: 'root-key' } }
  const config = await writePolicy(environment, { [gun]: ANY_KEY }, { notary, validator })
  const flags = ['--config', config, '--secrets-dir', secretsDir]
  return runOrThrow([BINARY, 'root-key', ...flags, gun], { folder: join(environment.folder) })
}
