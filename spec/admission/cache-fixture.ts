import type { CacheSettings } from '../../src/admission/kept-verdict.ts'
import { VerdictCache, type VerdictCacheOptions } from '../../src/admission/verdict-cache.ts'
import type { Digest } from '../../src/image/digest.ts'
import { TrustError } from '../../src/trust/errors.ts'
import type { ValidationContext } from '../../src/validators/validator.ts'
import { CONTEXT, makeJudge, makeValidator } from './fixture.ts'

/** What a validator of these specs finds, and for what. */
export type Find = (image: string, context: ValidationContext) => Promise<Digest>

/** The settings that a configuration has which says nothing. */
export const DEFAULTS: CacheSettings = {
  expirySeconds: 30,
  cacheErrors: true,
  staleIfUnavailableSeconds: 0,
}

/** A judge with a cache, before a validator that can be told what to find. */
export function makeCached(
  settings: Partial<CacheSettings> = {},
  more: Omit<VerdictCacheOptions, 'settings' | 'configuration'> = {},
) {
  const asked: string[] = []
  const world = {
    find: (() => Promise.reject(new Error('not said'))) as Find,
    lastFailure: undefined as TrustError | undefined,
    basis: 'these files',
  }
  const validator = {
    ...makeValidator((image, context) => {
      const name = `${image.repository}:${image.tag}`
      asked.push(name)
      return world.find(name, context)
    }),
    lastFailure: () => world.lastFailure,
    basis: () => world.basis,
  }
  const cache = new VerdictCache({
    settings: { ...DEFAULTS, ...settings },
    configuration: 'one',
    ...more,
  })
  const judge = makeJudge(validator, { cache })
  const start = CONTEXT.now.getTime()
  return {
    /** Every image that the validator was asked for. */
    asked,
    world,
    judge,
    /** Judges an image so many seconds after the first moment. */
    at: (seconds: number, image = 'app:1', signal = CONTEXT.signal) =>
      judge(image, { now: new Date(start + seconds * 1000), signal }),
  }
}

/** A server that cannot be reached. */
export const down = async (): Promise<never> => {
  throw new TrustError('UNAVAILABLE_NETWORK', 'notary.example cannot be reached')
}

/** An image that nobody signed. */
export const unsigned = async (): Promise<never> => {
  throw new TrustError('UNTRUSTED_NOT_SIGNED', 'nobody signed it')
}
