import { afterAll, beforeAll, describe, expect, test } from 'bun:test'
import manifest from '../../package.json' with { type: 'json' }
import { createRepository } from '../support/notary/repository.ts'
import { type EmbeddedNotary, startNotary } from '../support/notary/server.ts'
import { Folder, makeConfig } from './fixture.ts'
import { Serving, writeCertificate } from './serving.ts'

const GUN = 'registry.example/acme/app'

let folder: Folder
let notary: EmbeddedNotary
let serving: Serving
let lines: readonly string[]
beforeAll(async () => {
  folder = new Folder()
  notary = startNotary()
  const repository = await createRepository({ gun: GUN })
  repository.addTarget('1', `sha256:${'a'.repeat(64)}`)
  repository.publish()
  notary.repositories.set(GUN, repository)
  const { authority, flags } = await writeCertificate(folder)
  const config = folder.write('config.yaml', makeConfig(repository.rootPublicKeyPem, notary.url))
  serving = new Serving(authority, ...flags, '--config', config, '--metrics-listen', '127.0.0.1:0')
  for (const image of [`${GUN}:1`, `${GUN}:1`, `${GUN}:2`, 'ok/a:1']) await serving.admit(image)
  lines = await serving.metrics()
})
afterAll(async () => {
  await serving.stop()
  notary.stop()
  folder.remove()
})

/** The value of a series; nothing where there is none. */
function seriesValue(series: string): number | undefined {
  const line = lines.find((each) => each.startsWith(`${series} `))
  return line === undefined ? undefined : Number(line.slice(series.length + 1))
}

describe('/metrics of the program', () => {
  test('counts what it decided', () => {
    const notaryV1 = 'type="notaryv1",validator_name="default"'
    expect(seriesValue('connaisseur_requests_total')).toBe(4)
    expect(seriesValue('connaisseur_requests_admitted_total')).toBe(3)
    expect(seriesValue('connaisseur_requests_denied_total{timeout="false"}')).toBe(1)
    expect(seriesValue(`connaisseur_validations_total{${notaryV1},result="success"}`)).toBe(2)
    expect(seriesValue(`connaisseur_validations_failed_total{${notaryV1}}`)).toBe(1)
    expect(
      seriesValue(`connaisseur_validations_skipped_total{${notaryV1},reason="cache hit"}`),
    ).toBe(1)
    expect(seriesValue('connaisseur_validation_duration_seconds_count{type="notaryv1"}')).toBe(2)
    expect(seriesValue('connaisseur_cache_lookups_total{backend="memory",result="hit"}')).toBe(1)
  })

  test('tells of servers, by the names that the configuration has for them', () => {
    const { host } = new URL(notary.url)
    const series = `connaisseur_upstream_requests_total{host="${host}",outcome="2xx"}`
    expect(seriesValue(series)).toBe(notary.requests.length)
  })

  test('tells what expires when, and what runs', () => {
    expect(seriesValue('connaisseur_certificate_expires_in_seconds')).toBeGreaterThan(0)
    for (const role of ['root', 'targets', 'snapshot', 'timestamp']) {
      const series = `connaisseur_trust_data_expires_in_seconds{validator_name="default",role="${role}"}`
      expect(seriesValue(series)).toBeGreaterThan(0)
    }
    const labels = `version="${manifest.version}",bun="${Bun.version}"`
    expect(seriesValue(`connaisseur_build_info{${labels}}`)).toBe(1)
    expect(seriesValue('nodejs_eventloop_lag_p99_seconds')).toBeDefined()
    expect(seriesValue('process_resident_memory_bytes')).toBeGreaterThan(0)
  })

  test('names no image, no namespace and no object', () => {
    const text = lines.join('\n')
    for (const name of ['acme', 'ok/a', 'namespace']) expect(text).not.toContain(name)
  })

  test('are to be had on the plain port, where nothing else is', async () => {
    const { address } = await serving.line('listening for metrics')
    const response = await fetch(`http://${address}/metrics`)
    expect(await response.text()).toContain('\nconnaisseur_requests_total 4\n')
    expect((await fetch(`http://${address}/ready`)).status).toBe(404)
  })
})
