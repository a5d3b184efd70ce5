import { describe, expect, test } from 'bun:test'
import { parseReference } from '../../src/image/reference.ts'

const HEX = '0123456789abcdef'.repeat(4)

function reasonFor(text: string): string {
  try {
    parseReference(text)
  } catch (error) {
    if (error instanceof SyntaxError) return error.message
    throw error
  }
  return 'accepted'
}

describe('parseReference refuses, each with its reason', () => {
  test.each([
    ['an empty text', '', 'is empty'],
    ['white space', 'nginx :1', 'contains white space'],
    ['a trailing newline', 'nginx\n', 'contains white space'],
    ['a control character', 'ngi\u0000nx', 'contains a control character'],
    ['a look-alike outside ASCII', 'nginх', 'contains a character outside ASCII'],
    ['a scheme', 'https://r.io/app', 'starts with a scheme, leave it out'],
    ['a bare image id', HEX, 'is an image id to runtimes, which then run what'],
    ['an image id with its algorithm', `sha256:${HEX}`, 'is an image id to runtimes'],
    ['the beginning of an image id', 'sha256:0123', 'is an image id to runtimes'],
    ['a name that is only a tag', ':1', 'has no repository'],
    ['a registry alone', 'r.io/', 'has no repository'],
    ['an empty component', 'r.io/a//b', 'has the repository component ""'],
    ['an upper-case repository', 'r.io/App', 'has the repository component "App"'],
    ['an upper-case name', 'Nginx', 'has the repository component "Nginx"'],
    ['three underscores', 'r.io/a___b', 'has the repository component "a___b"'],
    ['two dots', 'r.io/a..b', 'has the repository component "a..b"'],
    ['a leading separator', 'r.io/-a', 'has the repository component "-a"'],
    ['path traversal', 'r.io/../app', 'has the repository component ".."'],
    ['a host label with a hyphen at its end', 'r-.io/app', 'has a registry that is no host name'],
    ['an underscore in a host', 'r_x.io/app', 'has a registry that is no host name'],
    ['a trailing dot of a host', 'r.io./app', 'has a registry that is no host name'],
    ['user information', 'user@r.io/app', 'has the digest "r.io/app"'],
    [
      'a registry that would be a namespace of docker.io in lower case',
      'Acme/app',
      'has a registry that only an upper-case letter tells from a namespace of docker.io',
    ],
    ['an open IPv6 bracket', '[::1/app', 'has a registry that is no host name'],
    ['text after an IPv6 host', '[::1]x/app', 'has a registry whose port'],
    ['an empty port', 'r.io:/app', 'has a registry whose port'],
    ['a port with a leading zero', 'r.io:0443/app', 'has a registry whose port'],
    ['a port above 65535', 'r.io:65536/app', 'has a registry whose port'],
    ['an empty tag', 'nginx:', 'has the tag ""'],
    ['a tag with a hyphen in front', 'nginx:-1', 'has the tag "-1"'],
    ['two tags', 'nginx:1:2', 'has the tag "1:2"'],
    ['a tag of 129 characters', `nginx:${'a'.repeat(129)}`, 'has the tag'],
    ['an empty digest', 'nginx@', 'which is not "sha256:" and 64'],
    ['a short digest', 'nginx@sha256:abc', 'which is not "sha256:" and 64'],
    ['an upper-case digest', `nginx@sha256:${HEX.toUpperCase()}`, 'which is not "sha256:" and 64'],
    ['two digests', `nginx@sha256:${HEX}@sha256:${HEX}`, 'which is not "sha256:" and 64'],
    [
      'another digest algorithm',
      `nginx@sha512:${HEX}${HEX}`,
      'has a digest of the algorithm "sha512", only sha256 is supported',
    ],
    [
      'a repository of 256 characters',
      `r.io/${'a'.repeat(256)}`,
      'has a repository of 256 characters, more than 255',
    ],
    ['a text of 1025 characters', 'a'.repeat(1025), 'has 1025 characters, more than 1024'],
  ])('%s', (_, text, reason) => {
    expect(reasonFor(text)).toContain(reason)
  })

  test('and accepts the longest repository and the longest tag', () => {
    expect(reasonFor(`r.io/${'a'.repeat(255)}:${'t'.repeat(128)}`)).toBe('accepted')
  })

  test('and repeats no more than 80 characters of the text, in printable ASCII', () => {
    const message = reasonFor(`ﬀ\u001b[31m\u202e${'a'.repeat(900)}`)
    expect(message).toMatch(/^[ -~]+$/)
    expect(message).toContain('\\ufb00\\u001b[31m\\u202eaaa')
    expect(message.length).toBeLessThan(200)
  })
})
