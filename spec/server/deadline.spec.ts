import { describe, expect, test } from 'bun:test'
import { Deadline } from '../../src/server/deadline.ts'

describe('the signal of a deadline', () => {
  test('aborts when the deadline passes', async () => {
    const deadline = new Deadline(1)
    const { signal } = deadline
    expect(signal.aborted).toBe(false)
    await deadline.passed
    expect(signal.aborted).toBe(true)
  })

  test('is aborted already for whoever asks for it too late', async () => {
    const deadline = new Deadline(1)
    await deadline.passed
    expect(deadline.signal.aborted).toBe(true)
  })

  test('is the same for all who ask', () => {
    const deadline = new Deadline(60_000)
    expect(deadline.signal).toBe(deadline.signal)
    deadline.clear()
  })
})
