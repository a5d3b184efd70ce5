import { describe, expect, setDefaultTimeout, test } from 'bun:test'
import { connect } from 'node:tls'
import { issueServerCertificate } from '../support/certificate.ts'
import { createKeyPair, toPublicKeyPem } from '../support/key-pair.ts'
import { Folder, makeConfig, runProgram } from './fixture.ts'
import { Serving, writeCertificate } from './serving.ts'

/** Files are looked at once a second, by a program of its own: so these wait side by side. */
setDefaultTimeout(60_000)

const CONFIG = makeConfig(toPublicKeyPem(createKeyPair('p256')))
const DENYING = CONFIG.replace('approve: true', 'approve: false')

/** Starts a program with files of its own. */
async function serve() {
  const folder = new Folder()
  const { authority, flags } = await writeCertificate(folder)
  const serving = new Serving(authority, '--config', folder.write('config.yaml', CONFIG), ...flags)
  return {
    folder,
    authority,
    serving,
    async isAllowed(): Promise<boolean> {
      return JSON.stringify(await serving.admit('ok/a:1')).includes('"allowed":true')
    },
    /** The serial number of the certificate that a new connection gets. */
    async serial(): Promise<string> {
      const { address } = await serving.line('listening')
      const { promise, resolve, reject } = Promise.withResolvers<string>()
      const { hostname, port } = new URL(`https://${address}`)
      const socket = connect({ host: hostname, port: Number(port), ca: authority.cert }, () =>
        resolve(socket.getPeerCertificate().serialNumber),
      )
      socket.on('error', reject)
      const found = await promise
      socket.destroy()
      return found
    },
    async [Symbol.asyncDispose](): Promise<void> {
      await serving.stop()
      folder.remove()
    },
  }
}

describe.concurrent('a configuration that changes', () => {
  test('is in force without a restart', async () => {
    await using program = await serve()
    expect(await program.isAllowed()).toBe(true)
    program.folder.write('config.yaml', DENYING)
    await program.serving.line('configuration was read again')
    expect(await program.isAllowed()).toBe(false)
  })

  test('and cannot be used leaves the one before in force; /ready says so and stays 200', async () => {
    await using program = await serve()
    const { folder, serving } = program
    await serving.line('listening')
    folder.write('config.yaml', 'validators: none')
    const line = await serving.line('changed configuration cannot be used, the one before stays')
    expect(line['problem']).toContain('config.yaml:1:')
    expect(await program.isAllowed()).toBe(true)
    const { status, body } = await serving.ready()
    expect(status).toBe(200)
    expect(JSON.stringify(body)).toContain('cannot be used, the one before is in force')
    folder.write('config.yaml', DENYING)
    await serving.line('configuration was read again')
    expect(await program.isAllowed()).toBe(false)
    expect(JSON.stringify(await serving.ready())).not.toContain('cannot be used')
  })
})

describe.concurrent('a certificate that changes', () => {
  test('is served without a restart, once its key fits', async () => {
    await using program = await serve()
    const { folder, authority, serving } = program
    const before = await program.serial()
    const next = await issueServerCertificate(authority)
    folder.write('tls.crt', next.cert)
    await serving.line('changed certificate cannot be used, the one before stays')
    expect(await program.serial()).toBe(before)
    folder.write('tls.key', next.key)
    await serving.line('certificate was read again')
    expect(await program.serial()).not.toBe(before)
  })
})

test('a start that fails says why in the file for it too, and nothing else', async () => {
  const folder = new Folder()
  const log = folder.write('termination-log', '')
  const config = folder.write('bad.yaml', 'validators: none')
  const { exitCode, stderr } = await runProgram(
    ...['serve', '--config', config, '--termination-log', log],
  )
  expect(exitCode).toBe(2)
  expect(stderr).toContain('bad.yaml:1:')
  expect(await Bun.file(log).text()).toBe(stderr)
  folder.remove()
})
