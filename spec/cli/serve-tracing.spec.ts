import { afterEach, beforeEach, describe, expect, test } from 'bun:test'
import type { CertificateAuthority } from '../support/certificate.ts'
import { attributesOf, Collector, type OtlpSpan } from '../support/collector.ts'
import { createRepository } from '../support/notary/repository.ts'
import { type EmbeddedNotary, startNotary } from '../support/notary/server.ts'
import { Folder, makeConfig } from './fixture.ts'
import { Serving, writeCertificate } from './serving.ts'

const GUN = 'registry.example/acme/app'
const DIGEST = `sha256:${'a'.repeat(64)}`
const TRACE = '0af7651916cd43dd8448eb211c80319c'
const PARENT = 'b7ad6b7169203331'

let folder: Folder
let notary: EmbeddedNotary
let collector: Collector
let authority: CertificateAuthority
let flags: readonly string[]
let serving: Serving
beforeEach(async () => {
  folder = new Folder()
  notary = startNotary()
  collector = new Collector()
  const repository = await createRepository({ gun: GUN })
  repository.addTarget('1', DIGEST)
  repository.publish()
  notary.repositories.set(GUN, repository)
  const certificate = await writeCertificate(folder)
  authority = certificate.authority
  const auth = '    auth: { username: me, password: passw0rd }\n'
  const text = makeConfig(repository.rootPublicKeyPem, notary.url)
  const config = text.replace('    type: notaryv1\n', `    type: notaryv1\n${auth}`)
  flags = [...certificate.flags, '--config', folder.write('config.yaml', config)]
})
afterEach(async () => {
  await serving.stop()
  notary.stop()
  await collector.stop()
  folder.remove()
})

/** Serves with a collector, and returns the spans that it has when all is over. */
async function spansOf(...requests: readonly (readonly [image: string, traceparent?: string])[]) {
  const environment = { OTEL_EXPORTER_OTLP_ENDPOINT: collector.url, POD_NAME: 'connaisseur-1' }
  serving = new Serving({ authority, environment }, ...flags)
  for (const [image, traceparent] of requests) {
    await serving.admit(image, traceparent === undefined ? {} : { traceparent })
  }
  await serving.stop()
  return collector
}

/** The only span of a name. */
function only(spans: readonly OtlpSpan[]): OtlpSpan {
  const [span] = spans
  if (span === undefined || spans.length > 1) throw new Error(`${spans.length} spans, not one`)
  return span
}

describe('tracing', () => {
  test('makes a tree of request, image, validation, steps and calls, below the caller', async () => {
    const { paths, resources, named, spans } = await spansOf([
      `${GUN}:1`,
      `00-${TRACE}-${PARENT}-01`,
    ]).then((found) => ({
      paths: found.paths,
      resources: found.resources,
      spans: found.spans,
      named: (name: string) => found.named(name),
    }))
    expect(paths[0]).toBe('/v1/traces')
    expect(resources[0]).toMatchObject({
      'service.name': 'connaisseur',
      'service.instance.id': 'connaisseur-1',
    })
    for (const { traceId } of spans) expect(traceId).toBe(TRACE)
    const admission = only(named('admission'))
    expect(admission).toMatchObject({ parentSpanId: PARENT, kind: 2 })
    expect(attributesOf(admission)).toMatchObject({
      'k8s.admission.kind': 'Pod',
      'k8s.admission.operation': 'CREATE',
      'connaisseur.admitted': true,
    })
    const image = only(named('image'))
    expect(image.parentSpanId).toBe(admission.spanId)
    expect(attributesOf(image)).toMatchObject({
      'connaisseur.image': `${GUN}:1`,
      'connaisseur.rule': '*:*',
      'connaisseur.validator': 'default',
      'connaisseur.digest': DIGEST,
    })
    const validation = only(named('validation notaryv1'))
    expect(validation.parentSpanId).toBe(image.spanId)
    for (const step of ['server', 'root', 'timestamp', 'snapshot', 'targets', 'target']) {
      expect(only(named(`step ${step}`)).parentSpanId).toBe(validation.spanId)
    }
    const calls = named('upstream request')
    expect(calls.length).toBeGreaterThan(3)
    for (const call of calls) {
      expect(call).toMatchObject({ parentSpanId: validation.spanId, kind: 3 })
      expect(attributesOf(call)).toEqual({
        'server.address': new URL(notary.url).host,
        'connaisseur.outcome': '2xx',
      })
    }
  })

  test('says what failed, and does not switch the cache off', async () => {
    const { spans } = await spansOf([`${GUN}:2`], [`${GUN}:2`])
    const failed = spans.filter(({ name, status }) => name === 'admission' && status.code === 2)
    expect(failed).toHaveLength(2)
    expect(failed[0]?.status.message).toContain('UNTRUSTED_NOT_SIGNED')
    expect(spans.filter(({ name }) => name === 'validation notaryv1')).toHaveLength(1)
  })

  test('begins a trace of its own at a traceparent that is none', async () => {
    const wrong = [
      '',
      'x',
      `00-${TRACE}-${PARENT}`,
      `ff-${TRACE}-${PARENT}-01`,
      `00-${'0'.repeat(32)}-${PARENT}-01`,
    ]
    const requests = wrong.map((traceparent) => ['ok/a:1', traceparent] as const)
    const admissions = (await spansOf(...requests)).named('admission')
    const traces = new Set(admissions.map(({ traceId }) => traceId))
    expect(traces.size).toBe(wrong.length)
    expect(traces).not.toContain(TRACE)
    for (const { parentSpanId = '' } of admissions) expect(parentSpanId).toBe('')
  })

  test('hole 12: no span holds a password', async () => {
    const { spans } = await spansOf([`${GUN}:1`])
    expect(spans.length).toBeGreaterThan(0)
    expect(JSON.stringify(spans)).not.toContain('passw0rd')
  })

  test('costs nothing but spans where the collector is dead, and the log says so', async () => {
    await collector.stop()
    await spansOf([`${GUN}:1`])
    expect(serving.lines.map(({ message }) => message)).toEqual(
      expect.arrayContaining([
        'request admitted',
        'the collector took not all spans before the end',
        'stopped',
      ]),
    )
    expect(await serving.exitCode).toBe(0)
  })

  test('of an endpoint that cannot be used is refused at start', async () => {
    const environment = { OTEL_EXPORTER_OTLP_ENDPOINT: 'collector:4317' }
    serving = new Serving({ authority, environment }, ...flags)
    expect(await serving.exitCode).toBe(2)
    expect(await serving.stop()).toContain('OTEL_EXPORTER_OTLP_ENDPOINT is no URL')
  })
})
