/** Hears what an operator has to know: a constant message, and what varies as fields. */
export type Report = (message: string, fields: Readonly<Record<string, unknown>>) => void
