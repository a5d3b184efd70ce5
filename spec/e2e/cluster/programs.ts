import { provideHelm } from '../tools/helm.ts'
import { provideKubernetes } from '../tools/kubernetes.ts'
import { provideKwok } from '../tools/kwok.ts'
import type { ControlPlanePrograms } from './control-plane.ts'

/** Paths of all programs that the cluster is made of and used with. */
export interface ClusterPrograms extends ControlPlanePrograms {
  readonly kubectl: string
  readonly helm: string
}

/** Finds or builds everything; one after the other, because a build takes all cores anyway. */
export async function provideClusterPrograms(): Promise<ClusterPrograms> {
  const apiServer = await provideKubernetes('kube-apiserver')
  const controllerManager = await provideKubernetes('kube-controller-manager')
  const scheduler = await provideKubernetes('kube-scheduler')
  const kubectl = await provideKubernetes('kubectl')
  const helm = await provideHelm()
  const kwok = await provideKwok()
  return { etcd: findEtcd(), apiServer, controllerManager, scheduler, kubectl, helm, kwok }
}

function findEtcd(): string {
  const { KUBEBUILDER_ASSETS: folder = '' } = process.env
  const options = folder === '' ? {} : { PATH: `${folder}:${process.env['PATH'] ?? ''}` }
  const file = Bun.which('etcd', options)
  if (file === null) throw new Error('there is no etcd: install the Debian package etcd-server')
  return file
}
