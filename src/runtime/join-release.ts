import { readFileSync } from 'node:fs'
import { GivenCertificates } from '../cluster/certificates/given.ts'
import { CertificateKeeper } from '../cluster/certificates/keeper.ts'
import { createReachability } from '../cluster/registration/reachable.ts'
import { namesOf, toRegistration } from '../cluster/registration/release.ts'
import { parseRegistration, type RegistrationSettings } from '../cluster/registration/settings.ts'
import { type CertificateFiles, readGivenPair } from './given-certificate.ts'
import { type Joined, type JoinOptions, joinCluster, type Membership } from './join-cluster.ts'

/** A program that is one replica of a release. */
export interface ReleaseOptions extends JoinOptions {
  /** `registration.yaml`. */
  readonly file: string
  /** The name of our pod, if we are one. */
  readonly podName?: string | undefined
  /** Certificates that somebody else renews; without them the replicas have their own. */
  readonly given?: CertificateFiles
}

/**
 * Joins as one replica of a release: what is registered stays when a replica ends, and goes with the
 * release. Throws an `Error` for an operator where a file cannot be used.
 */
export function joinAsRelease(options: ReleaseOptions): Promise<Joined> {
  const { file, given } = options
  let settings = readRegistration(file)
  const { service, owner, certificate } = settings
  return joinCluster(options, (api, report): Membership => {
    const secret = { namespace: service.namespace, name: certificate.secretName }
    const names = namesOf(settings)
    const [host = ''] = names
    const source = given
      ? new GivenCertificates(readGivenPair(given, host))
      : new CertificateKeeper({ api, secret, names, report })
    return {
      certificates: source,
      owner: owner.clusterRole,
      reach: createReachability(api, service, { podName: options.podName }),
      wish: { registration: () => toRegistration(settings), bundle: () => source.bundle },
      attach(runtime, look) {
        runtime.watch({
          what: 'registration',
          files: () => [file],
          load() {
            const next = readRegistration(file)
            if (JSON.stringify(next) === JSON.stringify(settings)) return false
            refuseMove(settings, next)
            settings = next
            look()
            return true
          },
        })
        if (given === undefined || !(source instanceof GivenCertificates)) return
        runtime.watch({
          what: 'certificate',
          files: () => [given.certFile, given.keyFile, ...(given.caFile ? [given.caFile] : [])],
          load() {
            const isOther = source.offer(readGivenPair(given, host))
            if (isOther) look()
            return isOther
          },
        })
      },
    }
  })
}

function readRegistration(file: string): RegistrationSettings {
  try {
    return parseRegistration(readFileSync(file, 'utf8'))
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause)
    throw new Error(`the registration ${file} cannot be used: ${reason}`, { cause })
  }
}

/** What is registered, where and for whom is decided at the start: other replicas go by it. */
function refuseMove(before: RegistrationSettings, next: RegistrationSettings): void {
  const fixed = ({ webhook: { name }, service, owner, certificate }: RegistrationSettings) =>
    JSON.stringify([name, service, owner, certificate])
  if (fixed(before) === fixed(next)) return
  throw new Error('webhook.name, service, owner and certificate change with a restart only')
}
