import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import type { Connector, Outbound, PollResult } from '#core/connector.ts'
import type { Inbound } from '#core/event.ts'
import { NOW, type Recorder, recorder } from '../../../test/contract/support.ts'
import { type FakeKf, sealedRequest, startFakeKf } from '../../../test/fakes/wecom-kf.ts'
import fc from '../../../test/support/fc.ts'
import { decode, readItem } from './decode.ts'
import { wecomKfConnector } from './index.ts'

const COMPANY = {
  corpId: 'ww12345678910',
  secret: 'kf-contract-secret',
  token: 'QDG6eK',
  encodingAesKey: 'jWmYm7qr5nMoAUwZRjGtBxmz3KA1tkAj3ykkR6q2B2C',
}
const USER = 'wmAJ2GCAAAme1XQRC-NI-q0_ZM9ukoAw'
const KF = 'wkAJ2GCAAASSm4_FhToWMFea0xAFfd3Q'
const HOOK = 'https://desk.example/hooks/ch1'
const AT = Math.floor(NOW.getTime() / 1000)

const sealed = (inner: string, extra: Partial<typeof COMPANY> = {}, at = AT) => sealedRequest({ ...COMPANY, ...extra }, HOOK, inner, at)
const doorbell = (account = KF, token = 'RING') =>
  `<xml><ToUserName><![CDATA[${COMPANY.corpId}]]></ToUserName><CreateTime>${AT}</CreateTime><MsgType><![CDATA[event]]></MsgType><Event><![CDATA[kf_msg_or_event]]></Event><Token><![CDATA[${token}]]></Token><OpenKfId><![CDATA[${account}]]></OpenKfId></xml>`

describe('the WeCom customer service connector', () => {
  let fake: FakeKf
  let heard: Recorder
  let clock: number
  let connector: Connector
  const signal = () => AbortSignal.timeout(10_000)
  const create = (extra: object = {}) =>
    wecomKfConnector.create(wecomKfConnector.config.parse({ ...COMPANY, apiRoot: fake.url, ...extra }), heard.deps)
  const words = (text: string, extra: Partial<Outbound> = {}): Outbound => ({
    key: `dlv_${crypto.randomUUID()}`,
    to: { user: USER, thread: KF },
    parts: [{ type: 'text', text }],
    ...extra,
  })
  const poll = async (cursor: string | null, one = connector): Promise<PollResult> => (await one.poll?.(cursor, signal())) as PollResult
  /** Each of the two accounts was looked at. */
  const caughtUp = async () => poll((await poll(null)).cursor)
  const textsOf = ({ events }: PollResult) =>
    events.map((event) => (event.type === 'message' && event.parts[0]?.type === 'text' ? event.parts[0].text : event.type))
  const calls = (path: string) => fake.calls.filter((call) => call.path === path)

  beforeEach(async () => {
    clock = NOW.getTime()
    fake = await startFakeKf({ ...COMPANY, accounts: [KF, 'wk2'], now: () => new Date(clock) })
    heard = recorder()
    heard.deps.now = () => new Date(clock)
    connector = create()
  })
  afterEach(() => fake.close())

  describe('reading', () => {
    test('a ring is not a message: it wakes the reader, with its token, in whichever process that is', async () => {
      const { cursor } = await caughtUp()
      fake.customer(USER, KF).text('你好')
      const waiting = poll(cursor)
      const other = create() // Its process answers the call; the rings go over the house's live hints.
      const result = await other.webhook?.(await sealed(doorbell(KF, fake.world.ringToken())))
      expect(result?.events).toEqual([])
      expect(await result?.response.text()).toBe('success')
      expect(textsOf(await waiting)).toEqual(['你好'])
      expect(calls('kf/sync_msg').at(-1)?.body).toMatchObject({ open_kfid: KF, token: expect.stringMatching(/^ENC/) })
    })

    test('the check of the address is answered with its words, and nothing else is', async () => {
      const { searchParams } = new URL((await sealed('x')).url)
      const request = await sealed('1616140317555161061')
      const echo = /<Encrypt><!\[CDATA\[(.*?)\]\]>/.exec(await request.text())?.[1] ?? ''
      const url = new URL(request.url)
      url.searchParams.set('echostr', echo)
      const result = await connector.webhook?.(new Request(url))
      expect(await result?.response.text()).toBe('1616140317555161061')
      url.searchParams.set('nonce', `${searchParams.get('nonce')}0`)
      expect(await heard.failure(async () => connector.webhook?.(new Request(url)))).toMatchObject({ kind: 'unauthorized' })
    })

    test('two accounts of one company are read in turn, each from its own place', async () => {
      fake.customer('wm1', KF).text('甲')
      fake.customer('wm2', 'wk2').text('乙')
      const first = await poll(null)
      const second = await poll(first.cursor)
      expect([...textsOf(first), ...textsOf(second)]).toEqual(['甲', '乙'])
      expect([...first.events, ...second.events].map(({ from }) => from)).toEqual([
        { user: 'wm1', thread: KF },
        { user: 'wm2', thread: 'wk2' },
      ])
      expect([...new URLSearchParams(second.cursor).keys()]).toEqual([KF, 'wk2'])
    })

    test('an account that fails does not stop the others', async () => {
      fake.customer('wm2', 'wk2').text('乙')
      fake.fail({ status: 502 }, { paths: ['kf/sync_msg'] })
      expect(await heard.failure(() => poll(null))).toMatchObject({ kind: 'transient' })
      const second = await poll(null)
      expect(textsOf(second)).toEqual(['乙'])
      expect([...new URLSearchParams((await poll(second.cursor)).cursor).keys()]).toEqual(['wk2', KF])
    })

    test('what was read and never committed is read again', async () => {
      fake.customer('wm1', KF).text('甲')
      expect(textsOf(await poll(null))).toEqual(['甲'])
      await poll(null) // The other account: the cursor did not move, as after a commit that failed.
      expect(textsOf(await poll(null))).toEqual(['甲'])
    })

    test('pages follow each other until there is nothing more, and new words are found by a look without a ring', async () => {
      const person = fake.customer(USER, KF)
      for (let n = 0; n < 2500; n++) person.text(`${n}`)
      let cursor: string | null = null
      const seen: string[] = []
      for (let n = 0; n < 4; n++) {
        const page = await poll(cursor)
        seen.push(...textsOf(page))
        cursor = page.cursor
      }
      expect(seen).toEqual(Array.from({ length: 2500 }, (_, n) => `${n}`))
      person.text('最后')
      clock += 121_000
      expect(textsOf(await poll(cursor))).toEqual(['最后'])
    })

    test('at the first look what is older than ten minutes is history: kept, and no machine answers', async () => {
      const person = fake.customer(USER, KF)
      person.text('昨天', clock - 24 * 3_600_000)
      person.text('刚才', clock - 60_000)
      const { events } = await poll(null)
      expect(events.map(({ quiet }) => quiet ?? false)).toEqual([true, false])
    })

    test('with a place, what waited through an outage is answered, however long it took', async () => {
      const { cursor } = await caughtUp()
      fake.customer(USER, KF).text('还在吗')
      clock += 5 * 3_600_000
      const { events } = await poll(cursor)
      expect(events).toMatchObject([{ type: 'message' }])
      expect(events[0]?.quiet).toBeUndefined()
    })

    test('a place that WeCom forgot: all three days again, old words quiet over every page, and it is said in the log', async () => {
      const person = fake.customer(USER, KF)
      for (let n = 0; n < 1500; n++) person.text(`${n}`)
      let { cursor } = await poll(null)
      for (let n = 0; n < 2; n++) cursor = (await poll(cursor)).cursor
      fake.forgetCursors()
      clock += 30 * 60_000
      person.text('新的')
      const pages: Inbound[] = []
      for (let n = 0; n < 3; n++) {
        const page = await poll(cursor)
        pages.push(...page.events)
        cursor = page.cursor
      }
      expect(pages).toHaveLength(1501)
      expect(pages.filter(({ quiet }) => !quiet).map((event) => (event.type === 'message' ? event.parts : []))).toEqual([
        [{ type: 'text', text: '新的' }],
      ])
      expect(heard.said.join()).toMatch(/does not know our place/)
    })

    test('a token of a ring that is too old is left away', async () => {
      const { cursor } = await caughtUp()
      const token = fake.world.ringToken()
      clock += 11 * 60_000
      fake.customer(USER, KF).text('迟到')
      const waiting = poll(cursor)
      await connector.webhook?.(await sealed(doorbell(KF, token), {}, Math.floor(clock / 1000)))
      expect(textsOf(await waiting)).toEqual(['迟到'])
    })

    test('names and the unionid come along, asked for once; without them messages come all the same', async () => {
      fake.fail({ code: 48002 }, { paths: ['kf/customer/batchget'] })
      const person = fake.customer(USER, KF, 'union-1')
      person.text('一')
      const [nameless] = (await poll(null)).events
      expect(nameless).toMatchObject({ sender: { identities: [{ kind: 'channel', value: USER }] } })
      const fresh = create()
      const { events, cursor } = await poll(null, fresh)
      expect(events[0]).toMatchObject({
        sender: { name: `客户${USER}`, identities: [{ kind: 'channel' }, { kind: 'unionid', value: 'union-1', verified: true }] },
      })
      person.text('二')
      clock += 121_000
      await poll(cursor, fresh)
      await poll(cursor, fresh)
      expect(calls('kf/customer/batchget').filter(({ ok }) => ok)).toHaveLength(1)
    })

    test('whatever stands in an entry, decoding gives well-formed events', () => {
      const types = ['text', 'image', 'location', 'link', 'merged_msg', 'msgmenu', 'miniprogram', 'event', 'x']
      const fields = fc.dictionary(
        fc.constantFrom('msgid', 'send_time', 'origin', 'open_kfid', ...types),
        fc.oneof(
          fc.jsonValue(),
          fc.record({ content: fc.jsonValue(), item: fc.jsonValue(), list: fc.jsonValue(), media_id: fc.jsonValue() }),
        ),
      )
      fc.assert(
        fc.property(fc.constantFrom(...types), fields, (msgtype, rest) => {
          const raw = { external_userid: USER, origin: 3, ...rest, msgtype }
          const item = readItem(raw)
          if (!item) return
          const senderOf = () => ({ identities: [] })
          for (const event of decode(item, raw, { now: NOW, account: KF, senderOf })) {
            expect(event.from.user).toBe(USER)
            expect(event.externalId).toBeTypeOf('string')
            if (event.type === 'message') for (const part of event.parts) if (part.type === 'text') expect(part.text).toBeTypeOf('string')
          }
        }),
        // A time that no date can hold.
        { numRuns: 300, examples: [['image', { send_time: 8_639_999_740_800.001, image: { media_id: 'x' } }]] },
      )
    })
  })

  describe('sending', () => {
    test('a session that nobody has becomes ours with the first words, and is asked for once', async () => {
      const person = fake.customer(USER, KF)
      person.text('在吗')
      await connector.send(words('在'), signal())
      await connector.send(words('请说'), signal())
      expect(person.session().state).toBe(1)
      expect(calls('kf/service_state/get')).toHaveLength(1)
    })

    test('the sixth message and the 49th hour are refused as documented, and a new word of the customer opens both', async () => {
      const person = fake.customer(USER, KF)
      person.text('在吗')
      for (let n = 1; n <= 5; n++) await connector.send(words(`${n}`), signal())
      expect(await heard.failure(() => connector.send(words('6'), signal()))).toMatchObject({ kind: 'window_closed', certain: true })
      person.text('还有呢')
      await connector.send(words('7'), signal())
      clock += 49 * 3_600_000
      expect(await heard.failure(() => connector.send(words('8'), signal()))).toMatchObject({ kind: 'window_closed' })
      expect(fake.world.sent.map(({ content }) => content.content)).toEqual(['1', '2', '3', '4', '5', '7'])
    })

    test.each([
      [2, 'rejected', /待接入池/],
      [3, 'rejected', /colleague has this session/],
      [4, 'window_closed', /the session is over/],
    ])('a session in state %i takes nothing from us, and it is said why', async (state, kind, message) => {
      const person = fake.customer(USER, KF)
      person.text('在吗')
      await connector.send(words('在'), signal())
      person.session().state = state
      expect(await heard.failure(() => connector.send(words('x'), signal()))).toMatchObject({
        kind,
        message: expect.stringMatching(message),
      })
    })

    test('a session that began anew behind our back is taken up again, and the words go out once', async () => {
      const person = fake.customer(USER, KF)
      person.text('在吗')
      await connector.send(words('在'), signal())
      fake.fail({ code: 95018, words: 'send msg session status invalid' }, { paths: ['kf/send_msg'] })
      person.session().state = 0
      await connector.send(words('再说'), signal())
      expect(person.session().state).toBe(1)
      expect(fake.world.sent.map(({ content }) => content.content)).toEqual(['在', '再说'])
    })

    test('where sessions cannot be looked at, words go out all the same', async () => {
      fake.customer(USER, KF).text('在吗')
      fake.fail({ code: 48003, words: 'not allowed' }, { paths: ['kf/service_state/get'] })
      await connector.send(words('在'), signal())
      expect(fake.world.sent).toHaveLength(1)
    })

    test('the greeting goes out on the code of the arrival, before the customer said a word, and takes nothing from the five', async () => {
      const { cursor } = await caughtUp()
      fake.customer(USER, KF).enter('123', 'spring')
      await connector.webhook?.(await sealed(doorbell(KF, fake.world.ringToken())))
      const [event] = (await poll(cursor)).events
      expect(event).toMatchObject({ type: 'arrive', source: 'spring', grant: { token: expect.stringMatching(/^CODE/) } })
      if (event?.type !== 'arrive') throw new Error('nobody came')
      const buttons = [{ id: 'faq:1', label: '查订单' }]
      await connector.send(words('', { parts: [{ type: 'buttons', text: '欢迎', buttons }], grant: event.grant }), signal())
      expect(fake.world.sent).toMatchObject([{ msgtype: 'msgmenu', granted: true }])
      // A second greeting has nothing to go out on.
      expect(await heard.failure(() => connector.send(words('又', { grant: event.grant }), signal()))).toMatchObject({
        kind: 'window_closed',
      })
    })

    test('after twenty seconds the greeting takes the plain way, if there is one', async () => {
      const person = fake.customer(USER, KF)
      const entry = person.enter()
      const grant = { token: String((entry.event as { welcome_code: string }).welcome_code), until: new Date(clock + 20_000).toISOString() }
      clock += 20_001
      expect(await heard.failure(() => connector.send(words('欢迎', { grant }), signal()))).toMatchObject({ kind: 'window_closed' })
      person.text('在吗')
      await connector.send(words('欢迎', { grant }), signal())
      expect(fake.world.sent).toMatchObject([{ granted: false }])
      expect(calls('kf/send_msg_on_event')).toEqual([])
    })

    test('the last word ends the session and goes out on the code of its end, even when the five are used up', async () => {
      const person = fake.customer(USER, KF)
      person.text('在吗')
      for (let n = 1; n <= 5; n++) await connector.send(words(`${n}`), signal())
      const buttons = [5, 4, 3, 2, 1].map((score) => ({ id: `rate:${score}`, label: `${score} 分` }))
      const rating: Outbound['parts'] = [{ type: 'buttons', text: '请评价', buttons }]
      await connector.send(words('', { parts: rating, closing: true }), signal())
      expect(person.session().state).toBe(4)
      expect(fake.world.sent.at(-1)).toMatchObject({ msgtype: 'msgmenu', granted: true })
      // Whoever writes again begins a new session.
      person.press('rate:5', '5 分')
      await connector.send(words('谢谢'), signal())
      expect(person.session().state).toBe(1)
    })

    test('a last word whose answer was lost is sent again under its id, and comes once', async () => {
      fake.customer(USER, KF).text('在吗')
      const last = words('再见', { closing: true })
      fake.fail({ kind: 'accept-then-reset' }, { paths: ['kf/send_msg_on_event'] })
      expect(await heard.failure(() => connector.send(last, signal()))).toMatchObject({ kind: 'transient', certain: false })
      await connector.send(last, signal()).catch((error: unknown) => error)
      expect(fake.world.sent).toHaveLength(1)
    })

    test('words whose answer was lost are sent again under their id, and come once', async () => {
      fake.customer(USER, KF).text('在吗')
      const message = words('只一次')
      fake.fail({ kind: 'accept-then-reset' }, { paths: ['kf/send_msg'] })
      expect(await heard.failure(() => connector.send(message, signal()))).toMatchObject({ kind: 'transient', certain: false })
      expect((await connector.send(message, signal())).externalIds).toEqual([message.key.slice(4).replaceAll('-', '')])
      expect(fake.world.sent).toHaveLength(1)
    })

    test('a file that breaks off on its way up surely did not arrive', async () => {
      fake.customer(USER, KF).text('在吗')
      fake.fail({ kind: 'reset' }, { paths: ['media/upload'] })
      const media = { id: 'att_file', name: 'a.pdf', mime: 'application/pdf', bytes: 20 }
      const message = words('', { parts: [{ type: 'media', kind: 'file', media }] })
      expect(await heard.failure(() => connector.send(message, signal()))).toMatchObject({ kind: 'transient', certain: true })
    })
  })

  test('a file that a customer sent is streamed with its name, and without an address that holds the token', async () => {
    const bytes = new Uint8Array([1, 2, 3, 0, 255, 6])
    fake.customer(USER, KF).file('file', { bytes, name: '报价.xlsx', mime: 'application/octet-stream' })
    const { events } = await poll(null)
    const part = events.flatMap((event) => (event.type === 'message' ? event.parts : []))[0]
    if (part?.type !== 'media' || !connector.media) throw new Error('no file came')
    const response = await connector.media(part.media, signal())
    expect(new Uint8Array(await response.arrayBuffer())).toEqual(bytes)
    expect(response.url).toBe('')
    expect(response.headers.get('content-disposition')).toContain(encodeURIComponent('报价.xlsx'))
    expect(await heard.failure(async () => connector.media?.({ id: 'gone' }, signal()))).toMatchObject({ kind: 'rejected' })
  })

  test.each([
    [60020, /trusted IPs/],
    [48002, /可调用接口的应用/],
    [95017, /switch on the API/],
  ])('code %i is a matter of the admin console, and says which', async (code, message) => {
    fake.fail({ code }, { paths: ['kf/account/list'] })
    expect(await connector.check(signal())).toMatchObject({ state: 'bad_credentials', detail: expect.stringMatching(message) })
  })

  test('the check names the accounts, and one that the app may not manage', async () => {
    expect(await connector.check(signal())).toEqual({ state: 'connected', account: `客服 ${KF}, 客服 wk2` })
    expect(await create({ accounts: ['wk9'] }).check(signal())).toMatchObject({
      state: 'misconfigured',
      detail: expect.stringContaining('wk9'),
    })
    fake.world.accounts.clear()
    expect(await connector.check(signal())).toMatchObject({ state: 'misconfigured' })
  })
})
