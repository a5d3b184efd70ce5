import type { ClusterConnection } from '../cluster/connection.ts'
import { parseWebhookUrl } from '../cluster/registration/local.ts'
import { type CertificateFiles, watchGivenCertificate } from '../runtime/given-certificate.ts'
import type { Joined } from '../runtime/join-cluster.ts'
import type { LiveConfiguration } from '../runtime/live-configuration.ts'
import { readServerCertificate } from '../server/tls.ts'
import { type Arguments, UsageError } from './command.ts'
import { orMisused, orMisusedLater } from './config-file.ts'

type Flags = Arguments['flags']

/** Where the chart mounts a certificate. */
const CERTIFICATE: CertificateFiles = {
  certFile: '/app/certs/tls.crt',
  keyFile: '/app/certs/tls.key',
}

/** Finds the certificate to serve under, and has the program registered where the flags say so. */
export async function prepareCertificate(
  flags: Flags,
  configuration: LiveConfiguration,
  connection: ClusterConnection | undefined,
): Promise<Joined> {
  const { registration, register } = flags
  if (registration === undefined && register === undefined) return fromFiles(flags)
  if (registration !== undefined && register !== undefined) {
    throw new UsageError('--registration and --register are two ways to be registered: give one')
  }
  if (connection === undefined) {
    throw new UsageError('there is no cluster to be registered in: --kubeconfig FILE names one')
  }
  const given = readFiles(flags)
  const options = { configuration, connection, ...(given && { given }) }
  if (registration !== undefined) {
    const { joinAsRelease } = await import('../runtime/join-release.ts')
    return orMisusedLater(async () =>
      joinAsRelease({ ...options, file: registration, podName: process.env['POD_NAME'] }),
    )
  }
  const url = orMisused(() => parseWebhookUrl(register ?? ''))
  const { joinLocally } = await import('../runtime/join-local.ts')
  const failurePolicy = flags['register-failure-policy'] === 'Fail' ? 'Fail' : 'Ignore'
  return orMisusedLater(() => joinLocally({ ...options, url, failurePolicy }))
}

/** A certificate that somebody else renews, and a webhook that somebody else registers. */
function fromFiles(flags: Flags): Joined {
  const files = readFiles(flags) ?? CERTIFICATE
  const certificate = orMisused(() => readServerCertificate(files.certFile, files.keyFile))
  return { certificate, attach: (runtime) => watchGivenCertificate(runtime, files) }
}

function readFiles(flags: Flags): CertificateFiles | undefined {
  const { 'tls-cert': cert, 'tls-key': key, 'tls-ca': caFile } = flags
  if (cert === undefined && key === undefined && caFile === undefined) return undefined
  return {
    certFile: cert ?? CERTIFICATE.certFile,
    keyFile: key ?? CERTIFICATE.keyFile,
    ...(caFile !== undefined && { caFile }),
  }
}
