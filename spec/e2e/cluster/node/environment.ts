import { KUBERNETES_SERVICE } from '../addresses.ts'
import { type Api, ApiError } from '../api.ts'
import {
  type ContainerSpec,
  type EnvironmentVariable,
  type KeyReference,
  namespacePath,
  type Pod,
  readField,
} from './pod.ts'

interface Data {
  readonly data?: Readonly<Record<string, string>>
}

/** Looks up the environment of a container as a kubelet does; `fields` is what the node knows. */
export async function readEnvironment(
  api: Api,
  pod: Pod,
  { env = [], envFrom = [] }: ContainerSpec,
  fields: Readonly<Record<string, string>>,
): Promise<Readonly<Record<string, string>>> {
  const environment: Record<string, string> = {
    PATH: '/usr/local/bin:/usr/bin:/bin',
    HOSTNAME: pod.metadata.name,
    KUBERNETES_SERVICE_HOST: KUBERNETES_SERVICE,
    KUBERNETES_SERVICE_PORT: '443',
  }
  for (const { secretRef } of envFrom) {
    if (secretRef !== undefined) Object.assign(environment, await readSecret(api, pod, secretRef))
  }
  for (const variable of env) {
    const value = await readVariable(api, pod, variable, fields)
    if (value !== undefined) environment[variable.name] = expand(value, environment)
  }
  return environment
}

async function readSecret(api: Api, pod: Pod, { name }: { readonly name: string }) {
  const { data = {} } = await api.request<Data>(namespacePath(pod, `secrets/${name}`))
  return Object.fromEntries(Object.entries(data).map(([key, text]) => [key, decode(text)]))
}

async function readVariable(
  api: Api,
  pod: Pod,
  { value, valueFrom = {} }: EnvironmentVariable,
  fields: Readonly<Record<string, string>>,
): Promise<string | undefined> {
  const { fieldRef, secretKeyRef, configMapKeyRef, resourceFieldRef } = valueFrom
  if (fieldRef !== undefined) return readField(pod, fieldRef.fieldPath, fields)
  if (secretKeyRef !== undefined) {
    const text = await readKey(api, pod, 'secrets', secretKeyRef)
    return text === undefined ? undefined : decode(text)
  }
  if (configMapKeyRef !== undefined) return readKey(api, pod, 'configmaps', configMapKeyRef)
  return resourceFieldRef === undefined ? (value ?? '') : '0'
}

async function readKey(
  api: Api,
  pod: Pod,
  kind: 'secrets' | 'configmaps',
  { name, key, optional = false }: KeyReference,
): Promise<string | undefined> {
  try {
    const { data = {} } = await api.request<Data>(namespacePath(pod, `${kind}/${name}`))
    if (data[key] === undefined && !optional) throw new Error(`${kind}/${name} lacks ${key}`)
    return data[key]
  } catch (error) {
    if (optional && error instanceof ApiError && error.status === 404) return undefined
    throw error
  }
}

/** `$(NAME)` stands for a variable that was given before. */
function expand(value: string, environment: Readonly<Record<string, string>>): string {
  return value.replace(/\$\(([\w.-]+)\)/g, (whole, name: string) => environment[name] ?? whole)
}

function decode(text: string): string {
  return Buffer.from(text, 'base64').toString()
}
