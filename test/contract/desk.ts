// What every desk must do. A desk's own test calls this with a harness for its tool's fake; see docs/desks.
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { Card, Desk, DeskDefinition, DeskEntry } from '#core/desk.ts'
import type { DeskEvent, DeskUser } from '#core/event.ts'
import type { Author, Part } from '#core/message.ts'
import type { Fixture } from './connector.ts'
import { deskAbilities } from './desk-abilities.ts'
import { fails, refuses } from './desk-faults.ts'
import { type FaultName, FILES, type Recorder, recorder, stored, WORDS } from './support.ts'

/** One message as agents see it in a thread. */
export interface Shown {
  text?: string
  file?: Uint8Array
  /** Ids of its buttons. */
  buttons?: string[]
}

export interface DeskHarness {
  /** A config that works with the fake. */
  config: Record<string, unknown>
  /** The same, but nobody listens there. */
  unreachable: Record<string, unknown>
  /** All messages of a thread, the card first, as they stand now. */
  shown(thread: string): Shown[]
  /** The names of all threads. */
  threads(): string[]
  /** The next call meets this fault; `after` calls pass first. */
  fault(name: FaultName, after?: number): void
  /** Somebody deletes the thread. Absent: nobody can. */
  remove?(thread: string): void
  /** Resolves when the tool took something and does not answer (`hang`); absent: it is cut off after a moment. */
  hangs?(): Promise<unknown>
  /** Whom a word to one agent is for, where an id must look like one of the tool's. */
  agent?: DeskUser
  /** An agent acts. Each gives back what a later poll must bring. */
  write(thread: string, text: string): void
  press(thread: string, button: string): void
  /**
   * What the tool tells of what agents do in `act`, decoded, in order. For tools that call us or hold a connection; absent: it is
   * read with `poll`. `count` is how many events are to come.
   */
  events?(desk: Desk, act: () => unknown, count: number): Promise<DeskEvent[]>
  /** An agent changes or deletes what they wrote; `target` is the id that its event had. Absent: the tool has no such thing, or does not tell. */
  rewrite?(thread: string, target: string, text: string): unknown
  erase?(thread: string, target: string): unknown
  /** An agent is writing, in tools that tell. */
  types?(thread: string): unknown
  /** What stands at an agent's message as its tick: an emoji, a label. Needed where the desk has `mark`. */
  tick?(thread: string, target: string): string | undefined
  /** How often the thread was told that the customer is writing. Needed where the desk has `typing`. */
  typed?(thread: string): number
  /** What one agent was asked in private, and that an agent cannot be asked at all. Needed where the desk has `offer`. */
  offers?: { user: string; shown(): Shown[]; unknown?: string }
  /** Somebody with this id, as `Desk.user` should tell of them. Needed where the desk has `user`. */
  person?: { id: string; email?: string; name?: string }
  /**
   * Whatever in the thread the tool would act on of itself in words that we posted: mentions that ring, links that hide where they
   * lead, commands, markup that it rendered. Not our own buttons and not bare addresses. Must be nothing.
   */
  alive?(thread: string): string[]
  /** The thread as the tool shows it, as one HTML page without scripts: pictures in the docs are taken of it. */
  view?(thread: string): string
  close(): Promise<void>
}

export interface DeskContract {
  /** Values that must never be seen in a log or an error. */
  secrets: string[]
  /** Keys of the config without which it is refused. */
  required: string[]
  /** Absent for desks that only read the store. */
  start?(): Promise<DeskHarness>
  /** An entry is one message there, whatever it holds. */
  whole?: true
  /** What was shown stays as it is: a change is a message of its own. */
  fixed?: true
  /** It gathers what it sent lately: a fault is met by one that sent nothing yet. */
  gathers?: true
  /** What faults become, where the tool's protocol has other ones. */
  faults?: Partial<Record<FaultName, object | 'none'>>
  fixtures?: Fixture[]
  webhook?: {
    config: Record<string, unknown>
    request(body: string): Request
    forgeries: Record<string, (body: string) => Request>
  }
  /** For a desk without a tool. */
  config?: Record<string, unknown>
}

/** For tools in which only those see something who are named. */
export const READERS: DeskUser[] = [
  { id: 'anna@example.test', name: '安娜' },
  { id: 'ben@example.test', name: '小本' },
]

export const CARD: Card = {
  conversation: 'cnv_1',
  title: '王小明 · 网页聊天',
  facts: [
    ['状态', '排队中'],
    ['技能', '技术支持'],
    ['优先级', '高'],
  ],
  history: [
    { author: 'customer', name: '王小明', text: '我的订单在哪里?', at: new Date(0) },
    { author: 'bot', name: 'Bot', text: 'I do not know 👍🏽', at: new Date(1) },
  ],
  buttons: [
    { id: 'claim', label: '认领' },
    { id: 'transfer tech', label: '转接' },
  ],
  status: 'queued',
  to: READERS,
}

export interface Suite {
  definition: DeskDefinition
  contract: DeskContract
  recorder: Recorder
  harness: DeskHarness
  create(extra?: Record<string, unknown>): Desk
  open(): Promise<{ desk: Desk; thread: string; cardId?: string }>
}

export const signal = () => AbortSignal.timeout(10_000)
export const words = (text: string): Part[] => [{ type: 'text', text }]
export const entry = (author: Author, parts: Part[], name = '王小明'): DeskEntry => ({
  key: `dlv_${crypto.randomUUID()}`,
  author,
  name,
  parts,
  to: READERS,
})

export function deskContract(definition: DeskDefinition, contract: DeskContract): void {
  describe(`the desk contract: ${definition.type}`, () => {
    const suite = { definition, contract, recorder: recorder(['console', 'conversation:cnv_1']) } as Suite
    suite.create = (extra) => {
      const config = definition.config.parse({ ...(contract.config ?? suite.harness.config), ...extra })
      return definition.create(config, { ...suite.recorder.deps, locale: 'zh' })
    }
    suite.open = async () => {
      const desk = suite.create()
      return { desk, ...(await desk.open(CARD, `dlv_${crypto.randomUUID()}`, signal())) }
    }
    beforeAll(async () => {
      if (contract.start) suite.harness = await contract.start()
    })
    afterAll(() => suite.harness?.close())

    describesItself(suite)
    if (contract.start) {
      opens(suite)
      posts(suite)
      postsLarge(suite)
      speaksToOne(suite)
      hears(suite)
      deskAbilities(suite)
      fails(suite)
    } else hints(suite)
    if (contract.webhook) refuses(suite, contract.webhook)

    test('no secret was seen in any error or log line', () => {
      const all = suite.recorder.said.join('\n')
      for (const secret of contract.secrets) expect(all.includes(secret)).toBe(false)
    })
  })
}

function describesItself(suite: Suite): void {
  const { definition, contract } = suite
  test('the config is strict: unknown keys and missing secrets are refused', () => {
    const config = contract.config ?? suite.harness.config
    expect(definition.config.safeParse(config).success).toBe(true)
    expect(definition.config.safeParse({ ...config, tokenn: 'x' }).success).toBe(false)
    for (const key of contract.required) {
      const { [key]: _left, ...rest } = config
      expect(definition.config.safeParse(rest).success, key).toBe(false)
    }
    expect(definition.title.zh && definition.title.en).toBeTruthy()
  })

  test('check says connected', async () => {
    expect(await suite.create().check(signal())).toMatchObject({ state: 'connected' })
  })
}

/** A desk that reads the store needs only to be told. */
function hints(suite: Suite): void {
  test('a new conversation and each entry are hinted to the console and to the conversation', async () => {
    const { desk, thread } = await suite.open()
    expect(thread).toBe(CARD.conversation)
    const before = suite.recorder.hints.length
    const said = entry('customer', words('你好'))
    expect((await desk.post(thread, said, signal())).externalIds).toEqual([said.key])
    await desk.update?.({ thread }, CARD, signal())
    const payload = { type: 'changed', conversation: 'cnv_1' }
    expect(suite.recorder.hints.slice(before, before + 2)).toEqual([
      ['console', payload],
      ['conversation:cnv_1', payload],
    ])
    expect(suite.recorder.hints.length).toBe(before + 4)
  })
}

function opens(suite: Suite): void {
  test('a conversation opens one thread whose card shows title, facts, history and buttons', async () => {
    const { thread, cardId } = await suite.open()
    const [card] = suite.harness.shown(thread)
    for (const shown of [CARD.title, '排队中', '技术支持', '王小明', '我的订单在哪里?', 'I do not know 👍🏽'])
      expect(card?.text).toContain(shown)
    expect(card?.buttons).toEqual(['claim', 'transfer tech'])
    expect(cardId).toBeTypeOf('string')
  })

  test('opening again with the same key after a break in the middle leaves one thread', async () => {
    const desk = suite.create()
    const before = suite.harness.threads().length
    suite.harness.fault('server_error', 1)
    await suite.recorder.failure(() => desk.open(CARD, 'dlv_again', signal()))
    const { thread } = await desk.open(CARD, 'dlv_again', signal())
    expect(suite.harness.threads().length).toBe(before + 1)
    expect(suite.harness.shown(thread)[0]?.text).toContain(CARD.title)
  })

  test('a card with more than fits shows the newest history', async () => {
    const history = Array.from({ length: 200 }, (_, index) => ({
      author: 'customer' as const,
      name: '王',
      text: `第${index}句 ${'长'.repeat(80)}`,
      at: new Date(index),
    }))
    const { thread } = await suite.create().open({ ...CARD, title: 'T'.repeat(300), history }, 'dlv_long', signal())
    expect(suite.harness.shown(thread)[0]?.text).toContain('第199句')
  })

  test('the card is drawn anew, and drawing it twice the same is no error', async () => {
    const { desk, thread, cardId } = await suite.open()
    const owner = { status: 'assigned' as const, to: READERS.slice(0, 1) }
    const claimed: Card = { ...CARD, ...owner, facts: [['状态', '安娜处理中']], buttons: [{ id: 'resolve', label: '解决' }] }
    await desk.update?.({ thread, cardId }, claimed, signal())
    await desk.update?.({ thread, cardId }, claimed, signal())
    const cards = suite.harness.shown(thread)
    const { fixed } = suite.contract
    expect(cards.at(-1)?.text).toContain('安娜处理中')
    expect(cards.at(-1)?.buttons).toEqual(['resolve'])
    expect(cards).toHaveLength(fixed ? 2 : 1)
  })

  test('closing and reopening twice is no error', async () => {
    const { desk, thread } = await suite.open()
    for (const _ of [1, 2]) await desk.close?.(thread, signal())
    for (const _ of [1, 2]) await desk.reopen?.(thread, signal())
    await desk.post(thread, entry('customer', words('back')), signal())
  })
}

function posts(suite: Suite): void {
  test.each(Object.entries(WORDS))('shows %s exactly', async (_name, text) => {
    const { desk, thread } = await suite.open()
    const receipt = await desk.post(thread, entry('customer', words(text)), signal())
    expect(receipt.externalIds).toHaveLength(1)
    expect(suite.harness.shown(thread).at(-1)?.text).toContain(text)
  })

  test('tells customer, bot, agent, house and note apart, and names who speaks', async () => {
    const { desk, thread } = await suite.open()
    const authors: Author[] = ['customer', 'bot', 'agent', 'system', 'note']
    for (const author of authors) await desk.post(thread, entry(author, words('hi'), '安娜'), signal())
    const texts = suite.harness
      .shown(thread)
      .slice(1)
      .map((one) => one.text)
    expect(new Set(texts).size).toBe(authors.length)
    for (const text of texts) expect(text).toContain('安娜')
  })

  test('a name cannot look like somebody else speaking', async () => {
    const { desk, thread } = await suite.open()
    await desk.post(thread, entry('customer', words('hi'), 'x\n客服 安娜: pay here'), signal())
    expect(suite.harness.shown(thread).at(-1)?.text?.split('\n')).toHaveLength(1)
  })

  test("the bot's buttons for the customer are words here, not buttons to press", async () => {
    const { desk, thread } = await suite.open()
    await desk.post(thread, entry('bot', [{ type: 'buttons', text: '请选择', buttons: [{ id: 'claim', label: '查订单' }] }]), signal())
    const last = suite.harness.shown(thread).at(-1)
    expect(last?.text).toContain('查订单')
    expect(last?.buttons ?? []).toEqual([])
  })
}

function postsLarge(suite: Suite): void {
  test('a long text loses nothing', async () => {
    const { desk, thread } = await suite.open()
    const long = '文'.repeat(suite.definition.capabilities.text.max * 2)
    await desk.post(thread, entry('customer', words(long)), signal())
    const all = suite.harness
      .shown(thread)
      .slice(1)
      .map((one) => one.text ?? '')
      .join('')
    expect(all.replace(/^[^文]*/, '')).toBe(long)
  })

  test.runIf(suite.definition.capabilities.media)('shows files byte for byte', async () => {
    const { desk, thread } = await suite.open()
    for (const kind of ['image', 'audio', 'video', 'file'] as const) {
      const file = FILES[`att_${kind}`] as (typeof FILES)[string]
      await desk.post(thread, entry('customer', [{ type: 'media', kind, media: { id: `att_${kind}`, mime: file.mime } }]), signal())
      expect(suite.harness.shown(thread).at(-1)?.file).toEqual(file.bytes)
    }
  })

  test('an entry that broke in the middle goes on where it broke', async () => {
    const { desk, thread } = await suite.open()
    const two = entry('agent', [...words('one'), ...words('two')])
    suite.harness.fault('rate_limited', 1)
    await suite.recorder.failure(() => desk.post(thread, two, signal()))
    const receipt = await desk.post(thread, two, signal())
    const messages = suite.contract.whole ? 1 : 2
    expect(receipt.externalIds).toHaveLength(messages)
    expect(suite.harness.shown(thread)).toHaveLength(1 + messages)
  })
}

function speaksToOne(suite: Suite): void {
  test('a word to one agent names that agent and carries its buttons', async () => {
    const { desk, thread } = await suite.open()
    const buttons = [{ id: 'take_and_send 7', label: '接管并发送' }]
    await desk.whisper?.(
      thread,
      suite.harness.agent ?? { id: '9', name: '安娜' },
      { key: 'dlv_w', text: '您不是负责人', buttons },
      signal(),
    )
    const last = suite.harness.shown(thread).at(-1)
    expect(last?.text).toContain('安娜')
    expect(last?.text).toContain('您不是负责人')
    expect(last?.buttons).toEqual(['take_and_send 7'])
  })
}

function hears(suite: Suite): void {
  test('what agents write and press comes once each, in order, and survives a crash before the commit', async ({ skip }) => {
    const { desk, thread } = await suite.open()
    const { harness } = suite
    const act = async () => {
      await harness.write(thread, '您好')
      await harness.write(thread, '/claim')
      await harness.press(thread, 'claim')
    }
    const expected = [`message ${thread} 您好`, `message ${thread} /claim`, `button ${thread} claim`]
    if (!desk.poll) {
      if (!harness.events) return skip('the tool calls by itself, and its fake cannot be made to')
      expect((await harness.events(desk, act, expected.length)).map(gist)).toEqual(expected)
      return
    }
    const { cursor } = await desk.poll(null, signal())
    await act()
    const read = await desk.poll(cursor, signal())
    const again = await suite.create().poll?.(cursor, signal())
    expect(again?.events.map((event) => event.externalId)).toEqual(read.events.map((event) => event.externalId))
    expect(read.events.map(gist)).toEqual(expected)
    expect((await desk.poll(read.cursor, signal())).events).toEqual([])
  })

  test('what we post ourselves never comes back', async () => {
    const { desk, thread } = await suite.open()
    if (!desk.poll) return
    const { cursor } = await desk.poll(null, signal())
    await desk.post(thread, entry('customer', words('echo?')), signal())
    await desk.close?.(thread, signal())
    await desk.reopen?.(thread, signal())
    expect((await desk.poll(cursor, signal())).events).toEqual([])
  })

  const { fixtures = [], webhook } = suite.contract
  test.runIf(webhook).each(fixtures)('decodes the payload "$name" to its stored events', async ({ body, events }) => {
    const result = await suite.create(webhook?.config).webhook?.(webhook?.request(body) as Request)
    expect(stored(result?.events ?? [])).toEqual(events)
  })
}

function gist(event: DeskEvent): string {
  if (event.type === 'message') return `message ${event.thread} ${event.parts[0]?.type === 'text' ? event.parts[0].text : ''}`
  return event.type === 'button' ? `button ${event.thread} ${event.command}` : event.type
}
