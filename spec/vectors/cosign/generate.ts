import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { makeForged } from './forged.ts'
import { makeReal } from './real.ts'
import { isAsExpected, runVector } from './run.ts'
import { VECTORS } from './vector.ts'

/** Writes all vectors anew; `forged` leaves those of the real cosign alone. */
const parts = process.argv[2] === 'forged' ? [makeForged] : [makeForged, makeReal]
for (const make of parts) {
  for (const [name, vector] of await make()) {
    const outcome = await runVector(vector)
    if (!isAsExpected(outcome, vector.expect)) console.error(`${name}: ${outcome}`)
    writeFileSync(join(VECTORS, `${name}.json`), `${JSON.stringify(vector, undefined, 2)}\n`)
  }
}
