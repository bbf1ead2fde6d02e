import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import type { Desk, DeskEntry } from '#core/desk.ts'
import type { DeskEvent } from '#core/event.ts'
import { CARD } from '../../../test/contract/desk.ts'
import { FILE, NOW, type Recorder, recorder } from '../../../test/contract/support.ts'
import { fileOf, keysOf, textOf } from '../../../test/fakes/feishu/content.ts'
import { type FakeFeishu, startFakeFeishu } from '../../../test/fakes/feishu.ts'
import { feishuDesk } from './index.ts'
import { createPresses } from './presses.ts'

const APP = { appId: 'cli_a1', appSecret: 'app-secret-0123456789abcdef', chat: 'oc_1' }
const KEYS = { encryptKey: 'encrypt-key-of-the-app', verificationToken: 'verification-token-1' }
const ANNA = { id: 'ou_anna', name: '安娜', email: 'anna@example.test' }

const signal = () => AbortSignal.timeout(10_000)
const said = (text: string, extra: Partial<DeskEntry> = {}): DeskEntry => ({
  key: `dlv_${crypto.randomUUID()}`,
  author: 'customer',
  name: '王小明',
  parts: [{ type: 'text', text }],
  ...extra,
})

/** What waits in the fake, through the desk's webhook, as if Feishu had called. */
async function taken(fake: FakeFeishu, desk: Desk): Promise<DeskEvent[]> {
  const events: DeskEvent[] = []
  for (const body of fake.waiting.splice(0)) events.push(...((await desk.webhook?.(fake.request(body)))?.events ?? []))
  return events
}

describe('the Feishu desk', () => {
  let fake: FakeFeishu
  let heard: Recorder
  let desk: Desk
  const config = (extra: object = {}) => feishuDesk.config.parse({ ...APP, ...KEYS, apiRoot: fake.url, ...extra })
  const create = (extra: object = {}, locale: 'zh' | 'en' = 'zh') => feishuDesk.create(config(extra), { ...heard.deps, locale })
  let now = NOW

  beforeEach(async () => {
    now = NOW
    fake = await startFakeFeishu({ ...APP, ...KEYS, now: () => now })
    fake.world.perSecond = Number.POSITIVE_INFINITY
    heard = recorder()
    Object.assign(heard.deps, { now: () => now })
    desk = create()
  })
  afterEach(() => fake.close())

  const last = (thread: string) => fake.world.inTopic(thread).at(-1)
  const failed = (work: () => unknown) => heard.failure(async () => work())

  test('only a card opens a topic: everything else is a reply to it, in the topic (CodeWhale#2148)', async () => {
    const { thread } = await desk.open(CARD, 'dlv_1', signal())
    await desk.post(thread, said('一'), signal())
    await desk.post(thread, said('二', { commands: [{ id: 'resend msg_1', label: '重发' }] }), signal())
    await desk.post(thread, said('', { parts: [{ type: 'media', kind: 'file', media: { id: 'att_file' } }] }), signal())
    await desk.edit?.(thread, (await desk.post(thread, said('三'), signal())).externalIds, said('四'), signal())
    await desk.update?.({ thread }, CARD, signal())
    expect(fake.topics()).toHaveLength(1)
    expect(fake.accepted('POST im/v1/messages')).toHaveLength(1)
    const replies = fake.accepted('POST im/v1/messages/*/reply')
    expect(replies.every(({ body }) => body.reply_in_thread === true && String(body.uuid).length <= 50)).toBe(true)
    expect(new Set(replies.map(({ body }) => body.uuid)).size).toBe(replies.length)
    expect(
      new Set(
        fake.world
          .inTopic(thread)
          .slice(1)
          .map(({ topic }) => topic),
      ).size,
    ).toBe(1)
  })

  test('what was accepted though its answer was lost is shown once', async () => {
    const { thread } = await desk.open(CARD, 'dlv_1', signal())
    const entry = said('只说一次')
    fake.fail({ kind: 'accept-then-reset' })
    expect(await failed(() => desk.post(thread, entry, signal()))).toMatchObject({ kind: 'transient', certain: false })
    // Also by another process.
    const receipt = await create().post(thread, entry, signal())
    expect(receipt.externalIds).toEqual([last(thread)?.id])
    expect(fake.world.inTopic(thread)).toHaveLength(2)
  })

  test('an ordinary group gets its topics by replies, and one that refuses topics gets plain replies', async () => {
    const plain = fake.addChat('oc_plain', '普通群', 'chat')
    const other = create({ chat: 'oc_plain' })
    const { thread } = await other.open(CARD, 'dlv_1', signal())
    await other.post(thread, said('你好'), signal())
    expect(last(thread)?.topic).toBeTruthy()
    plain.noTopics = true
    const second = await other.open(CARD, 'dlv_2', signal())
    await other.post(second.thread, said('你好'), signal())
    expect(last(second.thread)).toMatchObject({ root: second.thread, kind: 'post' })
  })

  test('a topic that is deleted within the hour is opened anew under the same delivery', async () => {
    const { thread } = await desk.open(CARD, 'dlv_1', signal())
    Object.assign(fake.world.message(thread), { gone: true })
    expect(await failed(() => desk.post(thread, said('x'), signal()))).toMatchObject({ kind: 'thread_gone' })
    const again = await desk.open(CARD, 'dlv_1', signal())
    expect(again.thread).not.toBe(thread)
    await desk.post(again.thread, said('x'), signal())
  })

  test('after fourteen days the card is a new one in the same topic, and from then on that one is redrawn', async () => {
    const { thread, cardId } = await desk.open(CARD, 'dlv_1', signal())
    now = new Date(NOW.getTime() + 15 * 86_400_000)
    await desk.update?.({ thread, cardId }, { ...CARD, title: '第二张' }, signal())
    const second = last(thread)
    expect(textOf(second as never)).toContain('第二张')
    expect(keysOf(second as never)[0]?.value).toEqual({ c: 'claim', t: thread })
    await create().update?.({ thread, cardId }, { ...CARD, title: '改过' }, signal())
    expect(last(thread)?.id).toBe(second?.id)
    expect(textOf(last(thread) as never)).toContain('改过')
    // A press on the later card means the same topic.
    fake.agent(ANNA).press('claim', thread)
    expect(await taken(fake, desk)).toMatchObject([{ type: 'button', thread, command: 'claim' }])
  })

  test('a card with more than Feishu takes is cut from the oldest line', async () => {
    const history = Array.from({ length: 300 }, (_, n) => ({
      author: 'customer' as const,
      name: '王',
      text: `${n} ${'"长'.repeat(150)}`,
      at: NOW,
    }))
    const { thread } = await desk.open({ ...CARD, history }, 'dlv_1', signal())
    expect(textOf(fake.world.message(thread))).toMatch(/更早的内容[\s\S]*299 /)
  })

  test('transfers are one select, and resolving is asked about', async () => {
    const buttons = [
      { id: 'resolve', label: '结单' },
      { id: 'transfer tech', label: '转给 tech' },
      { id: 'transfer 售后', label: '转给 售后' },
    ]
    const { thread } = await desk.open({ ...CARD, buttons, url: 'https://desk.example/console' }, 'dlv_1', signal())
    const card = JSON.parse(fake.world.message(thread).content) as {
      elements: { actions?: { tag: string; confirm?: unknown; url?: string }[] }[]
    }
    const actions = card.elements.at(-1)?.actions ?? []
    expect(actions.map(({ tag }) => tag)).toEqual(['button', 'select_static', 'button'])
    expect(actions[0]?.confirm).toBeDefined()
    expect(actions[2]?.url).toBe('https://desk.example/console')
    fake.agent(ANNA).press('转给 售后', thread)
    expect(await taken(fake, desk)).toMatchObject([{ type: 'button', thread, command: 'transfer 售后', by: { id: ANNA.id } }])
  })

  test('notes look unlike anything that a customer reads', async () => {
    const { thread } = await desk.open(CARD, 'dlv_1', signal())
    await desk.post(thread, said('老客户，客气点', { author: 'note', name: '安娜' }), signal())
    expect(last(thread)?.kind).toBe('interactive')
    expect(last(thread)?.content).toContain('"template":"yellow"')
    expect(textOf(last(thread) as never)).toBe('[内部备注] 安娜\n老客户，客气点')
    const file = { type: 'media', kind: 'file', media: { id: 'att_file' } } as const
    await desk.post(thread, said('', { author: 'note', name: '安娜', parts: [file] }), signal())
    expect(textOf(fake.world.inTopic(thread).at(-2) as never)).toContain('[内部备注] 安娜')
  })

  test('what Feishu cannot show as a picture goes as a file, byte for byte, and sound only as OPUS', async () => {
    const { thread } = await desk.open(CARD, 'dlv_1', signal())
    const post = (kind: 'image' | 'audio', id: string, mime: string) =>
      desk.post(thread, said('', { parts: [{ type: 'media', kind, media: { id, mime } }] }), signal())
    await post('audio', 'att_mp3', 'audio/mpeg')
    expect(last(thread)?.kind).toBe('file')
    fake.fail({ code: 234011 }, { calls: ['POST im/v1/images'] })
    await post('image', 'att_image', 'image/png')
    expect(last(thread)?.kind).toBe('file')
    expect(fileOf(fake.world, last(thread) as never)).toEqual(FILE.bytes)
  })

  test('an upload that broke surely showed nothing', async () => {
    const { thread } = await desk.open(CARD, 'dlv_1', signal())
    fake.fail({ kind: 'reset' }, { calls: ['POST im/v1/files'] })
    const part = { type: 'media', kind: 'file', media: { id: 'att_file' } } as const
    expect(await failed(() => desk.post(thread, said('', { parts: [part] }), signal()))).toMatchObject({ kind: 'transient', certain: true })
  })

  test('a word for one agent is told in private; whom the bot may not write to is pinged in the topic', async () => {
    const { thread } = await desk.open(CARD, 'dlv_1', signal())
    fake.agent(ANNA)
    await desk.whisper?.(thread, ANNA, { key: 'w1', text: '您不是负责人', buttons: [{ id: 'held take', label: '接入并发送' }] }, signal())
    const [word] = fake.privately(ANNA.id)
    expect(textOf(word as never)).toBe('只给 安娜 的提示\n您不是负责人')
    expect(keysOf(word as never).map(({ label, url }) => url ?? label)).toEqual([
      '接入并发送',
      'https://applink.feishu.cn/client/chat/open?openChatId=oc_1',
    ])
    fake.agent(ANNA).press('接入并发送')
    expect(await taken(fake, desk)).toMatchObject([{ type: 'button', thread, command: 'held take' }])
    fake.agent({ id: 'ou_far', name: '小外', unreachable: true })
    await desk.whisper?.(thread, { id: 'ou_far', name: '小外' }, { key: 'w2', text: '请联系管理员' }, signal())
    expect(textOf(last(thread) as never)).toBe('@ou_far 小外: 请联系管理员')
  })

  test('an offer says how long it stands, since nobody knows whose clock its reader has', async () => {
    fake.agent(ANNA)
    const one = { key: 'o', card: CARD, until: new Date(NOW.getTime() + 30_000), buttons: [{ id: 'accept cnv_1', label: '接受' }] }
    await desk.offer?.(ANNA, one, signal())
    await create({}, 'en').offer?.(ANNA, { ...one, key: 'o2' }, signal())
    expect(fake.privately(ANNA.id).map((word) => textOf(word).split('\n').at(-1))).toEqual([
      '请在 30 秒内答复。',
      'Please answer within 30 seconds.',
    ])
  })

  test('the answer to a press is a toast with what came of it, and no message', async () => {
    const { thread } = await desk.open(CARD, 'dlv_1', signal())
    fake.agent(ANNA).press('claim', thread)
    const result = await desk.webhook?.(fake.request(fake.waiting.splice(0)[0] as string))
    const event = result?.events[0]
    const callback = event?.type === 'button' ? event.callback : undefined
    await desk.whisper?.(thread, ANNA, { key: 'w', text: '已由 小本 接入。', callback }, signal())
    expect(await result?.response.json()).toEqual({ toast: { type: 'info', content: '已由 小本 接入。' } })
    expect(fake.privately(ANNA.id)).toEqual([])
    // Said again, or by a process that does not hold the call: in private.
    await desk.whisper?.(thread, ANNA, { key: 'w', text: '已由 小本 接入。', callback }, signal())
    expect(fake.privately(ANNA.id)).toHaveLength(1)
  })

  test('a press whose outcome takes longer is answered in time all the same, and its words come in private', async () => {
    const presses = createPresses('zh', 1)
    presses.open('c-1', 'om_1')
    const answer = presses.answer('c-1')
    await presses.answered('om_1')
    expect(await answer).toEqual({ toast: { type: 'info', content: '收到，正在处理…' } })
    expect(presses.toast('c-1', '已接入')).toBe(false)
  })

  test('the card is not redrawn before a press on it was answered: the answer would undo it', async () => {
    const { thread, cardId } = await desk.open(CARD, 'dlv_1', signal())
    fake.agent(ANNA).press('claim', thread)
    const result = await desk.webhook?.(fake.request(fake.waiting.splice(0)[0] as string))
    const event = result?.events[0]
    const order: string[] = []
    const redrawn = desk.update?.({ thread, cardId }, { ...CARD, title: '新' }, signal()).then(() => order.push('drawn'))
    const answered = result?.response.text().then(() => order.push('answered'))
    await desk.whisper?.(thread, ANNA, { key: 'w', text: '', callback: event?.type === 'button' ? event.callback : '' }, signal())
    await Promise.all([redrawn, answered])
    expect(order).toEqual(['answered', 'drawn'])
  })

  test('commands count with the bot mentioned before them, in a topic, in the group and in private', async () => {
    const { thread } = await desk.open(CARD, 'dlv_1', signal())
    const anna = fake.agent(ANNA)
    const mentions = [{ key: '@_user_1', id: 'bot', name: '客服台' }]
    anna.text(thread, '@_user_1 /claim', { mentions })
    anna.text(thread, '@_user_1 你好', { mentions })
    anna.text(undefined, '@_user_1 ／排队', { mentions })
    anna.text(undefined, '午饭吃什么')
    anna.privately('/online')
    anna.privately('在吗')
    await fake.settled()
    expect(await taken(fake, desk)).toMatchObject([
      { type: 'message', thread, parts: [{ text: '/claim' }] },
      { type: 'message', thread, parts: [{ text: '你好' }] },
      { type: 'command', thread: '', line: '排队' },
      { type: 'command', thread: '', line: 'online' },
    ])
  })

  test('a file that an agent sent is loaded with every byte, and a handle of somebody else is none', async () => {
    const { thread } = await desk.open(CARD, 'dlv_1', signal())
    const bytes = new Uint8Array([0, 255, 13, 10, 7])
    fake.agent(ANNA).file(thread, 'file', { bytes, name: '发票.pdf', mime: 'application/pdf' })
    fake.agent(ANNA).file(thread, 'image', { bytes, name: '', mime: 'image/png' })
    await fake.settled()
    for (const event of await taken(fake, desk)) {
      const part = event.type === 'message' ? event.parts[0] : undefined
      if (part?.type !== 'media') throw new Error('no file came')
      const response = await desk.media?.(part.media, signal())
      expect(new Uint8Array((await response?.arrayBuffer()) ?? [])).toEqual(bytes)
    }
    expect(await failed(() => desk.media?.({ id: 'att_1' }, signal()))).toMatchObject({ kind: 'rejected' })
    expect(await failed(() => desk.media?.({ id: `${thread}/file/file_x` }, signal()))).toMatchObject({ kind: 'rejected' })
  })

  test('what is taken back is found by asking when another process saw it, and a card that is taken back is its topic', async () => {
    const { thread } = await desk.open(CARD, 'dlv_1', signal())
    const message = fake.agent(ANNA).text(thread, '说错了')
    await fake.settled()
    fake.waiting.length = 0
    fake.agent(ANNA).recall(message.id)
    fake.agent(ANNA).recall(thread)
    await fake.settled()
    expect(await taken(fake, create())).toMatchObject([
      { type: 'remove', thread, target: message.id, by: { id: ANNA.id } },
      { type: 'thread_gone', thread },
    ])
  })

  test('a topic that people began is none of ours, and Feishu is asked once whose a topic is; without an answer words count all the same', async () => {
    const anna = fake.agent(ANNA)
    const lunch = anna.text(undefined, '午饭吃什么').id
    const other = create()
    for (const text of ['面', '饭']) anna.text(lunch, text)
    await fake.settled()
    const look = 'GET im/v1/messages/*'
    expect((await taken(fake, other)).map((event) => 'ours' in event)).toEqual([false, false])
    expect(fake.accepted(look)).toHaveLength(1)
    const { thread } = await desk.open(CARD, 'k', signal())
    for (const text of ['您好', '在吗']) anna.text(thread, text)
    await fake.settled()
    fake.fail({ status: 502 })
    expect((await taken(fake, other)).map((event) => 'ours' in event)).toEqual([false, true])
  })

  test('a recall that cannot be looked up is not taken: Feishu says it again', async () => {
    fake.agent(ANNA).recall(fake.agent(ANNA).text((await desk.open(CARD, 'k', signal())).thread, 'x').id)
    await fake.settled()
    const [, body] = fake.waiting.splice(0)
    fake.fail({ status: 502 })
    expect(await failed(() => create().webhook?.(fake.request(body as string)))).toMatchObject({ kind: 'rejected' })
  })

  test('a token is fetched once for all processes, and anew when Feishu no longer takes it', async () => {
    const token = 'POST auth/v3/tenant_access_token/internal'
    await Promise.all([desk.open(CARD, 'a', signal()), create().open(CARD, 'b', signal()), create().open(CARD, 'c', signal())])
    expect(fake.accepted(token)).toHaveLength(1)
    fake.expireTokens()
    await Promise.all([desk.open(CARD, 'd', signal()), create().open(CARD, 'e', signal())])
    expect(fake.accepted(token)).toHaveLength(2)
  })

  test.each([
    [230002, 'unauthorized', '加入客服群'],
    [232009, 'unauthorized', '解散'],
    [230018, 'unauthorized', '群设置'],
    [230019, 'thread_gone', '话题不存在'],
    [230011, 'thread_gone', '撤回'],
    [230020, 'rate_limited', '每秒'],
    [230022, 'rejected', '敏感'],
    [230028, 'rejected', '防泄漏'],
    [99991400, 'rate_limited', '频繁'],
    [424242, 'rejected', '424242'],
  ])('Feishu’s %i is told as %s with words that help', async (code, kind, words) => {
    const { thread } = await desk.open(CARD, 'dlv_1', signal())
    fake.fail({ code, words: 'no' })
    const error = await failed(() => desk.post(thread, said('x'), signal()))
    expect(error).toMatchObject({ kind, certain: true })
    expect(error.message).toContain(words)
  })

  test('five messages a second in one group are kept to by waiting as long as Feishu says', async () => {
    fake.world.perSecond = 5
    const { thread } = await desk.open(CARD, 'dlv_1', signal())
    for (let n = 0; n < 4; n++) await desk.post(thread, said(String(n)), signal())
    expect(await failed(() => desk.post(thread, said('5'), signal()))).toMatchObject({ kind: 'rate_limited', retryAfterMs: 1000 })
    now = new Date(NOW.getTime() + 1001)
    await desk.post(thread, said('5'), signal())
  })

  test('check names the permission that is missing, and what is wrong with the group', async () => {
    expect(await desk.check(signal())).toEqual({ state: 'connected', account: '客服台' })
    fake.world.scopes.delete('contact:user.email:readonly')
    expect(await desk.check(signal())).toMatchObject({ state: 'connected', detail: expect.stringContaining('contact:user.email:readonly') })
    fake.world.scopes.add('contact:user.email:readonly')
    fake.world.chat('oc_1').isExternal = true
    expect(await desk.check(signal())).toMatchObject({ state: 'connected', detail: expect.stringContaining('history of the group') })
    fake.world.chat('oc_1').isExternal = false
    fake.world.scopes.delete('im:message.group_msg')
    const lacking = await desk.check(signal())
    expect(lacking).toMatchObject({ state: 'misconfigured', detail: expect.stringContaining('im:message.group_msg') })
    expect(lacking.detail).not.toContain('im:resource')
    fake.world.scopes.add('im:message.group_msg')
    fake.world.chat('oc_1').hasBot = false
    expect(await desk.check(signal())).toMatchObject({ state: 'misconfigured', detail: expect.stringContaining('加入客服群') })
    expect(await create({ appSecret: 'wrong' }).check(signal())).toMatchObject({ state: 'bad_credentials' })
    expect(await create({ chat: 'oc_none' }).check(signal())).toMatchObject({ state: 'misconfigured' })
  })

  test('a missing permission is named where it is missed', async () => {
    fake.world.scopes.delete('im:message')
    expect((await failed(() => desk.open(CARD, 'a', signal()))).message).toContain('im:message')
    fake.world.scopes.clear()
    expect(await desk.user?.(ANNA.id, signal())).toEqual({ id: ANNA.id })
  })

  test('the config wants a key or a token where Feishu calls, and neither where the line is held', () => {
    const parse = (extra: object) => feishuDesk.config.safeParse({ ...APP, ...extra })
    expect(parse({ mode: 'webhook' }).success).toBe(false)
    expect(parse({ mode: 'webhook', verificationToken: 't' }).success).toBe(true)
    expect(parse({ chat: 'group' }).success).toBe(false)
    expect(feishuDesk.inbound(feishuDesk.config.parse({ ...APP }))).toBe('connect')
    expect(feishuDesk.inbound(feishuDesk.config.parse({ ...APP, ...KEYS }))).toBe('webhook')
    expect(feishuDesk.inbound(feishuDesk.config.parse({ ...APP, ...KEYS, mode: 'connection' }))).toBe('connect')
  })
})
