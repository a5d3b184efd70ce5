import { createCertificateAuthority, issueServerCertificate } from '../spec/support/certificate.ts'
import {
  attachBundle,
  keyBundle,
  pushImage,
  signedLayer,
  writeSignatureTag,
} from '../spec/support/cosign/shelf.ts'
import { createKeyPair, toPublicKeyPem } from '../spec/support/key-pair.ts'
import { type EmbeddedRegistry, startRegistry } from '../spec/support/registry/server.ts'
import { RegistryClient } from '../src/clients/registry/client.ts'
import { parseReference } from '../src/image/reference.ts'
import { NO_TRUST_MATERIAL } from '../src/trust/sigstore/material.ts'
import { parseSigningKey } from '../src/trust/sigstore/signing-key.ts'
import { createCosignValidator } from '../src/validators/cosign/validator.ts'

const NAME = 'team/app'
/** Registries that are asked for the first time, and images of one that was asked before. */
const COLD = 20
const WARM = 200
const FRESH_MS = 30_000

/** Verdicts by key on images of a registry on this machine, over TLS. */
export interface CosignVerdict {
  readonly form: 'signature tag' | 'bundle'
  readonly kind: 'cold connection' | 'warm connection' | 'tag again'
  /** Milliseconds on the wall, one value per verdict; the registry's own time is in it. */
  readonly ms: readonly number[]
  /** Requests of the last verdict. */
  readonly requests: number
}

const SIGNER = createKeyPair('p256')
const AUTHORITY = await createCertificateAuthority()

/** Times verdicts with nothing known, with a connection that is open, and with the tag to resolve. */
export async function measureCosignVerdicts(): Promise<readonly CosignVerdict[]> {
  const results: CosignVerdict[] = []
  for (const form of ['signature tag', 'bundle'] as const) {
    results.push(await measureCold(form), ...(await measureWarm(form)))
  }
  return results
}

type Form = CosignVerdict['form']

async function measureCold(form: Form): Promise<CosignVerdict> {
  const ms: number[] = []
  let requests = 0
  for (let index = 0; index < COLD; index++) {
    const registry = await openRegistry()
    sign(registry, form, '1')
    ms.push(await timeMs(() => judge(createValidator(), registry, '1')))
    requests = registry.requests.length
    registry.stop()
  }
  return { form, kind: 'cold connection', ms, requests }
}

async function measureWarm(form: Form): Promise<readonly CosignVerdict[]> {
  const registry = await openRegistry()
  const validator = createValidator()
  const time = async (tag: string) => {
    registry.requests.length = 0
    return timeMs(() => judge(validator, registry, tag))
  }
  sign(registry, form, 'first')
  await time('first')
  const first: number[] = []
  for (let index = 0; index < WARM; index++) {
    sign(registry, form, `v${index}`)
    first.push(await time(`v${index}`))
  }
  const requests = registry.requests.length
  const again: number[] = []
  for (let index = 0; index < WARM; index++) again.push(await time(`v${index}`))
  const tagRequests = registry.requests.length
  registry.stop()
  return [
    { form, kind: 'warm connection', ms: first, requests },
    { form, kind: 'tag again', ms: again, requests: tagRequests },
  ]
}

async function openRegistry(): Promise<EmbeddedRegistry> {
  return startRegistry({ tls: await issueServerCertificate(AUTHORITY) })
}

function sign(registry: EmbeddedRegistry, form: Form, tag: string): void {
  const store = registry.repository(NAME)
  const digest = pushImage(registry, NAME, tag)
  if (form === 'bundle') attachBundle(store, digest, keyBundle(digest, SIGNER))
  else writeSignatureTag(store, digest, [signedLayer(store, digest, SIGNER)])
}

function createValidator() {
  const key = parseSigningKey(toPublicKeyPem(SIGNER))
  const roots = [{ name: 'default', kind: 'key', key } as const]
  return createCosignValidator(
    {
      name: 'default',
      demand: { roots, threshold: 1, required: [] },
      requirements: { verifyInTransparencyLog: false, verifySCT: true },
    },
    {
      source: new RegistryClient({ ca: () => AUTHORITY.cert }),
      material: async () => NO_TRUST_MATERIAL,
      freshMs: FRESH_MS,
    },
  )
}

async function judge(
  validator: ReturnType<typeof createValidator>,
  { host }: EmbeddedRegistry,
  tag: string,
): Promise<void> {
  const signal = AbortSignal.timeout(10_000)
  const context = { now: new Date(), signal, noteKnownSince: () => {} }
  await validator.validate(parseReference(`${host}/${NAME}:${tag}`), context)
}

async function timeMs(work: () => Promise<void>): Promise<number> {
  const start = performance.now()
  await work()
  return performance.now() - start
}
