import { afterEach, beforeEach, describe, expect, test } from 'bun:test'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { inspect } from 'node:util'
import { readRedisSettings } from '../../../src/clients/redis/settings.ts'

const KEY = 'k'.repeat(32)
const BASE = { REDIS_HOST: 'redis.example', CACHE_KEY: KEY }

let folder: string
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'connaisseur-spec-'))
})
afterEach(() => rmSync(folder, { recursive: true }))

function write(name: string, text: string): string {
  const file = join(folder, name)
  writeFileSync(file, text)
  return file
}

test('without REDIS_HOST there is none, whatever else is set', () => {
  expect(readRedisSettings({})).toBeUndefined()
  expect(readRedisSettings({ REDIS_HOST: '', REDIS_PASSWORD: 'x' })).toBeUndefined()
})

test('a host and a key are enough: port 6379, TLS', () => {
  const settings = readRedisSettings(BASE)
  expect(settings).toMatchObject({
    host: 'redis.example',
    port: 6379,
    username: 'default',
    tls: {},
  })
  expect(settings?.entryKey.reveal()).toBe(KEY)
})

test('everything that is given is taken, the key without the line feed of its file', () => {
  const [ca, cert, key] = [write('ca', ''), write('cert', ''), write('key', '')]
  const settings = readRedisSettings({
    REDIS_HOST: '::1',
    REDIS_PORT: '6380',
    REDIS_USERNAME: 'connaisseur',
    REDIS_PASSWORD: 'hunter2',
    REDIS_CA: ca,
    REDIS_CERT: cert,
    REDIS_KEY: key,
    CACHE_KEY_FILE: write('cache-key', `${KEY}\n`),
  })
  expect(settings).toMatchObject({ host: '::1', port: 6380, username: 'connaisseur' })
  expect(settings?.tls).toEqual({ caFile: ca, certFile: cert, keyFile: key })
  expect([settings?.password?.reveal(), settings?.entryKey.reveal()]).toEqual(['hunter2', KEY])
})

test('TLS is declined by name only', () => {
  expect(readRedisSettings({ ...BASE, REDIS_TLS: 'false' })).not.toHaveProperty('tls')
})

test('neither the password nor the key is ever shown', () => {
  const settings = readRedisSettings({ ...BASE, REDIS_PASSWORD: 'hunter2' })
  expect(inspect(settings) + JSON.stringify(settings)).not.toMatch(/hunter2|kkkk/)
})

describe('the start is refused, in one line that says what to mend', () => {
  test.each<[string, Record<string, string>, string]>([
    ['no key', { CACHE_KEY: '' }, 'REDIS_HOST needs CACHE_KEY or CACHE_KEY_FILE'],
    ['a short key', { CACHE_KEY: 'k'.repeat(31) }, 'the cache key has less than 32 characters'],
    ['a host that is a URL', { REDIS_HOST: 'redis://u:p@x/' }, 'REDIS_HOST is no host name'],
    ['port 0', { REDIS_PORT: '0' }, 'REDIS_PORT is no port'],
    ['a port of words', { REDIS_PORT: 'redis' }, 'REDIS_PORT is no port'],
    ['REDIS_TLS: no', { REDIS_TLS: 'no' }, 'REDIS_TLS is true or false'],
    [
      'a CA that is not there',
      { REDIS_CA: '/nowhere' },
      'REDIS_CA: /nowhere cannot be read (ENOENT)',
    ],
    [
      'a key that is not there',
      { CACHE_KEY_FILE: '/nowhere' },
      'CACHE_KEY_FILE: /nowhere cannot be',
    ],
    [
      'a certificate without key',
      { REDIS_CERT: '/dev/null' },
      'REDIS_CERT and REDIS_KEY go together',
    ],
  ])('%s', (_, environment, message) => {
    expect(() => readRedisSettings({ ...BASE, ...environment })).toThrow(message)
  })
})
