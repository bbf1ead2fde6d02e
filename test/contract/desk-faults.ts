// What every desk must make of a tool that fails, and of requests that are not the tool's.
import { expect, test } from 'vitest'
import { CARD, type DeskContract, entry, type Suite, signal, words } from './desk.ts'
import { FAULTS, type FaultName, hostileBodies } from './support.ts'

export function fails(suite: Suite): void {
  const cases = Object.entries({ ...FAULTS, ...suite.contract.faults }) as [FaultName, object | 'none'][]
  test.each(cases)('a tool that answers with %s becomes the right error', async (name, expected) => {
    if (expected === 'none') return
    const { desk, thread } = await suite.open()
    const other = suite.contract.gathers ? suite.create() : desk
    suite.harness.fault(name)
    const error = await suite.recorder.failure(() => other.post(thread, entry('customer', words('x')), signal()))
    expect({ kind: error.kind, certain: error.certain, retryAfterMs: error.retryAfterMs }).toEqual({ retryAfterMs: undefined, ...expected })
  })

  test('a thread that somebody deleted is told as gone, and closing it is no error', async ({ skip }) => {
    const { desk, thread } = await suite.open()
    if (!suite.harness.remove) return skip('nobody can delete a thread there')
    suite.harness.remove(thread)
    expect(await suite.recorder.failure(() => desk.post(thread, entry('customer', words('x')), signal()))).toMatchObject({
      kind: 'thread_gone',
      certain: true,
    })
    await desk.close?.(thread, signal())
  })

  test('a tool that cannot be reached surely got nothing, and check does not throw', async () => {
    const desk = suite.create(suite.harness.unreachable)
    expect(await suite.recorder.failure(() => desk.open(CARD, 'dlv_u', signal()))).toMatchObject({ kind: 'transient', certain: true })
    expect(await desk.check(signal())).toMatchObject({ state: 'transient' })
    suite.harness.fault('unauthorized')
    expect(await suite.create().check(signal())).toMatchObject({ state: 'bad_credentials' })
  })

  test('an abort ends a hanging call within a second', async () => {
    const { desk, thread } = await suite.open()
    suite.harness.fault('hang')
    const stop = new AbortController()
    const error = suite.recorder.failure(() => desk.post(thread, entry('customer', words('x')), stop.signal))
    if (suite.harness.hangs) await suite.harness.hangs().then(() => stop.abort())
    else setTimeout(() => stop.abort(), 100)
    const before = performance.now()
    expect(await error).toMatchObject({ kind: 'transient', certain: false })
    expect(performance.now() - before).toBeLessThan(1000)
  })
}

export function refuses(suite: Suite, hook: NonNullable<DeskContract['webhook']>): void {
  test.each(Object.entries(hook.forgeries))('refuses a request with %s before it reads it', async (_name, forge) => {
    const error = await suite.recorder.failure(() => suite.create(hook.config).webhook?.(forge('garbage')) ?? Promise.resolve())
    expect(error.kind).toBe('unauthorized')
  })

  test('answers garbage, huge and truncated bodies with "rejected" and nothing else', async () => {
    for (const body of hostileBodies(suite.contract.fixtures?.[0]?.body ?? '{}')) {
      const result = await suite
        .create(hook.config)
        .webhook?.(hook.request(body))
        .catch((error: unknown) => error)
      if (result instanceof Error) expect(result).toMatchObject({ name: 'ConnectorError', kind: 'rejected' })
    }
  })
}
