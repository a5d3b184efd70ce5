import type { KubernetesObject } from '../api.ts'

/** A pod, as far as the node looks into it. */
export interface Pod extends KubernetesObject {
  readonly spec: {
    readonly containers: readonly ContainerSpec[]
    readonly initContainers?: readonly ContainerSpec[]
    readonly volumes?: readonly Volume[]
    readonly serviceAccountName: string
    readonly terminationGracePeriodSeconds?: number
    readonly securityContext?: SecurityContext
  }
}

/** What runs in a pod. */
export interface ContainerSpec {
  readonly name: string
  readonly image: string
  readonly command?: readonly string[]
  readonly args?: readonly string[]
  readonly env?: readonly EnvironmentVariable[]
  readonly envFrom?: readonly { readonly secretRef?: { readonly name: string } }[]
  readonly ports?: readonly { readonly name?: string; readonly containerPort: number }[]
  readonly volumeMounts?: readonly {
    readonly name: string
    readonly mountPath: string
    readonly subPath?: string
    readonly readOnly?: boolean
  }[]
  readonly startupProbe?: ProbeSpec
  readonly readinessProbe?: ProbeSpec
  readonly livenessProbe?: ProbeSpec
  readonly securityContext?: SecurityContext
  readonly terminationMessagePolicy?: 'File' | 'FallbackToLogsOnError'
}

/** Who a program runs as. */
export interface SecurityContext {
  readonly runAsUser?: number
  readonly runAsGroup?: number
  readonly fsGroup?: number
  readonly readOnlyRootFilesystem?: boolean
}

/** A variable, given or looked up. */
export interface EnvironmentVariable {
  readonly name: string
  readonly value?: string
  readonly valueFrom?: {
    readonly fieldRef?: { readonly fieldPath: string }
    readonly secretKeyRef?: KeyReference
    readonly configMapKeyRef?: KeyReference
    readonly resourceFieldRef?: { readonly resource: string }
  }
}

/** One value of a Secret or a ConfigMap. */
export interface KeyReference {
  readonly name: string
  readonly key: string
  readonly optional?: boolean
}

/** Asks over HTTP whether a program is well. */
export interface ProbeSpec {
  readonly httpGet: {
    readonly path: string
    readonly port: string | number
    readonly scheme?: 'HTTP' | 'HTTPS'
  }
  readonly initialDelaySeconds?: number
  readonly periodSeconds?: number
  readonly timeoutSeconds?: number
  readonly successThreshold?: number
  readonly failureThreshold?: number
}

/** What is mounted. */
export interface Volume {
  readonly name: string
  readonly configMap?: FileSource & { readonly name: string }
  readonly secret?: FileSource & { readonly secretName: string }
  readonly emptyDir?: object
  readonly projected?: {
    readonly defaultMode?: number
    readonly sources: readonly ProjectedSource[]
  }
}

/** Which keys become which files; all of them, by their names, unless `items` says. */
export interface FileSource {
  readonly items?: readonly { readonly key: string; readonly path: string }[]
  readonly optional?: boolean
  readonly defaultMode?: number
}

/** A part of a projected volume. */
export interface ProjectedSource {
  readonly configMap?: FileSource & { readonly name: string }
  readonly secret?: FileSource & { readonly name: string }
  readonly downwardAPI?: {
    readonly items: readonly {
      readonly path: string
      readonly fieldRef?: { readonly fieldPath: string }
    }[]
  }
  readonly serviceAccountToken?: {
    readonly path: string
    readonly audience?: string
    readonly expirationSeconds?: number
  }
}

/** The path of a pod's namespace, or of something below it. */
export function namespacePath({ metadata }: Pod, rest: string): string {
  return `/api/v1/namespaces/${metadata.namespace}/${rest}`
}

/** What a `fieldPath` says, but for the parts of the status that the node knows better. */
export function readField(pod: Pod, path: string, known: Readonly<Record<string, string>>): string {
  const { metadata, spec } = pod
  const fields: Readonly<Record<string, string | undefined>> = {
    'metadata.name': metadata.name,
    'metadata.namespace': metadata.namespace,
    'metadata.uid': metadata.uid,
    'spec.serviceAccountName': spec.serviceAccountName,
    ...known,
  }
  const value = fields[path]
  if (value === undefined) throw new Error(`the node cannot tell the field ${path} of a pod`)
  return value
}
