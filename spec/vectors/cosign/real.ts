import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Cosign, type Signer } from '../../e2e/support/cosign.ts'
import { type Layer, pushImage } from '../../support/cosign/shelf.ts'
import { createKeyPair, toPrivateKeyPem } from '../../support/key-pair.ts'
import { type EmbeddedRegistry, startRegistry } from '../../support/registry/server.ts'
import type { Vector } from './vector.ts'

const NAME = 'real/app'

/** Everything that the real cosign 3.1.3 signs with keys of its own; nothing is altered. */
export async function makeReal(): Promise<ReadonlyMap<string, Vector>> {
  const folder = await mkdtemp(join(tmpdir(), 'cosign-vectors-'))
  const registry = startRegistry()
  const vectors = new Map<string, Vector>()
  try {
    const cosign = await Cosign.open(folder)
    for (const kind of ['p256', 'p384', 'p521', 'rsa2048', 'ed25519'] as const) {
      const signer = await cosign.addSigner(kind, toPrivateKeyPem(createKeyPair(kind)))
      for (const form of ['bundle', 'tag'] as const) {
        const digest = pushImage(registry, NAME, `${kind}-${form}`)
        await cosign.sign(`${registry.host}/${NAME}@${digest}`, signer, { form })
        const found = form === 'bundle' ? readBundle(registry, digest) : readLayer(registry, digest)
        const source = `cosign 3.1.3: sign --key (${kind}) --new-bundle-format=${form === 'bundle'}`
        vectors.set(`real-${kind}-${form}`, { ...common(source, digest, signer), ...found })
        if (kind !== 'p256') continue
        const other = pushImage(registry, NAME, `other-${form}`)
        vectors.set(`real-copied-${form}`, {
          ...common(`${source}, held against another image`, other, signer),
          ...found,
          expect: { code: 'UNTRUSTED_DIGEST_MISMATCH', reason: `not for ${other}` },
        })
      }
    }
    await addOthers(vectors, registry, cosign)
  } finally {
    registry.stop()
    await rm(folder, { recursive: true })
  }
  return vectors
}

async function addOthers(
  vectors: Map<string, Vector>,
  registry: EmbeddedRegistry,
  cosign: Cosign,
): Promise<void> {
  const signer = await cosign.addSigner('others')
  const digest = pushImage(registry, NAME, 'attested')
  await cosign.attest(`${registry.host}/${NAME}@${digest}`, signer)
  vectors.set('real-attestation', {
    ...common('cosign 3.1.3: attest --type custom', digest, signer),
    ...readBundle(registry, digest),
    expect: { code: 'UNTRUSTED_CLAIM', reason: 'predicate type' },
  })
  const blob = await cosign.signBlob(digest, signer)
  vectors.set('real-signed-blob', {
    ...common('cosign 3.1.3: sign-blob of the digest, as text', digest, signer),
    bundle: Buffer.from(blob.bundle).toString('base64'),
    payload: Buffer.from(digest).toString('base64'),
    expect: { code: 'UNTRUSTED_MALFORMED_SIGNATURE', reason: 'malformed simple-signing payload' },
  })
  vectors.set('real-signed-blob-digest', {
    ...common('cosign 3.1.3: sign-blob, without the blob', digest, signer),
    bundle: Buffer.from(blob.bundle).toString('base64'),
    expect: { code: 'UNTRUSTED_CLAIM', reason: 'only a digest of it is known' },
  })
}

function common(source: string, digest: string, signer: Signer): Vector {
  return {
    source,
    now: '2026-11-25T00:00:00Z',
    digest,
    signer: { key: signer.publicKey },
    verifyInTransparencyLog: false,
    verifySCT: true,
    expect: { digest },
  }
}

function readBundle(registry: EmbeddedRegistry, digest: string) {
  const [referrer] = registry.repository(NAME).listReferrers(digest)
  const [layer] = readLayers(registry, referrer?.digest ?? '')
  return { bundle: readBlob(registry, layer?.digest) }
}

function readLayer(registry: EmbeddedRegistry, digest: string) {
  const [layer] = readLayers(registry, `${digest.replace(':', '-')}.sig`)
  return { payload: readBlob(registry, layer?.digest), annotations: { ...layer?.annotations } }
}

function readLayers(registry: EmbeddedRegistry, reference: string): readonly Layer[] {
  const found = registry.repository(NAME).find(reference)
  if (found === undefined) throw new Error(`cosign pushed no ${reference}`)
  return JSON.parse(Buffer.from(found.bytes).toString('utf8')).layers
}

function readBlob(registry: EmbeddedRegistry, digest = ''): string {
  const blob = registry.repository(NAME).blobs.get(digest)
  if (blob === undefined) throw new Error(`cosign pushed no blob ${digest}`)
  return Buffer.from(blob.bytes).toString('base64')
}
