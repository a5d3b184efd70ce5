import { afterAll, beforeAll, expect, setDefaultTimeout, test } from 'bun:test'
import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { issueServerCertificate } from '../support/certificate.ts'
import { type Environment, startEnvironment } from './support/environment.ts'
import { review } from './support/expectations.ts'
import { at, find, openHelmChart } from './support/helm-chart.ts'
import { fetchRootKey } from './support/metadata.ts'
import { startWithPins } from './support/policy.ts'
import { findFreePort, isListening } from './support/port.ts'
import { runProgram, startServer } from './support/process.ts'
import { addSignedImage } from './support/signed-image.ts'

setDefaultTimeout(60_000)

const PASSWORD = 'p'.repeat(64)
const CACHE_KEY = 'k'.repeat(64)

let environment: Environment
beforeAll(async () => {
  environment = await startEnvironment('chart-redis')
})
afterAll(() => environment?.stop())

test('the Redis of the chart starts as it is rendered, replicas share verdicts in it, and its user can do nothing else', async () => {
  const folder = join(environment.folder, 'redis')
  const port = await findFreePort()
  await startRedis(folder, port)
  const cli = async (...args: readonly string[]) => {
    const tls = ['--tls', '--cacert', join(folder, 'certs', 'ca.crt'), '-p', `${port}`]
    const run = await runProgram(['redis-cli', ...tls, ...args], { folder })
    return `${run.stdout}${run.stderr}`
  }
  expect(await cli('ping')).toContain('NOAUTH')
  const user = ['--user', 'connaisseur', '--pass', PASSWORD, '--no-auth-warning']
  expect(await cli(...user, 'flushall')).toContain('NOPERM')
  expect(await cli(...user, 'get', 'connaisseur:a')).toContain('NOPERM')
  expect(await cli(...user, 'set', 'other', '1')).toContain('NOPERM')
  expect(await cli(...user, 'set', 'connaisseur:test', '1')).toBe('OK\n')

  const { gun, ...image } = await addSignedImage(environment, 'shared')
  const env = {
    REDIS_HOST: 'localhost',
    REDIS_PORT: `${port}`,
    REDIS_USERNAME: 'connaisseur',
    REDIS_PASSWORD: PASSWORD,
    REDIS_CA: join(folder, 'certs', 'ca.crt'),
    CACHE_KEY,
  }
  const { publicKey } = await fetchRootKey(environment.notary, gun)
  const start = () => startWithPins(environment, { [gun]: publicKey }, { env, cache: {} })
  const first = await start()
  expect((await review(first, `${gun}:1`)).allowed).toBeTrue()
  const second = await start()
  // A verdict is not worth waiting for a connection, what is remembered of a repository is: now it stands.
  expect((await review(second, `${gun}:other`)).allowed).toBeFalse()
  expect((await review(second, `${gun}:1`)).allowed).toBeTrue()
  expect(await second.log('"skipped":"cache hit"')).toContain(image.digest)
})

/** Runs the container's own script, with folders in the place of its volumes. */
async function startRedis(folder: string, port: number): Promise<void> {
  const chart = await openHelmChart()
  const objects = await chart.render(
    'kubernetes: { redis: { enabled: true, secretName: s, tls: { secretName: c } } }',
  )
  const paths = (text: string) =>
    text
      .replaceAll(/(?<![\w.])\/(config|certs|run\/redis|tmp)\b/g, `${folder}/$1`)
      .replace('tls-port 6379', `tls-port ${port}\nbind 127.0.0.1`)
  for (const each of ['config', 'certs', 'run/redis', 'tmp']) {
    await mkdir(join(folder, each), { recursive: true })
  }
  const config = at(find(objects, 'ConfigMap', 'connaisseur-redis-config'), 'data', 'redis.conf')
  await Bun.write(join(folder, 'config', 'redis.conf'), paths(String(config)))
  const { cert, key } = await issueServerCertificate(environment.authority)
  await Bun.write(join(folder, 'certs', 'tls.crt'), cert)
  await Bun.write(join(folder, 'certs', 'tls.key'), key)
  await Bun.write(join(folder, 'certs', 'ca.crt'), environment.authority.cert)
  const pod = at(find(objects, 'Deployment', 'connaisseur-redis'), 'spec', 'template', 'spec')
  const [shell, flags, script] = [0, 1, 2].map((i) =>
    String(at(pod, 'containers', 0, 'command', i)),
  )
  const command = [shell ?? '', flags ?? '', paths(script ?? '')]
  const surroundings = { folder, name: 'redis', env: { REDIS_PASSWORD: PASSWORD } }
  const server = await startServer(command, surroundings, async () => isListening(port))
  environment.beforeStop(server.stop)
}
