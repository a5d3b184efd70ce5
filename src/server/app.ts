import { Elysia } from 'elysia'
import { toFailure, toResponse } from '../admission/response.ts'
import { type AdmissionRequest, parseReview } from '../admission/review.ts'
import type { Admission } from '../admission/verdict.ts'
import { readBody } from './body.ts'
import { Deadline } from './deadline.ts'
import { HttpError, toErrorResponse } from './http-error.ts'
import { Intake, type Taken } from './intake.ts'
import { type MetricsText, refuseMethod, toMetricsResponse } from './metrics.ts'
import { type Condition, toReadyResponse } from './readiness.ts'
import { readTimeoutMs } from './timeout.ts'

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
    const review = await readReview(request, deadline, taken)
    return await answer(service, review, deadline, request)
  } catch (error) {
    if (error instanceof HttpError) return toErrorResponse(error)
    throw error
  } finally {
    deadline.clear()
    taken?.leave()
  }
}

async function readReview(
  request: Request,
  deadline: Deadline,
  taken: Taken,
): Promise<AdmissionRequest> {
  const contentType = request.headers.get('content-type') ?? 'none'
  if (!/^application\/json\s*(?:;|$)/i.test(contentType)) {
    throw new HttpError(415, `application/json was expected, not ${contentType.slice(0, 100)}`)
  }
  const body = await readBody(request, deadline, taken)
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
  review: AdmissionRequest,
  deadline: Deadline,
  { headers }: Request,
): Promise<Response> {
  try {
    const traceparent = headers.get('traceparent') ?? undefined
    return Response.json(toResponse(await service.admit(review, deadline, traceparent)))
  } catch (error) {
    service.reportFailure(error, review.uid)
    return Response.json(toFailure(review.uid))
  }
}
