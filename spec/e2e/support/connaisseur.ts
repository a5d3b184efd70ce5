import { join } from 'node:path'
import { type Static, Type } from '@sinclair/typebox'
import { issueServerCertificate } from '../../support/certificate.ts'
import { BINARY } from './binary.ts'
import type { Environment } from './environment.ts'
import { parseJson } from './metadata.ts'
import { findFreePort } from './port.ts'
import { runProgram, startServer } from './process.ts'

const Entry = Type.Object(
  {
    image: Type.String(),
    trusted: Type.Boolean(),
    digest: Type.Optional(Type.String()),
    pinned: Type.Optional(Type.String()),
    rule: Type.Optional(Type.String()),
    validator: Type.Optional(Type.String()),
    code: Type.Optional(Type.String()),
    reason: Type.Optional(Type.String()),
  },
  { additionalProperties: false },
)
const Report = Type.Object({ images: Type.Array(Entry) }, { additionalProperties: false })

/** What `verify --output json` says of one image. */
export type Entry = Static<typeof Entry>

const Answer = Type.Object({
  apiVersion: Type.Literal('admission.k8s.io/v1'),
  kind: Type.Literal('AdmissionReview'),
  response: Type.Object({
    uid: Type.String(),
    allowed: Type.Boolean(),
    patch: Type.Optional(Type.String()),
    patchType: Type.Optional(Type.String()),
    status: Type.Optional(Type.Object({ code: Type.Integer(), message: Type.String() })),
  }),
})

/** The response part of the webhook's AdmissionReview. */
export type AdmissionResponse = Static<typeof Answer>['response']

/** The built binary with one configuration: as a command, and as a webhook that serves. */
export interface Connaisseur {
  readonly verify: (
    image: string,
    ...flags: readonly string[]
  ) => Promise<{ readonly exitCode: number; readonly entry: Entry }>
  /** Posts an AdmissionReview as the API server does; `timeout` is the webhook's, default 10s. */
  readonly review: (review: unknown, timeout?: string) => Promise<AdmissionResponse>
}

/** Starts `serve` over HTTPS; it ends with the environment, and has to end with exit code 0. */
export async function startConnaisseur(
  environment: Environment,
  configFile: string,
): Promise<Connaisseur> {
  const { folder } = environment
  const url = await serve(environment, configFile)
  return {
    async verify(image, ...flags) {
      const command = [BINARY, 'verify', '--config', configFile, '--output', 'json', ...flags]
      const { exitCode, stdout, stderr } = await runProgram([...command, image], { folder })
      if (stdout === '') throw new Error(`verify ${image}, exit code ${exitCode}: ${stderr}`)
      const [entry, second] = parseJson(Report, stdout).images
      if (entry === undefined || second !== undefined) throw new Error(`not one image: ${stdout}`)
      return { exitCode, entry }
    },
    async review(review, timeout = '10s') {
      const response = await fetch(`${url}/mutate?timeout=${timeout}`, {
        method: 'POST',
        headers: { 'content-type': 'application/json', accept: 'application/json' },
        body: JSON.stringify(review),
        tls: { ca: environment.authority.cert },
      })
      const body = await response.text()
      if (response.status !== 200) throw new Error(`HTTP ${response.status}: ${body}`)
      return parseJson(Answer, body).response
    },
  }
}

async function serve(environment: Environment, configFile: string): Promise<string> {
  const { folder, authority } = environment
  const tls = await issueServerCertificate(authority)
  const name = `connaisseur-${crypto.randomUUID()}`
  const [certFile, keyFile] = [join(folder, `${name}.crt`), join(folder, `${name}.key`)]
  await Bun.write(certFile, tls.cert)
  await Bun.write(keyFile, tls.key)
  const listen = `127.0.0.1:${await findFreePort()}`
  const files = ['--config', configFile, '--tls-cert', certFile, '--tls-key', keyFile]
  const url = `https://${listen}`
  const server = await startServer(
    [BINARY, 'serve', '--listen', listen, ...files],
    { folder, name },
    () => isHealthy(url, authority.cert),
  )
  environment.beforeStop(async () => {
    const code = await server.stop()
    if (code !== 0) throw new Error(`serve ended with exit code ${code} after SIGTERM`)
  })
  return url
}

async function isHealthy(url: string, ca: string): Promise<boolean> {
  try {
    return (await fetch(`${url}/health`, { tls: { ca } })).status === 200
  } catch {
    return false
  }
}
