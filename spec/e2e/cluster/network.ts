import { mkdir } from 'node:fs/promises'
import { KUBERNETES_SERVICE, NODE_ADDRESS } from './addresses.ts'
import { runCommand } from './commands.ts'

/** The device through which a pod reaches everything, and its address, which only pods see. */
const GATEWAY = '169.254.1.1'

/**
 * Prepares the network of the cluster. Has to run in network and mount namespaces of its own
 * (`unshare --net --mount`): nothing outside is seen, and nothing is left behind.
 */
export async function prepareNetwork(): Promise<void> {
  await mkdir('/run/netns', { recursive: true })
  await runCommand('mount -t tmpfs tmpfs /run/netns')
  await runCommand('ip link set lo up')
  await addAddress(NODE_ADDRESS)
  await addAddress(KUBERNETES_SERVICE)
}

/** Gives the node an address, which programs on it may listen on. */
export async function addAddress(address: string): Promise<void> {
  await runCommand(`ip address add ${address}/32 dev lo`)
}

/** Takes an address away again. */
export async function removeAddress(address: string): Promise<void> {
  await runCommand(`ip address del ${address}/32 dev lo`)
}

/** Makes a network namespace with one address, which sees the node and is seen by it. */
export async function addPodNetwork(name: string, address: string): Promise<void> {
  const inside = `ip -netns ${name}`
  const device = `veth-${name}`
  await runCommand(`ip netns add ${name}`)
  await runCommand(`ip link add ${device} type veth peer name eth0 netns ${name}`)
  await runCommand(`ip address add ${GATEWAY}/32 dev ${device}`)
  await runCommand(`ip link set ${device} up`)
  await runCommand(`ip route add ${address}/32 dev ${device}`)
  await runCommand(`${inside} link set lo up`)
  await runCommand(`${inside} link set eth0 up`)
  await runCommand(`${inside} address add ${address}/32 dev eth0`)
  await runCommand(`${inside} route add ${GATEWAY} dev eth0`)
  await runCommand(`${inside} route add default via ${GATEWAY}`)
}

/** Removes it, and with it its end on the node. */
export async function removePodNetwork(name: string): Promise<void> {
  await runCommand(`ip netns del ${name}`)
}
