import { readdir, readFile, readlink } from 'node:fs/promises'

/** `SOL_SOCKET` and `SO_ATTACH_REUSEPORT_CBPF` (asm-generic/socket.h). */
const SOL_SOCKET = 1
const SO_ATTACH_REUSEPORT_CBPF = 51

/** `BPF_RET | BPF_K`: the program is one instruction, which returns a number (linux/filter.h). */
const RETURN_CONSTANT = 0x06

/** Of a listening socket in `/proc/net/tcp`. */
const LISTENING = '0A'

/**
 * Sends all new connections of a port to the second of its two listeners, the newer one, so that the
 * older one can be closed without one waiting in it: the kernel resets those. It takes one filter
 * for all sockets of the port (socket(7), SO_ATTACH_REUSEPORT_CBPF), which means nothing while there
 * is one listener. Rejects where the system does not have it; then a handful of connections may be
 * reset, as without.
 */
export async function steerToNewest(port: number): Promise<void> {
  const socket = await findListener(port)
  if (socket === undefined) throw new Error(`no listener on port ${port} was found`)
  const { dlopen, ptr } = await import('bun:ffi')
  const { symbols, close } = dlopen('libc.so.6', {
    setsockopt: { args: ['i32', 'i32', 'i32', 'ptr', 'u32'], returns: 'i32' },
  })
  try {
    const instruction = new DataView(new ArrayBuffer(8))
    instruction.setUint16(0, RETURN_CONSTANT, true)
    instruction.setUint32(4, 1, true)
    const program = new DataView(new ArrayBuffer(16))
    program.setUint16(0, 1, true)
    program.setBigUint64(8, BigInt(ptr(instruction)), true)
    const { setsockopt } = symbols
    const size = program.byteLength
    const result = setsockopt(socket, SOL_SOCKET, SO_ATTACH_REUSEPORT_CBPF, ptr(program), size)
    if (result !== 0) throw new Error('the system does not steer connections')
  } finally {
    close()
  }
}

/** The file descriptor of one of our sockets that listen on the port. */
async function findListener(port: number): Promise<number | undefined> {
  const inodes = await listInodes(port)
  for (const descriptor of await readdir('/proc/self/fd')) {
    const target = await readlink(`/proc/self/fd/${descriptor}`).catch(() => '')
    const inode = /^socket:\[(\d+)\]$/.exec(target)?.[1]
    if (inode !== undefined && inodes.has(inode)) return Number(descriptor)
  }
  return undefined
}

async function listInodes(port: number): Promise<ReadonlySet<string>> {
  const suffix = `:${port.toString(16).toUpperCase().padStart(4, '0')}`
  const tables = await Promise.all(
    ['tcp', 'tcp6'].map((name) => readFile(`/proc/self/net/${name}`, 'utf8').catch(() => '')),
  )
  const rows = tables.flatMap((table) => table.split('\n').map((row) => row.trim().split(/\s+/)))
  return new Set(
    rows.flatMap(([, local = '', , state, , , , , , inode]) =>
      state === LISTENING && local.endsWith(suffix) && inode !== undefined ? [inode] : [],
    ),
  )
}
