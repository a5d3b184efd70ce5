import { createHash, sign } from 'node:crypto'
import { createKeyPair, type KeyPair } from '../key-pair.ts'

/** A witness of logs that cosigns whatever it is shown (C2SP tlog-cosignature). */
export class SpecWitness {
  readonly name: string
  readonly #keyPair: KeyPair
  readonly #typedKey: Buffer
  readonly #keyId: Buffer

  constructor(name: string, keyPair = createKeyPair('ed25519')) {
    this.name = name
    this.#keyPair = keyPair
    const spki = keyPair.publicKey.export({ format: 'der', type: 'spki' })
    this.#typedKey = Buffer.concat([Buffer.from([4]), spki.subarray(-32)])
    const hash = createHash('sha256').update(`${name}\n`).update(this.#typedKey)
    this.#keyId = hash.digest().subarray(0, 4)
  }

  /** As an operator writes it. */
  get verifierKey(): string {
    return [this.name, this.#keyId.toString('hex'), this.#typedKey.toString('base64')].join('+')
  }

  /** The line that it adds to a note; `head` is what tells a cosignature from other signatures. */
  cosign(note: string, { time = 1_790_000_000n, head = 'cosignature/v1' } = {}): string {
    const message = Buffer.from(`${head}\ntime ${time}\n${note}`)
    return this.writeLine(time, sign(null, message, this.#keyPair.privateKey))
  }

  /** A line with a time and any bytes for a signature. */
  writeLine(time: bigint, signature: Buffer): string {
    const stamp = Buffer.alloc(8)
    stamp.writeBigUInt64BE(time)
    const bytes = Buffer.concat([this.#keyId, stamp, signature])
    return `\u2014 ${this.name} ${bytes.toString('base64')}`
  }

  /** What it would sign were a cosignature a signature of the note itself, without a time. */
  signPlainly(note: string): Buffer {
    return sign(null, Buffer.from(note), this.#keyPair.privateKey)
  }
}
