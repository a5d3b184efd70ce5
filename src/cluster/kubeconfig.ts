import { type Static, type TSchema, Type } from '@sinclair/typebox'
import { Errors } from '@sinclair/typebox/errors'
import { Check } from '@sinclair/typebox/value'
import { parseDocument } from 'yaml'
import { quote } from '../text/quote.ts'

const Text = Type.String({ minLength: 1 })
const OptionalText = Type.Optional(Type.String())
const OptionalFlag = Type.Optional(Type.Boolean())

const ClusterSchema = Type.Object({
  server: Text,
  'certificate-authority': OptionalText,
  'certificate-authority-data': OptionalText,
  'insecure-skip-tls-verify': OptionalFlag,
  'tls-server-name': OptionalText,
  'proxy-url': OptionalText,
  extensions: Type.Optional(Type.Array(Type.Object({ name: Text, extension: Type.Unknown() }))),
})

const ExecSchema = Type.Object({
  apiVersion: Type.Union([
    Type.Literal('client.authentication.k8s.io/v1'),
    Type.Literal('client.authentication.k8s.io/v1beta1'),
  ]),
  command: Text,
  args: Type.Optional(Type.Union([Type.Array(Type.String()), Type.Null()])),
  env: Type.Optional(
    Type.Union([Type.Array(Type.Object({ name: Text, value: Type.String() })), Type.Null()]),
  ),
  installHint: OptionalText,
  provideClusterInfo: OptionalFlag,
  interactiveMode: Type.Optional(
    Type.Union([Type.Literal('Never'), Type.Literal('IfAvailable'), Type.Literal('Always')]),
  ),
})

const UserSchema = Type.Object({
  token: OptionalText,
  tokenFile: OptionalText,
  'client-certificate': OptionalText,
  'client-certificate-data': OptionalText,
  'client-key': OptionalText,
  'client-key-data': OptionalText,
  exec: Type.Optional(ExecSchema),
})

const ContextSchema = Type.Object({ cluster: Text, user: OptionalText, namespace: OptionalText })

const list = <Schema extends TSchema>(schema: Schema) =>
  Type.Optional(Type.Union([Type.Array(schema), Type.Null()]))

/** Only what is chosen has to be well-formed: files grow old. */
const KubeconfigSchema = Type.Object({
  apiVersion: Type.Optional(Type.Literal('v1')),
  kind: Type.Optional(Type.Literal('Config')),
  'current-context': OptionalText,
  clusters: list(Type.Object({ name: Text, cluster: Type.Unknown() })),
  contexts: list(Type.Object({ name: Text, context: Type.Unknown() })),
  users: list(Type.Object({ name: Text, user: Type.Unknown() })),
})

/** How to run a plugin for credentials (client.authentication.k8s.io). */
export type ExecSettings = Static<typeof ExecSchema>
/** One server of a kubeconfig. */
export type ClusterEntry = Static<typeof ClusterSchema>
/** One user of a kubeconfig; unknown members are kept. */
export type UserEntry = Static<typeof UserSchema>

/** An entry and the folder that its relative paths start from. */
export interface Placed<Entry = unknown> {
  readonly entry: Entry
  readonly folder: string
}

/** One kubeconfig, or several that were merged; its entries are unchecked. */
export interface Kubeconfig {
  readonly currentContext?: string | undefined
  readonly clusters: ReadonlyMap<string, Placed>
  readonly contexts: ReadonlyMap<string, Placed>
  readonly users: ReadonlyMap<string, Placed>
}

/** What a context joins. */
export interface ChosenContext {
  readonly name: string
  readonly namespace?: string | undefined
  readonly cluster: Placed<ClusterEntry>
  /** Absent for somebody anonymous. */
  readonly user?: Placed<UserEntry>
}

/**
 * Parses one file. Throws a `SyntaxError` that quotes nothing of it, since it holds credentials;
 * members that we do not know are ignored, as kubectl does.
 */
export function parseKubeconfig(text: string, folder: string): Kubeconfig {
  const document = parseDocument(text, { version: '1.2', schema: 'core', merge: false })
  const [error] = document.errors
  if (error !== undefined) {
    throw new SyntaxError(`it is not YAML (line ${error.linePos?.[0].line ?? '?'}, ${error.code})`)
  }
  const data = readEntry(KubeconfigSchema, document.toJS({ maxAliasCount: 0 }) ?? {}, 'it')
  return {
    currentContext: data['current-context'] || undefined,
    clusters: place(data.clusters ?? [], ({ cluster }) => cluster, folder),
    contexts: place(data.contexts ?? [], ({ context }) => context, folder),
    users: place(data.users ?? [], ({ user }) => user, folder),
  }
}

/**
 * Merges files as kubectl does: the first that names a context, cluster or user decides all of it, and
 * the first that has a current context decides that.
 */
export function mergeKubeconfigs(configs: readonly Kubeconfig[]): Kubeconfig {
  const reversed = configs.toReversed()
  return {
    currentContext: configs.find((each) => each.currentContext !== undefined)?.currentContext,
    clusters: new Map(reversed.flatMap(({ clusters }) => [...clusters])),
    contexts: new Map(reversed.flatMap(({ contexts }) => [...contexts])),
    users: new Map(reversed.flatMap(({ users }) => [...users])),
  }
}

/** Chooses a context, the current one by default. Throws a `SyntaxError`. */
export function chooseContext(config: Kubeconfig, wanted?: string): ChosenContext {
  const name = wanted ?? config.currentContext
  if (name === undefined)
    throw new SyntaxError('it has no current context; name one with --context')
  const { entry } = find(config.contexts, 'context', name)
  const context = readEntry(ContextSchema, entry, `the context ${quote(name)}`)
  const cluster = find(config.clusters, 'cluster', context.cluster)
  const chosen = {
    name,
    namespace: context.namespace || undefined,
    cluster: {
      ...cluster,
      entry: readEntry(ClusterSchema, cluster.entry, `the cluster ${quote(context.cluster)}`),
    },
  }
  if (!context.user) return chosen
  const user = find(config.users, 'user', context.user)
  const checked = readEntry(UserSchema, user.entry, `the user ${quote(context.user)}`)
  return { ...chosen, user: { ...user, entry: checked } }
}

function find(entries: ReadonlyMap<string, Placed>, kind: string, name: string): Placed {
  const found = entries.get(name)
  if (found !== undefined) return found
  const known = [...entries.keys()].map((each) => quote(each)).join(', ') || 'none'
  throw new SyntaxError(`it has no ${kind} ${quote(name)}; it has ${known}`)
}

function readEntry<Schema extends TSchema>(
  schema: Schema,
  value: unknown,
  what: string,
): Static<Schema> {
  if (Check(schema, value)) return value
  const path = Errors(schema, value).First()?.path.slice(1).replaceAll('/', '.')
  const place = path === undefined || path === '' ? '' : `: "${path}" is missing or of another form`
  throw new SyntaxError(`${what} is not what a kubeconfig has there${place}`)
}

/** Of two entries of one name in one file the first counts too. */
function place<Named extends { readonly name: string }>(
  named: readonly Named[],
  read: (each: Named) => unknown,
  folder: string,
): ReadonlyMap<string, Placed> {
  return new Map(
    named.toReversed().map((each) => [each.name, { entry: read(each), folder }] as const),
  )
}
