import { accessSync, constants } from 'node:fs'
import { mkdir, rename } from 'node:fs/promises'
import { join } from 'node:path'
import { Type } from '@sinclair/typebox'
import { parseJson } from '../support/metadata.ts'
import { runGo } from './go-tool.ts'
import { provideTool } from './tool.ts'

/** Of the control plane, without a `v`. */
export const KUBERNETES_VERSION = '1.36.3'

const MODULE = `k8s.io/kubernetes@v${KUBERNETES_VERSION}`

/** Without them the server calls itself v0.0.0, and helm refuses charts with a `kubeVersion`. */
const LDFLAGS = [
  '-s -w',
  `-X k8s.io/component-base/version.gitVersion=v${KUBERNETES_VERSION}`,
  '-X k8s.io/component-base/version.gitMajor=1',
  '-X k8s.io/component-base/version.gitMinor=36',
].join(' ')

/** The programs of Kubernetes that a control plane is made of, and its client. */
export type KubernetesProgram =
  | 'kube-apiserver'
  | 'kube-controller-manager'
  | 'kube-scheduler'
  | 'kubectl'

/**
 * Finds or builds a program of Kubernetes. `KUBEBUILDER_ASSETS`, which `setup-envtest` fills, goes
 * before the cache, whatever version it holds.
 */
export async function provideKubernetes(name: KubernetesProgram): Promise<string> {
  return (
    findAsset(name) ?? provideTool({ name, version: KUBERNETES_VERSION, build: buildInto(name) })
  )
}

function findAsset(name: string): string | undefined {
  const { KUBEBUILDER_ASSETS: folder = '' } = process.env
  if (folder === '') return undefined
  try {
    const file = join(folder, name)
    accessSync(file, constants.X_OK)
    return file
  } catch {
    return undefined
  }
}

/** `go install` refuses Kubernetes because of its replace directives; a module around it works. */
function buildInto(name: KubernetesProgram) {
  return async (folder: string): Promise<void> => {
    const module = join(folder, 'module')
    await mkdir(module)
    const command = `k8s.io/kubernetes/cmd/${name}`
    await Bun.write(join(module, 'go.mod'), await renderModule())
    const imports = `//go:build tools\n\npackage tools\n\nimport _ "${command}"\n`
    await Bun.write(join(module, 'tools.go'), imports)
    await runGo(['mod', 'tidy'], {}, module)
    await runGo(['build', '-trimpath', '-ldflags', LDFLAGS, '-o', name, command], {}, module)
    await rename(join(module, name), join(folder, name))
  }
}

const Download = Type.Object({ GoMod: Type.String() })

/** Each staging module, which Kubernetes replaces by a folder, has a release of its own. */
async function renderModule(): Promise<string> {
  const answer = await runGo(['mod', 'download', '-json', MODULE], {})
  const text = await Bun.file(parseJson(Download, answer).GoMod).text()
  const staged = [...text.matchAll(/^\s*(k8s\.io\/\S+) => \.\/staging\/src\//gm)]
  const replaced = staged.map(
    ([, path = '']) => `\t${path} => ${path} v0${KUBERNETES_VERSION.slice(1)}\n`,
  )
  const [, go = ''] = /^go (\S+)/m.exec(text) ?? []
  const lines = ['module tools', `go ${go}`, `require k8s.io/kubernetes v${KUBERNETES_VERSION}`]
  return `${lines.join('\n')}\nreplace (\n${replaced.join('')})\n`
}
