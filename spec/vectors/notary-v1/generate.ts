import { createForged } from './forged.ts'
import { createReal } from './real.ts'
import { isAsExpected, runVector } from './run.ts'
import { writeVector } from './vector.ts'

/*
 * Makes all vectors anew: node_modules/.bin/bun spec/vectors/notary-v1/generate.ts [forged|real]
 * The real ones need Debian's notary package. Keys differ each time, so this is not part of a build.
 */
const [which] = process.argv.slice(2)
const vectors = [
  ...(which === 'real' ? [] : await createForged()),
  ...(which === 'forged' ? [] : await createReal()),
]
for (const vector of vectors) {
  await writeVector(vector)
  const outcomes = await runVector(vector)
  for (const [index, stage] of vector.stages.entries()) {
    const outcome = outcomes[index] ?? ''
    if (!isAsExpected(outcome, stage.expect)) {
      console.error(`${vector.name}, stage ${index + 1}: ${outcome}`)
    }
  }
}
console.log(`${vectors.length} vectors`)
process.exit(0)
