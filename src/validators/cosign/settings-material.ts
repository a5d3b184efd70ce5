import { Type } from '@sinclair/typebox'
import { quote } from '../../text/quote.ts'
import type { TrustMaterial } from '../../trust/sigstore/material.ts'
import { type PinnedMaterial, parsePinnedMaterial } from '../../trust/sigstore/pinned-material.ts'
import {
  countNames,
  parseWitness,
  type Witness,
  type Witnessing,
} from '../../trust/sigstore/witness.ts'
import { parseFile } from '../authority.ts'
import { attempt, type Report } from '../settings-report.ts'

const text = (description: string) => Type.String({ minLength: 1, description })

/** The section `host` of a cosign validator. */
export const HostSection = Type.Object(
  {
    rekor: Type.Optional(text('the address of a transparency log')),
    rekorPubkey: Type.Optional(text('PEM of the public keys of transparency logs')),
    fulcioCert: Type.Optional(text('PEM of the certificates of Fulcio')),
    ctLogPubkey: Type.Optional(text('PEM of the public keys of certificate logs')),
    rekorWitnesses: Type.Optional(
      Type.Array(text('the verifier key of a witness, such as witness.example+1a2b3c4d+BA...'), {
        minItems: 1,
        description:
          'a list of verifier keys of witnesses: entries of Rekor v2 count only with a checkpoint that they cosigned',
      }),
    ),
    rekorWitnessThreshold: Type.Optional(
      Type.Integer({
        minimum: 1,
        description: 'how many of the witnesses have to have cosigned; all of them if left out',
      }),
    ),
  },
  {
    additionalProperties: false,
    title: 'the host of a cosign validator',
    description: 'what signatures are held against in place of the public Sigstore',
  },
)

/** What logs and authorities are trusted. */
export interface MaterialSettings {
  /** What is pinned of logs and authorities; an empty part is the public Sigstore's. */
  readonly pinned?: TrustMaterial
  /** Absolute path of a `trusted_root.json`, read again when it changes; never beside `pinned`. */
  readonly trustedRoot?: string
  /** Whose cosignatures logs of Rekor v2 need; never beside pinned keys of logs. */
  readonly witnessing?: Witnessing
}

/** A section in which anything may be missing or misshapen. */
interface Draft {
  readonly host?: unknown
  readonly trustedRoot?: unknown
}

/** Parses where trust material comes from. Undefined if anything is wrong: it has been reported. */
export function parseMaterial(
  { host, trustedRoot: file }: Draft,
  report: Report,
): MaterialSettings | undefined {
  const given: Record<string, unknown> = Object(host)
  const pins = toPins(given)
  const witnessing = parseWitnessing(given, report)
  if (witnessing === undefined) return undefined
  if (file !== undefined) {
    if (Object.keys(pins).length > 0) {
      report(
        ['trustedRoot'],
        '"trustedRoot" stands beside keys or certificates of "host".',
        'Remove one of them: a trusted root holds all of it.',
      )
    }
    const trustedRoot = parseFile(file, 'trustedRoot', report)
    return trustedRoot === undefined ? undefined : { trustedRoot, ...witnessing }
  }
  if (Object.keys(pins).length === 0) return witnessing
  try {
    return { pinned: parsePinnedMaterial(pins), ...witnessing }
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error
    const [member = ''] = error.message.split(' ')
    report(
      ['host', member],
      `"host" is not usable: ${error.message}.`,
      'Write public keys of logs and certificates of Fulcio as PEM.',
    )
    return undefined
  }
}

function toPins(given: Record<string, unknown>): PinnedMaterial {
  const pins = ['rekorPubkey', 'fulcioCert', 'ctLogPubkey'].flatMap((key) => {
    const value = given[key]
    return typeof value === 'string' && value !== '' ? [[key, value]] : []
  })
  return Object.fromEntries(pins)
}

const WITNESSES = 'rekorWitnesses'
const THRESHOLD = 'rekorWitnessThreshold'

function parseWitnessing(
  given: Record<string, unknown>,
  report: Report,
): Pick<MaterialSettings, 'witnessing'> | undefined {
  const { [WITNESSES]: list, [THRESHOLD]: wanted } = given
  if (list === undefined) {
    if (wanted === undefined) return {}
    report(['host', THRESHOLD], `"${THRESHOLD}" stands without "${WITNESSES}".`, 'Name them.')
    return undefined
  }
  const witnesses = parseWitnesses(list, report)
  if (witnesses === undefined) return undefined
  if (given['rekorPubkey'] !== undefined) {
    const message = `"${WITNESSES}" stands beside "rekorPubkey", which is of logs without witnesses.`
    report(['host', WITNESSES], message, 'Remove one of them: Rekor v2 comes with a "trustedRoot".')
    return undefined
  }
  const all = countNames(witnesses)
  const threshold = typeof wanted === 'number' ? wanted : all
  if (threshold <= all) return { witnessing: { witnesses, threshold } }
  const message = `"${THRESHOLD}" is ${threshold}, but there are ${all} witnesses.`
  report(['host', THRESHOLD], message, `Write ${all} or less.`)
  return undefined
}

function parseWitnesses(list: unknown, report: Report): readonly Witness[] | undefined {
  if (!Array.isArray(list)) return undefined
  const nameOf = new Map<string, string>()
  const witnesses = list.flatMap((each, index) => {
    const at = ['host', WITNESSES, String(index)]
    const fix = 'Write it as its operator publishes it: name+id+key, the key in base64.'
    const witness = attempt(each, parseWitness, (why) =>
      report(at, `the witness is not usable: ${why}.`, fix),
    )
    if (witness === undefined) return []
    const twin = nameOf.get(witness.key.identity)
    nameOf.set(witness.key.identity, witness.name)
    if (twin === undefined) return [witness]
    // One witness under two names would count as two.
    const message = `the witnesses ${quote(twin)} and ${quote(witness.name)} have the same key.`
    report(at, message, 'Remove one of them.')
    return []
  })
  return witnesses.length === list.length ? witnesses : undefined
}
