import { createHash } from 'node:crypto'
import { createCertificateAuthority, issueServerCertificate } from '../../support/certificate.ts'
import { createRepository, type Repository } from '../../support/notary/repository.ts'
import { type EmbeddedNotary, startNotary } from '../../support/notary/server.ts'
import { NODE_ADDRESS } from './addresses.ts'

/** The repository that the shop signs; of its tags `signed` and `other` are, and nothing else. */
export const WEB = 'registry.example/shop/web'
export const SIGNED = `${WEB}:signed`
export const OTHER_SIGNED = `${WEB}:other`
export const UNSIGNED = `${WEB}:unsigned`

/** The same as they are to run. */
export const SIGNED_PINNED = `${SIGNED}@${digestOf('signed')}`
export const OTHER_PINNED = `${OTHER_SIGNED}@${digestOf('other')}`

/** What an attacker would like to run. */
export const EVIL_PINNED = `${SIGNED}@${digestOf('evil')}`

/** A publisher with a Notary that pods can reach. */
export interface Shop {
  readonly notary: EmbeddedNotary
  readonly repository: Repository
  /** As the configuration has it. */
  readonly validator: object
  /** How often trust data was looked at: every look begins with the timestamp. */
  readonly looks: () => number
}

/** Starts a Notary over TLS, and signs. It ends with the process that started it. */
export async function openShop(): Promise<Shop> {
  const authority = await createCertificateAuthority('Connaisseur e2e Notary')
  const tls = await issueServerCertificate(authority, { dns: [], ip: [NODE_ADDRESS] })
  const notary = startNotary({ tls, host: NODE_ADDRESS })
  const repository = await createRepository({ gun: WEB })
  repository.addTarget('signed', SIGNED_PINNED)
  repository.addTarget('other', OTHER_PINNED)
  repository.publish()
  notary.repositories.set(WEB, repository)
  const trustRoots = [{ name: 'default', key: repository.rootPublicKeyPem }]
  return {
    notary,
    repository,
    validator: {
      name: 'shop',
      type: 'notaryv1',
      host: notary.url,
      cert: authority.cert,
      trustRoots,
    },
    looks: () => notary.requests.filter(({ path }) => path.endsWith('/timestamp.json')).length,
  }
}

function digestOf(text: string): string {
  return `sha256:${createHash('sha256').update(text).digest('hex')}`
}
