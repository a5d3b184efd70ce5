import type { Scene } from '../scene.ts'
import { WEB_IMAGE, WEB_PINNED, WEB_UNSIGNED } from '../shop.ts'
import { FILES } from '../stage.ts'

const VERIFY = ['verify', '--config', FILES.config]

/** The same binary on the command line. */
export const COMMANDS: readonly Scene[] = [
  {
    kind: 'command',
    title: 'The question of the first scene, asked on the command line',
    args: [...VERIFY, WEB_IMAGE],
    expected: { exitCode: 0, says: [`trusted  ${WEB_IMAGE}`, `pinned     ${WEB_PINNED}`] },
    why: '0 means that all are trusted; the path to the verdict is the same as for the webhook.',
  },
  {
    kind: 'command',
    title: 'The same, with every step',
    args: [...VERIFY, '--explain', WEB_IMAGE],
    expected: {
      exitCode: 0,
      says: ['1. reference', '2. rule', '4. roots', '5. root', '6. timestamp', '9. target'],
    },
    why: 'Who asks why sees the rule, the roots, each role with its version, expiry and signers.',
  },
  {
    kind: 'command',
    title: 'The root key of the repository, to be pinned',
    args: ['root-key', '--config', FILES.config, WEB_IMAGE],
    expected: {
      exitCode: 0,
      says: ['-----BEGIN PUBLIC KEY-----', '-----END PUBLIC KEY-----'],
    },
    why: 'stdout can be pasted into a configuration; stderr says that it is trust on first use.',
  },
  {
    kind: 'command',
    title: 'The question of the second scene, beside it',
    args: [...VERIFY, WEB_IMAGE, WEB_UNSIGNED],
    expected: {
      exitCode: 1,
      says: [
        `trusted  ${WEB_IMAGE}`,
        `pinned     ${WEB_PINNED}`,
        `not trusted  ${WEB_UNSIGNED}`,
        'code       UNTRUSTED_NOT_SIGNED,',
      ],
    },
    why: '1 means that one is definitely not.',
  },
  {
    kind: 'command',
    title: 'The same with the Notary switched off',
    args: [...VERIFY, '--timeout', '1', WEB_IMAGE, WEB_UNSIGNED],
    arrange: ({ notary }) => notary.stop(),
    expected: {
      exitCode: 2,
      says: [
        `not trusted  ${WEB_IMAGE}`,
        'code       UNAVAILABLE_NETWORK,',
        `not trusted  ${WEB_UNSIGNED}`,
        'code       UNAVAILABLE_NETWORK,',
      ],
    },
    why: '2 means that it could not tell.',
  },
  {
    kind: 'command',
    title: 'A configuration with mistakes',
    args: ['serve', '--config', FILES.brokenConfig, '--listen', '127.0.0.1:0'],
    expected: {
      exitCode: 2,
      says: [
        `${FILES.brokenConfig}:2:5: the key "host" is missing`,
        `${FILES.brokenConfig}:4:5: unknown key "hosts"`,
        `${FILES.brokenConfig}:7:14: "key" is not a usable public key`,
        `${FILES.brokenConfig}:10:16: the validator "defualt" does not exist`,
        `${FILES.brokenConfig}:11:14: pattern "registry.example/[ab]/*:*" contains "["`,
      ],
      lines: 5,
    },
    why: 'All are listed at once, each with its place and its remedy, and nothing is started.',
  },
]
