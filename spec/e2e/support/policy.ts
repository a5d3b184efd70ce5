import { join } from 'node:path'
import { stringify } from 'yaml'
import { type Connaisseur, type StartOptions, startConnaisseur } from './connaisseur.ts'
import type { Environment } from './environment.ts'
import { fetchRootKey } from './metadata.ts'
import type { Notary } from './notary-servers.ts'

/** The name of the validator that every rule of these policies uses. */
export const VALIDATOR = 'real-notary'

/** What an operator trusts: for each repository (its GUN) the PEM root key that they pinned. */
export type Pins = Readonly<Record<string, string>>

/** What else is in a configuration, and how the program is started with it. */
export interface PolicyOptions extends StartOptions {
  /** Where the program under test asks. Default: the environment's Notary, through its forwarder. */
  readonly notary?: Pick<Notary, 'forwardedUrl' | 'authority'>
  /** Further keys of the validator; undefined takes one away. */
  readonly validator?: Readonly<Record<string, unknown>>
  /** Further keys of the `with` of each rule. */
  readonly with?: Readonly<Record<string, unknown>>
  /** The `features.cache`. Default: none, so that a change at the servers is seen at once. */
  readonly cache?: Readonly<Record<string, unknown>>
}

/** Pins the root key that the repository has now, as an operator does once, and starts. */
export async function pinAndStart(
  environment: Environment,
  gun: string,
  options: PolicyOptions = {},
): Promise<Connaisseur> {
  const { publicKey } = await fetchRootKey(environment.notary, gun)
  return startWithPins(environment, { [gun]: publicKey }, options)
}

/** Starts the built binary with one rule for each pinned repository. */
export async function startWithPins(
  environment: Environment,
  pins: Pins,
  options: PolicyOptions = {},
): Promise<Connaisseur> {
  return startConnaisseur(environment, await writePolicy(environment, pins, options), options)
}

/** Writes a configuration with one rule for each pinned repository, and returns its path. */
export async function writePolicy(
  environment: Environment,
  pins: Pins,
  options: PolicyOptions = {},
): Promise<string> {
  const file = join(environment.folder, `policy-${crypto.randomUUID()}.yaml`)
  await Bun.write(file, stringify(toConfiguration(pins, environment.notary, options)))
  return file
}

function toConfiguration(
  pins: Pins,
  standard: PolicyOptions['notary'],
  { notary = standard, validator, with: more, cache = { expirySeconds: 0 } }: PolicyOptions,
): unknown {
  const keys = [...new Set(Object.values(pins))]
  const trustRoots = keys.map((key, index) => ({ name: `root-${index}`, key }))
  const server = { host: notary?.forwardedUrl, cert: notary?.authority }
  return {
    validators: [{ name: VALIDATOR, type: 'notaryv1', ...server, trustRoots, ...validator }],
    policy: Object.entries(pins).map(([gun, key]) => ({
      pattern: gun,
      validator: VALIDATOR,
      with: { trustRoot: `root-${keys.indexOf(key)}`, ...more },
    })),
    features: { cache },
  }
}
