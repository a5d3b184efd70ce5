import { join } from 'node:path'
import { admissionReview } from '../support/admission-review.ts'
import { pod } from '../support/workload.ts'
import { BINARY } from './processes.ts'
import { WEB_IMAGE, WEB_UNSIGNED } from './shop.ts'
import { FILES, type Stage } from './stage.ts'
import { print } from './terminal.ts'

/** Leaves two reviews in the folder, and prints what a person can try against the running servers. */
export async function invite({ folder, webhooks }: Stage): Promise<void> {
  await writeReview(join(folder, 'signed.json'), WEB_IMAGE)
  await writeReview(join(folder, 'unsigned.json'), WEB_UNSIGNED)
  print(
    '',
    'Everything stays up until Ctrl-C. To try in another terminal:',
    '',
    `cd ${folder}`,
    ...curl('signed.json', webhooks.denying.url),
    ...curl('unsigned.json', webhooks.denying.url),
    ...verify(WEB_IMAGE),
    ...verify(WEB_UNSIGNED, '--output json '),
    `tail -n 2 ${FILES.log}`,
    '',
  )
}

async function writeReview(file: string, image: string): Promise<void> {
  await Bun.write(file, JSON.stringify(admissionReview({ object: pod(image) }), undefined, 2))
}

function curl(review: string, url: string): readonly string[] {
  return [
    `curl --silent --cacert ${FILES.ca} --header 'Content-Type: application/json' \\`,
    `  --data @${review} '${url}'; echo`,
  ]
}

function verify(image: string, flags = ''): readonly string[] {
  return [`${BINARY} verify --config ${FILES.config} \\`, `  ${flags}${image}`]
}
