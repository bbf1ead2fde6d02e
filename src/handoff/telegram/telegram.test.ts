import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import type { Desk } from '#core/desk.ts'
import { messageIdOf } from '#platforms/telegram.ts'
import type { Fixture } from '../../../test/contract/connector.ts'
import { CARD, deskContract, type Shown } from '../../../test/contract/desk.ts'
import { type FaultName, type Recorder, recorder } from '../../../test/contract/support.ts'
import { viewTopic } from '../../../test/fakes/telegram/view.ts'
import type { FakeMessage } from '../../../test/fakes/telegram/world.ts'
import { type FakeTelegram, startFakeTelegram } from '../../../test/fakes/telegram.ts'
import { telegramDesk } from './index.ts'

const TOKEN = '222:AAH-desk_secret_token'
const SECRET = 'desk-hook_42'
const CHAT = -1001000000001

const signal = () => AbortSignal.timeout(10_000)
const request = (body: string, secret?: string) =>
  new Request('https://desk.example/hooks/d1', {
    method: 'POST',
    headers: secret === undefined ? {} : { 'x-telegram-bot-api-secret-token': secret },
    body,
  })

function inject(fake: FakeTelegram, name: FaultName, after = 0): void {
  const match = { after }
  if (name === 'rate_limited') fake.fail({ status: 429, retry_after: 7 }, match)
  else if (name === 'unauthorized') fake.fail({ status: 401 }, match)
  else if (name === 'recipient_gone') fake.fail({ status: 403 }, match)
  else if (name === 'server_error') fake.fail({ status: 502 }, match)
  else if (name === 'accept_then_reset') fake.fail({ kind: 'accept-then-reset' }, match)
  else fake.fail({ kind: name }, match)
}

const inPrivate = (fake: FakeTelegram) => fake.world.privateChat(fake.world.bot(), anna.id).messages

function shownOf(fake: FakeTelegram) {
  return (message: FakeMessage): Shown => {
    const media = (message.photo as unknown[] | undefined)?.[0] ?? message.document ?? message.voice ?? message.audio ?? message.video
    const file = fake.world.files.get((media as { file_id: string } | undefined)?.file_id ?? '')
    const keys = message.reply_markup?.inline_keyboard?.flat().map((key) => key.callback_data ?? '')
    return { text: message.text ?? message.caption, ...(file && { file: file.bytes }), ...(keys && { buttons: keys }) }
  }
}

// ── What Telegram sends from a group: the shape of real updates with made-up people ─────────────────────────────────

const anna = { id: 9, is_bot: false, first_name: '安娜', username: 'anna_test' }
const group = { id: CHAT, title: 'Support', type: 'supergroup', is_forum: true }
const opened = {
  message_id: 77,
  from: { id: 222, is_bot: true, first_name: 'Desk' },
  chat: group,
  date: 1772350000,
  message_thread_id: 77,
  is_topic_message: true,
  forum_topic_created: { name: 'x' },
}
const inTopic = {
  message_id: 90,
  from: anna,
  chat: group,
  date: 1772352000,
  message_thread_id: 77,
  is_topic_message: true,
  reply_to_message: opened,
}
const event = { externalId: '5', at: '2026-03-01T08:00:00.000Z', by: { id: '9', name: '安娜' } }
const fixture = (name: string, update: object, events: object[]): Fixture => ({
  name,
  source: 'the shape of a Bot API update',
  body: JSON.stringify({ update_id: 5, ...update }),
  events,
})
const quiet = (name: string, update: object) => fixture(name, update, [])
const command = { entities: [{ type: 'bot_command', offset: 0, length: 15 }] }

const fixtures: Fixture[] = [
  fixture('text', { message: { ...inTopic, text: '您好' } }, [
    { ...event, type: 'message', thread: '77', parts: [{ type: 'text', text: '您好' }], messageId: `${CHAT}:90` },
  ]),
  fixture('quote', { message: { ...inTopic, text: '是的', reply_to_message: { message_id: 88, date: 1, chat: group } } }, [
    { ...event, type: 'message', thread: '77', parts: [{ type: 'text', text: '是的' }], messageId: `${CHAT}:90`, replyTo: `${CHAT}:88` },
  ]),
  fixture('command with the name of the bot', { message: { ...inTopic, text: '/claim@desk_bot now', ...command } }, [
    { ...event, type: 'message', thread: '77', parts: [{ type: 'text', text: '/claim now' }], messageId: `${CHAT}:90` },
  ]),
  fixture('photo with caption', { message: { ...inTopic, photo: [{ file_id: 'P', width: 1, height: 1, file_size: 5 }], caption: '看' } }, [
    {
      ...event,
      type: 'message',
      thread: '77',
      parts: [{ type: 'media', kind: 'image', media: { id: 'P', mime: 'image/jpeg', bytes: 5 }, caption: '看' }],
      messageId: `${CHAT}:90`,
    },
  ]),
  fixture('edit', { edited_message: { ...inTopic, text: '您好!', edit_date: 1772352060 } }, [
    {
      ...event,
      type: 'edit',
      at: '2026-03-01T08:01:00.000Z',
      thread: '77',
      target: `${CHAT}:90`,
      parts: [{ type: 'text', text: '您好!' }],
    },
  ]),
  fixture('press', { callback_query: { id: 'cb1', from: anna, data: 'transfer tech', message: { ...opened, message_id: 78 } } }, [
    { ...event, type: 'button', thread: '77', command: 'transfer tech', callback: 'cb1' },
  ]),
  fixture(
    'anonymous administrator',
    { message: { ...inTopic, from: { id: 1087968824, is_bot: true, first_name: 'Group' }, sender_chat: group, text: 'who?' } },
    [
      {
        ...event,
        by: { id: `anonymous:${CHAT}`, name: 'Group', anonymous: true },
        type: 'message',
        thread: '77',
        parts: [{ type: 'text', text: 'who?' }],
        messageId: `${CHAT}:90`,
      },
    ],
  ),
  fixture(
    'command in General',
    { message: { message_id: 91, from: anna, chat: group, date: 1772352000, text: '/online@desk_bot', ...command } },
    [{ ...event, type: 'command', thread: '1', line: 'online', messageId: `${CHAT}:91` }],
  ),
  fixture('Chinese command in General', { message: { message_id: 91, from: anna, chat: group, date: 1772352000, text: '/在线' } }, [
    { ...event, type: 'command', thread: '1', line: '在线', messageId: `${CHAT}:91` },
  ]),
  quiet('talk in General', { message: { message_id: 91, from: anna, chat: group, date: 1772352000, text: 'lunch?' } }),
  quiet('a reply chain that is no topic', { message: { ...inTopic, is_topic_message: undefined, text: 'x' } }),
  quiet('another group', { message: { ...inTopic, chat: { ...group, id: -1002 }, text: 'x' } }),
  quiet('a private chat', { message: { ...inTopic, chat: { id: 9, type: 'private' }, text: 'x' } }),
  quiet('a bot', { message: { ...inTopic, from: { id: 3, is_bot: true, first_name: 'B' }, text: 'x' } }),
  quiet('topic created', { message: opened }),
  fixture('topic closed by a person', { message: { ...inTopic, forum_topic_closed: {} } }, [{ ...event, type: 'closed', thread: '77' }]),
  fixture('topic opened by a person', { message: { ...inTopic, forum_topic_reopened: {} } }, [{ ...event, type: 'opened', thread: '77' }]),
  quiet('topic closed by a bot', { message: { ...inTopic, from: opened.from, forum_topic_closed: {} } }),
  fixture(
    'command in private',
    { message: { message_id: 4, from: anna, chat: { id: 9, type: 'private' }, date: 1772352000, text: '/link K7' } },
    [{ ...event, type: 'command', thread: 'private:9', line: 'link K7', messageId: '9:4' }],
  ),
  fixture(
    'press in private',
    {
      callback_query: {
        id: 'cb1',
        from: anna,
        data: 'accept cnv_1',
        message: { message_id: 5, date: 1, chat: { id: 9, type: 'private' } },
      },
    },
    [{ ...event, type: 'button', thread: 'private:9', command: 'accept cnv_1', callback: 'cb1' }],
  ),
  quiet('topic renamed', { message: { ...inTopic, forum_topic_edited: { name: 'y' } } }),
  quiet('pinned', { message: { ...inTopic, pinned_message: opened } }),
  quiet('somebody joined', { message: { ...inTopic, new_chat_members: [anna] } }),
  quiet('a press in another group', {
    callback_query: { id: 'cb1', from: anna, data: 'claim', message: { ...opened, chat: { ...group, id: -1002 } } },
  }),
]

deskContract(telegramDesk, {
  secrets: [TOKEN, TOKEN.slice(4), SECRET],
  required: ['token', 'chat'],
  fixtures,
  webhook: {
    config: { mode: 'webhook', secret: SECRET },
    request: (body) => request(body, SECRET),
    forgeries: { 'no secret': (body) => request(body), 'a wrong secret': (body) => request(body, `${SECRET}x`) },
  },
  async start() {
    const fake = await startFakeTelegram({ bots: [{ token: TOKEN, username: 'desk_bot' }] })
    fake.addForum(CHAT)
    const agent = fake.agent(anna, CHAT)
    agent.start()
    return {
      config: { token: TOKEN, chat: CHAT, apiRoot: fake.url, pollSeconds: 0 },
      unreachable: { apiRoot: 'http://127.0.0.1:2' },
      threads: () => fake.topics(CHAT).map((topic) => topic.name),
      shown: (thread) =>
        fake
          .inTopic(CHAT, Number(thread))
          .filter((message) => !Object.keys(message).some((key) => key.startsWith('forum_topic')))
          .map(shownOf(fake)),
      fault: (name, after) => inject(fake, name, after),
      remove: (thread) => fake.deleteTopic(CHAT, Number(thread), Number(thread) % 2 ? 'TOPIC_DELETED' : 'message thread not found'),
      write: (thread, text) => void agent.text(Number(thread), text),
      rewrite: (_thread, target, text) => agent.edit(messageIdOf(target), text),
      tick: (_thread, target) => fake.world.group(CHAT).messages.get(messageIdOf(target))?.reaction as string | undefined,
      typed: (thread) => fake.accepted('sendChatAction').filter(({ params }) => String(params.message_thread_id) === thread).length,
      offers: {
        user: '9',
        unknown: '404',
        shown: () => [...inPrivate(fake).values()].filter((one) => one.from?.is_bot).map(shownOf(fake)),
      },
      // Without a parse_mode and entities of ours Telegram renders nothing of it.
      alive: (thread) =>
        fake
          .accepted()
          .filter(
            ({ params }) =>
              String(params.message_thread_id) === thread && (params.parse_mode || params.entities || params.caption_entities),
          )
          .map(({ method }) => method),
      view: (thread) => viewTopic(fake.world.group(CHAT), Number(thread)),
      press: (_thread, button) => void agent.press(button),
      close: () => fake.close(),
    }
  },
})

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

  test('LHC PR#86 MasterGroosha#7 ruitunion#1 LHC#69: both words for a deleted topic are one, for cards, words, ticks and changes', async () => {
    for (const gone of ['TOPIC_DELETED', 'message thread not found'] as const) {
      const { thread } = await desk.open(CARD, `k${gone}`, signal())
      fake.deleteTopic(CHAT, Number(thread), gone)
      const entry = { key: gone, author: 'customer' as const, name: 'W', parts: [{ type: 'text' as const, text: 'x' }] }
      expect(await heard.failure(() => desk.post(thread, entry, signal()))).toMatchObject({ kind: 'thread_gone', certain: true })
      await desk.close?.(thread, signal())
    }
  })

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
