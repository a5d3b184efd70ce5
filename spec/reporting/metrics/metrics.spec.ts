import { describe, expect, test } from 'bun:test'
import { Counters } from '../../../src/reporting/metrics/family.ts'
import { createMetrics, NOW } from './fixture.ts'

describe('metrics', () => {
  test('count requests to servers by host and outcome, and how long they took', async () => {
    const { metrics, lines } = createMetrics()
    metrics.countUpstream({ host: 'notary.example', outcome: '2xx', durationMs: 3 })
    metrics.countUpstream({ host: 'notary.example', outcome: 'network', durationMs: 3 })
    metrics.countUpstream({ host: 'notary.example', outcome: 'shed', durationMs: 4000 })
    expect(await lines('connaisseur_upstream_requests_total')).toEqual([
      'connaisseur_upstream_requests_total{host="notary.example",outcome="2xx"} 1',
      'connaisseur_upstream_requests_total{host="notary.example",outcome="network"} 1',
    ])
    expect(await lines('connaisseur_upstream_request_duration_seconds_count')).toEqual([
      'connaisseur_upstream_request_duration_seconds_count{host="notary.example"} 2',
    ])
    expect(await lines('connaisseur_upstream_shed_total')).toEqual([
      'connaisseur_upstream_shed_total{host="notary.example"} 1',
    ])
  })

  test('tell how many requests wait for a server and are with it, and how many alerts wait', async () => {
    const { metrics, lines } = createMetrics()
    const end = metrics.beginUpstream('notary.example', 'waiting')
    metrics.beginUpstream('notary.example', 'active')
    metrics.beginUpstream('notary.example', 'active')
    metrics.changeWaitingAlerts('admit-1-slack', 1)
    end()
    expect([
      ...(await lines('connaisseur_upstream_requests_in_flight')),
      ...(await lines('connaisseur_upstream_requests_waiting')),
      ...(await lines('connaisseur_alerts_waiting')),
    ]).toEqual([
      'connaisseur_upstream_requests_in_flight{host="notary.example"} 2',
      'connaisseur_upstream_requests_waiting{host="notary.example"} 0',
      'connaisseur_alerts_waiting{receiver="admit-1-slack"} 1',
    ])
  })

  test('count looks into the cache, joined validations, alerts and reloads', async () => {
    const { metrics, lines } = createMetrics()
    metrics.countCache('redis', 'error')
    metrics.countJoined()
    metrics.countAlert('admit-1-slack', 'dropped')
    metrics.countReload('configuration', 'failed')
    expect([
      ...(await lines('connaisseur_cache_lookups_total')),
      ...(await lines('connaisseur_validations_joined_total')),
      ...(await lines('connaisseur_alerts_total')),
      ...(await lines('connaisseur_reloads_total')),
    ]).toEqual([
      'connaisseur_cache_lookups_total{backend="redis",result="error"} 1',
      'connaisseur_validations_joined_total 1',
      'connaisseur_alerts_total{receiver="admit-1-slack",outcome="dropped"} 1',
      'connaisseur_reloads_total{what="configuration",outcome="failed"} 1',
    ])
  })

  test('tell whether the configuration in use is the one in the file', async () => {
    const { metrics, lines } = createMetrics()
    const read = () => lines('connaisseur_config_last_reload_successful')
    expect(await read()).toEqual(['connaisseur_config_last_reload_successful 1'])
    metrics.countReload('configuration', 'failed')
    metrics.countReload('certificate', 'ok')
    expect(await read()).toEqual(['connaisseur_config_last_reload_successful 0'])
    metrics.countReload('configuration', 'ok')
    expect(await read()).toEqual(['connaisseur_config_last_reload_successful 1'])
  })

  test('tell the seconds until certificate and trust data expire, less than 0 once they have', async () => {
    const { metrics, lines } = createMetrics()
    metrics.setCertificateExpiry(() => new Date(NOW.getTime() + 90_000))
    const expires = new Date(NOW.getTime() - 5000)
    metrics.setTrustDataExpiries(() => [{ validator: 'default', kind: 'targets', expires }])
    expect([
      ...(await lines('connaisseur_certificate_expires_in_seconds')),
      ...(await lines('connaisseur_trust_data_expires_in_seconds')),
    ]).toEqual([
      'connaisseur_certificate_expires_in_seconds 90',
      'connaisseur_trust_data_expires_in_seconds{validator_name="default",role="targets"} -5',
    ])
  })

  test('tell what runs, and how the process and its event loop are', async () => {
    const { lines } = createMetrics()
    expect(await lines('connaisseur_build_info')).toEqual([
      `connaisseur_build_info{version="1.2.3",bun="${Bun.version}"} 1`,
    ])
    const process = (await lines('process_')).map((line) => line.split(' ')[0])
    expect(process).toContain('process_cpu_seconds_total')
    expect(process).toContain('process_resident_memory_bytes')
    expect(process).toContain('process_open_fds')
    expect(await lines('nodejs_eventloop_lag_p99_seconds')).toHaveLength(1)
    expect(await lines('nodejs_heap')).toEqual([])
  })

  test('do not count twice what was read before', async () => {
    const { metrics, lines } = createMetrics()
    metrics.countJoined()
    await lines('')
    expect(await lines('connaisseur_validations_joined')).toEqual([
      'connaisseur_validations_joined_total 1',
    ])
  })

  test('escape what labels hold', async () => {
    const { metrics, lines } = createMetrics()
    metrics.countUpstream({ host: 'a"b\\c\nd', outcome: 'shed', durationMs: 0 })
    expect(await lines('connaisseur_upstream_shed_total')).toEqual([
      'connaisseur_upstream_shed_total{host="a\\"b\\\\c\\nd"} 1',
    ])
  })
})

describe('a family', () => {
  test('has at most a thousand series, the rest is counted together', () => {
    const counters = new Counters({ name: 'a', help: 'a', labels: ['host', 'outcome'] })
    for (let each = 0; each < 1500; each++) counters.add([`host-${each}`, '2xx'])
    const series = [...counters.series()]
    expect(series).toHaveLength(1001)
    expect(series.at(-1)).toEqual({ labels: ['other', 'other'], value: 500 })
    counters.add(['host-7', '2xx'])
    expect(series[7]).toEqual({ labels: ['host-7', '2xx'], value: 2 })
  })
})
