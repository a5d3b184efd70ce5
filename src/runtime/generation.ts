import { FAILED, refuse } from '../admission/decide.ts'
import { applyMode } from '../admission/mode.ts'
import { type Assembly, assemble, type Surroundings } from '../assemble.ts'
import type { Config } from '../config/config.ts'
import { createHealthCheck } from '../server/health-check.ts'
import type { Condition } from '../server/readiness.ts'
import { TrustError } from '../trust/errors.ts'
import { type AlertSurroundings, createAnnouncer } from './alerting.ts'
import type { Disposable } from './slot.ts'

/** One configuration and all that lives by it. */
export interface Generation extends Disposable {
  readonly config: Config
  readonly admit: Assembly['admit']
  /** Whether the servers answer that the configuration requires. */
  conditions(): Promise<readonly Condition[]>
}

/** What a configuration does not say. */
export interface GenerationSurroundings extends Surroundings {
  readonly alerts: AlertSurroundings
}

/**
 * Brings a configuration to life; throws an `Error` for an operator where it cannot. `onFailure`
 * hears of failures whose words are not for everybody.
 */
export function createGeneration(
  config: Config,
  surroundings: GenerationSurroundings,
  onFailure: (error: unknown, uid?: string) => void,
): Generation {
  const assembly = assemble(config, surroundings)
  const { alerting } = config
  const announcer = alerting && createAnnouncer(alerting, surroundings.alerts)
  const explain = (error: unknown): string => {
    if (error instanceof TrustError) return error.message
    onFailure(error)
    return 'unexpected failure, see the log'
  }
  const servers = assembly.requiredServers.map(({ validator, check }) =>
    createHealthCheck({ name: `validator ${validator}`, check, explain }),
  )
  /** A failure is a denial that is logged, counted and told like any other. */
  const admitOrDeny: Assembly['admit'] = async (request, context) => {
    try {
      return await assembly.admit(request, context)
    } catch (error) {
      onFailure(error, request.uid)
      const decision = applyMode(config.features, request, refuse(FAILED))
      return { request, verdicts: [], refusal: FAILED, decision }
    }
  }
  return {
    config,
    admit: announcer
      ? async (request, context) => announcer.announce(await admitOrDeny(request, context), context)
      : admitOrDeny,
    conditions: () => Promise.all(servers.map((ask) => ask())),
    async dispose() {
      await announcer?.close()
      await assembly.dispose()
    },
  }
}
