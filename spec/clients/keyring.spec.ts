import { describe, expect, test } from 'bun:test'
import { findCredentials, parseKeyringTarget, toServerHost } from '../../src/clients/keyring.ts'
import { Secret } from '../../src/text/secret.ts'

/** Makes a keyring in which each user is named as what its credentials are for. */
const keyring = (...targets: readonly string[]) =>
  targets.map((target) => ({
    ...parseKeyringTarget(target),
    credentials: { username: target, password: new Secret('x') },
  }))

const find = (targets: readonly string[], image: string, scheme = 'https') => {
  const [registry = '', ...path] = image.split('/')
  const server = `${scheme}://${toServerHost(registry)}`
  return findCredentials(keyring(...targets), server, path.join('/'))?.username
}

describe('hole 7: credentials go to their exact host', () => {
  test.each([
    'registry.example.attacker.com/app',
    'attacker-registry.example/app',
    'registry.example:5000/app',
    'example/app',
    'REGISTRY.example.evil/app',
  ])('and not to that of %s', (image) => {
    expect(find(['registry.example', '*.example', 'registry.*'], image)).toBeUndefined()
  })

  test.each([
    ['registry.example', 'registry.example/app'],
    ['REGISTRY.example', 'registry.example/app'],
    ['https://registry.example/v2/', 'registry.example/app'],
    ['registry.example:443', 'registry.example/app'],
    ['registry.example', 'registry.example:443/app'],
    ['registry.example:5000', 'registry.example:5000/app'],
  ])('%s is the one of %s', (target, image) => {
    expect(find([target], image)).toBe(target)
  })

  test('a port of another scheme is another one', () => {
    expect(find(['registry.example:80'], 'registry.example/app')).toBeUndefined()
    expect(find(['registry.example:80'], 'registry.example/app', 'http')).toBeDefined()
  })
})

describe('of several for one host the longest path above the repository counts', () => {
  const targets = ['registry.example', 'registry.example/team/app', 'registry.example/team']

  test.each([
    ['registry.example/team/app', 'registry.example/team/app'],
    ['registry.example/team/app/deep', 'registry.example/team/app'],
    ['registry.example/team/application', 'registry.example/team'],
    ['registry.example/teams', 'registry.example'],
  ])('%s', (image, target) => {
    expect(find(targets, image)).toBe(target)
  })

  test('and none does if all are for others', () => {
    expect(find(['registry.example/team'], 'registry.example/app')).toBeUndefined()
  })
})

test.each(['docker.io', 'index.docker.io', 'registry-1.docker.io', 'https://index.docker.io/v1/'])(
  '%s is Docker Hub',
  (target) => {
    expect(find([target], 'docker.io/library/nginx')).toBe(target)
    expect(find([target], 'registry-1.docker.io/library/nginx')).toBe(target)
    expect(find([target], 'docker.io.evil.example/library/nginx')).toBeUndefined()
  },
)
