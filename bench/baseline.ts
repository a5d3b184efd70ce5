// What everything is compared with: the least that a webhook on Bun can do. `run.ts` compiles it.
const [port, certFile, keyFile] = process.argv.slice(2)
if (certFile === undefined || keyFile === undefined) {
  throw new Error('PORT, CERT_FILE and KEY_FILE were expected')
}

const ANSWER = {
  apiVersion: 'admission.k8s.io/v1',
  kind: 'AdmissionReview',
  response: { uid: '3f0e8f0a-1d64-4f4e-8a2e-2a4f2f3d7c11', allowed: true },
}

Bun.serve({
  hostname: '127.0.0.1',
  port: Number(port),
  tls: { cert: Bun.file(certFile), key: Bun.file(keyFile) },
  routes: {
    '/health': { GET: () => Response.json({ status: 'ok' }) },
    '/mutate': {
      POST: async (request) => {
        await request.json()
        return Response.json(ANSWER)
      },
    },
  },
})
