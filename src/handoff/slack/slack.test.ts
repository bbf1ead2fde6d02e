// The contract of a desk, on the fake, with events as Slack's reference shows them.
import { createHmac } from 'node:crypto'
import type { Fixture } from '../../../test/contract/connector.ts'
import { deskContract, type Shown } from '../../../test/contract/desk.ts'
import { type FaultName, NOW } from '../../../test/contract/support.ts'
import { alive, pressables, seen } from '../../../test/fakes/slack/blocks.ts'
import { richText } from '../../../test/fakes/slack/people.ts'
import { type FakeSlack, type Message, startFakeSlack } from '../../../test/fakes/slack.ts'
import { slackDesk } from './index.ts'

const TOKEN = 'xoxb-111-desk-secret'
const SECRET = '8f742231b10e8888abcd99yyyzzz85a5'

function request(body: string, { secret = SECRET, at = NOW, type = 'application/json' } = {}): Request {
  const time = String(at.getTime() / 1000)
  const signature = `v0=${createHmac('sha256', secret).update(`v0:${time}:${body}`).digest('hex')}`
  const headers = { 'content-type': type, 'x-slack-request-timestamp': time, 'x-slack-signature': signature }
  return new Request('https://desk.example/hooks/slack', { method: 'POST', headers, body })
}

function inject(fake: FakeSlack, name: FaultName, after = 0): void {
  const match = { after }
  if (name === 'rate_limited') fake.fail({ status: 429, retryAfter: 7 }, match)
  else if (name === 'unauthorized') fake.fail({ error: 'invalid_auth' }, match)
  else if (name === 'recipient_gone') fake.fail({ error: 'channel_not_found' }, match)
  // A thread is one call: what breaks in its middle was done, and its answer is lost.
  else if (name === 'server_error') fake.fail({ kind: after > 0 ? 'accept-then-error' : 'server-error' }, { after: Math.max(0, after - 1) })
  else if (name === 'accept_then_reset') fake.fail({ kind: 'accept-then-reset' }, match)
  else fake.fail({ kind: name }, match)
}

const tsOf = (key: string) => key.split(':')[1] ?? ''

/** As people read a thread: Slack writes a name once above what one speaker says in a row. */
function shown(fake: FakeSlack, thread: string): Shown[] {
  const [channel = '', root = ''] = thread.split(':')
  return fake.world.thread(channel, root).map((message, n, all) => {
    const name = message.only ? fake.world.users.get(message.only)?.profile.display_name : message.username
    const isSame = n > 0 && !message.only && all[n - 1]?.username === message.username
    const text = [isSame ? undefined : name, seen(message)].filter(Boolean).join(': ')
    const buttons = pressables(message.blocks).filter(({ kind }) => kind !== 'overflow')
    return {
      text,
      ...(message.files[0] && { file: message.files[0].bytes }),
      ...(buttons.length > 0 && { buttons: buttons.map(({ value }) => value) }),
    }
  })
}

// ── What Slack posts: the shape of its reference with made-up people ────────────────────────────────────────────────────

const ROOT = '1772350000.000100'
const TS = '1772352000.000200'
const AT = '2026-03-01T08:00:00.000Z'
const envelope = (event: object, extra: object = {}) => ({
  token: 'x',
  team_id: 'T1',
  api_app_id: 'A1',
  type: 'event_callback',
  event_id: 'Ev1',
  event_time: 1772352000,
  authorizations: [{ enterprise_id: null, team_id: 'T1', user_id: 'UDESK', is_bot: true, is_enterprise_install: false }],
  event,
  ...extra,
})
const written = (text: string, more: object = {}) => ({
  type: 'message',
  user: 'U501',
  ts: TS,
  thread_ts: ROOT,
  channel: 'C100',
  channel_type: 'channel',
  client_msg_id: 'b1',
  team: 'T1',
  event_ts: TS,
  text,
  blocks: richText(text),
  ...more,
})
const base = { externalId: 'Ev1', at: AT, by: { id: 'U501', name: '安娜' } }
const OWN = `message:C100:${TS}`
const message = (text: string) => ({
  ...base,
  externalId: OWN,
  type: 'message',
  thread: `C100:${ROOT}`,
  parts: [{ type: 'text', text }],
  messageId: `C100:${TS}`,
})
const fixture = (name: string, body: object, events: object[]): Fixture => ({
  name,
  source: "the shape of Slack's reference",
  body: JSON.stringify(body),
  events,
})
const quiet = (name: string, event: object, extra: object = {}) => fixture(name, envelope(event, extra), [])
const change = (now: object | undefined, before: object) => ({
  type: 'message',
  subtype: now ? 'message_changed' : 'message_deleted',
  hidden: true,
  channel: 'C100',
  ts: '1772352060.000300',
  event_ts: '1772352060.000300',
  ...(now ? { message: now } : { deleted_ts: (before as { ts: string }).ts }),
  previous_message: before,
})
const card = {
  type: 'message',
  user: 'UDESK',
  bot_id: 'BDESK',
  ts: ROOT,
  text: 'card',
  blocks: [{ type: 'header', block_id: 'frontdesk.card' }],
}
const file = {
  id: 'F1',
  name: '发票.pdf',
  title: '发票.pdf',
  mimetype: 'application/pdf',
  size: 5,
  mode: 'hosted',
  url_private: 'https://files.slack.com/x',
}

const fixtures: Fixture[] = [
  fixture('text', envelope(written('您好')), [message('您好')]),
  fixture('text under a message of ours', envelope(written('您好', { parent_user_id: 'UDESK' })), [{ ...message('您好'), ours: true }]),
  fixture('text under a message of somebody else', envelope(written('您好', { parent_user_id: 'U777' })), [message('您好')]),
  fixture('emoji and mention', envelope(written('好的😀<@U502>')), [message('好的😀@小本')]),
  fixture('everybody', envelope(written('<!here> 看看')), [message('@here 看看')]),
  fixture(
    'mrkdwn without blocks',
    envelope(written('&lt;b&gt; <https://a.example/x|这里> <!channel> <#C9|general> :tada:', { blocks: undefined })),
    [message('<b> 这里 (https://a.example/x) @channel #general :tada:')],
  ),
  fixture('me_message', envelope(written('想一想', { subtype: 'me_message', blocks: undefined })), [message('想一想')]),
  fixture('thread_broadcast', envelope(written('大家好', { subtype: 'thread_broadcast', root: card })), [message('大家好')]),
  fixture('full stop command', envelope(written('.resolve')), [message('!resolve')]),
  fixture('full stop without a command', envelope(written('.NET 支持吗')), [message('.NET 支持吗')]),
  fixture('command by mention', envelope(written('<@UDESK> transfer tech')), [message('!transfer tech')]),
  fixture('file with words', envelope(written('看', { subtype: 'file_share', files: [file] })), [
    {
      ...message('看'),
      parts: [
        { type: 'text', text: '看' },
        { type: 'media', kind: 'file', media: { id: 'F1', name: '发票.pdf', mime: 'application/pdf', bytes: 5 } },
      ],
    },
  ]),
  fixture('file alone', envelope(written('', { subtype: 'file_share', blocks: undefined, files: [file] })), [
    { ...message(''), parts: [{ type: 'media', kind: 'file', media: { id: 'F1', name: '发票.pdf', mime: 'application/pdf', bytes: 5 } }] },
  ]),
  fixture('edit', envelope(change(written('您好！', { edited: {} }), written('您好'))), [
    {
      ...base,
      type: 'edit',
      at: '2026-03-01T08:01:00.000Z',
      thread: `C100:${ROOT}`,
      target: `C100:${TS}`,
      parts: [{ type: 'text', text: '您好！' }],
    },
  ]),
  fixture('delete', envelope(change(undefined, written('您好'))), [
    { ...base, by: { id: 'U501' }, type: 'remove', at: '2026-03-01T08:01:00.000Z', thread: `C100:${ROOT}`, target: `C100:${TS}` },
  ]),
  fixture('card deleted', envelope(change(undefined, card)), [
    {
      ...base,
      by: { id: 'UDESK' },
      type: 'thread_gone',
      at: '2026-03-01T08:01:00.000Z',
      thread: `C100:${ROOT}`,
      reason: 'deleted in Slack',
    },
  ]),
  fixture('card deleted that was answered', envelope(change({ ...card, subtype: 'tombstone', user: 'USLACKBOT', blocks: [] }, card)), [
    {
      ...base,
      by: { id: 'UDESK' },
      type: 'thread_gone',
      at: '2026-03-01T08:01:00.000Z',
      thread: `C100:${ROOT}`,
      reason: 'deleted in Slack',
    },
  ]),
  fixture('command beside the threads', envelope(written('!online', { thread_ts: undefined })), [
    { ...base, externalId: OWN, type: 'command', thread: 'C100', line: 'online', messageId: `C100:${TS}` },
  ]),
  quiet('talk beside the threads', written('lunch?', { thread_ts: undefined })),
  quiet('a preview of a link', change(written('https://a.example', { attachments: [{}] }), written('https://a.example'))),
  quiet('our own words', written('hi', { user: 'UDESK', bot_id: 'BDESK' })),
  quiet('our own file, which bears no mark of a bot', written('', { user: 'UDESK', subtype: 'file_share', files: [file] })),
  quiet('our own card redrawn', change({ ...card, text: 'other' }, card)),
  quiet('our own line taken back', change(undefined, { ...card, blocks: [], ts: TS, thread_ts: ROOT })),
  quiet('another app', written('hi', { bot_id: 'BOTHER', subtype: 'bot_message', user: undefined })),
  quiet('another channel', written('hi', { channel: 'C999' })),
  quiet('another workspace with the same app', written('hi'), {
    team_id: 'T9',
    authorizations: [{ team_id: 'T9', user_id: 'UX', is_bot: true }],
  }),
  quiet('somebody joined', written('<@U501> has joined the channel', { subtype: 'channel_join', thread_ts: undefined })),
  quiet('a kind that nobody knows yet', written('x', { subtype: 'huddle_thread' })),
  quiet('a reaction that is no command', {
    type: 'reaction_added',
    user: 'U501',
    reaction: 'tada',
    item: { type: 'message', channel: 'C100', ts: TS },
    item_user: 'UDESK',
    event_ts: TS,
  }),
]

deskContract(slackDesk, {
  secrets: [TOKEN, SECRET],
  required: ['botToken', 'channel', 'signingSecret'],
  fixtures,
  webhook: {
    config: {},
    request: (body) => request(body),
    forgeries: {
      'no signature': (body) => new Request('https://desk.example/hooks/slack', { method: 'POST', body }),
      'a wrong secret': (body) => request(body, { secret: `${SECRET}x` }),
      'a time six minutes ago': (body) => request(body, { at: new Date(NOW.getTime() - 360_000) }),
      'a signature of other words': (body) => {
        const { headers } = request(`${body} `)
        return new Request('https://desk.example/hooks/slack', { method: 'POST', headers, body })
      },
    },
  },
  async start() {
    const fake = await startFakeSlack({ token: TOKEN, secret: SECRET })
    fake.world.addUser('U501', '安娜', { email: 'anna@example.test' })
    fake.world.addUser('U502', '小本')
    fake.world.addUser('9', '安娜')
    const channel = fake.world.addChannel('C100', 'support', ['UDESK', 'U501', 'U502', '9'])
    const anna = fake.person('U501', 'C100')
    const isRoot = ({ ts, thread_ts, only }: Message) => !only && (thread_ts === undefined || thread_ts === ts)
    return {
      config: { botToken: TOKEN, signingSecret: SECRET, channel: 'C100', apiRoot: fake.url },
      unreachable: { apiRoot: 'http://127.0.0.1:2' },
      threads: () => [...channel.messages.values()].filter(isRoot).map((one) => seen(one).split('\n')[0] ?? ''),
      shown: (thread) => shown(fake, thread),
      fault: (name, after) => inject(fake, name, after),
      remove: (thread) => fake.world.remove('C100', tsOf(thread)),
      write: (thread, text) => void anna.write(tsOf(thread), text),
      press: (thread, button) => void anna.press(button, tsOf(thread)),
      async events(desk, act, count) {
        fake.world.waiting.length = 0
        await act()
        const events = []
        // What we posted ourselves comes along, and is nobody's.
        for (const told of fake.world.waiting.splice(0)) {
          const { headers, body } = fake.signed(told, SECRET, NOW)
          events.push(
            ...((await desk.webhook?.(new Request('https://desk.example/hooks/slack', { method: 'POST', headers, body })))?.events ?? []),
          )
        }
        if (events.length < count) throw new Error(`${events.length} events instead of ${count}`)
        return events
      },
      rewrite: (_thread, target, text) => anna.edit(tsOf(target), text),
      erase: (_thread, target) => anna.remove(tsOf(target)),
      tick: (_thread, target) => [...(channel.messages.get(tsOf(target))?.reactions.keys() ?? [])].join(' ') || undefined,
      offers: {
        user: 'U501',
        unknown: 'UGONE',
        shown: () =>
          [...fake.world.direct('U501').messages.values()].map((one) => ({
            text: seen(one),
            buttons: pressables(one.blocks).map(({ value }) => value),
          })),
      },
      person: { id: 'U501', email: 'anna@example.test', name: '安娜' },
      alive: (thread) => fake.world.thread('C100', tsOf(thread)).flatMap(alive),
      view: (thread) => fake.view(thread),
      close: () => fake.close(),
    }
  },
})
