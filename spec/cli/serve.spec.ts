import { afterAll, beforeAll, describe, expect, test } from 'bun:test'
import { admissionReview } from '../support/admission-review.ts'
import { createCertificateAuthority, issueServerCertificate } from '../support/certificate.ts'
import { createKeyPair, toPublicKeyPem } from '../support/key-pair.ts'
import { pod } from '../support/workload.ts'
import { Folder, makeConfig, runProgram, start } from './fixture.ts'

const authority = await createCertificateAuthority()
const tls = await issueServerCertificate(authority)

let folder: Folder
let flags: readonly string[]
beforeAll(() => {
  folder = new Folder()
  const config = folder.write('config.yaml', makeConfig(toPublicKeyPem(createKeyPair('p256'))))
  const [cert, key] = [folder.write('tls.crt', tls.cert), folder.write('tls.key', tls.key)]
  flags = [
    'serve',
    '--listen=127.0.0.1:0',
    '--config',
    config,
    '--tls-cert',
    cert,
    '--tls-key',
    key,
  ]
})
afterAll(() => folder.remove())

/** The flags with one of them given another value. */
const withFlag = (name: string, value: string) => {
  const index = flags.indexOf(name)
  return flags.map((flag, each) => (each === index + 1 ? value : flag))
}

type Line = Readonly<Record<string, unknown>>

/** Reads log lines until there is one with the message; returns all so far. */
async function readUntil(
  stream: { read(): Promise<{ readonly done: boolean; readonly value?: Uint8Array | undefined }> },
  message: string,
): Promise<readonly Line[]> {
  let text = ''
  for (;;) {
    const lines = text.split('\n').slice(0, -1)
    const parsed = lines.map((line): Line => JSON.parse(line))
    if (parsed.some((line) => line['message'] === message)) return parsed
    const { done, value } = await stream.read()
    if (done || value === undefined) throw new Error(`no line ${message} in ${text}`)
    text += Buffer.from(value).toString()
  }
}

describe('serve', () => {
  test('answers over HTTPS, logs each request under its uid, and ends with 0 at SIGTERM', async () => {
    const program = start(...flags)
    const stdout = program.stdout.getReader()
    const [line] = await readUntil(stdout, 'listening')
    const url = `https://${line?.['address']}`
    const review = admissionReview({ object: pod(['ok/a:1', 'bad/b:1']), uid: 'the-uid' })
    const response = await fetch(`${url}/mutate?timeout=5s`, {
      method: 'POST',
      body: JSON.stringify(review),
      headers: { 'content-type': 'application/json' },
      tls: { ca: authority.cert },
    })
    expect(await response.json()).toMatchObject({ response: { uid: 'the-uid', allowed: false } })
    const ready = await fetch(`${url}/ready`, { tls: { ca: authority.cert } })
    expect(await ready.json()).toMatchObject({ ready: true })
    program.kill('SIGTERM')
    const lines = await readUntil(stdout, 'stopped')
    expect(lines.map(({ message }) => message)).toEqual(['request denied', 'stopping', 'stopped'])
    expect(lines[0]).toMatchObject({ uid: 'the-uid', images: [{ image: 'bad/b:1' }, {}] })
    expect(await program.exited).toBe(0)
    expect(await program.stderr.text()).toBe('')
  })

  test('keeps answering when nobody reads its log', async () => {
    const program = start(...flags)
    const stdout = program.stdout.getReader()
    const [line] = await readUntil(stdout, 'listening')
    await stdout.cancel()
    const ask = () =>
      fetch(`https://${line?.['address']}/mutate`, {
        method: 'POST',
        body: JSON.stringify(admissionReview({ object: pod('ok/a:1') })),
        headers: { 'content-type': 'application/json' },
        tls: { ca: authority.cert },
      })
    for (let request = 0; request < 3; request++) {
      expect((await ask()).status).toBe(200)
      await Bun.sleep(50)
    }
    program.kill('SIGTERM')
    expect(await program.exited).toBe(0)
  })
})

describe('serve that cannot start exits with 2 and one line', () => {
  test.each([
    [
      'a configuration that is missing',
      '--config',
      'none.yaml',
      'none.yaml cannot be read: ENOENT',
    ],
    ['a configuration that is bad', '--config', 'bad.yaml', 'bad.yaml:1:1: '],
    ['a certificate that is missing', '--tls-cert', 'none.crt', 'none.crt cannot be read (ENOENT)'],
    [
      'a key of another certificate',
      '--tls-key',
      'other.key',
      'does not belong to the private key',
    ],
  ])('at %s', async (_, flag, name, words) => {
    folder.write('bad.yaml', '')
    folder.write('other.key', (await issueServerCertificate(authority)).key)
    const { exitCode, stdout, stderr } = await runProgram(
      ...withFlag(flag, `${folder.path}/${name}`),
    )
    expect([exitCode, stdout]).toEqual([2, ''])
    expect(stderr).toContain(words)
    expect(stderr).not.toContain('    at ')
  })

  test('at a port that is taken, which it names', async () => {
    const holder = Bun.listen({ hostname: '127.0.0.1', port: 0, socket: { data() {} } })
    const address = `127.0.0.1:${holder.port}`
    const listen = flags.map((flag) => (flag.startsWith('--listen') ? `--listen=${address}` : flag))
    try {
      expect(await runProgram(...listen)).toEqual({
        exitCode: 2,
        stdout: '',
        stderr: `cannot listen on ${address} (EADDRINUSE)\n`,
      })
    } finally {
      holder.stop()
    }
  })
})

describe('the program as a process', () => {
  test('says on stderr how it was misused, and exits with 2', async () => {
    expect(await runProgram('verfy')).toEqual({
      exitCode: 2,
      stdout: '',
      stderr: 'unknown command verfy; did you mean verify?\n',
    })
  })

  test('exits as its command says, and writes all of a long result', async () => {
    const images = Array.from({ length: 900 }, (_, index) => `bad/app:${index}`)
    const config = flags[flags.indexOf('--config') + 1] ?? ''
    const { exitCode, stdout } = await runProgram(
      'verify',
      '--output=json',
      '--config',
      config,
      ...images,
    )
    expect(exitCode).toBe(1)
    expect(JSON.parse(stdout).images).toHaveLength(900)
  })
})
