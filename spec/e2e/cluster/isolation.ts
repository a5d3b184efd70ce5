/**
 * The command that runs another one with a network, mounts and processes of its own. Throws an error
 * that says what is missing, where the platform or our rights do not allow it.
 */
export function findIsolation(): readonly string[] {
  const unshare = Bun.which('unshare')
  if (unshare === null || process.platform !== 'linux') {
    throw new Error('the specs of the cluster need Linux with unshare (util-linux)')
  }
  const flags = ['--net', '--mount', '--pid', '--fork', '--kill-child', '--mount-proc']
  const command = [unshare, ...flags]
  const { exitCode, stderr } = Bun.spawnSync([...command, 'true'])
  if (exitCode === 0) return command
  throw new Error(
    `the specs of the cluster need namespaces of their own, run them as root: ${stderr.toString().trim()}`,
  )
}
