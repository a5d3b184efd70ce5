/**
 * Renders `validators:` of a configuration: `default`, a Notary with one root key, and `allow` and
 * `deny`, which are what they are called.
 */
export function renderValidators(notary: string, rootKeyPem: string): string {
  return `validators:
  - name: default
    type: notaryv1
    host: ${notary}
    trustRoots:
      - name: default
        key: |
          ${rootKeyPem.trim().replaceAll('\n', `\n${' '.repeat(10)}`)}
  - name: allow
    type: static
    approve: true
  - name: deny
    type: static
    approve: false
`
}
