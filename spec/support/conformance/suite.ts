import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { BundleToVerify } from './command-line.ts'
import { verifyBundle } from './verify-bundle.ts'

/** Who signed where a case does not say: the suite's own workflow. */
const SUBJECT =
  'https://github.com/sigstore-conformance/extremely-dangerous-public-oidc-beacon/.github/workflows/extremely-dangerous-oidc-beacon.yml@refs/heads/main'
const ISSUER = 'https://token.actions.githubusercontent.com'

/** How a case ended. */
export interface CaseResult {
  readonly name: string
  readonly passed: boolean
  /** What the verification said. */
  readonly outcome: string
}

/**
 * Runs every case of `DIR/test/assets/bundle-verify`: a folder with a bundle and, where it has them, an
 * artifact, trusted root, key, identity and issuer of its own. Names that end in `_fail` have to be
 * refused.
 */
export async function runSuite(directory: string, now: Date): Promise<readonly CaseResult[]> {
  const top = join(directory, 'test/assets/bundle-verify')
  const names = readdirSync(top, { withFileTypes: true })
    .filter(
      (each) => each.isDirectory() && existsSync(join(top, each.name, 'bundle.sigstore.json')),
    )
    .map((each) => each.name)
    .toSorted()
  const results: CaseResult[] = []
  for (const name of names) results.push(await runCase(top, name, now))
  return results
}

async function runCase(top: string, name: string, now: Date): Promise<CaseResult> {
  const outcome = await outcomeOf(readCase(top, name), now)
  return { name, passed: (outcome === 'accepted') !== name.endsWith('_fail'), outcome }
}

async function outcomeOf(asked: BundleToVerify, now: Date): Promise<string> {
  try {
    await verifyBundle(asked, now)
    return 'accepted'
  } catch (error) {
    return error instanceof Error ? error.message : String(error)
  }
}

function readCase(top: string, name: string): BundleToVerify {
  const find = (file: string) => {
    const path = join(top, name, file)
    return existsSync(path) ? path : undefined
  }
  const read = (file: string | undefined) => file && readFileSync(file, 'utf8').trim()
  const key = find('key.pub')
  const trustedRoot = find('trusted_root.json')
  return {
    bundle: join(top, name, 'bundle.sigstore.json'),
    artifact: find('artifact') ?? join(top, 'a.txt'),
    signer: key
      ? { kind: 'key', file: key }
      : {
          kind: 'identity',
          subject: read(find('identity')) || SUBJECT,
          issuer: read(find('issuer')) || ISSUER,
        },
    ...(trustedRoot === undefined ? {} : { trustedRoot }),
  }
}
