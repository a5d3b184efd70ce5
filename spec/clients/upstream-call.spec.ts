import { afterEach, beforeEach, describe, expect, test } from 'bun:test'
import { NotaryClient } from '../../src/clients/notary.ts'
import {
  ignoreCalls,
  observeAs,
  outcomeOf,
  type UpstreamCall,
} from '../../src/clients/upstream-call.ts'
import { TrustError } from '../../src/trust/errors.ts'
import type { Fault } from '../support/notary/fault.ts'
import type { EmbeddedNotary } from '../support/notary/server.ts'
import { GUN, MAX_BYTES, startServer } from './fixture.ts'

const never = new AbortController().signal

let notary: EmbeddedNotary
beforeEach(() => {
  notary = startServer()
})
afterEach(() => notary.stop())

/** Asks once for a role, and returns what an observer heard; whoever is not answered leaves. */
async function callsOf(role: string, fault: Fault | undefined): Promise<readonly UpstreamCall[]> {
  const calls: UpstreamCall[] = []
  const controller = new AbortController()
  const observe = {
    ...ignoreCalls,
    ended(call: UpstreamCall) {
      calls.push(call)
      controller.abort()
    },
  }
  if (fault !== undefined) notary.faults.set('*', fault)
  const client = new NotaryClient({ host: notary.url, observe })
  const { signal } = controller
  const fetched = client.fetchNewest(GUN, role, { maxBytes: MAX_BYTES, signal })
  if (fault?.kind === 'silent') {
    while (notary.requests.length === 0) await Bun.sleep(1)
    controller.abort()
  }
  await fetched.catch(() => {})
  return calls
}

describe('every attempt is told of, by its host and how it ended', () => {
  test.each<[outcome: string, role: string, fault: Fault | undefined]>([
    ['2xx', 'root', undefined],
    ['4xx', 'targets', undefined],
    ['3xx', 'root', { kind: 'status', status: 301 }],
    ['5xx', 'root', { kind: 'status', status: 503 }],
    ['body', 'root', { kind: 'endless' }],
    ['network', 'root', { kind: 'reset' }],
    ['left', 'root', { kind: 'silent' }],
  ])('%s', async (outcome, role, fault) => {
    const [call] = await callsOf(role, fault)
    const { host } = new URL(notary.url)
    expect(call).toMatchObject({ host, outcome })
    expect(call?.durationMs).toBeGreaterThanOrEqual(0)
  })
})

test('where a server sends us is told of under its own name, for as long as it lasts', () => {
  const told: string[] = []
  const observer = observeAs('registry.example', {
    ended: ({ host, outcome }) => told.push(`${host} ${outcome}`),
    began(host, state) {
      told.push(`${host} ${state}`)
      return () => told.push(`${host} no longer ${state}`)
    },
  })
  const end = observer?.began('elsewhere.example', 'active')
  observer?.ended({ host: 'elsewhere.example', outcome: '2xx', durationMs: 1 })
  end?.()
  expect(told).toEqual([
    'registry.example active',
    'registry.example 2xx',
    'registry.example no longer active',
  ])
})

test('a timeout of ours, a failed handshake and what nobody expected have names too', () => {
  expect(outcomeOf(new TrustError('UNAVAILABLE_TIMEOUT', ''), never)).toBe('timeout')
  expect(outcomeOf(new TrustError('UNAVAILABLE_TLS', ''), never)).toBe('tls')
  expect(outcomeOf(undefined, never)).toBe('failure')
})
