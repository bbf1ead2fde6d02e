// People in Slack: who they are, what they press, choose and fill in, and what of it comes over Socket Mode.
import { beforeEach, describe, expect, test } from 'vitest'
import type { DeskEvent } from '#core/event.ts'
import { CARD, entry, words } from '../../../test/contract/desk.ts'
import { NOW } from '../../../test/contract/support.ts'
import { seen } from '../../../test/fakes/slack/blocks.ts'
import { APP, SECRET, slackStand, TOKEN, tsOf } from '../../../test/support/slack.ts'
import { until } from '../../../test/support/until.ts'
import { slackDesk } from './index.ts'

const signal = () => AbortSignal.timeout(10_000)
const stand = slackStand()
const { create, told, opened, shown } = stand
let { fake, heard, desk, anna } = stand
beforeEach(() => {
  ;({ fake, heard, desk, anna } = stand)
})

describe('people', () => {
  test('an e-mail links only a colleague whose address Slack vouches for', async () => {
    fake.world.addUser('U1', 'Guest', { email: 'g@other.test', team_id: 'T7', is_stranger: true })
    fake.world.addUser('U2', 'New', { email: 'n@example.test', is_email_confirmed: false })
    expect(await desk.user?.('U501', signal())).toEqual({ id: 'U501', name: '安娜', email: 'anna@example.test' })
    expect(await desk.user?.('U1', signal())).toEqual({ id: 'U1', name: 'Guest' })
    expect(await desk.user?.('U2', signal())).toEqual({ id: 'U2', name: 'New' })
  })

  test('whether somebody is there is asked of Slack, unless the config says not to', async () => {
    const shown = async (state: 'active' | 'away') => {
      fake.world.addUser('U501', '安娜', { presence: state })
      return desk.presence?.('U501', signal())
    }
    expect([await shown('active'), await shown('away')]).toEqual(['online', 'away'])
    expect(fake.accepted('users.getPresence').map(({ args }) => args)).toEqual([{ user: 'U501' }, { user: 'U501' }])
    expect(create({ presence: false }).presence).toBeUndefined()
  })

  test('what keeps Slack from saying it is told as such: a person it does not know, a limit, the scope users:read', async () => {
    const failure = (id: string) => heard.failure(() => desk.presence?.(id, signal()) ?? Promise.resolve())
    expect(await failure('U404')).toMatchObject({ kind: 'rejected', message: expect.stringContaining('user_not_found') })
    fake.fail({ status: 429, retryAfter: 30 }, { method: 'users.getPresence' })
    expect(await failure('U501')).toMatchObject({ kind: 'rate_limited', retryAfterMs: 30_000 })
    fake.scopes.delete('users:read')
    expect(await failure('U501')).toMatchObject({ kind: 'unauthorized', message: expect.stringContaining('users:read') })
    expect(await desk.check(signal())).toMatchObject({ state: 'misconfigured', detail: expect.stringContaining('users:read') })
  })

  test('somebody of another company in a shared channel is heard under their own id', async () => {
    fake.world.addUser('U1', 'Guest', { team_id: 'T7', is_stranger: true })
    fake.world.channel('C100').members.add('U1')
    const thread = await opened()
    expect(await told(() => fake.person('U1', 'C100').write(tsOf(thread), 'hi'))).toMatchObject([{ by: { id: 'U1', name: 'Guest' } }])
  })

  test('without an answer of Slack words come all the same, with ids for names', async () => {
    const thread = await opened()
    const fresh = create()
    fake.fail({ kind: 'server-error' }, { times: 5 })
    expect(await told(() => anna.write(tsOf(thread), '<@U502> 你好'), fresh)).toMatchObject([
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

  test.each([
    [404, { ok: false, error: 'Expired url' }],
    [404, { ok: false, error: 'used_url' }],
    [200, { ok: false, error: 'expired_url' }],
  ])('an address that no longer works is told in JSON as well: %i %j', async (status, body) => {
    const thread = await opened()
    const callback = `${fake.url}/response/gone`
    const stale = slackDesk.create(slackDesk.config.parse({ botToken: TOKEN, signingSecret: SECRET, channel: 'C100', apiRoot: fake.url }), {
      ...heard.deps,
      locale: 'zh',
      exchange: (url, init) =>
        url === callback ? Promise.resolve({ status, header: () => null, text: JSON.stringify(body) }) : heard.deps.exchange(url, init),
    })
    await stale.whisper?.(thread, { id: 'U501' }, { key: 'u', text: '已处理', callback }, signal())
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

  // Names that every object of JavaScript has.
  test.each(['__proto__', 'constructor', 'hasOwnProperty'])(
    'a press that says %s is a command like any other, and asks for no form',
    async (value) => {
      const payload = {
        type: 'block_actions',
        user: { id: 'U501' },
        container: { channel_id: 'C100', message_ts: '1.1' },
        trigger_id: 'late',
        actions: [{ value }],
      }
      expect(await told(() => fake.world.tell('interactive', payload))).toMatchObject([
        { type: 'button', thread: 'C100:1.1', command: value },
      ])
    },
  )

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
