import { parseConfig } from '../../../src/config/parse.ts'
import { ConfigError } from '../../../src/config/problem.ts'
import { createKeyPair, toPublicKeyPem } from '../../support/key-pair.ts'
import { mutateText } from '../mutate.ts'
import type { Target } from '../target.ts'

/** Files of an operator: everything that a configuration may have. */
export function createConfigurationTarget(): Target {
  const key = toPublicKeyPem(createKeyPair('p256')).trim().replaceAll('\n', '\n          ')
  const text = `application:
  validators:
  - name: default
    type: notaryv1
    host: notary.example.com
    auth: { username: joe, password: "\${PASSWORD}" }
    trustRoots:
      - name: default
        key: |
          ${key}
  - name: signed
    type: cosign
    trustRoots:
      - name: alice
        key: |
          ${key}
      - name: bob
        keyless: { issuer: https://issuer.example, subjectRegex: .*@example\\.com }
  - { name: allow, type: static, approve: true }
  policy: &rules
  - pattern: "*:*"
    with: { delegations: [alice], mode: insecureValidateOnly }
  - pattern: "registry.k8s.io/*:*"
    validator: allow
  - pattern: "team.example/*:*"
    validator: signed
    with: { trustRoot: "*", threshold: 2, verifyInTransparencyLog: false }
  features:
    detectionMode: false
    cache: { expirySeconds: 30, cacheErrors: true, staleIfUnavailableSeconds: 600 }
    resourceValidationMode: podsOnly
alerting:
  clusterIdentifier: fuzz
  rejectRequest:
    receivers:
      - receiverUrl: https://hooks.example/x
        template: slack
        customHeaders: ["X-Header: value"]
        payloadFields: { a: { b: [1] } }
`
  const environment = { PASSWORD: 'hunter2' }
  parseConfig(text, 'fuzz.yaml', environment)
  return {
    name: 'configuration',
    attempt(random) {
      try {
        parseConfig(mutateText(text, random), 'fuzz.yaml', environment)
      } catch (error) {
        if (!(error instanceof ConfigError)) throw error
      }
    },
  }
}
