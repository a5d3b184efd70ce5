import { watchCaFile } from '../clients/ca-file.ts'
import { type KeyringEntry, parseKeyringTarget } from '../clients/keyring.ts'
import { RegistryClient } from '../clients/registry/client.ts'
import type { Report } from '../clients/report.ts'
import { watchSecret } from '../clients/secret-file.ts'
import type { UpstreamObserver } from '../clients/upstream-call.ts'
import { watchFile } from '../clients/watched-file.ts'
import type { RuleOptions } from '../config/config.ts'
import { TrustError } from '../trust/errors.ts'
import type { TrustMaterial } from '../trust/sigstore/material.ts'
import { parseTrustedRoot } from '../trust/sigstore/trusted-root.ts'
import type { CosignSettings } from '../validators/cosign/settings.ts'
import {
  type CosignRule,
  type CosignServer,
  createCosignValidator,
} from '../validators/cosign/validator.ts'
import type { Validator } from '../validators/validator.ts'

/** What a cosign validator needs of its surroundings. */
export interface CosignSurroundings {
  readonly secretsDir: string
  readonly report: Report
  readonly observeUpstream?: UpstreamObserver
  /** For how long verdicts are used again, in milliseconds. */
  readonly freshMs: number
}

/**
 * Wires a cosign validator; its rules share all that it has open. Throws an `Error` where a file that
 * the settings name cannot be used.
 */
export function wireCosign(
  settings: CosignSettings,
  surroundings: CosignSurroundings,
): (options: RuleOptions) => Validator {
  const { repository } = settings
  const { freshMs } = surroundings
  const source = connectRegistries(settings, surroundings)
  const material = openMaterial(settings, surroundings)
  const server: CosignServer = { source, repository, material, freshMs }
  return (options) => createCosignValidator(toCosignRule(settings, options), server)
}

function connectRegistries(
  { cert, certFile, auth, insecureRegistries }: CosignSettings,
  { secretsDir, report, observeUpstream: observe }: CosignSurroundings,
): RegistryClient {
  const ca = certFile === undefined ? () => cert : watchCaFile(certFile, report)
  const plain = { ca, insecureRegistries, observe }
  if (auth === undefined) return new RegistryClient(plain)
  if (auth.kind === 'secret') {
    const { secretName } = auth
    return new RegistryClient({
      ...plain,
      keyring: watchSecret({ secretsDir, secretName, report }),
    })
  }
  const { registry = '', username, password } = auth
  const entries: readonly KeyringEntry[] = [
    { ...parseKeyringTarget(registry), credentials: { username, password } },
  ]
  return new RegistryClient({ ...plain, keyring: () => entries })
}

function openMaterial(
  { pinned, trustedRoot: file }: CosignSettings,
  { report }: CosignSurroundings,
): () => Promise<TrustMaterial> {
  if (file !== undefined) {
    const parse = (text: string) => parseTrustedRoot(Buffer.from(text))
    const watched = watchFile({ what: 'trustedRoot', files: [file], parse, report })
    return async () => watched()
  }
  if (pinned !== undefined) return async () => pinned
  return () =>
    Promise.reject(
      new TrustError(
        'MISCONFIGURED_TRUST_MATERIAL',
        'the validator has no trustedRoot to hold log entries and certificates against; set trustedRoot, or verifyInTransparencyLog: false for signatures by key',
      ),
    )
}

function toCosignRule(
  { name, trustRoots }: CosignSettings,
  { trustRoot, threshold, required, verifyInTransparencyLog, verifySCT }: RuleOptions,
): CosignRule {
  const roots = trustRoots.filter((root) => trustRoot === '*' || root.name === trustRoot)
  const names = [...new Set(required)]
  const all = names.length > 0 ? names.length : roots.length
  return {
    name,
    demand: { roots, threshold: threshold ?? all, required: names },
    requirements: { verifyInTransparencyLog, verifySCT },
  }
}
