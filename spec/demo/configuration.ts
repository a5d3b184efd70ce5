import { stringify } from 'yaml'

/** What a configuration of the demo depends on. */
export interface ConfigurationOptions {
  readonly notaryUrl: string
  /** The CA of the Notary server, PEM. */
  readonly ca: string
  /** PEM. */
  readonly rootKeyPem: string
  readonly detectionMode: boolean
}

/** Renders a configuration: the shop's images are verified, a mirror is exempt, the rest denied. */
export function renderConfiguration(options: ConfigurationOptions): string {
  const { notaryUrl, ca, rootKeyPem, detectionMode } = options
  return stringify({
    validators: [
      {
        name: 'default',
        type: 'notaryv1',
        host: notaryUrl,
        cert: ca,
        trustRoots: [{ name: 'default', key: rootKeyPem }],
      },
      { name: 'nobody', type: 'static', approve: false },
    ],
    policy: [
      { pattern: '*:*', validator: 'nobody' },
      { pattern: 'registry.example/shop/*:*' },
      { pattern: 'registry.example/mirror/*:*', verify: false },
    ],
    // Else what the attackers of the demo do would be seen half a minute later.
    features: { detectionMode, cache: { expirySeconds: 0 } },
  })
}

/** A configuration with five problems. */
export const BROKEN_CONFIGURATION = `validators:
  - name: default
    type: notaryv1
    hosts: notary.example.com
    trustRoots:
      - name: default
        key: not a key
policy:
  - pattern: "*:*"
    validator: defualt
  - pattern: "registry.example/[ab]/*:*"
`
