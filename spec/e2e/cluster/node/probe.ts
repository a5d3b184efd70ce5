import type { ContainerSpec, ProbeSpec } from './pod.ts'

/** Asks again and again until it is aborted, and tells each change that the thresholds allow. */
export async function runProbe(
  spec: ProbeSpec,
  container: ContainerSpec,
  address: string,
  signal: AbortSignal,
  tell: (ok: boolean) => void,
): Promise<void> {
  const { initialDelaySeconds = 0, periodSeconds = 10 } = spec
  const { successThreshold = 1, failureThreshold = 3 } = spec
  const url = toUrl(spec, container, address)
  await Bun.sleep(initialDelaySeconds * 1000)
  let last: boolean | undefined
  let count = 0
  while (!signal.aborted) {
    const ok = await ask(url, (spec.timeoutSeconds ?? 1) * 1000)
    count = ok === last ? count + 1 : 1
    last = ok
    if (!signal.aborted && count === (ok ? successThreshold : failureThreshold)) tell(ok)
    await Bun.sleep(periodSeconds * 1000)
  }
}

function toUrl({ httpGet }: ProbeSpec, { ports = [] }: ContainerSpec, address: string): string {
  const { path, port, scheme = 'HTTP' } = httpGet
  const named = ports.find(({ name }) => name === port)
  return `${scheme.toLowerCase()}://${address}:${named?.containerPort ?? port}${path}`
}

/** As kubelets ask: any certificate will do. */
async function ask(url: string, timeoutMs: number): Promise<boolean> {
  try {
    const response = await fetch(url, {
      headers: { connection: 'close' },
      signal: AbortSignal.timeout(timeoutMs),
      tls: { rejectUnauthorized: false },
    })
    await response.arrayBuffer()
    return response.status >= 200 && response.status < 400
  } catch {
    return false
  }
}
