import { type Static, Type } from '@sinclair/typebox'
import { Value } from '@sinclair/typebox/value'

const Attribute = Type.Object({
  key: Type.String(),
  value: Type.Record(Type.String(), Type.Unknown()),
})

const SpanSchema = Type.Object({
  traceId: Type.String(),
  spanId: Type.String(),
  parentSpanId: Type.Optional(Type.String()),
  name: Type.String(),
  kind: Type.Number(),
  startTimeUnixNano: Type.String(),
  endTimeUnixNano: Type.String(),
  attributes: Type.Array(Attribute),
  status: Type.Object({ code: Type.Number(), message: Type.Optional(Type.String()) }),
})

const Request = Type.Object({
  resourceSpans: Type.Array(
    Type.Object({
      resource: Type.Object({ attributes: Type.Array(Attribute) }),
      scopeSpans: Type.Array(Type.Object({ spans: Type.Array(SpanSchema) })),
    }),
  ),
})

/** A span as OTLP has it in JSON. */
export type OtlpSpan = Static<typeof SpanSchema>

/** A collector of traces on the loopback: OTLP over HTTP, in JSON. */
export class Collector {
  readonly spans: OtlpSpan[] = []
  readonly paths: string[] = []
  readonly resources: Readonly<Record<string, unknown>>[] = []
  readonly #server: Bun.Server<undefined>

  constructor() {
    this.#server = Bun.serve({
      hostname: '127.0.0.1',
      port: 0,
      fetch: async (request) => {
        this.paths.push(new URL(request.url).pathname)
        const body: unknown = await request.json()
        if (!Value.Check(Request, body)) return new Response('no OTLP', { status: 400 })
        for (const { resource, scopeSpans } of body.resourceSpans) {
          this.resources.push(attributesOf(resource))
          this.spans.push(...scopeSpans.flatMap(({ spans }) => spans))
        }
        return Response.json({})
      },
    })
  }

  get url(): string {
    return `http://${this.#server.url.host}`
  }

  /** The spans of a name. */
  named(name: string): readonly OtlpSpan[] {
    return this.spans.filter((span) => span.name === name)
  }

  stop(): Promise<void> {
    return this.#server.stop(true)
  }
}

/** Attributes as a record of plain values. */
export function attributesOf({ attributes }: Pick<OtlpSpan, 'attributes'>) {
  return Object.fromEntries(
    attributes.map(({ key, value }): [string, unknown] => [key, Object.values(value)[0]]),
  )
}
