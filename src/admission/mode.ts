import type { AdmissionRequest } from './request.ts'
import type { Decision } from './verdict.ts'

/** How decisions are applied: the `features` of the configuration that soften them. */
export interface Mode {
  /** Admit everything, and say what would have been denied. */
  readonly detectionMode: boolean
  /** `podsOnly`: kinds other than Pod get warnings, but are neither denied nor changed. */
  readonly resourceValidationMode: 'all' | 'podsOnly'
}

/** Softens a decision as the mode demands; nothing is lost, denials become warnings. */
export function applyMode(mode: Mode, { kind }: AdmissionRequest, decision: Decision): Decision {
  const podsOnly = mode.resourceValidationMode === 'podsOnly' && kind.kind !== 'Pod'
  if (decision.admitted) return podsOnly ? { ...decision, patch: [] } : decision
  if (podsOnly) return warn('only Pods are validated', decision.message)
  return mode.detectionMode ? warn('detection mode is on', decision.message) : decision
}

function warn(why: string, message: string): Decision {
  return {
    admitted: true,
    patch: [],
    warnings: [`${why}, admitted all the same`, ...lines(message)],
  }
}

/** A warning is a line of its own in an HTTP header of the API server. */
function lines(message: string): readonly string[] {
  return message.split('\n').map((line) => line.replace(/^- /, ''))
}
