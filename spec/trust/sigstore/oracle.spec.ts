import { describe, expect, test } from 'bun:test'
import { bundleFromJSON } from '@sigstore/bundle'
import { TrustedRoot } from '@sigstore/protobuf-specs'
import { toSignedEntity, toTrustMaterial, Verifier } from '@sigstore/verify'
import fc from 'fast-check'
import { parseBundle } from '../../../src/trust/sigstore/bundle.ts'
import { verifyProof } from '../../../src/trust/sigstore/verify.ts'
import { toBytes } from '../../support/sigstore/bundle-json.ts'
import { imageStatement, simpleSigningPayload } from '../../support/sigstore/world.ts'
import { outcomeOf } from '../outcome.ts'
import { ALL, DIGEST, damage, HOLDER, identity, material, NOW, sigstore } from './fixture.ts'

/** The library takes 10 ms for a bundle where nothing else runs, and ten times that where much does. */
const PATIENCE_MS = 30_000
const PAYLOAD = simpleSigningPayload(DIGEST)
const oracle = new Verifier(toTrustMaterial(TrustedRoot.fromJSON(sigstore.trustedRoot)))

/** Honest bundles of every kind, two of each, so that a part of one can be put into the other. */
const honest: readonly object[] = await Promise.all(
  (['v1', 'v2'] as const).flatMap((log) =>
    (['dsse', 'message'] as const).flatMap((content) =>
      [1, 2].map(async () => {
        const payload = content === 'dsse' ? imageStatement(DIGEST) : PAYLOAD
        const certified = await sigstore.certify(HOLDER)
        return sigstore.signBundle(certified, { payload, content, log, timestamp: true })
      }),
    ),
  ),
)

function ours(bundle: object): string {
  return outcomeOf(() => {
    const expected = { signer: { kind: 'keyless', identity }, material, requirements: ALL } as const
    verifyProof(parseBundle(toBytes(bundle), PAYLOAD), expected, NOW)
  })
}

function theirs(bundle: object): string {
  try {
    const parsed = bundleFromJSON(JSON.parse(toBytes(bundle).toString('utf8')))
    oracle.verify(toSignedEntity(parsed, PAYLOAD), {
      subjectAlternativeName: `^${HOLDER.subject.replaceAll('.', '\\.')}$`,
      extensions: { issuer: HOLDER.issuer },
    })
    return 'accepted'
  } catch (error) {
    return error instanceof Error ? error.message : String(error)
  }
}

interface Place {
  readonly owner: object
  readonly name: string
  readonly value: unknown
}

function placesOf(value: unknown): readonly Place[] {
  if (typeof value !== 'object' || value === null) return []
  return Object.entries(value).flatMap(([name, child]) => [
    { owner: value, name, value: child },
    ...placesOf(child),
  ])
}

/** One change somewhere: left out, damaged, moved by one, emptied, doubled, or another bundle's. */
function forge(bundle: object, where: number, how: number, other: object): void {
  const places = placesOf(bundle)
  const place = places[where % places.length]
  if (place === undefined) return
  const { owner, name, value } = place
  const foreign = placesOf(other).find((each) => each.name === name)?.value
  const list = Array.isArray(value) ? [...value, ...value] : null
  const digits = typeof value === 'string' && /^\d+$/.test(value)
  const text = typeof value === 'string' && value !== '' ? value : 'AAAA'
  const changes = [
    undefined,
    damage(text),
    foreign,
    digits ? String(Number(value) + 1) : '',
    list,
    [],
  ]
  Reflect.set(owner, name, changes[how % changes.length])
}

describe('@sigstore/verify as an oracle', () => {
  test('both accept honest bundles', () => {
    for (const bundle of honest)
      expect([ours(bundle), theirs(bundle)]).toEqual(['accepted', 'accepted'])
  })

  test(
    'whatever it refuses of a forged bundle is refused here',
    () => {
      const some = fc.nat(1_000_000)
      fc.assert(
        fc.property(some, some, some, some, (which, other, where, how) => {
          const bundle = structuredClone(honest[which % honest.length] ?? {})
          forge(bundle, where, how, honest[other % honest.length] ?? {})
          if (ours(bundle) === 'accepted') expect(theirs(bundle)).toBe('accepted')
        }),
        { numRuns: 100 },
      )
    },
    PATIENCE_MS,
  )
})
