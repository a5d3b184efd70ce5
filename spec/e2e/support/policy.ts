import { join } from 'node:path'
import { stringify } from 'yaml'
import { type Connaisseur, startConnaisseur } from './connaisseur.ts'
import type { Environment } from './environment.ts'
import { fetchRootKey } from './metadata.ts'
import type { Notary } from './notary-servers.ts'

/** The name of the validator that every rule of these policies uses. */
export const VALIDATOR = 'real-notary'

/** What an operator trusts: for each repository (its GUN) the PEM root key that they pinned. */
export type Pins = Readonly<Record<string, string>>

/** Pins the root key that the repository has now, as an operator does once, and starts. */
export async function pinAndStart(environment: Environment, gun: string): Promise<Connaisseur> {
  const { publicKey } = await fetchRootKey(environment.notary, gun)
  return startWithPins(environment, { [gun]: publicKey })
}

/** Starts the built binary with one rule for each pinned repository. */
export async function startWithPins(
  environment: Environment,
  pins: Pins,
  notary: Pick<Notary, 'forwardedUrl' | 'authority'> = environment.notary,
): Promise<Connaisseur> {
  const file = join(environment.folder, `policy-${crypto.randomUUID()}.yaml`)
  await Bun.write(file, stringify(toConfiguration(pins, notary)))
  return startConnaisseur(environment, file)
}

function toConfiguration(
  pins: Pins,
  { forwardedUrl, authority }: Pick<Notary, 'forwardedUrl' | 'authority'>,
): unknown {
  const keys = [...new Set(Object.values(pins))]
  const trustRoots = keys.map((key, index) => ({ name: `root-${index}`, key }))
  return {
    validators: [
      { name: VALIDATOR, type: 'notaryv1', host: forwardedUrl, cert: authority, trustRoots },
    ],
    policy: Object.entries(pins).map(([gun, key]) => ({
      pattern: gun,
      validator: VALIDATOR,
      with: { trustRoot: `root-${keys.indexOf(key)}` },
    })),
  }
}
