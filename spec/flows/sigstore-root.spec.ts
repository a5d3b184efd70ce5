import { afterAll, describe, expect, test } from 'bun:test'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { assemble, createLasting } from '../../src/assemble.ts'
import { ignoreCalls, type UpstreamCall } from '../../src/clients/upstream-call.ts'
import { parseConfig } from '../../src/config/parse.ts'
import { createCertificateAuthority } from '../support/certificate.ts'
import { attachBundle, pushImage } from '../support/cosign/shelf.ts'
import { startRegistry } from '../support/registry/server.ts'
import { SpecWitness } from '../support/sigstore/witness.ts'
import { createSigstore, imageStatement, type Sigstore, toPem } from '../support/sigstore/world.ts'
import { SigstoreMirror } from '../support/tuf/sigstore-mirror.ts'

const HOLDER = { issuer: 'https://issuer.example', subject: 'https://ci.example/release@main' }
const NAME = 'team/app'

const sigstore = await createSigstore()
const stranger = await createSigstore()
const now = new Date(sigstore.clock.getTime() + 60_000)
const folder = mkdtempSync(join(tmpdir(), 'sigstore-flow-'))
const registry = startRegistry()
const digest = await publish('1', 'v1')
const alone = await publish('alone', 'v2')
const witness = new SpecWitness('witness.example')
sigstore.rekorV2.cosign = (note) => [witness.cosign(note)]
const watched = await publish('watched', 'v2')
afterAll(() => {
  registry.stop()
  rmSync(folder, { recursive: true })
})

/** Pushes an image with a bundle that is logged in a version of Rekor. */
async function publish(tag: string, log: 'v1' | 'v2'): Promise<string> {
  const pushed = pushImage(registry, NAME, tag)
  const certified = await sigstore.certify(HOLDER)
  const bundle = await sigstore.signBundle(certified, { payload: imageStatement(pushed), log })
  attachBundle(registry.repository(NAME), pushed, bundle)
  return pushed
}

/** A program before a mirror that serves the root of a Sigstore; `members` are the validator's. */
function play(
  members: string,
  { published = sigstore, builtIn = sigstore, expirySeconds = 0 } = {},
) {
  const mirror = new SigstoreMirror(new Date(), builtIn.trustedRoot)
  const seed = { root: mirror.root, trustedRoot: Buffer.from(JSON.stringify(builtIn.trustedRoot)) }
  if (published !== builtIn) mirror.publish(published.trustedRoot)
  const server = mirror.serve()
  const report = () => {}
  const mirrorCalls: UpstreamCall[] = []
  const lasting = createLasting({
    report,
    observeUpstream: { ...ignoreCalls, ended: (call) => void mirrorCalls.push(call) },
    sigstore: async () => ({ mirror: server.url, ...seed }),
  })
  const { judge } = assemble(parseConfig(configOf(members, expirySeconds), 'spec.yaml'), {
    secretsDir: folder,
    lasting,
    report,
  })
  const verdict = async (tag = '1') => {
    const signal = AbortSignal.timeout(5000)
    const found = await judge(`${registry.host}/${NAME}:${tag}`, { now, signal })
    await lasting.sigstoreRoot.settled()
    return found.trusted ? found.digest : `${found.code}: ${found.reason}`
  }
  return { mirror, mirrorCalls, verdict, stop: () => server.stop() }
}

function configOf(members: string, expirySeconds: number): string {
  return `validators:
  - name: default
    type: cosign
${members.replace(/^/gm, '    ')}
    trustRoots:
      - name: release
        keyless: { issuer: "${HOLDER.issuer}", subject: "${HOLDER.subject}" }
policy:
  - pattern: "*:*"
    with: { trustRoot: release }
features:
  cache: { expirySeconds: ${expirySeconds} }
`
}

function pinned(world: Sigstore): string {
  const [authority] = world.trustedRoot.certificateAuthorities
  const [log] = world.trustedRoot.tlogs
  const [ctLog] = world.trustedRoot.ctlogs
  const fulcio = toPem(Buffer.from(authority?.certChain.certificates[0]?.rawBytes ?? '', 'base64'))
  const key = (rawBytes = '') => toPem(Buffer.from(rawBytes, 'base64'), 'PUBLIC KEY')
  return `host:
  fulcioCert: ${JSON.stringify(fulcio)}
  rekorPubkey: ${JSON.stringify(key(log?.publicKey.rawBytes))}
  ctLogPubkey: ${JSON.stringify(key(ctLog?.publicKey.rawBytes))}`
}

describe('whom a keyless signature is held against', () => {
  test('the public Sigstore by default, refreshed over TUF', async () => {
    const { mirror, mirrorCalls, verdict, stop } = play('', { builtIn: stranger })
    expect(await verdict()).toStartWith('UNTRUSTED_')
    expect(mirror.requests).toContain('timestamp.json')
    expect(mirrorCalls).toHaveLength(mirror.requests.length)
    expect(await verdict()).toBe(digest)
    await stop()
  })

  test('trustedRoot: FILE, and no request leaves', async () => {
    const file = join(folder, 'trusted_root.json')
    writeFileSync(file, JSON.stringify(sigstore.trustedRoot))
    const { mirror, verdict, stop } = play(`trustedRoot: ${file}`, { builtIn: stranger })
    const before = registry.requests.length
    expect(await verdict()).toBe(digest)
    expect(registry.requests.length).toBeGreaterThan(before)
    expect(mirror.requests).toEqual([])
    await stop()
  })

  test('trustedRoot: FILE as it is now: no verdict from before it changed', async () => {
    const file = join(folder, 'changing_root.json')
    writeFileSync(file, JSON.stringify(sigstore.trustedRoot))
    const { verdict, stop } = play(`trustedRoot: ${file}`, { expirySeconds: 3600 })
    expect(await verdict()).toBe(digest)
    writeFileSync(file, JSON.stringify(stranger.trustedRoot))
    // A file is looked at once a second.
    await Bun.sleep(1001)
    expect(await verdict()).toStartWith('UNTRUSTED_')
    await stop()
  })

  test('certFile as it is now, too: a tag is what the registry says that it proves to be', async () => {
    const file = join(folder, 'ca.crt')
    const write = async () => writeFileSync(file, (await createCertificateAuthority()).cert)
    await write()
    const plain = `insecureRegistries: ["${registry.host}"]`
    const members = [pinned(sigstore), plain, `certFile: ${file}`].join('\n')
    const { verdict, stop } = play(members, { expirySeconds: 3600 })
    const cost = async () => {
      const before = registry.requests.length
      expect(await verdict()).toBe(digest)
      return registry.requests.length - before
    }
    expect([(await cost()) > 0, await cost()]).toEqual([true, 0])
    await write()
    await Bun.sleep(1001)
    expect(await cost()).toBeGreaterThan(0)
    await stop()
  })

  test('trustedRoot: FILE of another Sigstore counts alone', async () => {
    const file = join(folder, 'other_root.json')
    writeFileSync(file, JSON.stringify(stranger.trustedRoot))
    const { verdict, stop } = play(`trustedRoot: ${file}`)
    expect(await verdict()).toStartWith('UNTRUSTED_')
    await stop()
  })

  test('what is pinned under host, as in Connaisseur 3.x, and nobody is asked', async () => {
    const { mirror, verdict, stop } = play(pinned(sigstore), { builtIn: stranger })
    expect(await verdict()).toBe(digest)
    expect(mirror.requests).toEqual([])
    await stop()
  })

  test('a part that is not pinned is the public Sigstore’s', async () => {
    const [rekor = ''] = pinned(sigstore).match(/ {2}rekorPubkey: .*/) ?? []
    const right = play(`host:\n${rekor}`)
    expect(await right.verdict()).toBe(digest)
    const [wrong = ''] = pinned(stranger).match(/ {2}rekorPubkey: .*/) ?? []
    const other = play(`host:\n${wrong}`)
    expect(await other.verdict()).toStartWith('UNTRUSTED_')
    await Promise.all([right.stop(), other.stop()])
  })
})

describe('the witnesses that an operator names', () => {
  const host = `host: { rekorWitnesses: ["${witness.verifierKey}"] }`
  const file = join(folder, 'witnessed_root.json')

  test.each([
    ['the public Sigstore’s', ''],
    ['those of a trustedRoot', `trustedRoot: ${file}\n`],
  ])('have to have cosigned the heads of logs of Rekor v2: %s', async (_, members) => {
    writeFileSync(file, JSON.stringify(sigstore.trustedRoot))
    const careful = play(members + host)
    expect(await careful.verdict('watched')).toBe(watched)
    expect(await careful.verdict('alone')).toContain(
      'it has a checkpoint with the cosignatures of 0 witnesses instead of 1',
    )
    expect(await careful.verdict('1')).toBe(digest)
    const careless = play(members)
    expect(await careless.verdict('alone')).toBe(alone)
    await Promise.all([careful.stop(), careless.stop()])
  })

  test('are refused at start where no log of the trustedRoot could have them', () => {
    const [first] = sigstore.trustedRoot.tlogs
    writeFileSync(file, JSON.stringify({ ...sigstore.trustedRoot, tlogs: [first] }))
    expect(() => play(`trustedRoot: ${file}\n${host}`)).toThrow('no log of Rekor v2')
  })
})
