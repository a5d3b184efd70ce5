import { describe, expect, test } from 'bun:test'
import { parsePem } from '../../src/trust/pem.ts'
import { refusalOf } from './outcome.ts'

const DATA = 'AAECAwQFBgc='
const block = (label: string, body = DATA) =>
  `-----BEGIN ${label}-----\n${body}\n-----END ${label}-----\n`

describe('PEM', () => {
  test.each([
    ['one block', block('PUBLIC KEY'), ['PUBLIC KEY']],
    ['several blocks', `${block('CERTIFICATE')}\n${block('A B')}`, ['CERTIFICATE', 'A B']],
    ['Windows line ends', block('PUBLIC KEY').replaceAll('\n', '\r\n'), ['PUBLIC KEY']],
    ['no line break at the end', block('PUBLIC KEY').trimEnd(), ['PUBLIC KEY']],
    ['spaces around lines', block('PUBLIC KEY', `  ${DATA} `), ['PUBLIC KEY']],
    ['broken lines', block('PUBLIC KEY', 'AAEC\nAwQF\nBgc='), ['PUBLIC KEY']],
    ['a `role: root` header', block('PUBLIC KEY', `role: root\n\n${DATA}`), ['PUBLIC KEY']],
  ])('is read with %s', (_, text, labels) => {
    const blocks = parsePem(text)
    expect(blocks.map(({ label }) => label)).toEqual(labels)
    expect(blocks[0]?.der).toEqual(Buffer.from([0, 1, 2, 3, 4, 5, 6, 7]))
  })

  test.each([
    ['an empty text', '', 'no PEM block'],
    ['bare base64', DATA, 'no PEM block'],
    ['a block without its end', block('A').split('\n-----END')[0] ?? '', 'the A block has no end'],
    [
      'an end of another label',
      '-----BEGIN A-----\nAA\n-----END B-----\n',
      'the A block has no end',
    ],
    ['a block that another one cuts', `-----BEGIN A-----\nAA\n${block('A')}`, 'the A block is not'],
    ['text before a block', `key:\n${block('A')}`, 'text that is not part of a PEM block'],
    ['text after a block', `${block('A')}x`, 'text that is not part of a PEM block'],
    [
      'a second block that is cut',
      `${block('A')}-----BEGIN A-----\nAAAA`,
      'the A block has no end',
    ],
    ['an empty block', block('A', ''), 'the A block is not valid base64'],
    ['base64 that is cut', block('A', 'AAECA'), 'the A block is not valid base64'],
    ['base64url', block('A', 'AA-_'), 'the A block is not valid base64'],
    ['padding inside', block('A', 'AA==AAAA'), 'the A block is not valid base64'],
  ])('is refused: %s', (_, text, reason) => {
    expect(refusalOf(() => parsePem(text))).toStartWith(reason)
  })
})
