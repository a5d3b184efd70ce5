import type { Fault } from '../support/notary/fault.ts'
import type { ClusterFault } from './cluster-part.ts'
import type { Part } from './oracle.ts'
import type { RegistryFault } from './registry-part.ts'
import type { World } from './world.ts'

/** Something that goes wrong for a while, or just happens. */
export interface Trouble {
  readonly name: string
  /** What must not be relied on meanwhile. All else has to go on as if nothing were. */
  readonly affects: readonly Part[]
  readonly begin: (world: World) => Promise<void> | void
  /** Whether more is asked meanwhile than a server can answer. */
  readonly isFlood?: boolean
  readonly end?: (world: World) => Promise<void> | void
}

/** All troubles; each is as if it came alone. */
export const TROUBLES: readonly Trouble[] = [
  {
    name: 'Notary is down',
    affects: ['notary'],
    begin: ({ notary }) => notary.server.stop(),
    end: ({ notary }) => notary.server.start(),
  },
  notaryFault('Notary hangs', { kind: 'silent' }),
  notaryFault('Notary is slow', { kind: 'slow', bytesPerSecond: 1000 }),
  {
    ...notaryFault('a flood while Notary hangs', { kind: 'silent' }),
    isFlood: true,
  },
  notaryFault('Notary fails', { kind: 'status', status: 500 }),
  notaryFault('Notary is full', { kind: 'status', status: 507 }),
  notaryFault('Notary limits', { kind: 'status', status: 429, headers: { 'Retry-After': '1' } }),
  notaryFault('Notary cuts answers', { kind: 'truncated' }),
  notaryFault('Notary sends without end', { kind: 'endless' }),
  registryFault('registry refuses', 'refuses'),
  registryFault('registry hangs', 'hangs'),
  registryFault('registry is garbled', 'garbled'),
  registryFault('registry cuts answers', 'cut'),
  registryFault('registry limits', 'limits'),
  clusterFault('API server is down', 'down'),
  clusterFault('API server hangs', 'hangs'),
  clusterFault('API server fails', 'fails'),
  clusterFault('API server forbids', 'forbids'),
  clusterFault('API server is garbled', 'garbled'),
  {
    name: 'Redis is frozen',
    affects: [],
    begin: ({ redis }) => redis().server.suspend(),
    end: ({ redis }) => redis().server.resume(),
  },
  { name: 'Redis is killed and empty again', affects: [], begin: (world) => world.restartRedis() },
  {
    name: 'Redis is full',
    affects: [],
    begin: ({ redis }) => setMaxMemory(redis, '1'),
    end: ({ redis }) => setMaxMemory(redis, '0'),
  },
  {
    name: 'Redis is flushed and lied in',
    affects: [],
    begin: async ({ redis }) => {
      await redis().admin.send('FLUSHALL', [])
      await forgeEntries(redis)
    },
    end: ({ redis }) => forgeEntries(redis),
  },
  {
    name: 'alert receiver fails',
    affects: [],
    begin: ({ receiver }) => {
      receiver.answer = () => new Response('no', { status: 500 })
    },
    end: healReceiver,
  },
  {
    name: 'alert receiver hangs',
    affects: [],
    begin: ({ receiver }) => {
      receiver.answer = () => new Promise(() => {})
    },
    end: healReceiver,
  },
  { name: 'certificate is renewed', affects: [], begin: (world) => world.renewCertificate() },
  {
    name: 'configuration is changed',
    affects: ['configuration'],
    begin: (world) => world.configure(!world.admits),
  },
  {
    name: 'configuration is spoilt',
    affects: [],
    begin: (world) => world.misconfigure(),
    end: (world) => world.configure(world.admits),
  },
  {
    name: 'a replica is killed',
    affects: ['replica one'],
    begin: (world) => world.killReplica(),
    end: (world) => world.reviveReplica(),
  },
  { name: 'a tag is moved', affects: [], begin: ({ notary }) => notary.move() },
]

/** Comes last: an outage that somebody kept would still be told of after it. */
export const LAST_TROUBLE: Trouble = {
  name: 'all servers are down, at last',
  affects: ['notary', 'registry', 'cluster'],
  begin({ notary, registry, cluster }) {
    notary.server.stop()
    registry.fail('refuses')
    cluster.fail('down')
  },
  end({ notary, registry, cluster }) {
    notary.server.start()
    registry.heal()
    cluster.heal()
  },
}

function notaryFault(name: string, fault: Fault): Trouble {
  return {
    name,
    affects: ['notary'],
    begin: ({ notary }) => void notary.server.faults.set('*', fault),
    end({ notary }) {
      notary.server.faults.clear()
      // What hangs would hang on.
      notary.server.stop()
      notary.server.start()
    },
  }
}

function registryFault(name: string, fault: RegistryFault): Trouble {
  return {
    name,
    affects: ['registry'],
    begin: ({ registry }) => registry.fail(fault),
    end: ({ registry }) => registry.heal(),
  }
}

function clusterFault(name: string, fault: ClusterFault): Trouble {
  return {
    name,
    affects: ['cluster'],
    begin: ({ cluster }) => cluster.fail(fault),
    end: ({ cluster }) => cluster.heal(),
  }
}

async function setMaxMemory(redis: World['redis'], bytes: string): Promise<void> {
  await redis().admin.send('CONFIG', ['SET', 'maxmemory', bytes])
}

/** Somebody who can write to Redis puts one trusted verdict in the place of all others. */
async function forgeEntries(redis: World['redis']): Promise<void> {
  const { admin } = redis()
  const keys: unknown = await admin.send('KEYS', ['connaisseur:verdict:*'])
  if (!Array.isArray(keys)) return
  const values = await Promise.all(keys.map((key) => admin.get(String(key))))
  const trusted = values.find((value) => value?.includes('"trusted":true'))
  if (typeof trusted !== 'string') return
  for (const key of keys) await admin.set(String(key), trusted)
}

function healReceiver({ receiver }: World): void {
  receiver.answer = undefined
}
