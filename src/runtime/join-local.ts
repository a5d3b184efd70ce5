import { GivenCertificates } from '../cluster/certificates/given.ts'
import { OwnCertificates } from '../cluster/certificates/own.ts'
import {
  type LocalSettings,
  namesOfUrl,
  toLocalRegistration,
} from '../cluster/registration/local.ts'
import { type CertificateFiles, readGivenPair } from './given-certificate.ts'
import { type Joined, type JoinOptions, joinCluster, type Membership } from './join-cluster.ts'

/** A program that runs outside of the cluster. */
export interface LocalOptions extends JoinOptions {
  readonly url: LocalSettings['url']
  readonly failurePolicy: LocalSettings['failurePolicy']
  /** A certificate for the URL; without it the program makes one, for as long as it runs. */
  readonly given?: CertificateFiles
}

/** Joins for as long as the program runs: what is registered is taken away at the end. */
export function joinLocally(options: LocalOptions): Promise<Joined> {
  const { url, failurePolicy, given, configuration } = options
  return joinCluster(options, async (): Promise<Membership> => {
    const names = namesOfUrl(url)
    const [host = ''] = [...names.dns, ...(names.ip ?? [])]
    const certificates = given
      ? new GivenCertificates(readGivenPair(given, host))
      : await OwnCertificates.issue(names)
    const registration = () => {
      const { namespacedValidation } = configuration.config.features
      return toLocalRegistration({ url, failurePolicy, namespacedValidation })
    }
    return {
      certificates,
      wish: { registration, bundle: () => certificates.bundle },
      async leave(registrar, report) {
        const { name } = registration()
        try {
          await registrar.remove()
        } catch (error) {
          const problem = error instanceof Error ? error.message : String(error)
          const remedy = `kubectl delete mutatingwebhookconfiguration ${name}`
          report('webhook could not be taken away', { problem, remedy })
        }
      },
    }
  })
}
