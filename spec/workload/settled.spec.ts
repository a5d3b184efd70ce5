import { describe, expect, test } from 'bun:test'
import { findImages } from '../../src/workload/images.ts'
import { findNewEphemeralImages, findSettledPaths } from '../../src/workload/settled.ts'

interface Parts {
  readonly containers?: readonly object[]
  readonly ephemeralContainers?: readonly object[]
  readonly volumes?: readonly object[]
}

const pod = (parts: Parts) => ({ spec: { containers: [{ image: 'main' }], ...parts } })
const imagesOf = (object: unknown) => findImages('', 'Pod', object)

describe('of a Pod update, a patch leaves alone what Kubernetes lets nobody change', () => {
  const old = pod({
    ephemeralContainers: [{ image: 'e0' }],
    volumes: [{ image: { reference: 'v0' } }],
  })

  test('ephemeral containers and image volumes that the old object has at the same place', () => {
    expect(findSettledPaths(imagesOf(old), imagesOf(old))).toEqual(
      new Set(['/spec/ephemeralContainers/0/image', '/spec/volumes/0/image/reference']),
    )
  })

  test('but not those whose image changed, nor those of another place', () => {
    const changed = pod({
      ephemeralContainers: [{ image: 'e1' }, { image: 'e0' }],
      volumes: [{ image: { reference: 'v1' } }],
    })
    expect(findSettledPaths(imagesOf(old), imagesOf(changed))).toEqual(new Set())
  })

  test('containers and init containers are never settled, their images may change', () => {
    const plain = pod({})
    expect(findSettledPaths(imagesOf(plain), imagesOf(plain))).toEqual(new Set())
  })
})

describe('hole 11: of the subresource pods/ephemeralcontainers, what is new is judged', () => {
  const debug = { name: 'debug', image: 'busybox' }
  const shell = { name: 'shell', image: 'alpine' }
  const at = (index: number) => `/spec/ephemeralContainers/${index}/image`

  test('a container that the old object lacks, wherever it stands', () => {
    const old = pod({ ephemeralContainers: [debug] })
    expect(findNewEphemeralImages(pod({ ephemeralContainers: [shell, debug] }), old)).toEqual([
      { image: 'alpine', path: at(0) },
    ])
  })

  test('a container whose image changed', () => {
    const old = pod({ ephemeralContainers: [debug] })
    const evil = pod({ ephemeralContainers: [{ name: 'debug', image: 'evil' }] })
    expect(findNewEphemeralImages(evil, old)).toEqual([{ image: 'evil', path: at(0) }])
  })

  test('a second container of a known name, and a container without name', () => {
    const nameless = { image: 'alpine' }
    const old = pod({ ephemeralContainers: [debug, nameless] })
    const doubled = pod({ ephemeralContainers: [debug, debug, nameless] })
    expect(findNewEphemeralImages(doubled, old)).toEqual([
      { image: 'busybox', path: at(1) },
      { image: 'alpine', path: at(2) },
    ])
  })

  test('every ephemeral container where there is no old object, and no other image', () => {
    const object = pod({ ephemeralContainers: [debug, shell] })
    const all = [
      { image: 'busybox', path: at(0) },
      { image: 'alpine', path: at(1) },
    ]
    expect(findNewEphemeralImages(object)).toEqual(all)
    expect(findNewEphemeralImages(object, null)).toEqual(all)
  })

  test('and an object that is malformed elsewhere is refused all the same', () => {
    const object = { spec: { containers: 'none', ephemeralContainers: [debug] } }
    expect(() => findNewEphemeralImages(object)).toThrow(
      new SyntaxError('spec.containers is of type string, it must be a list'),
    )
  })
})
