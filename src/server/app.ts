import { Elysia } from 'elysia'
import { type AdmissionRequest, readRequest } from '../admission/request.ts'
import { toFailure, toResponse } from '../admission/response.ts'
import { parseReview, type SentRequest } from '../admission/review.ts'
import type { Admission } from '../admission/verdict.ts'
import { readBody } from './body.ts'
import { Deadline } from './deadline.ts'
import { HttpError, toErrorResponse } from './http-error.ts'
import { Intake, type Taken } from './intake.ts'
import { type MetricsText, refuseMethod, toMetricsResponse } from './metrics.ts'
import { type Condition, toReadyResponse } from './readiness.ts'
import { readTimeoutMs } from './timeout.ts'

/**
 * From so many bytes on, what a review was parsed into is collected at once: up to thirty times as much,
 * and left to itself the collector comes too late for a small container. Few reviews are as large.
 */
const LARGE_BYTES = 1024 * 1024

/** What the routes are made of. */
export interface Service {
  /** A request for a decision came in, well-formed or not. */
  received(): void
  /** Decides on a request before its deadline; `traceparent` is what the caller's header says. */
  admit(
    request: AdmissionRequest,
    deadline: Deadline,
    traceparent?: string | undefined,
  ): Promise<Admission>
  /** What has to hold for the service to be ready. */
  conditions(): Promise<readonly Condition[]>
  /** What the program has counted. */
  metrics(): Promise<MetricsText>
  /** Hears of a failure that should not have happened; the answer is a denial all the same. */
  reportFailure(error: unknown, uid?: string): void
}

/** Builds the HTTP side of the webhook. */
export function createApp(service: Service) {
  const intake = new Intake()
  return new Elysia()
    .post('/mutate', ({ request }) => mutate(service, request, intake), { parse: 'none' })
    .get('/health', () => Response.json({ status: 'ok' }))
    .get('/ready', async () => toReadyResponse(await service.conditions()))
    .get('/metrics', async () => toMetricsResponse(await service.metrics()))
    .all('/mutate', ({ request }) => refuseMethod(request, 'POST'), { parse: 'none' })
    .all('/health', ({ request }) => refuseMethod(request, 'GET'), { parse: 'none' })
    .all('/ready', ({ request }) => refuseMethod(request, 'GET'), { parse: 'none' })
    .all('/metrics', ({ request }) => refuseMethod(request, 'GET'), { parse: 'none' })
    .onError(({ code, error }) => {
      if (code === 'NOT_FOUND') return toErrorResponse(new HttpError(404, 'there is no such path'))
      service.reportFailure(error)
      return toErrorResponse(new HttpError(500, 'unexpected failure, see the log'))
    })
}

async function mutate(service: Service, request: Request, intake: Intake): Promise<Response> {
  service.received()
  const deadline = new Deadline(readTimeoutMs(request.url))
  let taken: Taken | undefined
  try {
    taken = intake.enter()
    checkContentType(request.headers)
    const body = await readBody(request, deadline, taken)
    const received = receive(body)
    if (body.length > LARGE_BYTES) Bun.gc(true)
    return await answer(service, received, deadline, request)
  } catch (error) {
    if (error instanceof HttpError) return toErrorResponse(error)
    throw error
  } finally {
    deadline.clear()
    taken?.leave()
  }
}

function checkContentType(headers: Headers): void {
  const contentType = headers.get('content-type') ?? 'none'
  if (!/^application\/json\s*(?:;|$)/i.test(contentType)) {
    throw new HttpError(415, `application/json was expected, not ${contentType.slice(0, 100)}`)
  }
}

/** What came in. What failed once the uid was known is answered under it. */
type Received = { readonly uid: string } & (
  | { readonly request: AdmissionRequest }
  | { readonly error: unknown }
)

/**
 * Reads a body at one go. Nobody waits in here: what a function that waits was given stays in memory
 * until it returns, and this would be the whole object.
 */
function receive(body: Uint8Array): Received {
  const sent = parse(body)
  const { uid } = sent
  try {
    return { uid, request: readRequest(sent) }
  } catch (error) {
    return { uid, error }
  }
}

function parse(body: Uint8Array): SentRequest {
  try {
    return parseReview(body)
  } catch (error) {
    if (error instanceof SyntaxError) throw new HttpError(400, error.message)
    throw error
  }
}

/** Anything thrown is a denial. */
async function answer(
  service: Service,
  received: Received,
  deadline: Deadline,
  { headers }: Request,
): Promise<Response> {
  try {
    if ('error' in received) throw received.error
    const traceparent = headers.get('traceparent') ?? undefined
    const admission = await service.admit(received.request, deadline, traceparent)
    return Response.json(toResponse(admission))
  } catch (error) {
    service.reportFailure(error, received.uid)
    return Response.json(toFailure(received.uid))
  }
}
