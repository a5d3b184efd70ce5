import { watchCaFile } from '../clients/ca-file.ts'
import type { HashedFile } from '../clients/hashed-file.ts'
import { type KeyringEntry, parseKeyringTarget } from '../clients/keyring.ts'
import { RegistryClient } from '../clients/registry/client.ts'
import { watchSecret } from '../clients/secret-file.ts'
import type { UpstreamObserver } from '../clients/upstream-call.ts'
import type { RuleOptions } from '../config/config.ts'
import type { CosignSettings } from '../validators/cosign/settings.ts'
import {
  type CosignRule,
  type CosignServer,
  createCosignValidator,
} from '../validators/cosign/validator.ts'
import type { Validator } from '../validators/validator.ts'
import { type MaterialSurroundings, openMaterial } from './sigstore-material.ts'

/** What a cosign validator needs of its surroundings. */
export interface CosignSurroundings extends MaterialSurroundings {
  readonly secretsDir: string
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
  const { certFile } = settings
  const authority = certFile === undefined ? undefined : watchCaFile(certFile, surroundings.report)
  const source = connectRegistries(settings, authority, surroundings)
  const material = openMaterial(settings, surroundings)
  const basis = toBasis([authority?.hash, material.hash])
  const server: CosignServer = { source, repository, material: material.read, basis, freshMs }
  return (options) => createCosignValidator(toCosignRule(settings, options), server)
}

/** What of the validator is in files; nothing where none of it is. */
function toBasis(hashes: readonly ((() => string) | undefined)[]): (() => string) | undefined {
  const known = hashes.filter((hash) => hash !== undefined)
  return known.length === 0 ? undefined : () => known.map((hash) => hash()).join(' ')
}

function connectRegistries(
  { cert, auth, insecureRegistries }: CosignSettings,
  authority: HashedFile<string> | undefined,
  { secretsDir, report, observeUpstream: observe }: CosignSurroundings,
): RegistryClient {
  const ca = authority?.read ?? (() => cert)
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
