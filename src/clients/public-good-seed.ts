import type { SigstoreSeed } from './sigstore-root.ts'

/** The mirror of the public-good Sigstore (root-signing of sigstore.dev). */
const MIRROR = 'https://tuf-repo-cdn.sigstore.dev'

/** Reads the roots of the public-good Sigstore that are built in, with `@sigstore/tuf`. */
export async function readPublicGoodSeed(): Promise<SigstoreSeed> {
  const { default: seeds } = await import('@sigstore/tuf/seeds.json')
  const seed = seeds[MIRROR]
  return {
    mirror: new URL(`${MIRROR}/`),
    root: Buffer.from(seed['root.json'], 'base64'),
    trustedRoot: Buffer.from(seed.targets['trusted_root.json'], 'base64'),
  }
}
