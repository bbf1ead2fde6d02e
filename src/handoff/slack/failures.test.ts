// What went wrong in other bridges to Slack, by the numbers of their issues, and the corners of Slack that no contract knows.
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import type { Card, Desk } from '#core/desk.ts'
import { ThreadMoved } from '#core/errors.ts'
import type { DeskEvent } from '#core/event.ts'
import { CARD, entry, words } from '../../../test/contract/desk.ts'
import { NOW, type Recorder, recorder } from '../../../test/contract/support.ts'
import { seen } from '../../../test/fakes/slack/blocks.ts'
import { type FakeSlack, type Message, type Person, SCOPES, startFakeSlack } from '../../../test/fakes/slack.ts'
import { until } from '../../../test/support/until.ts'
import { slackDesk } from './index.ts'

const [TOKEN, SECRET, APP] = ['xoxb-1', 'signing', 'xapp-1']
const signal = () => AbortSignal.timeout(10_000)
const tsOf = (key: string) => key.split(':')[1] ?? ''

let fake: FakeSlack
let heard: Recorder
let desk: Desk
let anna: Person

const create = (extra: object = {}, from = fake): Desk =>
  slackDesk.create(slackDesk.config.parse({ botToken: TOKEN, signingSecret: SECRET, channel: 'C100', apiRoot: from.url, ...extra }), {
    ...heard.deps,
    locale: 'zh',
  })

beforeEach(async () => {
  fake = await startFakeSlack({ token: TOKEN, secret: SECRET, appToken: APP })
  fake.world.addUser('U501', '安娜', { email: 'anna@example.test' })
  fake.world.addChannel('C100', 'support', ['UDESK', 'U501'])
  fake.world.addChannel('C200', 'tech', ['UDESK', 'U501'])
  anna = fake.person('U501', 'C100')
  heard = recorder()
  desk = create()
})
afterEach(() => fake.close())

/** What Slack tells of it, through the webhook. */
async function told(act: () => unknown, to = desk): Promise<DeskEvent[]> {
  fake.world.waiting.length = 0
  await act()
  const events: DeskEvent[] = []
  for (const one of fake.world.waiting.splice(0)) {
    const { headers, body } = fake.signed(one, SECRET, NOW)
    const result = await to.webhook?.(new Request('https://desk.example/hooks/slack', { method: 'POST', headers, body }))
    expect(result?.response.status).toBe(200)
    events.push(...(result?.events ?? []))
  }
  return events
}

const opened = async (key = 'dlv_1', card: Card = CARD) => (await desk.open(card, key, signal())).thread
const shown = (thread: string): Message[] => fake.world.thread(thread.split(':')[0] ?? '', tsOf(thread))

describe('threads', () => {
  test('a reply to a card that was just deleted is not left beside the threads for all to see (slack-go#1571)', async () => {
    const thread = await opened()
    fake.world.remove('C100', tsOf(thread))
    const error = await heard.failure(() => desk.post(thread, entry('customer', words('我的地址是…')), signal()))
    expect(error).toMatchObject({ kind: 'thread_gone', certain: true })
    expect([...fake.world.channel('C100').messages.values()]).toEqual([])
  })

  test('a server that names no thread in its answers is believed when the card is still there', async () => {
    const thread = await opened()
    fake.fail({ kind: 'html' }, { times: 0 })
    const original = fake.world.shape.bind(fake.world)
    fake.world.shape = (message) => ({ ...original(message), thread_ts: undefined })
    await desk.post(thread, entry('customer', words('在吗')), signal())
    expect(shown(thread).map(seen)).toContain('在吗')
  })

  test('deleting a card that was answered is one event, and none of the replies comes again (matterbridge#1959)', async () => {
    const thread = await opened()
    await desk.post(thread, entry('customer', words('在吗')), signal())
    for (const text of ['您好', '请稍等', '好了']) anna.write(tsOf(thread), text)
    const events = await told(() => fake.world.remove('C100', tsOf(thread)))
    expect(events).toMatchObject([{ type: 'thread_gone', thread }])
  })

  test('the same ts in another channel, or another workspace with the same app, is not our thread (browser-use#174)', async () => {
    const thread = await opened()
    const event = { type: 'message', user: 'U501', text: '别处', ts: '1.000002', thread_ts: tsOf(thread) }
    expect(await told(() => fake.world.event({ ...event, channel: 'C300' }))).toEqual([])
    expect(await told(() => fake.world.event({ ...event, channel: 'C100' }, 'T9'))).toEqual([])
    const both = create({ channels: { tech: 'C200' } })
    const [other] = await told(() => fake.world.event({ ...event, channel: 'C200' }), both)
    expect(other).toMatchObject({ type: 'message', thread: `C200:${tsOf(thread)}` })
  })

  test('each skill has its channel (chatwoot#13606), and a transfer goes on there with a pointer in the old card', async () => {
    desk = create({ channels: { tech: 'C200' } })
    expect(await opened('dlv_a', { ...CARD, skill: 'tech' })).toMatch(/^C200:/)
    expect(await opened('dlv_b', { ...CARD, skill: 'other' })).toMatch(/^C100:/)
    const thread = await opened('dlv_c', { ...CARD, skill: 'sales' })
    const moved = { ...CARD, skill: 'tech' }
    expect(await heard.failure(() => desk.update?.({ thread }, moved, signal()) ?? Promise.resolve())).toBeInstanceOf(ThreadMoved)
    expect(shown(thread).map(seen)).toEqual([`↪️ ${CARD.title}\n已转到 <#C200>`])
    // The old card is no card any more: taking it away takes no thread away.
    expect(await told(() => fake.world.remove('C100', tsOf(thread)))).toEqual([])
    // A resolved conversation stays where it was.
    const done = await opened('dlv_d')
    await desk.update?.({ thread: done }, { ...moved, status: 'resolved' }, signal())
  })

  test('a thread whose answer was lost is found again by another process, and made anew where history may not be read', async () => {
    fake.fail({ kind: 'accept-then-reset' }, { method: 'chat.postMessage' })
    await heard.failure(() => desk.open(CARD, 'dlv_x', signal()))
    const { thread } = await create().open(CARD, 'dlv_x', signal())
    expect(fake.world.channel('C100').messages.size).toBe(1)
    expect(shown(thread)).toHaveLength(1)
    expect(fake.accepted('conversations.history')).toHaveLength(1)
    fake.fail({ kind: 'accept-then-reset' }, { method: 'chat.postMessage' })
    await heard.failure(() => desk.open(CARD, 'dlv_y', signal()))
    for (const scope of ['channels:history', 'groups:history']) fake.scopes.delete(scope)
    await desk.open(CARD, 'dlv_y', signal())
    expect(fake.world.channel('C100').messages.size).toBe(3)
  })

  test('no history is read on the usual way', async () => {
    const thread = await opened()
    await desk.post(thread, entry('customer', words('在吗')), signal())
    await desk.update?.({ thread }, CARD, signal())
    expect(fake.calls.filter(({ method }) => method.startsWith('conversations.'))).toEqual([])
  })
})

describe('words', () => {
  test('a line whose answer was lost is not shown twice', async () => {
    const thread = await opened()
    const said = entry('customer', words('只说一次'))
    fake.fail({ kind: 'accept-then-reset' }, { method: 'chat.postMessage' })
    await heard.failure(() => desk.post(thread, said, signal()))
    const { externalIds } = await desk.post(thread, said, signal())
    expect(shown(thread).map(seen)).toEqual([expect.any(String), '只说一次'])
    expect(externalIds).toEqual([`C100:${shown(thread)[1]?.ts}`])
  })

  test('without the scope for names the name stands within the words, once (chatwoot#1479)', async () => {
    fake.scopes.delete('chat:write.customize')
    const thread = await opened()
    await desk.post(thread, entry('customer', [...words('一'), ...words('二')]), signal())
    await desk.post(thread, entry('note', words('三'), '安娜'), signal())
    expect(shown(thread).slice(1).map(seen)).toEqual(['王小明 · 客户: 一', '二', '安娜 · 内部备注: 三'])
    expect(shown(thread).every(({ username }) => username === undefined)).toBe(true)
  })

  test('a customer has the icon of their channel, and a note a lock and a quote', async () => {
    const thread = await opened()
    await desk.post(thread, { ...entry('customer', words('hi')), channel: 'telegram' }, signal())
    await desk.post(thread, entry('note', words('hi'), '安娜'), signal())
    const [, customer, note] = shown(thread)
    expect(customer).toMatchObject({ username: '王小明 · 客户', icon: ':airplane:' })
    expect(note).toMatchObject({ username: '安娜 · 内部备注', icon: ':lock:' })
    expect(note?.blocks[0]?.elements?.[0]?.type).toBe('rich_text_quote')
  })

  test('a file is one message, with whose it is, and never comes back as words of somebody (chatwoot#4591)', async () => {
    const thread = await opened()
    const events = await told(() =>
      desk.post(thread, entry('customer', [{ type: 'media', kind: 'file', media: { id: 'att_file' } }]), signal()),
    )
    expect(events).toEqual([])
    expect(
      shown(thread)
        .slice(1)
        .map(({ text, files }) => [text, files.map(({ name }) => name)]),
    ).toEqual([['王小明 · 客户:', ['发票 2026.pdf']]])
  })

  test('what we say and redraw, and what other apps say, never comes back (matterbridge#1039, #219)', async () => {
    const thread = await opened()
    const events = await told(async () => {
      const said = await desk.post(thread, entry('customer', words('hi')), signal())
      await desk.edit?.(thread, said.externalIds, entry('customer', words('ho')), signal())
      await desk.update?.({ thread }, { ...CARD, title: 'x' }, signal())
      await desk.mark?.(thread, said.externalIds[0] ?? '', 'sent', signal())
      await desk.close?.(thread, signal())
      await desk.remove?.(thread, said.externalIds, signal())
      fake.world.event({
        type: 'message',
        channel: 'C100',
        thread_ts: tsOf(thread),
        ts: '9.1',
        bot_id: 'BOTHER',
        user: 'UOTHER',
        text: 'x',
      })
    })
    expect(events).toEqual([])
  })

  test('an edit comes as an edit, a preview of a link as nothing (matterbridge#296)', async () => {
    const thread = await opened()
    const ts = anna.write(tsOf(thread), '看 https://a.example')
    expect(await told(() => anna.unfurl(ts))).toEqual([])
    expect(await told(() => anna.edit(ts, '看这里'))).toMatchObject([{ type: 'edit', target: `C100:${ts}`, thread }])
  })

  test('a command needs no slash, which Slack keeps for itself within threads (papercups#560)', async () => {
    const thread = await opened()
    const events = await told(() => {
      for (const text of ['.resolve', '!转给 tech', '<@UDESK> claim', '<@UDESK> 你好吗', '.NET', '1.5 折']) anna.write(tsOf(thread), text)
    })
    const said = events.map((event) => (event.type === 'message' && event.parts[0]?.type === 'text' ? event.parts[0].text : event.type))
    expect(said).toEqual(['!resolve', '!转给 tech', '!claim', '!你好吗', '.NET', '1.5 折'])
  })
})

describe('trouble', () => {
  test.each([
    ['not_in_channel', /\/invite/],
    ['is_archived', /archived/],
    ['channel_not_found', /频道不存在/],
    ['missing_scope', /add the scope chat:write /],
    ['token_revoked', /check the token/],
  ])('%s loses no message and says what to do: it waits until somebody puts it right (chatwoot#1455)', async (error, advice) => {
    const thread = await opened()
    fake.fail({ error, extra: { needed: 'chat:write' } }, { method: 'chat.postMessage', times: 2 })
    const failure = await heard.failure(() => desk.post(thread, entry('agent', words('x')), signal()))
    expect(failure).toMatchObject({ kind: 'unauthorized', certain: true, message: expect.stringMatching(advice) })
  })

  test('check names what is missing: scopes, an invitation, an archived channel, the app token (papercups#190, #993)', async () => {
    expect(await desk.check(signal())).toEqual({ state: 'connected', account: 'Acme @desk' })
    fake.world.channel('C100').members.delete('UDESK')
    fake.world.channel('C200').isArchived = true
    fake.scopes.delete('reactions:write')
    const health = await create({ channels: { tech: 'C200', vip: 'C404' }, appToken: 'xapp-wrong' }).check(signal())
    expect(health.state).toBe('misconfigured')
    for (const lack of ['reactions:write', 'not in C100', 'C200 is archived', 'no channel C404', 'connections:write']) {
      expect(health.detail).toContain(lack)
    }
  })

  test('check says what works less well without the scopes that are only wanted', async () => {
    fake.scopes.delete('chat:write.customize')
    expect(await desk.check(signal())).toMatchObject({ state: 'connected', detail: expect.stringContaining('chat:write.customize') })
    for (const scope of SCOPES) fake.scopes.delete(scope)
    expect(await desk.check(signal())).toMatchObject({ state: 'misconfigured', detail: expect.stringContaining('chat:write, files:read') })
  })

  test('the login page of Slack is not taken for the file', async () => {
    const thread = await opened()
    const bytes = new Uint8Array([1, 2, 3])
    const [good] = await told(() => anna.file(tsOf(thread), 'a.pdf', bytes))
    const [bad] = await told(() => anna.file(tsOf(thread), 'login.pdf', bytes))
    const media = (event: DeskEvent | undefined) => {
      const part = event?.type === 'message' ? event.parts[0] : undefined
      if (part?.type !== 'media') throw new Error('no file came')
      return desk.media?.(part.media, signal()) ?? Promise.reject(new Error('no media'))
    }
    expect(new Uint8Array(await (await media(good)).arrayBuffer())).toEqual(bytes)
    expect(await heard.failure(() => media(bad))).toMatchObject({ kind: 'unauthorized', message: expect.stringContaining('files:read') })
  })

  test('the token goes to no host but Slack', async () => {
    const file = { id: 'F9', name: 'x', mimetype: 'text/plain', bytes: new Uint8Array([1]) }
    fake.world.files.set('F9', file)
    fake.world.fileShape = () => ({ ...file, url_private: 'https://slack.com.evil.example/x' })
    const to: string[] = []
    const watched = slackDesk.create(
      slackDesk.config.parse({ botToken: TOKEN, signingSecret: SECRET, channel: 'C100', apiRoot: fake.url }),
      {
        ...heard.deps,
        locale: 'zh',
        fetch: async (url) => {
          to.push(String(url))
          return new Response('x')
        },
      },
    )
    fake.fail(
      { error: 'x', extra: { ok: true, file: { id: 'F9', url_private: 'https://slack.com.evil.example/x' } } },
      { method: 'files.info' },
    )
    expect(await heard.failure(() => watched.media?.({ id: 'F9' }, signal()) ?? Promise.resolve())).toMatchObject({ kind: 'rejected' })
    expect(to).toEqual([])
  })
})

describe('pace', () => {
  test('the outbox is told how much Slack takes, for each channel, and how long to wait when it was too much', async () => {
    expect(create().rate).toEqual({ perSecond: 2, burst: 10 })
    expect(create({ channels: { tech: 'C200', sales: 'C200' } }).rate).toEqual({ perSecond: 4, burst: 20 })
    const strict = await startFakeSlack({ token: TOKEN, secret: SECRET, perSecond: 1 })
    try {
      strict.world.addChannel('C100', 'support')
      const busy = create({}, strict)
      const thread = (await busy.open(CARD, 'dlv_p', signal())).thread
      for (let n = 0; n < 9; n += 1) await busy.post(thread, entry('customer', words(`${n}`)), signal())
      const refusal = await heard.failure(() => busy.post(thread, entry('customer', words('9')), signal()))
      expect(refusal).toMatchObject({ kind: 'rate_limited', certain: true, retryAfterMs: 1000 })
    } finally {
      await strict.close()
    }
  })
})

describe('people', () => {
  test('an e-mail links only a colleague whose address Slack vouches for', async () => {
    fake.world.addUser('U1', 'Guest', { email: 'g@other.test', team_id: 'T7', is_stranger: true })
    fake.world.addUser('U2', 'New', { email: 'n@example.test', is_email_confirmed: false })
    expect(await desk.user?.('U501', signal())).toEqual({ id: 'U501', name: '安娜', email: 'anna@example.test' })
    expect(await desk.user?.('U1', signal())).toEqual({ id: 'U1', name: 'Guest' })
    expect(await desk.user?.('U2', signal())).toEqual({ id: 'U2', name: 'New' })
  })

  test('somebody of another company in a shared channel is heard under their own id', async () => {
    fake.world.addUser('U1', 'Guest', { team_id: 'T7', is_stranger: true })
    fake.world.channel('C100').members.add('U1')
    const thread = await opened()
    expect(await told(() => fake.person('U1', 'C100').write(tsOf(thread), 'hi'))).toMatchObject([{ by: { id: 'U1', name: 'Guest' } }])
  })

  test('without an answer of Slack words come all the same, with ids for names', async () => {
    const thread = await opened()
    desk = create()
    fake.fail({ kind: 'server-error' }, { times: 5 })
    expect(await told(() => anna.write(tsOf(thread), '<@U502> 你好'))).toMatchObject([
      { type: 'message', by: { id: 'U501' }, parts: [{ type: 'text', text: '@U502 你好' }] },
    ])
  })
})

describe('presses', () => {
  test('🙋 anywhere in a thread claims, ✅ at the card resolves, and ✅ elsewhere is what people mean by it', async () => {
    const thread = await opened()
    const { externalIds } = await desk.post(thread, entry('customer', words('hi')), signal())
    const at = (id: string | undefined) => tsOf(id ?? '')
    expect(await told(() => anna.react(at(externalIds[0]), 'woman-raising-hand'))).toMatchObject([
      { type: 'command', line: 'claim', thread },
    ])
    expect(await told(() => anna.react(at(externalIds[0]), 'white_check_mark'))).toEqual([])
    expect(await told(() => anna.react(tsOf(thread), 'white_check_mark'))).toMatchObject([{ type: 'command', line: 'resolve', thread }])
    const own = anna.write(tsOf(thread), '好的')
    expect(await told(() => anna.react(own, 'raising_hand'))).toEqual([])
  })

  test('a question that only one saw goes away when it is answered', async () => {
    const thread = await opened()
    const buttons = [{ id: 'held take msg_1', label: '接入并发送' }]
    await desk.whisper?.(thread, { id: 'U501' }, { key: 'w', text: '还没有发给客户', buttons }, signal())
    const [press] = await told(() => anna.press('接入并发送'))
    expect(press).toMatchObject({ type: 'button', command: 'held take msg_1', thread, callback: expect.stringContaining('/response/') })
    const callback = press?.type === 'button' ? press.callback : undefined
    await desk.whisper?.(thread, { id: 'U501' }, { key: 'v', text: '', callback }, signal())
    expect(shown(thread)).toHaveLength(1)
    // Its address no longer works: the answer comes as any other.
    await desk.whisper?.(thread, { id: 'U501' }, { key: 'u', text: '已处理', callback: `${fake.url}/response/gone` }, signal())
    expect(shown(thread).map(seen)).toContain('已处理')
  })

  test('an answer for somebody who is not in the channel comes in private', async () => {
    fake.world.addUser('U9', 'Gone')
    await desk.whisper?.('C100', { id: 'U9' }, { key: 'w', text: '在线' }, signal())
    expect([...fake.world.direct('U9').messages.values()].map(seen)).toEqual(['在线'])
  })

  test('a form is opened while its trigger is fresh; what is filled in is a note, and a late one is answered in words', async () => {
    const thread = await opened()
    expect(await told(() => anna.press('form:note', tsOf(thread)))).toEqual([])
    expect(fake.world.views).toHaveLength(1)
    expect(await told(() => anna.submit('客户很急\n催过两次'))).toMatchObject([
      { type: 'command', thread, line: 'note 客户很急\n催过两次', by: { id: 'U501' } },
    ])
    const late = () => {
      anna.press('form:note', tsOf(thread))
      for (const trigger of fake.world.triggers.values()) trigger.until = 0
    }
    expect(await told(late)).toMatchObject([{ type: 'button', thread, command: 'note' }])
  })

  test('the shortcut “Send as note” makes a note of a message, in its thread', async () => {
    const thread = await opened()
    const ts = anna.write(tsOf(thread), '内部：<@U501> 看一下')
    expect(await told(() => anna.shortcut(ts))).toMatchObject([{ type: 'command', thread, line: 'note 内部：@U501 看一下' }])
    expect(await told(() => anna.shortcut(ts, 'something_else'))).toEqual([])
  })

  test('an offer knows the thread that it is about', async () => {
    const thread = await opened()
    const buttons = [{ id: 'accept cnv_1', label: '接受' }]
    await desk.offer?.({ id: 'U501' }, { key: 'dlv_o', card: CARD, until: NOW, buttons, thread }, signal())
    expect(await told(() => anna.press('接受'))).toMatchObject([{ type: 'button', command: 'accept cnv_1', thread }])
  })

  test('a tick is replaced by a process that did not set it', async () => {
    const thread = await opened()
    const ts = anna.write(tsOf(thread), '您好')
    anna.react(ts, 'eyes')
    await desk.mark?.(thread, `C100:${ts}`, 'held', signal())
    await create().mark?.(thread, `C100:${ts}`, 'delivered', signal())
    const reactions = fake.world.channel('C100').messages.get(ts)?.reactions
    expect([...(reactions ?? [])].map(([name, users]) => [name, [...users]])).toEqual([
      ['eyes', ['U501']],
      ['white_check_mark', ['UDESK']],
    ])
  })
})

describe('Slack asks who we are', () => {
  test('url_verification is answered with its challenge, once it is signed', async () => {
    const { headers, body } = fake.signed(
      { kind: 'events_api', payload: { type: 'url_verification', challenge: '3eZbrw1aB', token: 'x' }, attempts: 0 },
      SECRET,
      NOW,
    )
    const result = await desk.webhook?.(new Request('https://desk.example/hooks/slack', { method: 'POST', headers, body }))
    expect(await result?.response.json()).toEqual({ challenge: '3eZbrw1aB' })
  })
})

describe('Socket Mode', () => {
  interface Run {
    stop: AbortController
    taken: DeskEvent[]
    ended: Promise<unknown>
    opened: Promise<void>
  }
  function run(sink: (events: DeskEvent[]) => Promise<void> = async () => undefined): Run {
    const stop = new AbortController()
    const taken: DeskEvent[] = []
    const ready = Promise.withResolvers<void>()
    const connect = create({ appToken: APP, signingSecret: undefined }).connect as (
      sink: (events: DeskEvent[]) => Promise<void>,
      signal: AbortSignal,
      opened: () => void,
    ) => Promise<void>
    const take = async (events: DeskEvent[]) => {
      await sink(events)
      taken.push(...events)
    }
    const ended = connect(take, stop.signal, ready.resolve).then(
      () => 'stopped',
      (error: unknown) => error,
    )
    return { stop, taken, ended, opened: ready.promise }
  }

  test('an envelope is acknowledged after the commit, and not before (getsentry/junior#33)', async () => {
    const thread = await opened()
    fake.world.waiting.length = 0
    const commit = Promise.withResolvers<void>()
    const begun = Promise.withResolvers<void>()
    const {
      stop,
      opened: ready,
      ended,
      taken,
    } = run(async () => {
      begun.resolve()
      await commit.promise
    })
    await ready
    anna.write(tsOf(thread), '您好')
    await begun.promise
    expect(fake.pending()).toBe(1)
    commit.resolve()
    await until('it is acknowledged', () => fake.pending() === 0)
    expect(taken).toHaveLength(1)
    stop.abort()
    expect(await ended).toBe('stopped')
  })

  test('what could not be stored is not acknowledged, and comes again on the next line', async () => {
    const thread = await opened()
    fake.world.waiting.length = 0
    const first = run(() => Promise.reject(new Error('no database')))
    await first.opened
    anna.write(tsOf(thread), '您好')
    expect(await first.ended).toMatchObject({ kind: 'transient', message: expect.stringContaining('no database') })
    const second = run()
    await until('it came again', () => second.taken.length === 1)
    expect(second.taken).toMatchObject([{ type: 'message', parts: [{ text: '您好' }] }])
    second.stop.abort()
    await second.ended
  })

  test('presses and slash commands come the same way, and what cannot be read is passed over', async () => {
    const thread = await opened()
    fake.world.waiting.length = 0
    const { stop, taken, opened: ready, ended } = run()
    await ready
    fake.world.tell('events_api', { type: 'event_callback', event: 'x' })
    anna.press('claim', tsOf(thread))
    anna.slash('queue')
    await until('all is acknowledged', () => fake.pending() === 0)
    expect(taken).toMatchObject([
      { type: 'button', command: 'claim', thread },
      { type: 'command', line: 'queue', thread: 'C100' },
    ])
    stop.abort()
    await ended
  })

  test('a refused app token and a switch that is off are told as such', async () => {
    const { opened: ready, ended } = run()
    await ready
    fake.disconnect('link_disabled')
    expect(await ended).toMatchObject({ kind: 'unauthorized', message: expect.stringContaining('switched off') })
    const wrong = create({ appToken: 'xapp-wrong' })
    expect(await heard.failure(() => wrong.connect?.(async () => undefined, signal()) ?? Promise.resolve())).toMatchObject({
      kind: 'unauthorized',
    })
  })
})
