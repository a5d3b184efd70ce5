import { RedisVerdicts, type StoredVerdict } from '../../../src/clients/redis/verdicts.ts'
import { DIGEST } from '../../admission/fixture.ts'
import { createEntries } from '../../clients/redis/fixture.ts'
import { mutateBytes } from '../mutate.ts'
import { Finding, type Target } from '../target.ts'

const ID = { configuration: 'c', rule: '*:*', validator: 'default', image: 'good.example/app:1' }
const OTHER = { ...ID, image: 'evil.example/bad:1' }
const TRUSTED: StoredVerdict = { trusted: true, digest: DIGEST, checkedAt: 1 }

/** Entries of a Redis that others write to. */
export function createRedisTarget(): Target {
  const { entries, stored } = createEntries()
  const verdicts = new RedisVerdicts(entries, '1')
  return {
    name: 'redis',
    async attempt(random) {
      verdicts.save(ID, TRUSTED, 1000)
      verdicts.save(OTHER, TRUSTED, 1000)
      const [[name = '', honest = ''] = [], [other = ''] = []] = stored
      const forged = Buffer.from(mutateBytes(Buffer.from(honest), random)).toString()
      stored.set(name, forged)
      stored.set(other, random.below(2) === 0 ? honest : forged)
      if ((await verdicts.load(OTHER)) !== undefined) throw new Finding('FALSE ADMISSION', forged)
      if (forged !== honest && (await verdicts.load(ID)) !== undefined) {
        throw new Finding('a forged entry counts', forged)
      }
      stored.clear()
    },
  }
}
