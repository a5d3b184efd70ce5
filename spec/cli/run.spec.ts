import { afterAll, beforeAll, describe, expect, test } from 'bun:test'
import manifest from '../../package.json' with { type: 'json' }
import { createKeyPair, toPrivateKeyPem, toPublicKeyPem } from '../support/key-pair.ts'
import { Folder, makeConfig, runInside, runProgram } from './fixture.ts'

let folder: Folder
beforeAll(() => {
  folder = new Folder()
})
afterAll(() => folder.remove())

describe('help', () => {
  test.each(['--help', '-h', 'help'])('is shown on stdout at %s', async (word) => {
    const { exitCode, stdout, stderr } = await runInside(word)
    expect([exitCode, stderr]).toEqual([0, ''])
    for (const name of ['serve', 'verify', 'config validate', 'version']) {
      expect(stdout).toContain(`\n  ${name} `)
    }
  })

  test('is shown on stderr without a command, which is misuse', async () => {
    const { exitCode, stdout, stderr } = await runInside()
    expect([exitCode, stdout]).toEqual([2, ''])
    expect(stderr).toContain('usage: connaisseur COMMAND')
  })

  test.each(['serve', 'verify', 'config validate', 'version'])('of %s is its own', async (name) => {
    const { exitCode, stdout } = await runInside(...name.split(' '), '--help')
    expect(exitCode).toBe(0)
    expect(stdout).toContain(`\nusage: connaisseur ${name}`)
  })

  test('tells flags with their defaults', async () => {
    const { stdout } = await runInside('serve', '--help')
    expect(stdout).toMatch(/--listen HOST:PORT +where to listen \(default 0\.0\.0\.0:5000\)/)
  })
})

test.each([
  [['verfy'], 'unknown command verfy; did you mean verify?'],
  [['config'], 'unknown command config; there are config validate'],
  [['config', 'validat', 'x'], 'unknown command config validat; did you mean config validate?'],
  [
    ['xyzzyxyzzy'],
    'unknown command xyzzyxyzzy; there are serve, verify, root-key, forget, config validate, alert test, version',
  ],
  [
    ['--verbose'],
    'unknown command --verbose; there are serve, verify, root-key, forget, config validate, alert test, version',
  ],
  [['version', 'x'], 'version does not know what to do with x'],
])('%p is refused: %s', async (argv, message) => {
  await expect(runInside(...argv)).rejects.toThrow(message)
})

test('what was typed comes back escaped, and exits with 2', async () => {
  expect(await runProgram('--\u001b[2Kflag')).toMatchObject({
    exitCode: 2,
    stderr: expect.stringMatching(/^unknown command --\\u001b\[2Kflag; [ -~]+\n$/),
  })
})

test('version is that of the package', async () => {
  expect(await runInside('version')).toEqual({
    exitCode: 0,
    stdout: `connaisseur ${manifest.version}\n`,
    stderr: '',
  })
})

describe('config validate', () => {
  const key = createKeyPair('p256')
  const good = makeConfig(toPublicKeyPem(key))

  test('says what a good file holds', async () => {
    const file = folder.write('good.yaml', good)
    expect(await runInside('config', 'validate', file)).toEqual({
      exitCode: 0,
      stdout: `${file} is valid: 3 validators, 3 rules\n`,
      stderr: '',
    })
  })

  test('warns on stderr of what has no effect', async () => {
    const root = '{ name: default, keyless: { issuer: a, subject: b } }'
    const cosign = `  - name: c\n    type: cosign\n    host: { rekor: "https://rekor.example" }\n    trustRoots: [${root}]\n`
    const file = folder.write('warn.yaml', good.replace('validators:\n', `validators:\n${cosign}`))
    const { exitCode, stderr } = await runInside('config', 'validate', file)
    expect(exitCode).toBe(0)
    expect(stderr).toStartWith(`warning: ${file}:4:13: `)
  })

  describe('with templates of alerts', () => {
    const receiver = '{ receiverUrl: "https://a.example", template: own }'
    const alerting = `alerting: { admitRequest: { receivers: [${receiver}, ${receiver}] } }\n`
    const validate = (...flags: readonly string[]) =>
      runInside('config', 'validate', folder.write('alerts.yaml', good + alerting), ...flags)

    test('refuses one that cannot be used, as serve does', async () => {
      const file = folder.write('own.json', '{ "a": {{ b }} }')
      const work = validate('--alert-templates', folder.path)
      await expect(work).rejects.toThrow(`${file}:1:8: there is no variable "b"`)
      folder.write('own.json', '{ "a": "{{ images }}" }')
      expect(await validate('--alert-templates', folder.path)).toMatchObject({
        exitCode: 0,
        stderr: '',
      })
    })

    test('says that one is not checked, where nothing says where it is', async () => {
      expect(await validate()).toMatchObject({
        exitCode: 0,
        stderr: 'warning: alert template own is checked with --alert-templates only\n',
      })
    })
  })

  test('lists every problem with its place', async () => {
    const bad = good
      .replace('approve: true', 'aprove: true')
      .replace('validator: deny', 'validator: dny')
    const file = folder.write('bad.yaml', bad)
    const work = runInside('config', 'validate', file)
    await expect(work).rejects.toThrow(/:14:5: [^\n]+aprove[\s\S]+:23:16: [^\n]+dny/)
  })

  test('never repeats a private key that was given for a public one', async () => {
    const pem = toPrivateKeyPem(key)
    const file = folder.write('private.yaml', makeConfig(pem))
    const secret = pem.split('\n')[1] ?? ''
    const work = runInside('config', 'validate', file)
    await expect(work).rejects.toThrow(/private key/)
    await expect(work).rejects.not.toThrow(secret)
  })

  test.each([
    ['a folder', () => folder.path, 'EISDIR'],
    [
      'a file that is no UTF-8',
      () => folder.write('binary.yaml', Buffer.from([0xff, 0xfe])),
      'cannot be read',
    ],
  ])('refuses %s', async (_, file, words) => {
    await expect(runInside('config', 'validate', file())).rejects.toThrow(words)
  })
})
