import { afterAll, beforeAll, describe, expect, setDefaultTimeout, test } from 'bun:test'
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { stringify } from 'yaml'
import {
  type CertificateAuthority,
  createCertificateAuthority,
  issueServerCertificate,
} from '../support/certificate.ts'
import { type Connaisseur, startConnaisseur } from './support/connaisseur.ts'
import { Cosign, type Signer } from './support/cosign.ts'
import { rootFolder } from './support/environment.ts'
import { expectAdmitted, expectDenied } from './support/expectations.ts'
import { VALIDATOR } from './support/policy.ts'
import { pushImage, type Registry, startRegistry } from './support/registry.ts'
import { startTokenServer, type TokenServer, USER } from './support/token-server.ts'

setDefaultTimeout(60_000)

const ends: (() => Promise<unknown>)[] = []
let folder: string
let authority: CertificateAuthority
let tokens: TokenServer
let registry: Registry
let alice: Signer
let image: string
let digest: string

beforeAll(async () => {
  folder = join(await rootFolder(), `cosign-auth-${crypto.randomUUID()}`)
  mkdirSync(folder, { recursive: true })
  authority = await createCertificateAuthority()
  tokens = await startTokenServer(await issueServerCertificate(authority))
  ends.push(() => tokens.stop())
  const certificateFile = join(folder, 'token.crt')
  writeFileSync(certificateFile, tokens.certificate)
  const cosign = await Cosign.open(join(folder, 'cosign'))
  alice = await cosign.addSigner('alice')
  // cosign sends nothing to a token endpoint on the loopback, so it signs before the door is closed.
  const open = await startRegistry(join(folder, 'registry'))
  digest = (await pushImage(open, 'team/app', '1')).digest
  for (const form of ['bundle', 'tag'] as const) {
    await cosign.sign(`${open.host}/team/app@${digest}`, alice, { form })
  }
  await open.server.stop()
  registry = await startRegistry(join(folder, 'registry'), tokens.authSection(certificateFile))
  ends.push(registry.server.stop)
  image = `${registry.host}/team/app:1`
})
afterAll(async () => {
  for (const end of ends.reverse()) await end()
})

/** Starts the program under test with an `auth` section and, perhaps, a secret of these files. */
async function start(
  auth: object | undefined,
  secret: Readonly<Record<string, string>> = {},
): Promise<Connaisseur> {
  const secretsDir = join(folder, crypto.randomUUID())
  mkdirSync(join(secretsDir, 'registry'), { recursive: true })
  for (const [name, text] of Object.entries(secret)) {
    writeFileSync(join(secretsDir, 'registry', name), text)
  }
  const trustRoots = [{ name: 'default', key: alice.publicKey }]
  const validator = {
    name: VALIDATOR,
    type: 'cosign',
    cert: authority.cert,
    insecureRegistries: [registry.host],
    ...(auth && { auth }),
    trustRoots,
  }
  const options = { verifyInTransparencyLog: false }
  const policy = [{ pattern: '*:*', validator: VALIDATOR, with: options }]
  const file = join(folder, `${crypto.randomUUID()}.yaml`)
  writeFileSync(file, stringify({ validators: [validator], policy }))
  const beforeStop = (end: () => Promise<unknown>) => void ends.push(end)
  const flags = ['--secrets-dir', secretsDir]
  return startConnaisseur({ folder, authority, beforeStop }, file, { flags })
}

const ENCODED = Buffer.from(`${USER.username}:${USER.password}`).toString('base64')
const docker = (auths: object) => ({ '.dockerconfigjson': JSON.stringify({ auths }) })

describe('a docker-registry that wants tokens is asked with credentials', () => {
  test('of a secret.yaml', async () => {
    const text = stringify({ ...USER, registry: registry.host })
    const connaisseur = await start({ secretName: 'registry' }, { 'secret.yaml': text })
    await expectAdmitted(connaisseur, image, digest)
  })

  test('of a .dockerconfigjson, those of the longest path', async () => {
    const wrong = Buffer.from('nobody:nothing').toString('base64')
    const auths = {
      [registry.host]: { auth: wrong },
      [`${registry.host}/team`]: { auth: ENCODED },
    }
    const connaisseur = await start({ secretName: 'registry' }, docker(auths))
    await expectAdmitted(connaisseur, image, digest)
  })

  test('in the configuration', async () => {
    const connaisseur = await start({ ...USER, registry: registry.host })
    await expectAdmitted(connaisseur, image, digest)
  })
})

describe('and tells the operator where they are missing or not for it', () => {
  test('without any', async () => {
    await expectDenied(await start(undefined), image, 'MISCONFIGURED_CREDENTIALS')
  })

  test('hole 7: with those of a host whose name begins alike', async () => {
    const connaisseur = await start(
      { secretName: 'registry' },
      docker({ [`${registry.host}.evil.example`]: { auth: ENCODED } }),
    )
    await expectDenied(connaisseur, image, 'MISCONFIGURED_CREDENTIALS')
  })

  test('hole 12: and no word of the password', async () => {
    const connaisseur = await start({
      username: 'nobody',
      password: 'hunter2',
      registry: registry.host,
    })
    const { entry } = await connaisseur.verify(image)
    expect(entry.code).toBe('MISCONFIGURED_CREDENTIALS')
    expect(JSON.stringify(entry)).not.toContain('hunter2')
  })
})
