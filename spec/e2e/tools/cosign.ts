import { provideGoTool } from './go-tool.ts'

/** Finds or builds the cosign that the end-to-end specs compare with. */
export function provideCosign(): Promise<string> {
  return provideGoTool({
    name: 'cosign',
    version: '3.1.3',
    package: 'github.com/sigstore/cosign/v3/cmd/cosign',
    ldflags: '-s -w',
  })
}
