import { afterEach, beforeEach, describe, expect, test } from 'bun:test'
import { parseReview } from '../../src/admission/review.ts'
import { parseConfig } from '../../src/config/parse.ts'
import { LiveConfiguration } from '../../src/runtime/live-configuration.ts'
import { Folder, makeConfig } from '../cli/fixture.ts'
import { admissionReview } from '../support/admission-review.ts'
import { createRepository } from '../support/notary/repository.ts'
import { type EmbeddedNotary, startNotary } from '../support/notary/server.ts'
import { pod } from '../support/workload.ts'

const GUN = 'registry.example/acme/app'

let notary: EmbeddedNotary
let lines: string[]
beforeEach(() => {
  notary = startNotary()
  lines = []
})
afterEach(() => notary.stop())

/** A configuration whose text the spec changes. */
function open(text: string, alertTemplatesDir?: string) {
  const file = { text }
  const live = new LiveConfiguration({
    podName: 'connaisseur-1',
    file: 'spec.yaml',
    read: () => parseConfig(file.text, 'spec.yaml'),
    secretsDir: '/nowhere',
    ...(alertTemplatesDir !== undefined && { alertTemplatesDir }),
    version: 'spec',
    write: (line) => lines.push(line),
  })
  return { file, live }
}

/** Why a pod with the image is denied; nothing if it is not. */
async function refusal({ generations }: LiveConfiguration, image: string): Promise<string> {
  const request = parseReview(Buffer.from(JSON.stringify(admissionReview({ object: pod(image) }))))
  const signal = AbortSignal.timeout(5000)
  const { decision } = await generations.use(({ admit }) =>
    admit(request, { now: new Date(), signal }),
  )
  return decision.admitted ? '' : JSON.stringify(decision)
}

describe('a configuration in force', () => {
  const text = async () => {
    const repository = await createRepository({ gun: GUN })
    repository.addTarget('1', `sha256:${'a'.repeat(64)}`)
    notary.repositories.set(GUN, repository)
    return { repository, text: makeConfig(repository.rootPublicKeyPem, notary.url) }
  }

  test('is replaced as a whole by another one', async () => {
    const { file, live } = open((await text()).text)
    expect(await refusal(live, 'ok/a:1')).toBe('')
    file.text = file.text.replace('approve: true', 'approve: false')
    expect(live.reload()).toBe(true)
    expect(await refusal(live, 'ok/a:1')).toContain('ok/a:1')
  })

  test('is not touched by the same one', async () => {
    const { live } = open((await text()).text)
    const generation = live.generations.current
    expect(live.reload()).toBe(false)
    expect(live.generations.current).toBe(generation)
  })

  test('is another one where a template of its alerts is; one that cannot be used changes nothing', async () => {
    const folder = new Folder()
    const alerting =
      'alerting: { rejectRequest: { receivers: [{ receiverUrl: "http://a", template: slack }] } }\n'
    const { live } = open((await text()).text + alerting, folder.path)
    const file = `${folder.path}/slack.json`
    expect(live.files).toEqual(['spec.yaml', file])
    folder.write('slack.json', '{"text": "{{ alert_message }}"}')
    expect([live.reload(), live.reload()]).toEqual([true, false])
    const generation = live.generations.current
    folder.write('slack.json', '{"text": {{ nothing }}}')
    expect(() => live.reload()).toThrow(`${file}:1:10:`)
    expect(live.generations.current).toBe(generation)
    await live.dispose()
    folder.remove()
  })

  test.each(['validators: none', 'secret'])(
    'stays when the other cannot be used: %s',
    async (bad) => {
      const { file, live } = open((await text()).text)
      const generation = live.generations.current
      const auth = '    auth: {secretName: missing}\n    trustRoots:'
      file.text = bad === 'secret' ? file.text.replace('    trustRoots:', auth) : bad
      expect(() => live.reload()).toThrow(bad === 'secret' ? 'missing' : 'spec.yaml:1:')
      expect(live.generations.current).toBe(generation)
      expect(await refusal(live, 'ok/a:1')).toBe('')
    },
  )

  test('says how the log is written', async () => {
    const { file, live } = open((await text()).text)
    live.log('info', 'one')
    file.text += 'logLevel: error\n'
    live.reload()
    live.log('info', 'two')
    live.log('error', 'three')
    expect(lines.map((line) => JSON.parse(line).message)).toEqual(['one', 'three'])
  })

  test('hole 8: a reload does not make a rollback possible', async () => {
    const { repository, text: config } = await text()
    const old = new Map(repository.publish())
    repository.publish()
    const { file, live } = open(config)
    expect(await refusal(live, `${GUN}:1`)).toBe('')
    file.text += 'logLevel: error\n'
    expect(live.reload()).toBe(true)
    notary.repositories.set(GUN, { files: old })
    expect(await refusal(live, `${GUN}:1`)).toContain('UNTRUSTED_ROLLBACK')
  })
})
