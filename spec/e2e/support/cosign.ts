import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { provideCosign } from '../tools/cosign.ts'
import { runOrThrow, runProgram } from './process.ts'

/** Somebody who signs with the real cosign. */
export interface Signer {
  readonly folder: string
  /** PEM. */
  readonly publicKey: string
  /** Paths. */
  readonly privateKeyFile: string
  readonly publicKeyFile: string
}

/** How something is signed. */
export interface SignOptions {
  /** `bundle` is what version 3 makes by default, `tag` what version 2 made. */
  readonly form: 'bundle' | 'tag'
  /** Where signatures go (COSIGN_REPOSITORY). */
  readonly repository?: string
  /** Further flags. */
  readonly flags?: readonly string[]
  readonly env?: Readonly<Record<string, string>>
}

/** Nothing is logged anywhere: these specs have no network. */
const OFFLINE = ['--use-signing-config=false', '--tlog-upload=false']
const NO_PASSWORD = { COSIGN_PASSWORD: '' }

/** The real cosign, in a folder of its own. */
export class Cosign {
  readonly #binary: string
  readonly #folder: string

  private constructor(binary: string, folder: string) {
    this.#binary = binary
    this.#folder = folder
  }

  static async open(folder: string): Promise<Cosign> {
    await mkdir(folder, { recursive: true })
    return new Cosign(await provideCosign(), folder)
  }

  /** Makes a signer with a fresh key; with a PEM of a private key, one with that key. */
  async addSigner(name: string, privateKey?: string): Promise<Signer> {
    const folder = join(this.#folder, name)
    await mkdir(folder, { recursive: true })
    if (privateKey === undefined) await this.#run(folder, ['generate-key-pair'])
    else {
      await Bun.write(join(folder, 'private.pem'), privateKey)
      const flags = ['--key', 'private.pem', '--output-key-prefix', 'cosign']
      await this.#run(folder, ['import-key-pair', ...flags])
    }
    const publicKeyFile = join(folder, 'cosign.pub')
    const publicKey = await Bun.file(publicKeyFile).text()
    return { folder, publicKey, publicKeyFile, privateKeyFile: join(folder, 'cosign.key') }
  }

  /** `cosign sign` */
  async sign(image: string, signer: Signer, options: SignOptions): Promise<void> {
    const { form, repository, flags = [], env: more = {} } = options
    const bundle = `--new-bundle-format=${form === 'bundle'}`
    const env = { ...more, ...(repository !== undefined && { COSIGN_REPOSITORY: repository }) }
    const command = ['sign', '--yes', '--key', signer.privateKeyFile, ...OFFLINE, bundle]
    await this.#run(signer.folder, [...command, ...flags, image], env)
  }

  /** `cosign attest`, a predicate of no importance. */
  async attest(image: string, signer: Signer): Promise<void> {
    await Bun.write(join(signer.folder, 'predicate.json'), '{}')
    const command = ['attest', '--yes', '--key', signer.privateKeyFile, ...OFFLINE]
    const what = ['--type', 'custom', '--predicate', 'predicate.json']
    await this.#run(signer.folder, [...command, ...what, image])
  }

  /** `cosign sign-blob`; returns the signature in base64, and the bundle where that is made. */
  async signBlob(
    content: string | Uint8Array,
    signer: Signer,
  ): Promise<{ readonly signature: string; readonly bundle: string }> {
    const { folder, privateKeyFile } = signer
    await Bun.write(join(folder, 'blob'), content)
    const command = ['sign-blob', '--yes', '--key', privateKeyFile, ...OFFLINE]
    const files = ['--bundle', 'blob.bundle']
    const signature = await this.#run(folder, [...command, ...files, 'blob'])
    return {
      signature: signature.trim().split('\n').at(-1) ?? '',
      bundle: await Bun.file(join(folder, 'blob.bundle')).text(),
    }
  }

  /** Whether `cosign verify` accepts an image under a key. */
  async accepts(image: string, { folder, publicKeyFile }: Signer, repository?: string) {
    const env = repository === undefined ? {} : { COSIGN_REPOSITORY: repository }
    const flags = ['--key', publicKeyFile, '--insecure-ignore-tlog=true']
    return this.acceptsWith(image, flags, { folder, env })
  }

  /** Whether `cosign verify` with these flags accepts an image. */
  async acceptsWith(
    image: string,
    flags: readonly string[],
    { folder = this.#folder, env = {} } = {},
  ): Promise<boolean> {
    const command = [this.#binary, 'verify', ...flags, image]
    return (await runProgram(command, { folder, env })).exitCode === 0
  }

  #run(folder: string, args: readonly string[], env: Readonly<Record<string, string>> = {}) {
    return runOrThrow([this.#binary, ...args], { folder, env: { ...NO_PASSWORD, ...env } })
  }
}
