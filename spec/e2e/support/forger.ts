import { sign } from 'node:crypto'
import { Type } from '@sinclair/typebox'
import type { KeyPair } from '../../support/key-pair.ts'
import { fetchMetadata, parseJson } from './metadata.ts'
import type { Notary } from './notary-servers.ts'

const Envelope = Type.Object({
  signed: Type.Object({ version: Type.Integer(), expires: Type.String() }),
  signatures: Type.Tuple([Type.Object({ keyid: Type.String() })]),
})

/** The signed part of a role, as parsed from JSON. */
export type Signed = Readonly<Record<string, unknown>>

/**
 * Publishes what the notary client never would: the current metadata of a role with `change`
 * applied and the next version, signed by the same key, which is on P-256. The server checks it
 * as it checks any upload, so it must hold at the moment of the upload.
 */
export async function republish(
  notary: Notary,
  gun: string,
  role: string,
  keyPair: KeyPair,
  change: (signed: Signed) => Signed,
): Promise<void> {
  const { signed, signatures } = parseJson(Envelope, await fetchMetadata(notary, gun, role))
  // Members keep the canonical order in which the client wrote them.
  const text = JSON.stringify({ ...change(signed), version: signed.version + 1 })
  const sig = sign('sha256', Buffer.from(text), {
    key: keyPair.privateKey,
    dsaEncoding: 'ieee-p1363',
  }).toString('base64')
  const signature = JSON.stringify([{ keyid: signatures[0].keyid, method: 'ecdsa', sig }])
  await upload(notary, gun, role, `{"signed":${text},"signatures":${signature}}`)
}

async function upload(notary: Notary, gun: string, role: string, body: string): Promise<void> {
  const form = new FormData()
  form.append('files', new Blob([body]), role)
  const response = await fetch(`${notary.url}/v2/${gun}/_trust/tuf/`, {
    method: 'POST',
    body: form,
    tls: { ca: notary.authority },
  })
  if (!response.ok) {
    throw new Error(`uploading ${role} of ${gun}: ${response.status} ${await response.text()}`)
  }
}
