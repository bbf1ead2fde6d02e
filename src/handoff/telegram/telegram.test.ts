import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import type { Desk } from '#core/desk.ts'
import { messageIdOf } from '#platforms/telegram.ts'
import { CARD } from '../../../test/contract/desk.ts'
import { type Recorder, recorder } from '../../../test/contract/support.ts'
import { type FakeTelegram, startFakeTelegram } from '../../../test/fakes/telegram.ts'
import { telegramDesk } from './index.ts'

const TOKEN = '222:AAH-desk_secret_token'
const SECRET = 'desk-hook_42'
const CHAT = -1001000000001
const anna = { id: 9, is_bot: false, first_name: '安娜', username: 'anna_test' }

const signal = () => AbortSignal.timeout(10_000)

describe('the Telegram desk', () => {
  let fake: FakeTelegram
  let heard: Recorder
  let desk: Desk
  const create = (extra: object = {}, locale: 'zh' | 'en' = 'zh') =>
    telegramDesk.create(telegramDesk.config.parse({ token: TOKEN, chat: CHAT, apiRoot: fake.url, pollSeconds: 0, ...extra }), {
      ...heard.deps,
      locale,
    })

  beforeEach(async () => {
    fake = await startFakeTelegram({ bots: [{ token: TOKEN, username: 'desk_bot' }] })
    fake.addForum(CHAT)
    heard = recorder()
    desk = create()
  })
  afterEach(() => fake.close())

  async function pressed(): Promise<{ thread: string; callback: string }> {
    const { thread } = await desk.open(CARD, 'k', signal())
    fake.agent(anna, CHAT).press('claim')
    const event = (await desk.poll?.(null, signal()))?.events.at(-1)
    return { thread, callback: event?.type === 'button' ? (event.callback ?? '') : '' }
  }

  test('writes in the language of its config, else of the house', async () => {
    const entry = { key: 'a', author: 'customer', name: 'Wang', parts: [{ type: 'text', text: 'hi' }] } as const
    const { thread } = await desk.open(CARD, 'k', signal())
    await desk.post(thread, { ...entry, parts: [...entry.parts] }, signal())
    await create({ locale: 'en' }).post(thread, { ...entry, key: 'b', parts: [...entry.parts] }, signal())
    expect(
      fake
        .inTopic(CHAT, Number(thread))
        .slice(-2)
        .map((message) => message.text),
    ).toEqual(['客户 Wang: hi', 'Customer Wang: hi'])
  })

  test('a short word after a press is a pop-up that only this agent sees, and is no message', async () => {
    const { thread, callback } = await pressed()
    await desk.whisper?.(thread, { id: '9' }, { key: 'w', text: '已被认领', callback }, signal())
    expect(fake.accepted('answerCallbackQuery')[0]?.params).toEqual({ callback_query_id: callback, text: '已被认领', show_alert: true })
    expect(fake.accepted('sendMessage')).toHaveLength(1)
  })

  test('a long word, or one with buttons, stops the spinner and is also a message', async () => {
    const first = await pressed()
    await desk.whisper?.(first.thread, { id: '9', name: '安娜' }, { key: 'w', text: '长'.repeat(300), callback: first.callback }, signal())
    expect(fake.accepted('answerCallbackQuery')[0]?.params).toEqual({ callback_query_id: first.callback })
    expect(fake.accepted('sendMessage').at(-1)?.params.text).toBe(`安娜: ${'长'.repeat(300)}`)
  })

  test('a press too old to answer is answered in the topic', async () => {
    const { thread } = await desk.open(CARD, 'k', signal())
    await desk.whisper?.(thread, { id: '9', name: '安娜' }, { key: 'w', text: '好的', callback: '1' }, signal())
    expect(fake.accepted('sendMessage').at(-1)?.params.text).toBe('安娜: 好的')
  })

  test('an answer without words only stops the spinner, whether or not it is too late', async () => {
    const { thread, callback } = await pressed()
    await desk.whisper?.(thread, { id: '9' }, { key: 'w', text: '', callback }, signal())
    await desk.whisper?.(thread, { id: '9' }, { key: 'w', text: '', callback }, signal())
    expect(fake.accepted('answerCallbackQuery').map((call) => call.params)).toEqual([{ callback_query_id: callback }])
    expect(fake.accepted('sendMessage')).toHaveLength(1)
  })

  test("the house's command buttons can be pressed, a customer's rating cannot, and a role is not named twice", async () => {
    const { thread } = await desk.open(CARD, 'k', signal())
    const entry = { author: 'system' as const, name: '系统' }
    const commands = [{ id: 'resend msg_0123456789abcdef0123456789abcdef', label: '重发' }]
    await desk.post(thread, { ...entry, key: 'a', parts: [{ type: 'text', text: '没有发出' }], commands }, signal())
    const rated = [{ type: 'buttons' as const, text: '没有发出', buttons: [{ id: 'rate:5', label: '重发' }] }]
    await desk.post(thread, { ...entry, key: 'b', parts: rated }, signal())
    const [command, rating] = fake.accepted('sendMessage').slice(-2)
    expect(command?.params).toMatchObject({ text: '系统: 没有发出', reply_markup: { inline_keyboard: [[{ text: '重发' }]] } })
    expect(rating?.params).toMatchObject({ text: '系统: 没有发出\n1. 重发' })
    expect(rating?.params.reply_markup).toBeUndefined()
  })

  test('an answer in General names no topic: Telegram knows none by that number', async () => {
    await desk.whisper?.('1', { id: '9', name: '安娜' }, { key: 'w', text: '在线' }, signal())
    expect(fake.accepted('sendMessage')[0]?.params).toEqual({ chat_id: CHAT, text: '安娜: 在线' })
  })

  test('a card that can no longer be edited is posted anew', async () => {
    const { thread, cardId } = await desk.open(CARD, 'k', signal())
    const card = fake.world.group(CHAT).messages.get(Number(cardId))
    Object.assign(card ?? {}, { locked: true })
    await desk.update?.({ thread, cardId }, { ...CARD, title: 'new title' }, signal())
    await desk.update?.({ thread }, { ...CARD, title: 'newer title' }, signal())
    expect(
      fake
        .inTopic(CHAT, Number(thread))
        .slice(-2)
        .map((message) => message.text?.split('\n')[0]),
    ).toEqual(['new title', 'newer title'])
  })

  test('a title longer than a topic may be named is cut', async () => {
    await desk.open({ ...CARD, title: '题'.repeat(200) }, 'k', signal())
    expect(fake.topics(CHAT)[0]?.name).toHaveLength(128)
  })

  test('check says what is wrong with the group, in words', async () => {
    fake.addForum(-1002, 'No rights', { rights: false })
    fake.addGroup(-1003)
    expect(await create({ chat: -1002 }).check(signal())).toMatchObject({
      state: 'misconfigured',
      account: '@desk_bot',
      detail: expect.stringMatching(/Manage topics/),
    })
    expect(await create({ chat: -1003 }).check(signal())).toMatchObject({ state: 'misconfigured', detail: expect.stringMatching(/话题/) })
    expect(await create({ chat: -1004 }).check(signal())).toMatchObject({
      state: 'misconfigured',
      detail: expect.stringMatching(/chat not found/),
    })
  })

  test('a group that became a supergroup is told with its new number', async () => {
    fake.world.group(CHAT).migratedTo = -1009
    expect(await heard.failure(() => desk.open(CARD, 'k', signal()))).toMatchObject({
      kind: 'rejected',
      message: expect.stringContaining('chat: -1009'),
    })
  })

  test('a webhook brings what an agent writes, with the secret checked', async () => {
    const hooked = create({ mode: 'webhook', secret: SECRET })
    await hooked.setup?.(new URL('http://127.0.0.1:1/hooks/d1'), signal())
    expect(fake.accepted('setWebhook')[0]?.params).toMatchObject({ secret_token: SECRET })
    expect(telegramDesk.config.safeParse({ token: TOKEN, chat: CHAT, mode: 'webhook' }).success).toBe(false)
    for (const chat of [1001, 'support', '', 1.5]) expect(telegramDesk.config.safeParse({ token: TOKEN, chat }).success).toBe(false)
    expect(telegramDesk.config.parse({ token: TOKEN, chat: '-1001' })).toMatchObject({ chat: -1001 })
  })

  test('the menu behind the slash stands in the group in both languages, and a refusal of it stops nothing', async () => {
    fake.fail({ status: 400, description: 'Bad Request: BOT_COMMAND_INVALID' }, { method: 'setMyCommands' })
    await desk.poll?.(null, signal())
    expect(fake.accepted('setMyCommands')).toEqual([])
    const other = create()
    await other.poll?.(null, signal())
    await other.poll?.(null, signal())
    const menus = fake
      .accepted('setMyCommands')
      .map(({ params }) => params as { language_code?: string; scope: object; commands: object[] })
    expect(menus.map(({ language_code }) => language_code)).toEqual([undefined, 'zh', 'en'])
    expect(menus[1]?.scope).toEqual({ type: 'chat', chat_id: CHAT })
    expect(menus[1]?.commands).toContainEqual({ command: 'claim', description: '接入对话；暂缓的对话由此继续' })
    expect(menus[2]?.commands).toContainEqual({ command: 'claim', description: 'take the conversation; a snoozed one goes on' })
  })

  // LiveHelperChat/telegram PR#86 LiveHelperChat/telegram#69
  test('LHC PR#86 MasterGroosha#7 ruitunion#1 LHC#69: both words for a deleted topic are one, for cards, words, ticks and changes', async () => {
    for (const gone of ['TOPIC_DELETED', 'message thread not found'] as const) {
      const { thread } = await desk.open(CARD, `k${gone}`, signal())
      fake.deleteTopic(CHAT, Number(thread), gone)
      const entry = { key: gone, author: 'customer' as const, name: 'W', parts: [{ type: 'text' as const, text: 'x' }] }
      expect(await heard.failure(() => desk.post(thread, entry, signal()))).toMatchObject({ kind: 'thread_gone', certain: true })
      await desk.close?.(thread, signal())
    }
  })

  // LiveHelperChat/telegram PR#86; ccbot PR#86: too few kinds of updates were asked for; tdlib#356: words in General have no topic.
  test('LHC PR#86: notices of Telegram are nobody’s words, and what people do to a topic by hand is told as that', async () => {
    const { thread } = await desk.open(CARD, 'k', signal())
    const agent = fake.agent(anna, CHAT)
    const { cursor } = (await desk.poll?.(null, signal())) ?? { cursor: null }
    agent.closeTopic(Number(thread))
    agent.reopenTopic(Number(thread))
    agent.send(Number(thread), { pinned_message: { message_id: 1 } })
    agent.send(Number(thread), { forum_topic_edited: { name: 'y' } })
    agent.text(undefined, '中午吃什么?')
    const events = (await desk.poll?.(cursor, signal()))?.events ?? []
    expect(events.map(({ type }) => type)).toEqual(['closed', 'opened'])
  })

  test('yshalsager#1: what is too old to be deleted loses its words, and what cannot be changed is said to be so', async () => {
    const { thread } = await desk.open(CARD, 'k', signal())
    const entry = { key: 'a', author: 'customer' as const, name: 'W', parts: [{ type: 'text' as const, text: 'hunter2' }] }
    const { externalIds } = await desk.post(thread, entry, signal())
    const message = fake.world.group(CHAT).messages.get(messageIdOf(externalIds[0] ?? ''))
    Object.assign(message ?? {}, { old: true })
    await desk.remove?.(thread, externalIds, signal())
    expect(fake.inTopic(CHAT, Number(thread)).at(-1)?.text).toBe('[消息已撤回]')
    Object.assign(fake.world.group(CHAT).messages.get(messageIdOf(externalIds[0] ?? '')) ?? {}, { locked: true })
    const change = () => desk.edit?.(thread, externalIds, { ...entry, parts: [{ type: 'text', text: 'y' }] }, signal()) ?? Promise.resolve()
    expect((await heard.failure(change)).kind).toBe('unsupported')
  })

  test('an agent who once pressed Start is asked in private and answers there; an anonymous one cannot be asked', async () => {
    const agent = fake.agent(anna, CHAT)
    agent.start('/start')
    const offer = { key: 'o', card: CARD, until: new Date('2026-03-01T08:00:30Z'), buttons: [{ id: 'accept cnv_1', label: '接受' }] }
    await desk.offer?.({ id: '9' }, offer, signal())
    agent.pressPrivate('accept cnv_1')
    const events = (await desk.poll?.(null, signal()))?.events ?? []
    expect(events.at(-1)).toMatchObject({ type: 'button', thread: 'private:9', command: 'accept cnv_1', by: { id: '9' } })
    await desk.whisper?.('private:9', { id: '9', name: '安娜' }, { key: 'w', text: '好的' }, signal())
    expect(fake.accepted('sendMessage').at(-1)?.params).toEqual({ chat_id: 9, text: '安娜: 好的' })
    expect((await heard.failure(() => desk.offer?.({ id: `anonymous:${CHAT}` }, offer, signal()) ?? Promise.resolve())).kind).toBe(
      'recipient_gone',
    )
  })

  test('a file that an agent sent is streamed', async () => {
    const { thread } = await desk.open(CARD, 'k', signal())
    fake.agent(anna, CHAT).document(Number(thread), { bytes: new Uint8Array([7, 0, 255]), name: 'a.bin', mime: 'application/octet-stream' })
    const event = (await desk.poll?.(null, signal()))?.events.at(-1)
    const part = event?.type === 'message' ? event.parts[0] : undefined
    if (part?.type !== 'media' || !desk.media) throw new Error('no file came')
    expect(new Uint8Array(await (await desk.media(part.media, signal())).arrayBuffer())).toEqual(new Uint8Array([7, 0, 255]))
  })
})
