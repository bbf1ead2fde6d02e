// What went wrong in other bridges to Slack, by the numbers of their issues: threads, words, trouble, pace.
import { beforeEach, describe, expect, test } from 'vitest'
import { ThreadMoved } from '#core/errors.ts'
import type { DeskEvent } from '#core/event.ts'
import { CARD, entry, words } from '../../../test/contract/desk.ts'
import { seen } from '../../../test/fakes/slack/blocks.ts'
import { SCOPES, startFakeSlack } from '../../../test/fakes/slack.ts'
import { SECRET, slackStand, TOKEN, tsOf } from '../../../test/support/slack.ts'
import { slackDesk } from './index.ts'

const signal = () => AbortSignal.timeout(10_000)
const stand = slackStand()
const { create, told, opened, shown } = stand
let { fake, heard, desk, anna } = stand
beforeEach(() => {
  ;({ fake, heard, desk, anna } = stand)
})

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

  test('the same ts in another channel, or another workspace with the same app, is not our thread (browser-use PR#174)', async () => {
    const thread = await opened()
    const event = { type: 'message', user: 'U501', text: '别处', ts: '1.000002', thread_ts: tsOf(thread) }
    expect(await told(() => fake.world.event({ ...event, channel: 'C300' }))).toEqual([])
    expect(await told(() => fake.world.event({ ...event, channel: 'C100' }, 'T9'))).toEqual([])
    const both = create({ channels: { tech: 'C200' } })
    const [other] = await told(() => fake.world.event({ ...event, channel: 'C200' }), both)
    expect(other).toMatchObject({ type: 'message', thread: `C200:${tsOf(thread)}` })
  })

  test('each skill has its channel (chatwoot#13606), and a transfer goes on there with a pointer in the old card', async () => {
    stand.desk = create({ channels: { tech: 'C200' } })
    desk = stand.desk
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

  test('what was shown in a thread that was deleted since is shown again in the next one, from its first line', async () => {
    const thread = await opened()
    const said = entry('customer', [...words('一'), ...words('二')])
    fake.fail({ error: 'ratelimited' }, { method: 'chat.postMessage', after: 1 })
    expect(await heard.failure(() => desk.post(thread, said, signal()))).toMatchObject({ kind: 'rate_limited' })
    fake.world.remove('C100', tsOf(thread))
    const next = await opened('dlv_next')
    await desk.post(next, said, signal())
    expect(shown(next).slice(1).map(seen)).toEqual(['一', '二'])
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

  test('what we say and redraw, and what other apps say, never comes back (matterbridge#1039, matterbridge#219)', async () => {
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

  test('check names what is missing: scopes, an invitation, an archived channel, the app token (papercups#190, papercups#993)', async () => {
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
    expect(create().rate).toEqual({ perSecond: 1, burst: 5 })
    expect(create({ channels: { tech: 'C200', sales: 'C200' } }).rate).toEqual({ perSecond: 2, burst: 10 })
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
