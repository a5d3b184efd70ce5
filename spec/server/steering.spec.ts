import { expect, test } from 'bun:test'
import { steerToNewest } from '../../src/server/steering.ts'

const listen = (name: string, port = 0) =>
  Bun.serve({ port, hostname: '127.0.0.1', reusePort: true, fetch: () => new Response(name) })

const ask = async (port: number) =>
  (await fetch(`http://127.0.0.1:${port}/`, { keepalive: false })).text()

const askOften = async (port: number) =>
  new Set(await Promise.all(Array.from({ length: 50 }, () => ask(port))))

test('of two listeners on a port the newer one gets all new connections, time and again', async () => {
  let old = listen('0')
  const port = Number(old.port)
  for (const name of ['1', '2', '3']) {
    const next = listen(name, port)
    await steerToNewest(port)
    expect(await askOften(port)).toEqual(new Set([name]))
    await old.stop(true)
    expect(await askOften(port)).toEqual(new Set([name]))
    old = next
  }
  await old.stop(true)
})

test('a port on which nobody of us listens cannot be steered', async () => {
  await expect(steerToNewest(1)).rejects.toThrow('no listener on port 1 was found')
})
