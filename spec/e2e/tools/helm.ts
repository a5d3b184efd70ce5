import { provideGoTool } from './go-tool.ts'

/** Finds or builds the helm that installs the chart. */
export function provideHelm(): Promise<string> {
  return provideGoTool({
    name: 'helm',
    version: '3.22.0',
    package: 'helm.sh/helm/v3/cmd/helm',
    ldflags: '-s -w',
  })
}
