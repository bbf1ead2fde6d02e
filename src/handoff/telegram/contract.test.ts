// The desk contract on the strict fake, with what Telegram sends from a group.
import { messageIdOf } from '#platforms/telegram.ts'
import type { Fixture } from '../../../test/contract/connector.ts'
import { deskContract, type Shown } from '../../../test/contract/desk.ts'
import type { FaultName } from '../../../test/contract/support.ts'
import { viewTopic } from '../../../test/fakes/telegram/view.ts'
import type { FakeMessage } from '../../../test/fakes/telegram/world.ts'
import { type FakeTelegram, startFakeTelegram } from '../../../test/fakes/telegram.ts'
import { telegramDesk } from './index.ts'

const TOKEN = '222:AAH-desk_secret_token'
const SECRET = 'desk-hook_42'
const CHAT = -1001000000001

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
    { ...event, type: 'message', thread: '77', parts: [{ type: 'text', text: '您好' }], messageId: `${CHAT}:90`, ours: true },
  ]),
  fixture('quote', { message: { ...inTopic, text: '是的', reply_to_message: { message_id: 88, date: 1, chat: group } } }, [
    { ...event, type: 'message', thread: '77', parts: [{ type: 'text', text: '是的' }], messageId: `${CHAT}:90`, replyTo: `${CHAT}:88` },
  ]),
  fixture('command with the name of the bot', { message: { ...inTopic, text: '/claim@desk_bot now', ...command } }, [
    { ...event, type: 'message', thread: '77', parts: [{ type: 'text', text: '/claim now' }], messageId: `${CHAT}:90`, ours: true },
  ]),
  fixture('photo with caption', { message: { ...inTopic, photo: [{ file_id: 'P', width: 1, height: 1, file_size: 5 }], caption: '看' } }, [
    {
      ...event,
      type: 'message',
      thread: '77',
      parts: [{ type: 'media', kind: 'image', media: { id: 'P', mime: 'image/jpeg', bytes: 5 }, caption: '看' }],
      messageId: `${CHAT}:90`,
      ours: true,
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
        ours: true,
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
