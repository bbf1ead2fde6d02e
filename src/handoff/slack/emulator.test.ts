// What we send, beside somebody else's idea of Slack: the emulator of Vercel Labs (`emulate`), a real server on loopback. It has no
// Socket Mode, no presses and no exact rate limits; those are in our own fake.
import { createEmulator, type Emulator } from 'emulate'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { Desk } from '#core/desk.ts'
import { CARD, entry, words } from '../../../test/contract/desk.ts'
import { FILE, FILES, recorder } from '../../../test/contract/support.ts'
import { freePort } from '../../../test/support/listen.ts'
import { slackDesk } from './index.ts'

const signal = () => AbortSignal.timeout(10_000)
const heard = recorder()
let emulator: Emulator
let desk: Desk
let channel: string
let agent: string

/** As an agent's client, or whoever else asks Slack. */
async function ask(method: string, params: Record<string, string>, token = 'xoxp-anna'): Promise<Record<string, never>> {
  const response = await fetch(`${emulator.url}/api/${method}`, {
    method: 'POST',
    headers: { authorization: `Bearer ${token}`, 'content-type': 'application/x-www-form-urlencoded' },
    body: new URLSearchParams(params).toString(),
  })
  const answer = (await response.json()) as Record<string, never>
  expect(answer, method).toMatchObject({ ok: true })
  return answer
}

beforeAll(async () => {
  emulator = await createEmulator({
    service: 'slack',
    port: await freePort(),
    seed: {
      slack: {
        signing_secret: 's',
        strict_scopes: true,
        team: { name: 'Acme', domain: 'acme' },
        users: [{ name: 'anna', real_name: '安娜', email: 'anna@example.test' }],
        channels: [{ name: 'support', topic: '' }],
        oauth_apps: [{ client_id: '1.1', client_secret: 'x', name: 'Desk', bot_name: 'desk', redirect_uris: [], scopes: ['chat:write'] }],
        tokens: [
          { token: 'xoxb-desk', user: 'anna', scopes: SCOPES },
          { token: 'xoxp-anna', user: 'anna', scopes: SCOPES },
        ],
      },
    },
  })
  const list = (await ask('conversations.list', {})) as unknown as { channels: { id: string; name: string }[] }
  channel = list.channels.find(({ name }) => name === 'support')?.id ?? ''
  agent = ((await ask('auth.test', {})) as unknown as { user_id: string }).user_id
  const config = slackDesk.config.parse({ botToken: 'xoxb-desk', signingSecret: 's', channel, apiRoot: emulator.url })
  desk = slackDesk.create(config, { ...heard.deps, locale: 'zh' })
})
afterAll(() => emulator?.close())

const SCOPES = [
  'chat:write',
  'channels:read',
  'channels:history',
  'reactions:read',
  'reactions:write',
  'users:read',
  'users:read.email',
  'files:read',
  'files:write',
]

interface Shown {
  ts: string
  text: string
  thread_ts?: string
  blocks?: { type: string }[]
  files?: { name: string }[]
  reactions?: { name: string }[]
}

async function replies(thread: string): Promise<Shown[]> {
  const ts = thread.split(':')[1] ?? ''
  return ((await ask('conversations.replies', { channel, ts })) as unknown as { messages: Shown[] }).messages
}

test('check finds the workspace, the channel and what the token may do', async () => {
  expect(await desk.check(signal())).toMatchObject({ state: 'connected' })
})

test('a thread: card with blocks, redrawn; words, a file and a word for one; ticks, changes and taking back', async () => {
  const { thread, cardId } = await desk.open(CARD, 'dlv_1', signal())
  const said = await desk.post(thread, entry('customer', words('订单 <A-1> & 10086')), signal())
  await desk.update?.({ thread, cardId }, { ...CARD, title: '换了标题', status: 'assigned' }, signal())
  const [card, line] = await replies(thread)
  expect(card).toMatchObject({ ts: cardId, blocks: [{ type: 'header', text: { text: '🟢 换了标题' } }, {}, {}, { type: 'actions' }] })
  expect(line).toMatchObject({ thread_ts: cardId, text: '订单 &lt;A-1&gt; &amp; 10086', blocks: [{ type: 'rich_text' }] })

  await desk.whisper?.(
    thread,
    { id: agent },
    { key: 'w', text: '只有您看得到', buttons: [{ id: 'held take m', label: '接入并发送' }] },
    signal(),
  )
  const own = (await ask('chat.postMessage', { channel, thread_ts: cardId ?? '', text: '您好' })) as unknown as { ts: string }
  for (const state of ['held', 'sent', 'read'] as const) await desk.mark?.(thread, `${channel}:${own.ts}`, state, signal())
  const marked = (await ask('reactions.get', { channel, timestamp: own.ts })) as unknown as { message: Shown }
  expect(marked.message.reactions?.map(({ name }) => name)).toEqual(['eyes'])

  await desk.edit?.(thread, said.externalIds, entry('customer', words('订单 B-2')), signal())
  expect((await replies(thread))[1]?.text).toBe('订单 B-2')
  await desk.remove?.(thread, said.externalIds, signal())
  expect((await replies(thread)).map(({ text }) => text)).not.toContain('订单 B-2')

  await desk.post(thread, entry('customer', [{ type: 'media', kind: 'file', media: { id: 'att_file', mime: FILE.mime } }]), signal())
  const shown = (await replies(thread)).find(({ files }) => files?.length)
  expect(shown?.files?.[0]).toMatchObject({ name: FILE.name })
})

test('a file that an agent sent is read with the token, byte for byte', async () => {
  const { thread } = await desk.open(CARD, 'dlv_2', signal())
  // Its downloads do not bear a name that is not Latin.
  const { externalIds } = await desk.post(
    thread,
    entry('customer', [{ type: 'media', kind: 'image', media: { id: 'att_image' } }]),
    signal(),
  )
  const response = await desk.media?.({ id: externalIds[0]?.slice('file:'.length) ?? '' }, signal())
  expect(new Uint8Array((await response?.arrayBuffer()) ?? new ArrayBuffer())).toEqual(FILES.att_image?.bytes)
})

test('what was posted is found again by its metadata', async () => {
  const { thread } = await desk.open(CARD, 'dlv_3', signal())
  await heard.deps.memory.write('openings', { dlv_3: new Date().toISOString() }, await heard.deps.memory.read('openings'))
  expect(await desk.open(CARD, 'dlv_3', signal())).toMatchObject({ thread })
})

test('who somebody is comes with the e-mail', async () => {
  expect(await desk.user?.(agent, signal())).toMatchObject({ id: agent, email: 'anna@example.test' })
})
