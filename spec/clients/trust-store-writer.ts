/*
 * Saves one state after another until it is killed, and says of each that it is saved; ends at the
 * first that cannot be saved, and says why.
 * usage: bun trust-store-writer.ts DIR FIRST
 */
import { writeSync } from 'node:fs'
import { FileTrustStore } from '../../src/clients/trust-store.ts'
import { ID } from './trust-store-fixture.ts'
import { savesOf } from './trust-store-states.ts'

const [dir = '', first = ''] = process.argv.slice(2)
const store = new FileTrustStore(dir, (message, fields) => {
  writeSync(1, `${message} ${fields['problem']}\n`)
  process.exit(1)
})
for (let state = Number(first); ; state++) {
  await store.save(ID, savesOf(state))
  writeSync(1, `${state}\n`)
}
