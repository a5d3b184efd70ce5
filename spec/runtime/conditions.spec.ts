import { describe, expect, test } from 'bun:test'
import { askCertificate, askConfiguration, askRunning } from '../../src/runtime/conditions.ts'

const certificate = {
  cert: '',
  key: '',
  notBefore: new Date('2026-01-01T00:00:00Z'),
  notAfter: new Date('2026-04-01T00:00:00Z'),
}
const certificateAt = (time: string, problem?: string) =>
  askCertificate(certificate, new Date(time), problem)

describe('a certificate', () => {
  test('that holds is ready, and says until when', () => {
    const note = 'it is valid until 2026-04-01T00:00:00.000Z'
    expect(certificateAt('2026-03-31T23:59:59Z')).toEqual({ name: 'certificate', ok: true, note })
  })

  test.each([
    ['2026-04-01T00:00:00Z', 'it expired at 2026-04-01T00:00:00.000Z'],
    ['2025-12-31T23:59:59Z', 'it is valid from 2026-01-01T00:00:00.000Z'],
  ])('at %s is not ready: %s', (time, reason) => {
    expect(certificateAt(time)).toEqual({ name: 'certificate', ok: false, reason })
  })

  test('whose next one cannot be used is ready, and tells why', () => {
    const { ok, note } = certificateAt('2026-02-01T00:00:00Z', 'its key is another')
    expect(ok).toBe(true)
    expect(note).toEndWith('the next one cannot be used: its key is another')
  })
})

test('a configuration that cannot be taken over leaves the one before, which is told', () => {
  expect(askConfiguration(undefined)).toEqual({ name: 'configuration', ok: true })
  const { ok, note } = askConfiguration(`line 1: ${'x'.repeat(5000)}`)
  expect(ok).toBe(true)
  expect(note).toContain('the one before is in force: line 1: x')
  expect(note).toHaveLength(1000)
})

test('who is shutting down is not ready', () => {
  expect(askRunning(false).ok).toBe(true)
  expect(askRunning(true)).toEqual({
    name: 'running',
    ok: false,
    reason: 'it is shutting down',
  })
})
