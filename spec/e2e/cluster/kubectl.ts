import { type Outcome, runProgram } from '../support/process.ts'

/** kubectl, as its user runs it. */
export class Kubectl {
  readonly #program: string
  readonly #kubeconfig: string
  readonly #folder: string

  constructor(program: string, kubeconfig: string, folder: string) {
    this.#program = program
    this.#kubeconfig = kubeconfig
    this.#folder = folder
  }

  /** Runs a command that may fail. */
  try(args: readonly string[], stdin = ''): Promise<Outcome> {
    const command = [this.#program, `--kubeconfig=${this.#kubeconfig}`, ...args]
    return runProgram(command, { folder: this.#folder, stdin })
  }

  /** Runs a command that has to succeed, and returns its stdout; blanks divide the arguments. */
  async run(line: string, stdin = ''): Promise<string> {
    const { exitCode, stdout, stderr } = await this.try(line.split(' '), stdin)
    if (exitCode !== 0) throw new Error(`kubectl ${line} ended with ${exitCode}: ${stderr}`)
    return stdout
  }

  /** Reads objects as JSON; the caller knows the shape. */
  async get<Answer>(line: string): Promise<Answer> {
    return JSON.parse(await this.run(`get ${line} --output=json`))
  }

  /** Applies an object that has to be taken. */
  apply(manifest: object): Promise<string> {
    return this.run('apply --filename=-', JSON.stringify(manifest))
  }

  /** Applies an object that may be refused. */
  tryApply(manifest: object): Promise<Outcome> {
    return this.try(['apply', '--filename=-'], JSON.stringify(manifest))
  }
}
