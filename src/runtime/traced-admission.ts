import type { AdmissionRequest } from '../admission/request.ts'
import type { Attributes, Tracing } from '../reporting/tracing/tracing.ts'
import type { Service } from '../server/app.ts'

/** Has each request be a span, below that of the API server if it sent one. */
export function traceAdmissions(
  admit: Service['admit'],
  tracing: Tracing | undefined,
): Service['admit'] {
  if (tracing === undefined) return admit
  return (request, deadline, traceparent) =>
    tracing.within(
      { name: 'admission', attributes: describe(request), traceparent },
      async (span) => {
        const admission = await admit(request, deadline)
        const { decision } = admission
        span.set({ 'connaisseur.admitted': decision.admitted })
        if (!decision.admitted) span.fail(decision.message)
        return admission
      },
    )
}

function describe({ uid, operation, kind, namespace, name }: AdmissionRequest): Attributes {
  return {
    'k8s.admission.uid': uid,
    'k8s.admission.operation': operation,
    'k8s.admission.kind': kind.kind,
    ...(namespace !== undefined && { 'k8s.namespace.name': namespace }),
    ...(name !== undefined && { 'k8s.object.name': name }),
  }
}
