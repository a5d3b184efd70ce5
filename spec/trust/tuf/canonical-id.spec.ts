import { expect, test } from 'bun:test'
import { parsePublicKeyPem } from '../../../src/trust/key.ts'
import { canonicalIdOf } from '../../../src/trust/tuf/key.ts'
import { toPublicKeyPem } from '../../support/key-pair.ts'
import { createSigningKey } from '../../support/notary/key.ts'

test.each(['ecdsa', 'rsa', 'ed25519'] as const)(
  'the canonical id of a key is that of the bare key: %s (notary, CanonicalKeyID)',
  async (type) => {
    const { id, keyPair } = await createSigningKey({ type })
    expect(canonicalIdOf(parsePublicKeyPem(toPublicKeyPem(keyPair)))).toBe(id)
  },
)
