import { join } from 'node:path'
import { type Static, type TSchema, Type } from '@sinclair/typebox'
import { Value } from '@sinclair/typebox/value'
import type { Subprocess } from 'bun'
import { AdmissionAnswer, type AdmissionResponse } from '../support/admission-answer.ts'
import type { AdmissionReview } from '../support/admission-review.ts'
import type { Processes } from './processes.ts'

/** What the API server gives a webhook by default, as it writes it into the URL. */
const TIMEOUT = '3s'
/** When the demo gives up: later than the webhook would, in milliseconds. */
const PATIENCE_MS = 15_000
const POLL_MS = 5

const LogLine = Type.Object({ message: Type.String(), address: Type.Optional(Type.String()) })

/** The files that `serve` starts with, relative to the folder of the demo. */
export interface WebhookFiles {
  readonly config: string
  readonly cert: string
  readonly key: string
  readonly log: string
}

/** A webhook that serves, as the API server sees it. */
export interface Webhook {
  /** Where the API server sends its reviews, timeout included. */
  readonly url: string
  /** Sends a review; rejects unless the answer is an AdmissionReview. */
  review(review: AdmissionReview): Promise<AdmissionResponse>
  /** Sends any text as JSON, and returns the HTTP answer. */
  post(body: string): Promise<{ readonly status: number; readonly body: string }>
}

/** Starts `serve` on a free port and waits until it listens; `ca` (PEM) is all the client trusts. */
export async function startWebhook(
  processes: Processes,
  folder: string,
  files: WebhookFiles,
  ca: string,
): Promise<Webhook> {
  const tls = ['--tls-cert', files.cert, '--tls-key', files.key]
  const args = ['serve', '--config', files.config, ...tls, '--listen', '127.0.0.1:0']
  const child = processes.start(args, files.log)
  const address = await readAddress(child, join(folder, files.log))
  const url = `https://${address}/mutate?timeout=${TIMEOUT}`
  const post: Webhook['post'] = async (body) => {
    const response = await fetch(url, {
      method: 'POST',
      headers: { accept: 'application/json', 'content-type': 'application/json' },
      body,
      signal: AbortSignal.timeout(PATIENCE_MS),
      tls: { ca },
    })
    return { status: response.status, body: await response.text() }
  }
  return {
    url,
    post,
    async review(review) {
      const { status, body } = await post(JSON.stringify(review))
      if (status !== 200) throw new Error(`HTTP ${status} instead of an AdmissionReview: ${body}`)
      return parse(AdmissionAnswer, body).response
    },
  }
}

async function readAddress(child: Subprocess, logFile: string): Promise<string> {
  const end = Date.now() + PATIENCE_MS
  for (;;) {
    const ended = child.exitCode
    const text = await Bun.file(logFile).text()
    const lines = text.split('\n').filter((line) => line.includes('"message":"listening"'))
    const [address] = lines.map((line) => parse(LogLine, line).address)
    if (address !== undefined) return address
    if (ended !== null) throw new Error(`serve ended with exit code ${ended}: ${text}`)
    if (Date.now() > end) throw new Error(`serve did not listen within ${PATIENCE_MS} ms: ${text}`)
    await Bun.sleep(POLL_MS)
  }
}

function parse<Schema extends TSchema>(schema: Schema, text: string): Static<Schema> {
  const value: unknown = JSON.parse(text)
  Value.Assert(schema, value)
  return value
}
