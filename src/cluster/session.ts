import type { HttpRequest } from '../clients/http.ts'
import type { ClusterConnection, ClusterCredentials } from './connection.ts'

/** A request before it is known who sends it. */
export type Unsigned = Omit<
  HttpRequest,
  'ca' | 'caSetting' | 'tls' | 'proxy' | 'authorization' | 'keepsEveryBody'
>

/**
 * Sends a request to an API server with the credentials of the moment, once more with others where
 * those are refused (HTTP 401): a token may have been replaced since it was read.
 */
export async function sendSigned<Answer extends { readonly status: number }>(
  connection: ClusterConnection,
  request: Unsigned,
  send: (signed: HttpRequest) => Promise<Answer>,
): Promise<Answer> {
  const first = await connection.authenticate(request.signal)
  const answer = await send(sign(connection, request, first))
  if (answer.status !== 401) return answer
  connection.refused(first)
  const second = await connection.authenticate(request.signal)
  return second === first ? answer : send(sign(connection, request, second))
}

function sign(
  connection: ClusterConnection,
  request: Unsigned,
  { token, clientCertificate }: ClusterCredentials,
): HttpRequest {
  const { serverName, insecureSkipVerify, proxy } = connection
  return {
    ...request,
    ca: connection.ca(),
    caSetting: '`certificate-authority` of the kubeconfig',
    proxy,
    tls: { clientCertificate, serverName, insecureSkipVerify },
    ...(token !== undefined && { authorization: `Bearer ${token.reveal()}` }),
    keepsEveryBody: true,
  }
}
