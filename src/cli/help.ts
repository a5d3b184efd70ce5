import type { Command } from './command.ts'

/** Renders the help of the whole program. */
export function renderHelp(commands: readonly Command[]): string {
  const rows = commands.map(({ name, summary }) => [name, summary] as const)
  return [
    'Connaisseur lets only images with a trusted, signed digest into a Kubernetes cluster.',
    '',
    'usage: connaisseur COMMAND [--help]',
    '',
    ...renderRows(rows),
    '',
    'exit codes: 0 trusted, 1 not trusted, 2 could not tell or misused',
    '',
  ].join('\n')
}

/** Renders the help of one command. */
export function renderCommandHelp({ name, summary, operands, flags }: Command): string {
  const rows = Object.entries(flags).map(([flag, { value, help, default: fallback }]) => {
    const text = fallback === undefined ? help : `${help} (default ${fallback})`
    return [value === undefined ? `--${flag}` : `--${flag} ${value}`, text] as const
  })
  const usage = ['usage: connaisseur', name, ...(rows.length > 0 ? ['[FLAGS]'] : []), operands]
  return [
    summary,
    '',
    usage.filter((part) => part !== undefined).join(' '),
    ...(rows.length > 0 ? ['', ...renderRows(rows)] : []),
    '',
  ].join('\n')
}

function renderRows(rows: readonly (readonly [left: string, right: string])[]): readonly string[] {
  const width = Math.max(...rows.map(([left]) => left.length))
  return rows.map(([left, right]) => `  ${left.padEnd(width)}  ${right}`)
}
