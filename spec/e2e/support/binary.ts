import { resolve } from 'node:path'

/** The program under test, as `make build` leaves it. */
export const BINARY = resolve(import.meta.dir, '../../../dist/connaisseur')
