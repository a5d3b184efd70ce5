import { RedisEntries, type RedisEntriesOptions } from '../../../src/clients/redis/entries.ts'
import { RedisLink } from '../../../src/clients/redis/link.ts'
import type { RedisSettings } from '../../../src/clients/redis/settings.ts'
import { Secret } from '../../../src/text/secret.ts'

/** The key of all replicas of these specs. */
export const KEY = new Secret('k'.repeat(32))

/** Settings for a server on this port, without TLS. */
export function settingsFor(port: number, more: Partial<RedisSettings> = {}): RedisSettings {
  return { host: '127.0.0.1', port, username: 'default', entryKey: KEY, ...more }
}

/** A link and all that it reported; ready when a first command was answered. */
export function openLink(settings: RedisSettings) {
  const reports: { readonly message: string; readonly problem: unknown }[] = []
  const link = new RedisLink(settings, (message, { problem }) => {
    reports.push({ message, problem })
  })
  const get = (key = 'connaisseur:a', timeoutMs = 1000) =>
    link.send({ command: 'GETRANGE', args: [key, '0', '100'], timeoutMs })
  /** Asks until Redis answers. */
  const untilUsed = async () => {
    for (;;) {
      const reply = await get()
      if (reply.ok) return reply
      await Bun.sleep(5)
    }
  }
  /** Asks until it is known not to be usable. */
  const untilBroken = async (timeoutMs?: number) => {
    while (!reports.at(-1)?.message.includes('cannot be used')) {
      await get('connaisseur:a', timeoutMs)
      await Bun.sleep(5)
    }
  }
  return { link, reports, get, untilUsed, untilBroken }
}

/** Entries in a map that anybody may write to. */
export function createEntries(more: Partial<RedisEntriesOptions> = {}) {
  const stored = new Map<string, string>()
  const reports: Readonly<Record<string, unknown>>[] = []
  const clock = { now: Date.parse('2026-01-01T00:00:00Z') }
  const make = (other: Partial<RedisEntriesOptions> = {}) =>
    new RedisEntries({
      link: {
        async send({ command, args: [name = '', ...rest] }) {
          if (command === 'SET') stored.set(name, rest[0] ?? '')
          const text = (stored.get(name) ?? '').slice(0, Number(rest[1]) + 1)
          return { ok: true, text: command === 'SET' ? 'OK' : text }
        },
      },
      key: KEY,
      report: (message, fields) => void reports.push({ message, ...fields }),
      now: () => clock.now,
      ...more,
      ...other,
    })
  return { entries: make(), make, stored, reports, clock }
}
