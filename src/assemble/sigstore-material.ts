import { watchHashedFile } from '../clients/hashed-file.ts'
import type { Report } from '../clients/report.ts'
import type { SigstoreRoot } from '../clients/sigstore-root.ts'
import type { TrustMaterial } from '../trust/sigstore/material.ts'
import { parseTrustedRoot } from '../trust/sigstore/trusted-root.ts'
import type { Witnessing } from '../trust/sigstore/witness.ts'
import type { CosignSettings } from '../validators/cosign/settings.ts'

/** Tells the trust material of the moment; `signal` ends the wait for a root that is too old. */
export type MaterialSource = (signal: AbortSignal) => Promise<TrustMaterial>

/** The trust material of a validator. */
export interface OpenMaterial {
  readonly read: MaterialSource
  /** Tells its contents apart, where they are in a file. */
  readonly hash?: () => string
}

/** Where trust material comes from. */
export interface MaterialSurroundings {
  /** The public Sigstore's. */
  readonly sigstoreRoot: SigstoreRoot
  readonly report: Report
}

/**
 * Opens the trust material of a validator: its file, and nothing else then; what is pinned; the public
 * Sigstore's for what is not. Throws an `Error` where the file cannot be used.
 */
export function openMaterial(
  { pinned, trustedRoot: file, witnessing, trustRoots }: CosignSettings,
  { sigstoreRoot, report }: MaterialSurroundings,
): OpenMaterial {
  if (file !== undefined) {
    const parse = (text: string) => parseFile(text, witnessing)
    const { read, hash } = watchHashedFile({ what: 'trustedRoot', files: [file], parse, report })
    return { read: async () => read(), hash }
  }
  const isKeyless = trustRoots.some(({ kind }) => kind === 'keyless')
  if (pinned !== undefined && isWhole(pinned, isKeyless)) return { read: async () => pinned }
  const readPublic = parseOnce(sigstoreRoot, witnessing)
  if (pinned === undefined) return { read: readPublic }
  return { read: async (signal) => complete(pinned, await readPublic(signal)) }
}

/** Witnesses that no log of the file could have would guard nothing. */
function parseFile(text: string, witnessing: Witnessing | undefined): TrustMaterial {
  const material = parseTrustedRoot(Buffer.from(text), witnessing)
  const isWatched = material.transparencyLogs.some((log) => log.witnessing !== undefined)
  if (witnessing === undefined || isWatched) return material
  throw new SyntaxError(
    'no log of Rekor v2, of whose checkpoints rekorWitnesses could be witnesses',
  )
}

/** Keys need the log alone; whoever pins everything asks nobody. */
function isWhole(pinned: TrustMaterial, isKeyless: boolean): boolean {
  const { transparencyLogs, certificateAuthorities, ctLogs } = pinned
  const needed = isKeyless ? [transparencyLogs, certificateAuthorities, ctLogs] : [transparencyLogs]
  return needed.every((part) => part.length > 0)
}

/** The bytes are the same object until they change, so they are parsed once. */
function parseOnce(root: SigstoreRoot, witnessing: Witnessing | undefined): MaterialSource {
  let seen: Uint8Array | undefined
  let parsed: TrustMaterial | undefined
  return async (signal) => {
    const bytes = await root.read(signal)
    if (parsed === undefined || bytes !== seen) parsed = parseTrustedRoot(bytes, witnessing)
    seen = bytes
    return parsed
  }
}

function complete(pinned: TrustMaterial, fallback: TrustMaterial): TrustMaterial {
  const part = <Name extends keyof TrustMaterial>(name: Name) =>
    pinned[name].length > 0 ? pinned[name] : fallback[name]
  return {
    transparencyLogs: part('transparencyLogs'),
    certificateAuthorities: part('certificateAuthorities'),
    ctLogs: part('ctLogs'),
    timestampAuthorities: part('timestampAuthorities'),
  }
}
