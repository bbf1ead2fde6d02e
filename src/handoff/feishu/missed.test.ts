// What Feishu told nobody is read again: the same events, each once.
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import type { Desk } from '#core/desk.ts'
import type { DeskEvent } from '#core/event.ts'
import { CARD } from '../../../test/contract/desk.ts'
import { NOW, type Recorder, recorder } from '../../../test/contract/support.ts'
import type { Agent } from '../../../test/fakes/feishu/people.ts'
import { type FakeFeishu, startFakeFeishu } from '../../../test/fakes/feishu.ts'
import { feishuDesk } from './index.ts'

const APP = { appId: 'cli_a1', appSecret: 'app-secret-0123456789abcdef', chat: 'oc_1' }
const KEYS = { encryptKey: 'encrypt-key-of-the-app', verificationToken: 'verification-token-1' }
const BEFORE = new Date(NOW.getTime() - 60_000)
const [LIST, LOOK] = ['GET im/v1/messages', 'GET im/v1/messages/*']
const signal = () => AbortSignal.timeout(10_000)

let fake: FakeFeishu
let heard: Recorder
let desk: Desk
let anna: Agent
let now = NOW

const create = (extra: object = {}) =>
  feishuDesk.create(feishuDesk.config.parse({ ...APP, ...KEYS, apiRoot: fake.url, ...extra }), { ...heard.deps, locale: 'zh' })

async function stand(form: 'topic' | 'thread' | 'chat' = 'topic'): Promise<void> {
  now = NOW
  fake = await startFakeFeishu({ ...APP, ...KEYS, form, now: () => now })
  fake.world.perSecond = Number.POSITIVE_INFINITY
  heard = recorder()
  Object.assign(heard.deps, { now: () => now })
  desk = create()
  anna = fake.agent({ id: 'ou_anna', name: '安娜' })
}
beforeEach(() => stand())
afterEach(() => fake.close())

const opened = async (key = 'dlv_1') => (await desk.open(CARD, key, signal())).thread
const post = (thread: string, text: string) =>
  desk.post(thread, { key: `dlv_${text}`, author: 'customer', name: '李雷', parts: [{ type: 'text', text }] }, signal())
const wordsIn = (events: DeskEvent[]) =>
  events.map((event) => ('parts' in event && event.parts?.[0]?.type === 'text' ? event.parts[0].text : event.type))
const plain = (events: DeskEvent[]) => events.map((event) => ({ ...event, raw: null }))
const asked = (call = LIST) => fake.accepted(call).length

/** As another process would, that heard none of it. */
async function read(threads: string[], since = BEFORE, from: Desk = create(), until = signal()): Promise<DeskEvent[]> {
  const events: DeskEvent[] = []
  for await (const some of from.missed?.(threads, since, until) ?? []) events.push(...some)
  return events
}

/** What Feishu tells of it, through the webhook. */
async function told(act: () => unknown): Promise<DeskEvent[]> {
  await fake.settled()
  fake.waiting.length = 0
  await act()
  await fake.settled()
  const events: DeskEvent[] = []
  for (const body of fake.waiting.splice(0)) events.push(...((await desk.webhook?.(fake.request(body)))?.events ?? []))
  return events
}

describe.each([
  ['a group that was made for topics', 'topic'],
  ['a group that shows its messages as topics', 'thread'],
  ['an ordinary group', 'chat'],
] as const)('in %s', (_name, form) => {
  beforeEach(async () => {
    await fake.close()
    await stand(form)
  })

  test('what is read is what would have been told, its id included: whoever has both has it once', async () => {
    const thread = await opened()
    await post(thread, 'hi')
    const bytes = new Uint8Array([1])
    const events = await told(() => {
      const first = anna.text(thread, '您好 😀').id
      anna.text(thread, '@_user_1 /claim', { mentions: [{ key: '@_user_1', id: 'bot', name: '客服台' }] })
      anna.text(thread, '@_user_1 看看 [官网](https://shop.example)', { mentions: [{ key: '@_user_1', id: 'ou_ben', name: '小本' }] })
      anna.text(thread, '是的', { quotes: first })
      anna.post(
        thread,
        {
          title: '',
          content: [
            [
              { tag: 'text', text: '见 ' },
              { tag: 'at', user_id: '@_user_1', user_name: '' },
            ],
          ],
        },
        [{ key: '@_user_1', id: 'ou_ben', name: '小本' }],
      )
      anna.file(thread, 'file', { bytes, name: '发票.pdf', mime: 'application/pdf' })
      anna.file(thread, 'image', { bytes, name: '', mime: 'image/png' })
      anna.says(thread, 'sticker', { file_key: 'file_1' })
      anna.says(thread, 'system', { template: '{from_user} invited {to_chatters}' })
    })
    expect(events.map(({ type }) => type)).toEqual(Array.from({ length: 8 }, () => 'message'))
    expect(plain(await read([thread]))).toEqual(plain(events))
    // And files of it can be loaded.
    const [file] = (await read([thread]))
      .flatMap((event) => ('parts' in event ? (event.parts ?? []) : []))
      .filter(({ type }) => type === 'media')
    if (file?.type !== 'media') throw new Error('no file came')
    expect(new Uint8Array((await (await create().media?.(file.media, signal()))?.arrayBuffer()) ?? [])).toEqual(bytes)
  })

  test('what was taken back meanwhile is taken back, and what was changed is read as it stands', async () => {
    const thread = await opened()
    const [said, changed] = [anna.text(thread, '说错了').id, anna.text(thread, '一').id]
    now = new Date(NOW.getTime() + 5_000)
    anna.edit(changed, '二')
    const events = await told(() => anna.recall(said))
    expect(events).toMatchObject([{ type: 'remove', thread, target: said, by: { id: 'ou_anna' } }])
    const found = await read([thread])
    expect(plain(found.slice(0, 1))).toEqual(plain(events))
    expect(wordsIn(found)).toEqual(['remove', '二'])
  })

  test('our own words, those of others, and what is older than asked for are passed over', async () => {
    const [thread, other] = [await opened('dlv_1'), await opened('dlv_2')]
    anna.text(thread, 'before')
    now = new Date(NOW.getTime() + 60_000)
    await post(thread, 'hi')
    anna.text(thread, 'after')
    anna.text(other, 'elsewhere')
    anna.text(undefined, '午饭吃什么')
    anna.text(undefined, '/online')
    anna.privately('/away')
    expect(wordsIn(await read([thread]))).toEqual(['before', 'after'])
    expect(wordsIn(await read([thread], now))).toEqual(['after'])
    expect(await read([thread], new Date(now.getTime() + 1))).toEqual([])
  })

  test('a long thread is read to its end, page by page, in order', async () => {
    fake.world.pageMax = 7
    const thread = await opened()
    await post(thread, 'hi')
    const lines = Array.from({ length: 40 }, (_, n) => `line ${n}`)
    for (const line of lines) anna.text(thread, line)
    expect(wordsIn(await read([thread]))).toEqual(lines)
  })

  test('a card that was taken back is its topic', async () => {
    const thread = await opened()
    const events = await told(() => anna.recall(thread))
    expect(events).toMatchObject([{ type: 'thread_gone', thread }])
    expect(plain(await read([thread]))).toEqual(plain(events))
  })

  test('where Feishu asks to wait it is waited, and reading goes on at that page', async () => {
    fake.world.pageMax = 2
    const thread = await opened()
    await post(thread, 'hi')
    for (const line of ['a', 'b', 'c']) anna.text(thread, line)
    fake.fail({ status: 429, reset: 0.01 }, { calls: [LIST], after: 1 })
    expect(wordsIn(await read([thread]))).toEqual(['a', 'b', 'c'])
  })
})

test('in a group for topics its own list tells of all of them: however many, a page is a page', async () => {
  const threads: string[] = []
  for (let n = 0; n < 30; n++) threads.push(await opened(`dlv_${n}`))
  anna.text(threads[7], 'seven')
  anna.text(threads[2], 'two')
  const process = create()
  expect(wordsIn(await read(threads, BEFORE, process))).toEqual(['seven', 'two'])
  expect(asked()).toBe(1)
  // What it holds is asked once; a quiet hour later it is still believed.
  now = new Date(NOW.getTime() + 3_600_000)
  expect(await read(threads, new Date(now.getTime() - 600_000), process)).toEqual([])
  expect([asked(), asked('GET im/v1/chats/*')]).toEqual([2, 1])
})

test('as long as its list showed no answer it is not believed, and each topic is read', async () => {
  const threads = [await opened('dlv_1'), await opened('dlv_2')]
  expect(await read(threads)).toEqual([])
  expect([asked(), asked(LOOK)]).toEqual([3, 2])
})

test('where the group may not be looked at its topics are read one by one', async () => {
  const thread = await opened()
  anna.text(thread, '您好')
  fake.world.scopes.delete('im:chat:readonly')
  // Both ways then bring it: it is on record once.
  expect(new Set((await read([thread])).map(({ externalId }) => externalId)).size).toBe(1)
})

test('in an ordinary group plain answers to the card count, and a topic is read from its end back to that time', async () => {
  await fake.close()
  await stand('chat')
  fake.world.pageMax = 4
  const thread = await opened()
  await post(thread, 'hi')
  for (let n = 0; n < 40; n++) anna.text(thread, `old ${n}`)
  now = new Date(NOW.getTime() + 3_600_000)
  const events = await told(() => {
    anna.text(thread, 'beside', { beside: true })
    anna.text(thread, 'within')
    anna.text(thread, 'and more')
  })
  const since = new Date(now.getTime() - 60_000)
  expect(plain(await read([thread], since))).toEqual(plain(events))
  expect(asked()).toBe(2)
  // What the topic is called was in the answer to our own words: nobody is asked for it.
  const looks = asked(LOOK)
  expect(wordsIn(await read([thread], since, desk))).toEqual(['beside', 'within', 'and more'])
  expect(asked(LOOK)).toBe(looks)
})

test('an old group that takes no topics has it all in its own list', async () => {
  await fake.close()
  await stand('chat')
  fake.world.chat(APP.chat).noTopics = true
  const thread = await opened()
  await post(thread, 'hi')
  const events = await told(() => anna.text(thread, '您好'))
  expect(plain(await read([thread]))).toEqual(plain(events))
})

test('a post that stands under its language is read like a bare one', async () => {
  const thread = await opened()
  const post = { title: '退货', content: [[{ tag: 'text', text: '好的' }]] }
  anna.says(thread, 'post', { zh_cn: post })
  anna.says(thread, 'post', post)
  expect(wordsIn(await read([thread]))).toEqual(['退货\n好的', '退货\n好的'])
})

test('a topic that is gone or hidden is passed over; what is in the others is read', async () => {
  await fake.close()
  await stand('thread')
  const [gone, hidden, here] = [await opened('dlv_1'), await opened('dlv_2'), await opened('dlv_3')]
  fake.world.messages.delete(gone)
  fake.world.hidden.add(String(fake.world.message(hidden).topic))
  anna.text(here, 'here')
  expect(wordsIn(await read([gone, hidden, here]))).toEqual(['here'])
})

test.each([
  ['the bot is put out of the group', () => Object.assign(fake.world.chat(APP.chat), { hasBot: false }), 'unauthorized', '加入客服群'],
  ['the group is dissolved', () => Object.assign(fake.world.chat(APP.chat), { dissolved: true }), 'unauthorized', '解散'],
  ['the history of groups is not granted', () => fake.world.scopes.delete('im:message.group_msg'), 'unauthorized', 'im:message.group_msg'],
  ['messages are not granted at all', () => fake.world.scopes.delete('im:message'), 'unauthorized', 'im:message'],
  ['the bot is switched off', () => fake.fail({ code: 230006 }, { calls: [LIST] }), 'unauthorized', '机器人能力'],
  ['Feishu is broken', () => fake.fail({ status: 502 }, { calls: [LIST] }), 'transient', '502'],
])('where %s it is an error that says so, and it is read later', async (_name, act, kind, words) => {
  const thread = await opened()
  act()
  const error = await heard.failure(() => read([thread]))
  expect(error).toMatchObject({ kind })
  expect(error.message).toContain(words)
})

test('a token that ran out in the middle is replaced', async () => {
  fake.world.pageMax = 2
  const thread = await opened()
  for (const line of ['a', 'b', 'c']) anna.text(thread, line)
  fake.fail({ code: 99991663 }, { calls: [LIST], after: 1 })
  expect(wordsIn(await read([thread]))).toEqual(['a', 'b', 'c'])
})

test('a stop ends the waiting', async () => {
  const thread = await opened()
  fake.fail({ status: 429, reset: 3600 }, { calls: [LIST] })
  const stop = new AbortController()
  const reading = read([thread], BEFORE, desk, stop.signal)
  const ended = expect(reading).rejects.toThrow('stopped')
  stop.abort()
  await ended
})
