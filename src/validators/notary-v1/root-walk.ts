import { TrustError } from '../../trust/errors.ts'
import type { Metadata } from '../../trust/tuf/metadata.ts'
import { verifyNotOlder } from '../../trust/tuf/rollback.ts'
import type { RootAnchor } from '../../trust/tuf/root.ts'
import { anchorRoot, extendChain, namesPin, type RootChain } from '../../trust/tuf/root-chain.ts'
import { findSigners } from '../../trust/tuf/threshold.ts'
import { seenOf } from './known.ts'
import type { RepositoryFiles } from './repository-files.ts'

/** More roots than a repository makes in ten years of monthly rotations. */
const MAX_ROOTS = 256

/**
 * Follows the roots from the last trusted one to the newest, without gaps. Returns the very chain
 * where there is nothing newer. Rejects with `UNTRUSTED_ROLLBACK` for an older root or another file
 * of the same version, `UNTRUSTED_ROOT`, `UNTRUSTED_SIGNATURE` or `UNAVAILABLE_*`.
 */
export async function followRoots(files: RepositoryFiles, chain: RootChain): Promise<RootChain> {
  const newest = await files.newestRoot()
  const { version } = chain.newest.signed
  if (newest.signed.version === version) verifyOwn(chain, newest)
  verifyNotOlder('root', newest, chain.signers, seenOf(chain.newest, chain.signers))
  if (newest.signed.version === version) return chain
  checkCount(files, newest.signed.version - version)
  let followed = chain
  while (followed.newest.signed.version + 1 < newest.signed.version) {
    const next = followed.newest.signed.version + 1
    const root = await files.root(next)
    if (root === undefined) throw missing(files, next)
    followed = extendChain(followed, root)
  }
  return extendChain(followed, newest)
}

/**
 * Finds the newest root that a pinned key signed, back from the newest of all, and follows the roots
 * from there. Rejects with `UNTRUSTED_ROOT` where no root is anchored on a pin, `UNTRUSTED_SIGNATURE`
 * or `UNAVAILABLE_*`.
 */
export async function anchorRoots(files: RepositoryFiles, anchor: RootAnchor): Promise<RootChain> {
  const successors: Metadata<'root'>[] = []
  let root = await files.newestRoot()
  let problem: TrustError | undefined
  let isNamed = false
  for (;;) {
    const anchored = tryAnchor(root, anchor)
    if (!(anchored instanceof TrustError)) return successors.reduceRight(extendChain, anchored)
    // The newest root that names a pin tells best what is wrong, the newest of all second best.
    if (problem === undefined || (!isNamed && namesPin(root, anchor))) problem = anchored
    isNamed ||= namesPin(root, anchor)
    const version = root.signed.version - 1
    if (version < 1) throw problem
    checkCount(files, successors.length + 2)
    const previous = await files.root(version)
    if (previous === undefined) throw cutShort(problem, files, version, 'is not on the server')
    if (previous.signed.version !== version) {
      throw cutShort(problem, files, version, `calls itself version ${previous.signed.version}`)
    }
    successors.push(root)
    root = previous
  }
}

/** That somebody else signed a root tells more than that it is another file. */
function verifyOwn({ gun, signers }: RootChain, root: Metadata<'root'>): void {
  if (findSigners(root, signers).length >= signers.threshold) return
  throw new TrustError(
    'UNTRUSTED_ROOT',
    `root version ${root.signed.version} of ${gun} is not signed by the root keys that were trusted before`,
  )
}

function tryAnchor(root: Metadata<'root'>, anchor: RootAnchor): RootChain | TrustError {
  try {
    return anchorRoot(root, anchor)
  } catch (error) {
    if (error instanceof TrustError) return error
    throw error
  }
}

function checkCount({ gun }: RepositoryFiles, roots: number): void {
  if (roots <= MAX_ROOTS) return
  throw new TrustError(
    'UNTRUSTED_ROOT',
    `the newest root of ${gun} is more than ${MAX_ROOTS} versions away from the last trusted one`,
  )
}

function missing({ gun }: RepositoryFiles, version: number): TrustError {
  return new TrustError(
    'UNTRUSTED_ROOT',
    `root version ${version} of ${gun}, which leads to the newest, is not on the server`,
  )
}

function cutShort(
  problem: TrustError,
  { gun }: RepositoryFiles,
  version: number,
  how: string,
): TrustError {
  const message = `${problem.message}; root version ${version} of ${gun} ${how}`
  return new TrustError(problem.code, message, { cause: problem })
}
