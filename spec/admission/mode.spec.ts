import { describe, expect, test } from 'bun:test'
import { applyMode } from '../../src/admission/mode.ts'
import type { Decision } from '../../src/admission/verdict.ts'
import { deployment, pod } from '../support/workload.ts'
import { makeRequest } from './fixture.ts'

const POD = makeRequest({ object: pod('app:1') })
const DEPLOYMENT = makeRequest({ object: deployment('app:1') })
const STRICT = { detectionMode: false, resourceValidationMode: 'all' } as const
const DETECTION = { ...STRICT, detectionMode: true }
const PODS_ONLY = { ...STRICT, resourceValidationMode: 'podsOnly' } as const

const denial: Decision = {
  admitted: false,
  status: 403,
  message: 'untrusted images (2 of 2):\n- "a:1": why [A]\n- "b:1": why [B]',
}
const admission: Decision = {
  admitted: true,
  patch: [{ op: 'replace', path: '/spec/containers/0/image', value: 'app:1@pin' }],
  warnings: [],
}

test('without a mode every decision stays as it is', () => {
  for (const request of [POD, DEPLOYMENT]) {
    expect(applyMode(STRICT, request, denial)).toBe(denial)
    expect(applyMode(STRICT, request, admission)).toBe(admission)
  }
})

describe('detection mode', () => {
  test('admits, and warns of what would have been denied, an image a warning', () => {
    expect(applyMode(DETECTION, POD, denial)).toEqual({
      admitted: true,
      patch: [],
      warnings: [
        'detection mode is on, admitted all the same',
        'untrusted images (2 of 2):',
        '"a:1": why [A]',
        '"b:1": why [B]',
      ],
    })
  })

  test('still pins what is trusted', () => {
    expect(applyMode(DETECTION, POD, admission)).toEqual(admission)
  })
})

describe('podsOnly', () => {
  test('admits other kinds with warnings', () => {
    expect(applyMode(PODS_ONLY, DEPLOYMENT, denial)).toMatchObject({
      admitted: true,
      patch: [],
      warnings: expect.arrayContaining(['only Pods are validated, admitted all the same']),
    })
  })

  test('leaves other kinds unpatched', () => {
    expect(applyMode(PODS_ONLY, DEPLOYMENT, admission)).toEqual({ ...admission, patch: [] })
  })

  test('denies and pins Pods as ever', () => {
    expect(applyMode(PODS_ONLY, POD, denial)).toBe(denial)
    expect(applyMode(PODS_ONLY, POD, admission)).toBe(admission)
  })
})
