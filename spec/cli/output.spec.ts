import { describe, expect, test } from 'bun:test'
import type { Verdict } from '../../src/admission/verdict.ts'
import { renderVerdictsJson, renderVerdictTable } from '../../src/cli/output.ts'
import { DIGEST } from '../admission/fixture.ts'

const trusted: Verdict = {
  image: 'app:1',
  trusted: true,
  rule: '*:*',
  validator: 'default',
  digest: DIGEST,
  pinned: `docker.io/library/app:1@${DIGEST}`,
}
const untrusted: Verdict = {
  image: 'bad:1',
  trusted: false,
  rule: '*:*',
  validator: 'default',
  code: 'UNTRUSTED_NOT_SIGNED',
  reason: 'nobody signed it',
}

describe('json', () => {
  test('has every field of an image that is known', () => {
    expect(JSON.parse(renderVerdictsJson([trusted, untrusted]))).toEqual({
      images: [trusted, untrusted],
    })
  })

  test('leaves out what is not known', () => {
    const images = [{ image: 'app:1', trusted: true }] as const
    expect(JSON.parse(renderVerdictsJson(images))).toEqual({ images })
  })
})

describe('a table', () => {
  test('says of each image what was decided, why and by whom', () => {
    expect(renderVerdictTable([trusted, untrusted], false)).toBe(`trusted  app:1
  pinned     docker.io/library/app:1@${DIGEST}
  digest     ${DIGEST}
  rule       *:*
  validator  default
not trusted  bad:1
  reason     nobody signed it
  code       UNTRUSTED_NOT_SIGNED, for the publisher to act
  rule       *:*
  validator  default
`)
  })

  test('is coloured only where colours are shown', () => {
    expect(renderVerdictTable([trusted], false)).not.toContain('\u001b')
    const text = renderVerdictTable([trusted, untrusted], true)
    expect(text).toContain('\u001b[32mtrusted\u001b[0m  app:1')
    expect(text).toContain('\u001b[31mnot trusted\u001b[0m  bad:1')
  })

  test('lets nothing from outside move the cursor or begin a line', () => {
    const evil = 'app\n\u001b[2Ktrusted\r\u009b\u202e'
    const text = renderVerdictTable([{ ...untrusted, image: evil, reason: evil }], false)
    expect(text).not.toMatch(/[^\n -~]/)
    expect(text.split('\n')).toHaveLength(6)
  })

  test('nor do so in JSON, which says the same', () => {
    const evil = 'app\n\u001b[2Ktrusted\r\u009b\u202e'
    const text = renderVerdictsJson([{ ...untrusted, image: evil, reason: evil }])
    expect(text).not.toMatch(/[^\n -~]/)
    expect(JSON.parse(text)).toMatchObject({ images: [{ image: evil, reason: evil }] })
  })
})
