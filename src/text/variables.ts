/** Takes environment variables by name. */
export type Environment = Readonly<Record<string, string | undefined>>

/**
 * Replaces each `${NAME}` by the variable of that name; `$${` stands for `${` itself. Throws a
 * `SyntaxError`, which names the variable and no value, for one that is unset or empty.
 */
export function expandVariables(text: string, environment: Environment): string {
  return text.replace(/\$\$\{|\$\{([^}]*)(\}?)/g, (found, name: string, end: string) => {
    if (found === '$${') return '${'
    if (end === '' || !/^[A-Za-z_][A-Za-z0-9_]{0,254}$/.test(name)) {
      throw new SyntaxError('a reference to a variable in it has no name or no end')
    }
    const value = Object.hasOwn(environment, name) ? environment[name] : undefined
    if (value !== undefined && value !== '') return value
    throw new SyntaxError(`the environment variable ${name} is not set`)
  })
}
