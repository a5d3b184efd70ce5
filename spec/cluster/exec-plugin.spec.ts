import { describe, expect, test } from 'bun:test'
import { readFileSync } from 'node:fs'
import { ExecPlugin } from '../../src/cluster/exec-plugin.ts'
import type { ExecSettings } from '../../src/cluster/kubeconfig.ts'
import { clusterFailureOf } from './fixture.ts'
import { CLIENT, connectBy, FOREVER, kubeconfig, writeFolder } from './kubeconfig-fixture.ts'

const V1 = 'client.authentication.k8s.io/v1'
const V1_BETA_1 = 'client.authentication.k8s.io/v1beta1'

const credential = (status: unknown, apiVersion = V1) =>
  JSON.stringify({ apiVersion, kind: 'ExecCredential', status })

/** A plugin that counts its runs, keeps what it was told, and prints a text. */
const printing = (text: string, last = 'exit 0') =>
  `#!/bin/sh\necho run >> "$(dirname "$0")/runs"\necho "$KUBERNETES_EXEC_INFO" > "$(dirname "$0")/info"\ncat <<'END'\n${text}\nEND\n${last}\n`

function makePlugin(script: string, settings: Partial<ExecSettings> = {}) {
  const folder = writeFolder({ plugin: script })
  let now = Date.parse('2026-01-01T00:00:00Z')
  const plugin = new ExecPlugin({
    settings: { apiVersion: V1, command: './plugin', interactiveMode: 'Never', ...settings },
    folder,
    environment: { PATH: process.env['PATH'] },
    cluster: { server: 'https://c' },
    interactive: false,
    now: () => now,
  })
  return {
    ask: () => plugin.authenticate(FOREVER),
    plugin,
    folder,
    pass: (ms: number) => {
      now += ms
    },
    runs: () => readFileSync(`${folder}/runs`, 'utf8').split('\n').length - 1,
    info: () => JSON.parse(readFileSync(`${folder}/info`, 'utf8')),
  }
}

describe('a plugin', () => {
  test.each([V1, V1_BETA_1] as const)('gives a token as %s', async (apiVersion) => {
    const script = printing(credential({ token: 'abc' }, apiVersion))
    const { ask, info } = makePlugin(script, { apiVersion })
    expect((await ask()).token?.reveal()).toBe('abc')
    expect(info()).toEqual({ apiVersion, kind: 'ExecCredential', spec: { interactive: false } })
  })

  test('gives a client certificate', async () => {
    const status = { clientCertificateData: CLIENT.cert, clientKeyData: CLIENT.key }
    const { clientCertificate } = await makePlugin(printing(credential(status))).ask()
    expect(clientCertificate?.cert.trim()).toBe(CLIENT.cert.trim())
    expect(clientCertificate?.key).toBe(CLIENT.key)
  })

  test('gets its arguments and variables, and the server where it asks for it', async () => {
    const script = `#!/bin/sh\necho "$KUBERNETES_EXEC_INFO" > "$(dirname "$0")/info"\ncat <<END\n${credential({ token: '$1-$STAGE' })}\nEND\n`
    const { ask, info } = makePlugin(script, {
      args: ['login'],
      env: [{ name: 'STAGE', value: 'test' }],
      provideClusterInfo: true,
    })
    expect((await ask()).token?.reveal()).toBe('login-test')
    expect(info().spec.cluster).toEqual({ server: 'https://c' })
  })

  test('is found by a kubeconfig, from its folder', async () => {
    const exec = { apiVersion: V1, command: 'bin/plugin', interactiveMode: 'IfAvailable' }
    const folder = writeFolder({
      config: kubeconfig({}, { exec }),
      'bin/plugin': printing(credential({ token: 'abc' })),
    })
    const { token } = await connectBy(folder).authenticate(FOREVER)
    expect(token?.reveal()).toBe('abc')
  })

  test('that needs a terminal is refused where there is none', () => {
    const exec = { apiVersion: V1, command: 'plugin', interactiveMode: 'Always' }
    const folder = writeFolder({ config: kubeconfig({}, { exec }) })
    expect(() => connectBy(folder)).toThrow('its plugin plugin needs a terminal, and there is none')
  })
})

describe('what a plugin gives is kept', () => {
  test('for all who ask at once, and until shortly before it expires', async () => {
    const status = { token: 'abc', expirationTimestamp: '2026-01-01T01:00:00Z' }
    const { ask, pass, runs } = makePlugin(printing(credential(status)))
    await Promise.all([ask(), ask(), ask()])
    pass(59 * 60_000)
    await ask()
    expect(runs()).toBe(1)
    pass(55_000)
    await ask()
    expect(runs()).toBe(2)
  })

  test('until the API server refuses it', async () => {
    const { ask, plugin, runs } = makePlugin(printing(credential({ token: 'abc' })))
    const first = await ask()
    plugin.refused({})
    expect(await ask()).toBe(first)
    plugin.refused(first)
    expect(await ask()).not.toBe(first)
    expect(runs()).toBe(2)
  })
})

describe('a plugin that fails is MISCONFIGURED, and nothing that it prints is shown', () => {
  test.each<[string, string, string]>([
    ['with an exit code', printing(credential({ token: 's3cret' }), 'exit 3'), 'it exits with 3'],
    ['with no JSON', printing('s3cret'), 'it prints no ExecCredential'],
    ['with another kind', printing('{"kind":"s3cret"}'), 'it prints no ExecCredential'],
    ['as another version', printing(credential({ token: 's3cret' }, V1_BETA_1)), `as ${V1}`],
    ['with nothing', printing(credential({})), 'neither a token nor a client certificate'],
    ['with a token that is a header', printing(credential({ token: 'a\nb' })), 'holds no token'],
    ['with a key alone', printing(credential({ clientKeyData: CLIENT.key })), 'or a key alone'],
    [
      'with a time that is none',
      printing(credential({ token: 's3cret', expirationTimestamp: 'soon' })),
      'an expiry that is no time',
    ],
    ['with an answer without end', '#!/bin/sh\nexec yes s3cret\n', 'it was killed'],
  ])('%s', async (_, script, words) => {
    const [code, message] = await clusterFailureOf(makePlugin(script).ask())
    expect(code).toBe('MISCONFIGURED')
    expect(message).toStartWith('the plugin ./plugin gives no credentials: ')
    expect(message).toContain(words)
    expect(message).not.toContain('s3cret')
  })

  test('by not being there, with the hint of the kubeconfig', async () => {
    const { ask } = makePlugin('', { command: 'no-such-plugin', installHint: 'Install it.\n' })
    expect(await clusterFailureOf(ask())).toEqual([
      'MISCONFIGURED',
      'the plugin no-such-plugin gives no credentials: it is not there: Install it.',
    ])
  })

  test('and is left alone for a while', async () => {
    const { ask, pass, runs } = makePlugin(printing('no'))
    await clusterFailureOf(ask())
    await clusterFailureOf(ask())
    expect(runs()).toBe(1)
    pass(5000)
    await clusterFailureOf(ask())
    expect(runs()).toBe(2)
  })
})

test('a plugin that is slow is UNAVAILABLE at the deadline of who asks, and serves who waits', async () => {
  const script = printing(credential({ token: 'abc' })).replace('cat', 'sleep 0.3\ncat')
  const { plugin, ask, runs } = makePlugin(script)
  const hasty = plugin.authenticate(AbortSignal.timeout(20))
  const patient = ask()
  expect(await clusterFailureOf(hasty)).toEqual([
    'UNAVAILABLE',
    'the plugin for credentials did not answer in time',
  ])
  expect((await patient).token?.reveal()).toBe('abc')
  expect(runs()).toBe(1)
})
