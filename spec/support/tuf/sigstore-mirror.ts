import { createHash, sign } from 'node:crypto'
import { createKeyPair, type KeyPair } from '../key-pair.ts'
import { canonicalJson } from '../notary/canonical-json.ts'

type RoleName = 'root' | 'timestamp' | 'snapshot' | 'targets'

const DAY_MS = 24 * 60 * 60 * 1000

/**
 * The repository of a Sigstore as its mirror serves it (TUF 1.0, consistent snapshots), really signed:
 * one key for the root and the targets, one for the rest. Whatever a spec changes is signed anew.
 */
export class SigstoreMirror {
  /** Path below the mirror -> bytes. */
  readonly files = new Map<string, Buffer>()
  /** The paths that were asked for, in order. */
  readonly requests: string[] = []
  /** Set to answer everything with this status. */
  brokenWith: number | undefined
  rootKey = createKeyPair('ed25519')
  onlineKey = createKeyPair('p256')
  /** The moment from which everything is good for a week. */
  now: Date
  #versions: Record<RoleName, number> = { root: 0, timestamp: 0, snapshot: 0, targets: 0 }

  constructor(now: Date, trustedRoot: object) {
    this.now = now
    this.publishRoot()
    this.publish(trustedRoot)
  }

  /** The root that a client has built in, if it was built now. */
  get root(): Buffer {
    return this.file(`${this.#versions.root}.root.json`)
  }

  /** What is served at a path. */
  file(path: string): Buffer {
    const bytes = this.files.get(path)
    if (bytes === undefined) throw new Error(`the mirror has no ${path}`)
    return bytes
  }

  /** Publishes a new root, signed by its own keys and, where there was one, by those before. */
  publishRoot(signers: readonly KeyPair[] = [this.rootKey], days = 365): void {
    const version = ++this.#versions.root
    const keys = [this.rootKey, this.onlineKey]
    const role = (key: KeyPair) => ({ keyids: [idOf(key)], threshold: 1 })
    const root = {
      keys: Object.fromEntries(keys.map((key) => [idOf(key), keyJson(key)])),
      roles: {
        root: role(this.rootKey),
        targets: role(this.rootKey),
        snapshot: role(this.onlineKey),
        timestamp: role(this.onlineKey),
      },
      consistent_snapshot: true,
    }
    const signed = this.envelope('root', version, root, signers, days)
    this.files.set(`${version}.root.json`, signed)
  }

  /** Publishes a trusted root as a new version of everything else. */
  publish(
    trustedRoot: object,
    { listsTarget = true, targetDays = 30, timestampDays = 7 } = {},
  ): void {
    const bytes = Buffer.from(JSON.stringify(trustedRoot))
    const sha256 = createHash('sha256').update(bytes).digest('hex')
    this.files.set(`targets/${sha256}.trusted_root.json`, bytes)
    const described = { 'trusted_root.json': { length: bytes.length, hashes: { sha256 } } }
    const targets = this.signRole(
      'targets',
      { targets: listsTarget ? described : {} },
      [this.rootKey],
      targetDays,
    )
    this.files.set(`${this.#versions.targets}.targets.json`, targets)
    this.publishSnapshot(timestampDays)
  }

  /** Publishes snapshot and timestamp over the targets of the moment. */
  publishSnapshot(timestampDays = 7): void {
    const version = this.#versions.targets
    const meta = { 'targets.json': { version } }
    const snapshot = this.signRole('snapshot', { meta }, [this.onlineKey])
    this.files.set(`${this.#versions.snapshot}.snapshot.json`, snapshot)
    this.publishTimestamp(timestampDays)
  }

  /** Publishes a timestamp over the snapshot of the moment. */
  publishTimestamp(days = 7): void {
    const meta = { 'snapshot.json': { version: this.#versions.snapshot } }
    this.files.set('timestamp.json', this.signRole('timestamp', { meta }, [this.onlineKey], days))
  }

  /** Signs the next version of a role. */
  signRole(role: RoleName, content: object, signers: readonly KeyPair[], days = 30): Buffer {
    return this.envelope(role, ++this.#versions[role], content, signers, days)
  }

  /** Puts the counter of a role to a version, to forge what comes next. */
  setVersion(role: RoleName, version: number): void {
    this.#versions[role] = version
  }

  /** Serves the files on a free port of loopback. */
  serve(): { readonly url: URL; stop(): Promise<void> } {
    const server = Bun.serve({
      hostname: '127.0.0.1',
      port: 0,
      fetch: (request) => {
        const path = new URL(request.url).pathname.slice(1)
        this.requests.push(path)
        if (this.brokenWith !== undefined) return new Response('', { status: this.brokenWith })
        const bytes = this.files.get(path)
        return bytes ? new Response(Uint8Array.from(bytes)) : new Response('', { status: 404 })
      },
    })
    return { url: new URL(`http://127.0.0.1:${server.port}/`), stop: () => server.stop(true) }
  }

  private envelope(
    role: RoleName,
    version: number,
    content: object,
    signers: readonly KeyPair[],
    days: number,
  ): Buffer {
    const expires = new Date(this.now.getTime() + days * DAY_MS)
      .toISOString()
      .replace(/\.\d+Z/, 'Z')
    const signed = { _type: role, spec_version: '1.0', version, expires, ...content }
    const bytes = canonicalJson(signed)
    const signatures = signers.map((key) => ({ keyid: idOf(key), sig: signHex(key, bytes) }))
    return Buffer.from(JSON.stringify({ signed, signatures }))
  }
}

function keyJson({ kind, publicKey }: KeyPair): object {
  const spki = publicKey.export({ format: 'der', type: 'spki' })
  return kind === 'ed25519'
    ? {
        keytype: 'ed25519',
        scheme: 'ed25519',
        keyval: { public: spki.subarray(-32).toString('hex') },
      }
    : {
        keytype: 'ecdsa',
        scheme: 'ecdsa-sha2-nistp256',
        keyval: { public: publicKey.export({ format: 'pem', type: 'spki' }) },
      }
}

function idOf(key: KeyPair): string {
  return createHash('sha256')
    .update(canonicalJson(keyJson(key)))
    .digest('hex')
}

function signHex({ kind, privateKey }: KeyPair, bytes: Buffer): string {
  return sign(kind === 'ed25519' ? null : 'sha256', bytes, privateKey).toString('hex')
}
