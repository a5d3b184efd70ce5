import type { CachedAdmissions } from './cached-admissions.ts'
import type { CosignVerdict } from './cosign-verdicts.ts'
import type { CosignVerification } from './cosign-verification.ts'
import type { KeylessBurst } from './keyless-burst.ts'
import type { Memory } from './memory.ts'
import type { NotaryAdmissions } from './notary-admissions.ts'
import type { RuleTimes } from './rules.ts'
import type { StartTimes } from './startup.ts'
import type { Row } from './table.ts'
import type { Load, Throughput } from './throughput.ts'
import type { Verification } from './verification.ts'

/** What was measured in one run. */
export interface Results {
  readonly starts: StartTimes
  readonly throughput: Throughput
  readonly memory: Memory
  readonly rules: RuleTimes
  readonly verifications: readonly Verification[]
  readonly notaryAdmissions: readonly NotaryAdmissions[]
  readonly cachedAdmissions: readonly CachedAdmissions[]
  readonly cosignVerifications: readonly CosignVerification[]
  readonly keylessBurst: KeylessBurst
  readonly cosignVerdicts: readonly CosignVerdict[]
}

/** Ten times what the Go program of the same name admits with a Notary server beside it. */
const NOTARY_ADMISSIONS_PER_SECOND = 1400

/** Lists the results with the marks of the project. */
export function toRows(results: Results): Row[] {
  const { starts, throughput, memory, rules, verifications, notaryAdmissions, cosignVerdicts } =
    results
  return [
    {
      what: 'exec to first HTTPS 200, ms',
      ours: starts.connaisseur.map(({ wallMs }) => wallMs),
      baseline: starts.baseline.map(({ wallMs }) => wallMs),
      digits: 1,
      mark: { atMost: 40 },
    },
    {
      what: 'main thread CPU until then, ms',
      ours: starts.connaisseur.map(({ cpuMs }) => cpuMs),
      baseline: starts.baseline.map(({ cpuMs }) => cpuMs),
      digits: 1,
    },
    {
      ...compareLoads('admissions per second', throughput, ({ perSecond }) => perSecond, 0),
      mark: { ratioAtLeast: 0.6 },
    },
    compareLoads('p50 of an admission, ms', throughput, ({ p50Ms }) => p50Ms, 2),
    compareLoads('p99 of an admission, ms', throughput, ({ p99Ms }) => p99Ms, 2),
    compareLoads('server CPU of an admission, us', throughput, ({ cpuUs }) => cpuUs, 0),
    ...memoryRows(memory),
    ...results.cachedAdmissions.flatMap(cachedRows),
    ...[...rules].map(([shape, times]) => ({
      what: `rule among 10 000, ${shape}, us`,
      ours: times,
      digits: 1,
      mark: { atMost: 20 },
    })),
    ...verifications.flatMap(verificationRows),
    ...notaryAdmissions.flatMap(notaryRows),
    ...results.cosignVerifications.map(cosignRow),
    ...burstRows(results.keylessBurst),
    ...cosignVerdicts.flatMap(cosignRows),
  ]
}

/** Four times what the Go program of the same name admits with its Redis, on 2 cores. */
const CACHED_PER_SECOND = 17_400

function cachedRows({ shape, loads, memoryMb }: CachedAdmissions): readonly Row[] {
  const { connections, images, rules } = shape
  const what = [
    connections === 1 ? '1 connection' : `${connections} connections`,
    ...(images === 1 ? [] : [`${images} images`]),
    ...(rules === 1 ? [] : [`${rules} rules`]),
  ].join(', ')
  const isUsual = connections > 1 && images === 1
  return [
    {
      what: `admissions per second, cached, ${what}`,
      ours: loads.map(({ perSecond }) => perSecond),
      digits: 0,
      ...(isUsual && { mark: { atLeast: CACHED_PER_SECOND } }),
    },
    { what: `p99, cached, ${what}, ms`, ours: loads.map(({ p99Ms }) => p99Ms), digits: 2 },
    { what: `server CPU, cached, ${what}, us`, ours: loads.map(({ cpuUs }) => cpuUs), digits: 0 },
    { what: `resident memory, cached, ${what}, MB`, ours: [memoryMb], digits: 0 },
  ]
}

function compareLoads(
  what: string,
  { connaisseur, baseline }: Throughput,
  figure: (load: Load) => number,
  digits: number,
): Row {
  return { what, ours: connaisseur.map(figure), baseline: baseline.map(figure), digits }
}

function memoryRows({ idleMb, afterMb, peakMb, growthMb }: Memory): readonly Row[] {
  return [
    { what: 'resident memory idle, MB', ours: [idleMb], digits: 0, mark: { atMost: 60 } },
    {
      what: 'resident memory after 100 000 admissions, MB',
      ours: [afterMb],
      digits: 0,
      mark: { atMost: 100 },
    },
    { what: 'its peak on the way, MB', ours: [peakMb], digits: 0 },
    { what: 'its growth over the last 50 000, MB', ours: [growthMb], digits: 1 },
  ]
}

function verificationRows({ repository, tags, kind, us, requests }: Verification): readonly Row[] {
  const what = `Notary verification, ${repository}, ${kind}`
  return [
    {
      what: `${what}, ms of CPU`,
      ours: us.map((each) => each / 1000),
      digits: 2,
      ...(tags <= 1000 && { mark: { atMost: 5 } }),
    },
    {
      what: `${what}, requests`,
      ours: [requests],
      digits: 0,
      ...(kind === 'unchanged' && { mark: { atMost: 1 } }),
    },
  ]
}

function notaryRows({ shape, loads, requestsPerAdmission }: NotaryAdmissions) {
  const { repositories, connections } = shape
  const images = repositories === 1 ? 'one image' : `${repositories} images`
  const over = connections === 1 ? '1 connection' : `${connections} connections`
  const what = `with a Notary server, ${images}, ${over}`
  const rows: readonly Row[] = [
    {
      what: `admissions per second ${what}`,
      ours: loads.map(({ perSecond }) => perSecond),
      digits: 0,
      // One connection waits for each answer: that is a time, not a rate.
      ...(connections > 1 && { mark: { atLeast: NOTARY_ADMISSIONS_PER_SECOND } }),
    },
    { what: `p99 ${what}, ms`, ours: loads.map(({ p99Ms }) => p99Ms), digits: 2 },
    { what: `server CPU ${what}, us`, ours: loads.map(({ cpuUs }) => cpuUs), digits: 0 },
    { what: `requests to it ${what}`, ours: [requestsPerAdmission], digits: 2 },
  ]
  return rows
}

function cosignRow({ what, us, markMs }: CosignVerification): Row {
  return {
    what: `cosign verification, ${what}, ms of CPU`,
    ours: us.map((each) => each / 1000),
    digits: 3,
    mark: { atMost: markMs },
  }
}

function burstRows({ images, worstHealthMs, burstMs, cpuMs }: KeylessBurst): readonly Row[] {
  const what = `${images} keyless images at once`
  return [
    {
      what: `slowest /health during ${what}, ms`,
      ours: worstHealthMs,
      digits: 0,
      mark: { atMost: 50 },
    },
    { what: `${what}, ms until the last answer`, ours: burstMs, digits: 0 },
    { what: `server CPU of an image of ${what}, ms`, ours: cpuMs, digits: 1 },
  ]
}

/** A signature at its tag takes three requests; a bundle has a list and a manifest more to read. */
function cosignRows({ form, kind, ms, requests }: CosignVerdict): readonly Row[] {
  const what = `cosign verdict by key, ${form}, ${kind}`
  const atMost = kind === 'tag again' ? 1 : 3
  const hasMark = kind === 'tag again' || form === 'signature tag'
  return [
    { what: `${what}, ms`, ours: ms, digits: 2 },
    {
      what: `${what}, requests`,
      ours: [requests],
      digits: 0,
      ...(hasMark && { mark: { atMost } }),
    },
  ]
}
