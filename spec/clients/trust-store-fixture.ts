import { mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { FileTrustStore } from '../../src/clients/trust-store.ts'
import type { TrustStore } from '../../src/validators/notary-v1/store.ts'

/** The repository that most specs are about. */
export const ID = { server: 'notary.example', gun: 'docker.io/library/app', pin: 'a-key' }

/** Bytes of a text. */
export const bytesOf = (text: string): Uint8Array => new TextEncoder().encode(text)

/** Trust data of readable texts. */
export function trustData(roots: readonly string[], roles: Readonly<Record<string, string>>) {
  const entries = Object.entries(roles).map(([role, text]) => [role, bytesOf(text)] as const)
  return { roots: roots.map(bytesOf), roles: new Map(entries) }
}

/** Loaded trust data as texts. */
export async function loadTexts(store: TrustStore, id = ID) {
  const data = await store.load(id)
  if (data === undefined || data === 'away') return undefined
  const textOf = (bytes: Uint8Array) => new TextDecoder().decode(bytes)
  return {
    roots: data.roots.map(textOf),
    roles: Object.fromEntries([...data.roles].map(([role, bytes]) => [role, textOf(bytes)])),
  }
}

/** A report that was heard. */
export interface Heard {
  readonly message: string
  readonly fields: Readonly<Record<string, unknown>>
}

/** A folder for stores, and what they report. */
export class StateFolder {
  readonly path = mkdtempSync(join(tmpdir(), 'connaisseur-state-'))
  readonly heard: Heard[] = []

  /** Opens a store as another process would, with a clock that is ahead by so much. */
  open(aheadMs = 0): FileTrustStore & TrustStore {
    const report = (message: string, fields: Heard['fields']) =>
      void this.heard.push({ message, fields })
    return new FileTrustStore(this.path, report, () => Date.now() + aheadMs)
  }

  /** The paths of all files, or of those whose name ends so. */
  files(end = ''): readonly string[] {
    return readdirSync(this.path, { recursive: true, withFileTypes: true })
      .filter((entry) => !entry.isDirectory() && entry.name.endsWith(end))
      .map(({ parentPath, name }) => join(parentPath, name))
      .toSorted()
  }

  /** The path of the one file of that name. */
  file(name: string): string {
    const [found, ...others] = this.files(name)
    if (found === undefined || others.length > 0) throw new Error(`not one file ${name}`)
    return found
  }

  /** The path of the file with the content. */
  contentFile(text: string): string {
    return this.file(`${new Bun.CryptoHasher('sha256').update(text).digest('hex')}.json`)
  }

  /** What is wrong, as was reported. */
  problems(): readonly unknown[] {
    return this.heard.map(({ fields }) => fields['problem'])
  }

  remove(): void {
    rmSync(this.path, { recursive: true, force: true })
  }
}
