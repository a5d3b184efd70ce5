/*
 * Addresses of the cluster. Nothing collides: all of them stand in a network namespace of its own.
 */

/** Where the API server listens, for everything outside the pods. */
export const API_SERVER = { host: '127.0.0.1', port: 16_443 } as const

/** The addresses of Services, and the first of them: the API server's own. */
export const SERVICE_RANGE = '10.96.0.0/16'
export const KUBERNETES_SERVICE = '10.96.0.1'

/** The node that runs pods; also where specs listen, to be reached from pods. */
export const NODE_ADDRESS = '10.97.0.1'

/** Before the number of a pod. */
export const POD_NETWORK = '10.98.0.'
