import { describe, expect, test } from 'bun:test'
import { parseReference, renderReference, repositoryName } from '../../src/image/reference.ts'

const HEX = '0123456789abcdef'.repeat(4)
const DIGEST = `sha256:${HEX}`

describe('parseReference completes a name as container runtimes do', () => {
  test.each([
    ['nginx', 'docker.io/library/nginx:latest'],
    ['nginx:1.27', 'docker.io/library/nginx:1.27'],
    ['acme/app', 'docker.io/acme/app:latest'],
    ['docker.io/nginx', 'docker.io/library/nginx:latest'],
    ['index.docker.io/nginx', 'docker.io/library/nginx:latest'],
    ['index.docker.io/acme/app:1', 'docker.io/acme/app:1'],
    ['registry.k8s.io/pause:3.9', 'registry.k8s.io/pause:3.9'],
    ['localhost/app', 'localhost/app:latest'],
    ['localhost:5000', 'docker.io/library/localhost:5000'],
    ['localhost:5000/app', 'localhost:5000/app:latest'],
    ['docker.io', 'docker.io/library/docker.io:latest'],
    ['registry/app', 'docker.io/registry/app:latest'],
    ['registry:5000/app:v1', 'registry:5000/app:v1'],
    ['127.0.0.1:5000/a/b/c', '127.0.0.1:5000/a/b/c:latest'],
    ['[2001:DB8::1]:5000/app:1', '[2001:db8::1]:5000/app:1'],
    ['[::1]/app', '[::1]/app:latest'],
    ['r.io/a.b/c__d/e---f', 'r.io/a.b/c__d/e---f:latest'],
    ['r.io/app:_V1.0-rc', 'r.io/app:_V1.0-rc'],
    [`library/${HEX}`, `docker.io/library/${HEX}:latest`],
    [`library/sha256:${HEX}`, `docker.io/library/sha256:${HEX}`],
  ])('%s is %s', (text, full) => {
    expect(renderReference(parseReference(text))).toBe(full)
  })

  test('tag latest is filled in only where there is neither tag nor digest', () => {
    expect(renderReference(parseReference(`nginx@${DIGEST}`))).toBe(
      `docker.io/library/nginx@${DIGEST}`,
    )
    expect(renderReference(parseReference(`nginx:1@${DIGEST}`))).toBe(
      `docker.io/library/nginx:1@${DIGEST}`,
    )
  })

  test('a first component with an upper-case letter is a registry, in lower case', () => {
    expect(renderReference(parseReference('Acme:443/app'))).toBe('acme:443/app:latest')
    expect(renderReference(parseReference('LocalHost/app'))).toBe('localhost/app:latest')
    expect(renderReference(parseReference('EVIL.io/app'))).toBe('evil.io/app:latest')
    expect(renderReference(parseReference('Index.Docker.IO/nginx'))).toBe(
      'docker.io/library/nginx:latest',
    )
  })

  test('the repository name is the GUN of Notary: registry and repository alone', () => {
    expect(repositoryName(parseReference(`nginx:1@${DIGEST}`))).toBe('docker.io/library/nginx')
  })
})
