// What Slack told nobody is read again: the same events, each once.
import { expect, test } from 'vitest'
import type { Desk } from '#core/desk.ts'
import type { DeskEvent } from '#core/event.ts'
import { slackStand, tsOf } from '../../../test/support/slack.ts'

const stand = slackStand()
const LONG_AGO = new Date(0)
const wordsIn = (events: DeskEvent[]) =>
  events.map((event) => ('parts' in event && event.parts?.[0]?.type === 'text' ? event.parts[0].text : ''))

async function read(
  threads: string[],
  since = LONG_AGO,
  desk: Desk = stand.desk,
  signal = AbortSignal.timeout(10_000),
): Promise<DeskEvent[]> {
  const events: DeskEvent[] = []
  for await (const some of desk.missed?.(threads, since, signal) ?? []) events.push(...some)
  return events
}

test('what is read is what would have been told, its id included: whoever has both has it once', async () => {
  const thread = await stand.opened()
  const told = await stand.told(() => {
    stand.anna.write(tsOf(thread), '您好 😀')
    stand.anna.file(tsOf(thread), 'a.pdf', new Uint8Array([1]), '发票')
  })
  expect(told.map(({ type }) => type)).toEqual(['message', 'message'])
  const plain = (events: DeskEvent[]) => events.map((event) => ({ ...event, raw: null }))
  expect(plain(await read([thread]))).toEqual(plain(told))
})

test('our own words, and what is older than asked for, are passed over', async () => {
  const thread = await stand.opened()
  const first = stand.anna.write(tsOf(thread), 'before')
  await stand.desk.post(
    thread,
    { key: 'dlv_2', author: 'customer', name: '李雷', parts: [{ type: 'text', text: 'hi' }] },
    AbortSignal.timeout(5_000),
  )
  stand.anna.write(tsOf(thread), 'after')
  // Times of the fake are of one second and count in microseconds, which dates do not hold.
  expect(wordsIn(await read([thread]))).toEqual(['before', 'after'])
  expect(await read([thread], new Date((Number(first) + 5) * 1000))).toEqual([])
})

test('a long thread is read to its end, page by page', async () => {
  stand.fake.pageMax = 15
  const thread = await stand.opened()
  const lines = Array.from({ length: 40 }, (_, n) => `line ${n}`)
  for (const line of lines) stand.anna.write(tsOf(thread), line)
  expect(wordsIn(await read([thread]))).toEqual(lines)
})

test('of many threads only those are read that were answered, found by pages of the channel', async () => {
  stand.fake.pageMax = 4
  const threads: string[] = []
  for (let n = 0; n < 9; n++) threads.push(await stand.opened(`dlv_${n}`))
  stand.anna.write(tsOf(threads[7] ?? ''), 'seven')
  stand.anna.write(tsOf(threads[2] ?? ''), 'two')
  stand.anna.write(undefined, 'lunch?')
  const before = stand.fake.accepted('conversations.replies').length
  expect(wordsIn(await read(threads))).toEqual(['two', 'seven'])
  const asked = stand.fake.accepted('conversations.replies').slice(before)
  expect(asked.map(({ args }) => args.ts)).toEqual([tsOf(threads[2] ?? ''), tsOf(threads[7] ?? '')])
})

test('where Slack asks to wait it is waited, and reading goes on at that page', async () => {
  stand.fake.pageMax = 2
  const thread = await stand.opened()
  for (const line of ['a', 'b', 'c']) stand.anna.write(tsOf(thread), line)
  stand.fake.fail({ status: 429, retryAfter: 1 }, { method: 'conversations.replies', after: 1 })
  expect(wordsIn(await read([thread]))).toEqual(['a', 'b', 'c'])
})

test('a stop ends the waiting', async () => {
  const thread = await stand.opened()
  stand.fake.fail({ status: 429, retryAfter: 3600 }, { method: 'conversations.replies' })
  const stop = new AbortController()
  const reading = read([thread], LONG_AGO, stand.desk, stop.signal)
  const ended = expect(reading).rejects.toThrow('stopped')
  stop.abort()
  await ended
})

test('a thread that is gone is passed over; a channel that we were put out of is an error, so that it is read later', async () => {
  const [gone, here] = [await stand.opened('dlv_1'), await stand.opened('dlv_2')]
  stand.fake.world.channel('C100').messages.delete(tsOf(gone))
  stand.anna.write(tsOf(here), 'here')
  expect(wordsIn(await read([gone, here]))).toEqual(['here'])
  stand.fake.world.channel('C100').members.delete('UDESK')
  await expect(read([here])).rejects.toMatchObject({ kind: 'unauthorized' })
})

test('a thread in a channel that is no longer ours is not read', async () => {
  expect(await read(['C999:1.000001'])).toEqual([])
  expect(stand.fake.accepted('conversations.replies')).toEqual([])
})
