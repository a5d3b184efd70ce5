import { CLUSTER_FLAGS } from './cluster.ts'
import type { Flag } from './command.ts'
import { ALERT_TEMPLATES_FLAG, CONFIG_FLAG, SECRETS_DIR_FLAG } from './config-file.ts'

/** The flags of `serve`; where one has no default, the help says what happens without it. */
export const SERVE_FLAGS: Readonly<Record<string, Flag>> = {
  config: CONFIG_FLAG,
  listen: { value: 'HOST:PORT', help: 'where to listen', default: '0.0.0.0:5000' },
  'tls-cert': {
    value: 'FILE',
    help: 'the certificate, PEM; /app/certs/tls.crt, or one of its own where it is registered',
  },
  'tls-key': { value: 'FILE', help: 'its private key, PEM; /app/certs/tls.key' },
  'tls-ca': {
    value: 'FILE',
    help: 'whom the API server has to trust for it, PEM; the certificate itself',
  },
  registration: {
    value: 'FILE',
    help: 'how to register as a webhook, as the chart writes it; not at all without it',
  },
  register: {
    value: 'URL',
    help: 'where the API server reaches this program; registers it for as long as it runs',
  },
  'register-failure-policy': {
    value: 'POLICY',
    help: 'what happens to requests when this program does not answer, with --register',
    default: 'Ignore',
    choices: ['Ignore', 'Fail'],
  },
  ...CLUSTER_FLAGS,
  'metrics-listen': {
    value: 'HOST:PORT',
    help: 'where to answer /metrics without TLS too; nowhere without it',
  },
  'secrets-dir': SECRETS_DIR_FLAG,
  'alert-templates': ALERT_TEMPLATES_FLAG,
  'state-dir': {
    value: 'DIR',
    help: 'where trust data is remembered across restarts; in memory only without it',
  },
  'shutdown-grace': {
    value: 'SECONDS',
    help: 'how long to go on answering after SIGTERM; 5 with --registration, else 0',
  },
  'termination-log': {
    value: 'FILE',
    help: 'where to say why the start failed; /dev/termination-log where that is there',
  },
}
