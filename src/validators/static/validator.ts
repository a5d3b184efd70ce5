import { renderReference } from '../../image/reference.ts'
import { TrustError } from '../../trust/errors.ts'
import type { Validator } from '../validator.ts'

/** Makes a validator that approves every image as it is written, or denies every image. */
export function createStaticValidator(name: string, approve: boolean): Validator {
  return {
    name,
    type: 'static',
    isLocal: true,
    validate(image) {
      if (approve) return undefined
      const denial = `the policy denies ${renderReference(image)} without looking for a signature`
      return Promise.reject(new TrustError('UNTRUSTED_STATIC_DENY', denial))
    },
  }
}
