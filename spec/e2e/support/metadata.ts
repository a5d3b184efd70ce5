import { X509Certificate } from 'node:crypto'
import { type Static, type TSchema, Type } from '@sinclair/typebox'
import { Value } from '@sinclair/typebox/value'
import type { Notary } from './notary-servers.ts'

const Keys = Type.Record(
  Type.String(),
  Type.Object({ keytype: Type.String(), keyval: Type.Object({ public: Type.String() }) }),
)
const Root = Type.Object({
  signed: Type.Object({
    keys: Keys,
    roles: Type.Record(Type.String(), Type.Object({ keyids: Type.Array(Type.String()) })),
  }),
})

/** Fetches the current metadata of a role, as the server sends it; throws unless it answers 200. */
export async function fetchMetadata(notary: Notary, gun: string, role: string): Promise<string> {
  const url = `${notary.url}/v2/${gun}/_trust/tuf/${role}.json`
  const response = await fetch(url, { tls: { ca: notary.authority } })
  if (!response.ok) throw new Error(`${url} answered ${response.status}`)
  return response.text()
}

/** Parses JSON that has to fit a schema as it is: nothing is converted, defaulted or dropped. */
export function parseJson<T extends TSchema>(schema: T, text: string): Static<T> {
  const value: unknown = JSON.parse(text)
  Value.Assert(schema, value)
  return value
}

/** The root key of a repository, in the forms in which an operator may pin it. */
export interface RootKey {
  /** A PEM `PUBLIC KEY` block. */
  readonly publicKey: string
  /** PEM, as it stands in the root metadata. */
  readonly certificate: string
}

/** Reads the root key that a repository's current root metadata names. */
export async function fetchRootKey(notary: Notary, gun: string): Promise<RootKey> {
  const { signed } = parseJson(Root, await fetchMetadata(notary, gun, 'root'))
  const id = signed.roles['root']?.keyids[0] ?? ''
  const certificate = Buffer.from(signed.keys[id]?.keyval.public ?? '', 'base64').toString()
  const publicKey = new X509Certificate(certificate).publicKey
  return { certificate, publicKey: publicKey.export({ type: 'spki', format: 'pem' }) }
}

/** Reads which types of key (`ecdsa-x509`, ...) the roles of a repository have, in root's order. */
export async function fetchKeyTypes(
  notary: Notary,
  gun: string,
): Promise<Readonly<Record<string, string>>> {
  const { signed } = parseJson(Root, await fetchMetadata(notary, gun, 'root'))
  return Object.fromEntries(
    Object.entries(signed.roles).map(([role, { keyids }]) => [
      role,
      keyids.map((id) => signed.keys[id]?.keytype).join(' '),
    ]),
  )
}
