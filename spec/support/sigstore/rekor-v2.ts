import { createHash, sign } from 'node:crypto'
import { createKeyPair, type KeyPair } from '../key-pair.ts'
import type { LogEntryJson } from './bundle-json.ts'

/**
 * A transparency log as Rekor v2 runs it: entries without a time, proven by a signed checkpoint of a
 * real Merkle tree (RFC 9162 2.1) over all that was logged so far.
 */
export class RekorV2 {
  readonly origin: string
  readonly keyPair: KeyPair
  readonly #leaves: Buffer[] = []

  /** Writes the lines of witnesses below a note. */
  cosign: (note: string) => readonly string[] = () => []

  /** By default SHA-256 over name, algorithm 1 and the bare key (C2SP signed-note). */
  readonly keyId: Buffer

  constructor(
    origin = 'log2026.rekor.example',
    keyPair = createKeyPair('ed25519'),
    keyId = keyIdOf(origin, keyPair),
  ) {
    this.origin = origin
    this.keyPair = keyPair
    this.keyId = keyId
  }

  get trustedLog() {
    const spki = this.keyPair.publicKey.export({ format: 'der', type: 'spki' })
    return {
      baseUrl: `https://${this.origin}`,
      hashAlgorithm: 'SHA2_256',
      publicKey: {
        rawBytes: spki.toString('base64'),
        keyDetails: 'PKIX_ED25519',
        validFor: { start: '2020-01-01T00:00:00Z' },
      },
      logId: { keyId: this.keyId.toString('base64') },
    }
  }

  /** Logs a body and proves it; `strangers` are entries of others logged first. */
  log(kind: string, body: object, strangers = 4): LogEntryJson {
    for (let stranger = 0; stranger < strangers; stranger++) {
      this.#leaves.push(Buffer.from(`entry ${this.#leaves.length}`))
    }
    const bytes = Buffer.from(JSON.stringify({ apiVersion: '0.0.2', kind, spec: body }))
    const index = this.#leaves.push(bytes) - 1
    const leaves = [...this.#leaves, Buffer.from('a later entry')]
    const root = rootOf(leaves)
    return {
      logIndex: String(index),
      logId: { keyId: this.keyId.toString('base64') },
      kindVersion: { kind, version: '0.0.2' },
      inclusionProof: {
        logIndex: String(index),
        rootHash: root.toString('base64'),
        treeSize: String(leaves.length),
        hashes: pathOf(index, leaves).map((hash) => hash.toString('base64')),
        checkpoint: { envelope: this.checkpoint(leaves.length, root) },
      },
      canonicalizedBody: bytes.toString('base64'),
    }
  }

  /** A signed note; a witness, whom nobody here knows, signs it as well. */
  checkpoint(size: number, root: Buffer): string {
    const note = `${this.origin}\n${size}\n${root.toString('base64')}\n`
    const own = Buffer.concat([
      this.keyId.subarray(0, 4),
      sign(null, Buffer.from(note), this.keyPair.privateKey),
    ])
    const lines = [
      `\u2014 stranger.example ${Buffer.alloc(76, 7).toString('base64')}`,
      `\u2014 ${this.origin} ${own.toString('base64')}`,
      ...this.cosign(note),
    ]
    return `${note}\n${lines.join('\n')}\n`
  }
}

function keyIdOf(origin: string, { publicKey }: KeyPair): Buffer {
  const spki = publicKey.export({ format: 'der', type: 'spki' })
  return sha256(Buffer.from(`${origin}\n`), Buffer.from([1]), spki.subarray(-32))
}

function rootOf(leaves: readonly Buffer[]): Buffer {
  const [first] = leaves
  if (leaves.length === 1 && first) return sha256(Buffer.from([0]), first)
  const split = splitOf(leaves.length)
  return sha256(Buffer.from([1]), rootOf(leaves.slice(0, split)), rootOf(leaves.slice(split)))
}

function pathOf(index: number, leaves: readonly Buffer[]): readonly Buffer[] {
  if (leaves.length === 1) return []
  const split = splitOf(leaves.length)
  return index < split
    ? [...pathOf(index, leaves.slice(0, split)), rootOf(leaves.slice(split))]
    : [...pathOf(index - split, leaves.slice(split)), rootOf(leaves.slice(0, split))]
}

/** The largest power of two below a size. */
function splitOf(size: number): number {
  return 2 ** Math.floor(Math.log2(size - 1))
}

function sha256(...parts: readonly Buffer[]): Buffer {
  const hash = createHash('sha256')
  for (const part of parts) hash.update(part)
  return hash.digest()
}
