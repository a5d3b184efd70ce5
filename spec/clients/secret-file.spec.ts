import { afterEach, beforeEach, describe, expect, test } from 'bun:test'
import { mkdirSync } from 'node:fs'
import { watchSecret, watchServerSecret } from '../../src/clients/secret-file.ts'
import { Folder } from '../cli/fixture.ts'

const SERVER = 'https://notary.example:4443/prefix'

let folder: Folder
beforeEach(() => {
  folder = new Folder()
  mkdirSync(`${folder.path}/notary`)
})
afterEach(() => folder.remove())

const options = () => ({ secretsDir: folder.path, secretName: 'notary', report: () => {} })

const read = (server = SERVER) => {
  const credentials = watchServerSecret(options(), server)()
  if (!('password' in credentials))
    return [credentials.username, credentials.identityToken.reveal()]
  return [credentials.username, credentials.password.reveal()]
}
const readYaml = (text: string, server?: string) => {
  folder.write('notary/secret.yaml', text)
  return read(server)
}
const readDocker = (config: unknown, server?: string) => {
  folder.write('notary/.dockerconfigjson', JSON.stringify(config))
  return read(server)
}
const encode = (text: string) => Buffer.from(text).toString('base64')

describe('secret.yaml', () => {
  test.each([
    ['username: joe\npassword: hunter2\n', ['joe', 'hunter2']],
    ['username: joe\npassword: 0123\n', ['joe', '0123']],
    ['{"username":"joe","password":"a b:c"}', ['joe', 'a b:c']],
    ['username: joe\npassword: hunter2\nregistry: NOTARY.example:4443\n', ['joe', 'hunter2']],
  ])('%p', (text, credentials) => {
    expect(readYaml(text)).toEqual(credentials)
  })

  test.each([
    ['username: joe\n', '"password" is missing or empty'],
    ['username: ""\npassword: hunter2\n', '"username" is missing or empty'],
    ['username: joe\npassword: [hunter2]\n', '"password" is missing or empty'],
    ['username: joe\npassword: hunter2\nhunter3: x\n', 'another key than'],
    ['- hunter2', 'it is no object'],
    ['"hunter2', 'it is not YAML'],
    ['a: &x hunter2\nb: *x\n', ''],
    [
      'username: joe\npassword: hunter2\nregistry: notary.example\n',
      'it has no credentials for notary.example:4443',
    ],
    [
      'username: joe\npassword: hunter2\nregistry: notary.example:4443.evil.example\n',
      'it has no credentials for notary.example:4443',
    ],
  ])('%p is refused, without a word of what it holds', (text, why) => {
    expect(() => readYaml(text)).toThrow(why)
    expect(() => readYaml(text)).not.toThrow(/hunter/)
  })

  test('comes before .dockerconfigjson', () => {
    readDocker({ auths: { 'notary.example:4443': { auth: encode('docker:x') } } })
    expect(readYaml('username: joe\npassword: x\n')).toEqual(['joe', 'x'])
  })
})

describe('.dockerconfigjson', () => {
  test.each(['notary.example:4443', 'https://notary.example:4443/v1/', 'NOTARY.example:4443'])(
    'has the credentials under %p',
    (key) => {
      const auths = {
        'other.example': { auth: encode('no:no') },
        [key]: { auth: encode('joe:a:b') },
      }
      expect(readDocker({ auths, credsStore: 'ignored' })).toEqual(['joe', 'a:b'])
    },
  )

  test('has an identity token in place of a password, whatever is beside it', () => {
    const entry = { auth: encode('<token>:'), identitytoken: 'refresh' }
    expect(readDocker({ auths: { 'notary.example:4443': entry } })).toEqual(['', 'refresh'])
  })

  test('may leave the port of the scheme out', () => {
    const auths = { 'notary.example': { username: 'joe', password: 'x' } }
    expect(readDocker({ auths }, 'https://notary.example')).toEqual(['joe', 'x'])
    expect(readDocker({ auths }, 'http://notary.example')).toEqual(['joe', 'x'])
    expect(
      readDocker(
        { auths: { 'notary.example:443': auths['notary.example'] } },
        'https://notary.example',
      ),
    ).toEqual(['joe', 'x'])
  })

  test.each<[unknown, string]>([
    [{}, '"auths" is no object'],
    [{ auths: [] }, '"auths" is no object'],
    [{ auths: {} }, 'it has no credentials for notary.example:4443'],
    [
      { auths: { 'notary.example': { auth: encode('joe:hunter2') } } },
      'it has no credentials for notary.example:4443',
    ],
    [
      { auths: { 'notary.example:4443.evil.example': { auth: encode('joe:hunter2') } } },
      'it has no credentials for notary.example:4443',
    ],
    [{ auths: { 'notary.example:4443': { auth: encode('hunter2') } } }, 'a user, a colon'],
    [{ auths: { 'notary.example:4443': { auth: encode(':hunter2') } } }, 'a user, a colon'],
    [{ auths: { 'notary.example:4443': { auth: encode('joe:') } } }, '"password" is missing'],
    [{ auths: { 'notary.example:4443': { identitytoken: 7 } } }, '"identitytoken" is missing'],
    [{ auths: { 'notary.example:4443': {} } }, 'it has no credentials for'],
    [{ auths: { 'notary.example:4443': null } }, 'is no object'],
  ])('%j is refused, without a word of what it holds', (config, why) => {
    expect(() => readDocker(config)).toThrow(why)
    expect(() => readDocker(config)).not.toThrow(/hunter/)
  })

  test('that is no JSON is refused, without a word of what it holds', () => {
    folder.write('notary/.dockerconfigjson', '{"auths": hunter2')
    expect(() => read()).toThrow('it is not JSON')
  })
})

test('a secret that is not there is named', () => {
  expect(() => read()).toThrow(
    `secret notary: there is no file ${folder.path}/notary/secret.yaml nor ${folder.path}/notary/.dockerconfigjson`,
  )
})

describe('a secret for registries', () => {
  const entries = (name: string, text: string) => {
    folder.write(`notary/${name}`, text)
    return watchSecret(options())().map(({ host, path, credentials }) =>
      [host, path, credentials.username].join(' '),
    )
  }

  test('may be for many of them', () => {
    const auth = encode('joe:x')
    const auths = {
      'https://index.docker.io/v1/': { auth },
      'registry.example:5000/team/app/': { auth },
      'left.example': {},
    }
    expect(entries('.dockerconfigjson', JSON.stringify({ auths }))).toEqual([
      'registry-1.docker.io  joe',
      'registry.example:5000 team/app joe',
    ])
  })

  test('says in secret.yaml which one it is for', () => {
    const text = 'username: joe\npassword: x\n'
    expect(entries('secret.yaml', `${text}registry: registry.example/team\n`)).toEqual([
      'registry.example team joe',
    ])
    expect(() => entries('secret.yaml', text)).toThrow('"registry" is missing or empty')
  })
})
