import { provideGoTool } from './go-tool.ts'

/** Finds or builds kwok, which plays nodes and their pods. */
export function provideKwok(): Promise<string> {
  return provideGoTool({
    name: 'kwok',
    version: '0.8.0',
    package: 'sigs.k8s.io/kwok/cmd/kwok',
    ldflags: '-s -w',
    versionArguments: ['--version'],
  })
}
