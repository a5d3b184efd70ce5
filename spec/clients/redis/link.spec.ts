import { afterEach, beforeEach, describe, expect, test } from 'bun:test'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { RedisLink } from '../../../src/clients/redis/link.ts'
import { Secret } from '../../../src/text/secret.ts'
import { createCertificateAuthority, issueServerCertificate } from '../../support/certificate.ts'
import { EmbeddedRedis, type RedisFault } from '../../support/redis/server.ts'
import { FakeClock } from '../fake-clock.ts'
import { openLink, settingsFor } from './fixture.ts'

let redis: EmbeddedRedis
let open: { link: { close(): void } }[]
beforeEach(() => {
  redis = new EmbeddedRedis()
  open = []
})
afterEach(() => {
  for (const { link } of open) link.close()
  redis.stop()
})

function connect(more = {}) {
  const opened = openLink(settingsFor(redis.port, more))
  open.push(opened)
  return opened
}

const BROKEN = 'redis cannot be used, which costs only the cache'
const USED = { message: 'redis is used again', problem: undefined }

describe('a redis that answers', () => {
  test('is asked over one connection', async () => {
    const { untilUsed, get, reports } = connect()
    redis.entries.set('connaisseur:a', 'text')
    expect(await untilUsed()).toEqual({ ok: true, text: 'text' })
    expect(await Promise.all([get(), get('connaisseur:b')])).toEqual([
      { ok: true, text: 'text' },
      { ok: true, text: '' },
    ])
    expect([redis.connections, reports]).toEqual([1, []])
  })

  test('gets user and password as they are, whatever is in them', async () => {
    const { untilUsed } = connect({ username: 'us:er', password: new Secret('p@ss/w?rd %41#') })
    await untilUsed()
    expect(redis.commands[0]).toEqual(['HELLO', '3', 'AUTH', 'us:er', 'p@ss/w?rd %41#'])
  })
})

describe('a redis that does not', () => {
  test('is waited for by what is worth it, as soon as the program has begun', async () => {
    const { link } = connect()
    const command = { command: 'GETRANGE', args: ['connaisseur:a', '0', '9'], timeoutMs: 5000 }
    const [hasty, patient] = [link.send(command), link.send({ ...command, waits: true })]
    expect([await hasty, await patient]).toEqual([{ ok: false }, { ok: true, text: '' }])
  })

  test('whoever has the time can wait for the connection', async () => {
    expect(await connect().link.ready()).toBe(true)
    redis.stop()
    expect(await connect().link.ready()).toBe(false)
  })

  test('that is down costs nothing: there is no answer at once', async () => {
    redis.stop()
    const { untilBroken, get, reports } = connect()
    await untilBroken()
    expect(await get()).toEqual({ ok: false })
    expect(reports).toEqual([{ message: BROKEN, problem: expect.stringContaining('it is down') }])
  })

  test('is not connected to again before its pause is over', async () => {
    redis.stop()
    const clock = new FakeClock()
    const link = new RedisLink(settingsFor(redis.port), () => {}, clock)
    const restarted = new EmbeddedRedis(undefined, redis.port)
    const ask = async () => {
      await link.send({ command: 'GETRANGE', args: ['a', '0', '9'], timeoutMs: 50 })
      return link.ready()
    }
    expect(await link.ready()).toBe(false)
    expect([await ask(), restarted.connections]).toEqual([false, 0])
    await clock.advance(249)
    expect([await ask(), restarted.connections]).toEqual([false, 0])
    await clock.advance(1)
    expect([await ask(), restarted.connections]).toEqual([true, 1])
    link.close()
    restarted.stop()
  })

  test.each<RedisFault>(['silent', 'garbage', 'endless'])(
    'that is %s is left alone for a while, and used again when it is well',
    async (fault) => {
      const { untilUsed, untilBroken, get, reports } = connect()
      await untilUsed()
      redis.fault = fault
      await untilBroken(5)
      const before = redis.commands.length
      expect(await get()).toEqual({ ok: false })
      expect(redis.commands.length).toBe(before)
      redis.fault = 'none'
      expect(await untilUsed()).toEqual({ ok: true, text: '' })
      expect(reports).toEqual([{ message: BROKEN, problem: expect.any(String) }, USED])
    },
  )

  test('that was restarted is connected to again', async () => {
    const { untilUsed, reports } = connect()
    await untilUsed()
    redis.disconnect()
    while (redis.connections < 2) {
      await untilUsed()
      await Bun.sleep(5)
    }
    expect(reports.length).toBeLessThanOrEqual(2)
  })

  test('that is full refuses, which says nothing against the connection', async () => {
    const { link, untilUsed, get, reports } = connect()
    await untilUsed()
    redis.fault = 'full'
    const command = { command: 'SET', args: ['connaisseur:a', 'x', 'PX', '1000'], timeoutMs: 1000 }
    expect(await link.send(command)).toEqual({ ok: false })
    expect(await get()).toMatchObject({ ok: true })
    expect(redis.connections).toBe(1)
    expect(reports[0]).toEqual({ message: BROKEN, problem: expect.stringContaining('OOM') })
  })
})

describe('TLS', () => {
  let folder: string
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'connaisseur-spec-'))
  })
  afterEach(() => rmSync(folder, { recursive: true }))

  /** Starts a server with a certificate of a new authority, which is written to a file. */
  async function startTls() {
    const authority = await createCertificateAuthority()
    redis.stop()
    redis = new EmbeddedRedis(await issueServerCertificate(authority))
    const caFile = join(folder, 'ca.crt')
    writeFileSync(caFile, authority.cert)
    return { caFile }
  }

  test('trusts the CA that is given', async () => {
    const { untilUsed } = connect({ tls: await startTls() })
    expect(await untilUsed()).toEqual({ ok: true, text: '' })
  })

  test('trusts no other, and sends it no password', async () => {
    await startTls()
    const foreign = join(folder, 'foreign.crt')
    writeFileSync(foreign, (await createCertificateAuthority()).cert)
    const { untilBroken } = connect({ tls: { caFile: foreign }, password: new Secret('hunter2') })
    await untilBroken()
    expect(redis.commands).toEqual([])
  })

  test('is not given up for a server that speaks without it', async () => {
    const { untilBroken } = connect({ tls: {}, password: new Secret('hunter2') })
    await untilBroken()
    expect(redis.commands).toEqual([])
  })

  test('takes a renewed CA at the next connection', async () => {
    const tls = await startTls()
    const { untilUsed, untilBroken } = connect({ tls })
    writeFileSync(tls.caFile, 'not a certificate')
    await untilUsed()
    redis.stop()
    await untilBroken()
    const authority = await createCertificateAuthority()
    redis = new EmbeddedRedis(await issueServerCertificate(authority), redis.port)
    writeFileSync(tls.caFile, authority.cert)
    expect(await untilUsed()).toEqual({ ok: true, text: '' })
  }, 30_000)
})
