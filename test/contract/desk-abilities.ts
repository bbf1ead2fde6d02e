// What a desk may be able to do besides showing words: ticks, changes, offers, typing, people, pictures. A desk that lacks one skips
// with words; one that has it must do it as `src/core/desk.ts` says.
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, type TestContext, test } from 'vitest'
import type { Desk, DeskEntry, MarkState } from '#core/desk.ts'
import type { DeskEvent } from '#core/event.ts'
import { CARD, entry, type Suite, signal, words } from './desk.ts'

export function deskAbilities(suite: Suite): void {
  ticks(suite)
  changes(suite)
  hearsMore(suite)
  readsAgain(suite)
  knowsItsThreads(suite)
  asks(suite)
  neutral(suite)
  pictures(suite)
}

/** Whoever reads what nobody may have heard must not make two of one. */
function readsAgain(suite: Suite): void {
  test('what is read again is what came by itself, under the same ids, and not what we said ourselves', async ({ skip }) => {
    const { desk, thread } = await suite.open()
    if (!desk.missed) return skip('the tool cannot be asked for what it told nobody')
    await desk.post(thread, entry('customer', words('在吗')), signal())
    const act = async () => {
      for (const text of ['您好 😀', '/claim', '请稍等']) await suite.harness.write(thread, text)
    }
    const told = await heard(suite, desk, act, 3, skip)
    const plain = (events: DeskEvent[]) => events.map((event) => ({ ...event, raw: null, at: null }))
    for (const _ of [1, 2]) {
      const read: DeskEvent[] = []
      for await (const events of suite.create().missed?.([thread], new Date('2015-01-01'), signal()) ?? []) read.push(...events)
      expect(plain(read)).toEqual(plain(told))
    }
  })
}

/** A thread whose opening never came on record is known to nobody: whoever writes there is told so, if the desk knows it for ours. */
function knowsItsThreads(suite: Suite): void {
  test('words in a thread that we made say so, also to a process that never heard of it', async ({ skip }) => {
    const { thread } = await suite.open()
    if (suite.definition.capabilities.ownThreads) return // Nobody else makes any.
    const [event] = await heard(suite, suite.create(), () => suite.harness.write(thread, '在吗'), 1, skip)
    expect(event).toMatchObject({ type: 'message', thread, ours: true })
  })

  test('each thread has an address of its own to click on, to every process', async ({ skip }) => {
    const { desk, thread } = await suite.open()
    if (!desk.address) return skip('the tool has no addresses of threads')
    const other = (await suite.open()).thread
    const found = await Promise.all([thread, other, thread].map((one) => suite.create().address?.(one, signal())))
    for (const one of found) expect(URL.canParse(one ?? ''), one).toBe(true)
    expect(new Set(found).size).toBe(2)
  })
}

type Skip = TestContext['skip']

/** What the tool tells of what agents do in `act`. */
async function heard(suite: Suite, desk: Desk, act: () => unknown, count: number, skip: Skip): Promise<DeskEvent[]> {
  if (suite.harness.events) return suite.harness.events(desk, act, count)
  if (!desk.poll) return skip('the tool calls by itself, and its fake cannot be made to')
  const { cursor } = await desk.poll(null, signal())
  await act()
  return (await desk.poll(cursor, signal())).events
}

/** An agent writes; the id by which the desk then knows it. */
async function written(suite: Suite, desk: Desk, thread: string, text: string, skip: Skip): Promise<string> {
  const [event] = await heard(suite, desk, () => suite.harness.write(thread, text), 1, skip)
  if (event?.type !== 'message') throw new Error(`no message came, but ${JSON.stringify(event)}`)
  return event.messageId
}

function ticks(suite: Suite): void {
  test("an agent's words bear a tick that follows what became of them, one at a time, and the same twice is no error", async ({ skip }) => {
    const { desk, thread } = await suite.open()
    if (!desk.mark) return skip('the tool shows no ticks')
    if (!suite.harness.tick) throw new Error('the harness must tell what tick stands at a message')
    const target = await written(suite, desk, thread, '您好', skip)
    const seen = new Map<MarkState, string>()
    for (const state of ['held', 'sent', 'delivered', 'read'] as const) {
      for (const _ of [1, 2]) await desk.mark(thread, target, state, signal())
      const tick = suite.harness.tick(thread, target)
      expect(tick, state).toBeTruthy()
      seen.set(state, tick as string)
    }
    const failing = await written(suite, desk, thread, '在吗', skip)
    await desk.mark(thread, failing, 'failed', signal())
    seen.set('failed', suite.harness.tick(thread, failing) ?? '')
    const kept = await written(suite, desk, thread, '内部', skip)
    await desk.mark(thread, kept, 'note', signal())
    seen.set('note', suite.harness.tick(thread, kept) ?? '')
    // Waiting, gone out, failed and kept inside must be told apart at a glance; a tool may have one tick for what went out.
    expect(new Set(['held', 'sent', 'failed', 'note'].map((state) => seen.get(state as MarkState))).size).toBe(4)
    expect(suite.harness.tick(thread, target)).toBe(seen.get('read'))
  })

  test('what was failed and then sent again bears the tick of what went out', async ({ skip }) => {
    const { desk, thread } = await suite.open()
    if (!desk.mark) return skip('the tool shows no ticks')
    const target = await written(suite, desk, thread, '再试', skip)
    await desk.mark(thread, target, 'failed', signal())
    const failed = suite.harness.tick?.(thread, target)
    await desk.mark(thread, target, 'sent', signal())
    expect(suite.harness.tick?.(thread, target)).not.toBe(failed)
  })

  test('a tick at a message that is gone is no error that is tried again', async ({ skip }) => {
    const { desk, thread } = await suite.open()
    if (!desk.mark) return skip('the tool shows no ticks')
    const target = await written(suite, desk, thread, '算了', skip)
    suite.harness.remove?.(thread)
    const error = await desk.mark(thread, target, 'sent', signal()).then(
      () => undefined,
      (thrown: unknown) => thrown as { kind?: string },
    )
    if (error) expect(['rejected', 'thread_gone', 'unsupported']).toContain(error.kind)
  })
}

function changes(suite: Suite): void {
  const shownTexts = (thread: string) =>
    suite.harness
      .shown(thread)
      .map((one) => one.text ?? '')
      .join('\n')

  test('what the customer changed stands changed where it stood, and changing it twice the same is no error', async ({ skip }) => {
    const { desk, thread } = await suite.open()
    if (!desk.edit) return skip('the tool cannot change what it shows: the core says so in a line')
    const first = await desk.post(thread, entry('customer', words('订单 A-1 <b>')), signal())
    await desk.post(thread, entry('customer', words('谢谢')), signal())
    const before = suite.harness.shown(thread).length
    const changed = entry('customer', words('订单 B-2 <b>'))
    for (const _ of [1, 2]) await desk.edit(thread, first.externalIds, changed, signal())
    expect(shownTexts(thread)).toContain('订单 B-2 <b>')
    expect(shownTexts(thread)).not.toContain('A-1')
    expect(shownTexts(thread).indexOf('订单 B-2')).toBeLessThan(shownTexts(thread).indexOf('谢谢'))
    expect(suite.harness.shown(thread)).toHaveLength(before)
  })

  test('what became shorter leaves nothing of the longer words, what became longer loses nothing', async ({ skip }) => {
    const { desk, thread } = await suite.open()
    if (!desk.edit) return skip('the tool cannot change what it shows: the core says so in a line')
    const { max } = suite.definition.capabilities.text
    const many = Math.min(max * 2, 30_000)
    const long = await desk.post(thread, entry('customer', words('长'.repeat(many))), signal())
    const short = await desk.edit(thread, long.externalIds, entry('customer', words('短')), signal())
    expect(shownTexts(thread)).not.toContain('长长')
    expect(shownTexts(thread)).toContain('短')
    await desk.edit(thread, short.externalIds, entry('customer', words('又'.repeat(many))), signal())
    expect([...shownTexts(thread)].filter((letter) => letter === '又')).toHaveLength(many)
  })

  test('what the customer took back is no longer to be read, and taking it back twice is no error', async ({ skip }) => {
    const { desk, thread } = await suite.open()
    if (!desk.remove) return skip('the tool cannot take back what it shows: the core says so in a line')
    const { externalIds } = await desk.post(thread, entry('customer', words('我的密码是 hunter2')), signal())
    await desk.post(thread, entry('customer', words('请忽略')), signal())
    for (const _ of [1, 2]) await desk.remove(thread, externalIds, signal())
    expect(shownTexts(thread)).not.toContain('hunter2')
    expect(shownTexts(thread)).toContain('请忽略')
  })
}

function hearsMore(suite: Suite): void {
  test('an agent who changes their words is heard with the id that the words had', async ({ skip }) => {
    const { desk, thread } = await suite.open()
    const { rewrite } = suite.harness
    if (!rewrite) return skip('the tool tells no changes')
    const target = await written(suite, desk, thread, '明天发货', skip)
    const events = await heard(suite, desk, () => rewrite(thread, target, '今天发货'), 1, skip)
    expect(events).toMatchObject([{ type: 'edit', thread, target, parts: [{ type: 'text', text: '今天发货' }] }])
  })

  test('an agent who deletes their words is heard with the id that the words had', async ({ skip }) => {
    const { desk, thread } = await suite.open()
    const { erase } = suite.harness
    if (!erase) return skip('the tool tells of no deletions')
    const target = await written(suite, desk, thread, '说错了', skip)
    expect(await heard(suite, desk, () => erase(thread, target), 1, skip)).toMatchObject([{ type: 'remove', thread, target }])
  })

  test('an agent who is writing is heard, where the tool tells', async ({ skip }) => {
    const { desk, thread } = await suite.open()
    const { types } = suite.harness
    if (!types) return skip('the tool does not tell who is writing')
    expect(await heard(suite, desk, () => types(thread), 1, skip)).toMatchObject([{ type: 'typing', thread }])
  })

  test('agents see that the customer is writing, and it is no message', async ({ skip }) => {
    const { desk, thread } = await suite.open()
    if (!desk.typing) return skip('the tool cannot show who is writing')
    if (!suite.harness.typed) throw new Error('the harness must tell how often the thread was told that somebody is writing')
    const before = suite.harness.shown(thread).length
    await desk.typing(thread, signal())
    expect(suite.harness.typed(thread)).toBe(1)
    expect(suite.harness.shown(thread)).toHaveLength(before)
  })

  test('who somebody is is told with the e-mail that the tool vouches for; of a stranger nothing is made up', async ({ skip }) => {
    const { desk } = await suite.open()
    if (!desk.user) return skip('the tool tells nothing of its people')
    const { person } = suite.harness
    if (!person) throw new Error('the harness must name a person')
    expect(await desk.user(person.id, signal())).toMatchObject(person)
    const stranger = await desk.user('nobody-9', signal()).catch((error: { kind?: string }) => error)
    expect(stranger).not.toHaveProperty('email')
  })
}

function asks(suite: Suite): void {
  const buttons = [
    { id: 'accept cnv_1', label: '接受' },
    { id: 'decline cnv_1', label: '拒绝' },
  ]
  const offer = (key: string) => ({ key, card: CARD, until: new Date('2026-03-01T08:00:30Z'), buttons })

  test('an offer is seen by one agent alone, with card, time and buttons, and in no thread', async ({ skip }) => {
    const { desk, thread } = await suite.open()
    if (!desk.offer) return skip('the tool has no private words: the core asks in the thread')
    const { offers } = suite.harness
    if (!offers) throw new Error('the harness must tell what one agent was asked')
    const before = suite.harness.shown(thread).length
    const { externalIds } = await desk.offer({ id: offers.user, name: '安娜' }, { ...offer('dlv_offer'), thread }, signal())
    const last = offers.shown().at(-1)
    for (const shown of [CARD.title, '技术支持', '我的订单在哪里?']) expect(last?.text).toContain(shown)
    expect(last?.buttons).toEqual(buttons.map(({ id }) => id))
    expect(externalIds).toHaveLength(1)
    expect(suite.harness.shown(thread)).toHaveLength(before)
  })

  test('an agent who cannot be asked in private is told as gone', async ({ skip }) => {
    const { desk } = await suite.open()
    const { offers } = suite.harness
    if (!desk.offer || offers?.unknown === undefined) return skip('whoever is in the tool can be asked')
    const { unknown } = offers
    const failure = await suite.recorder.failure(() => desk.offer?.({ id: unknown }, offer('dlv_none'), signal()) ?? Promise.resolve())
    expect(failure.kind).toBe('recipient_gone')
  })
}

/** What tools take as mentions, links that hide where they lead, commands and markup of their own. */
const LIVE_WORDS = [
  '@channel @here @all @everyone <!channel> <!here> <!everyone> <!subteam^S1>',
  '<@U501> <#C100> <at user_id="all"></at> <at id=all></at> <at user_id="ou_1">x</at>',
  '[x](javascript:alert(1)) <https://evil.example|https://bank.example> [bank](https://evil.example)',
  '<a href="https://evil.example">bank</a> <b>bold</b> *bold* _it_ ~no~ `code` ```pre```',
  '/claim !claim #tag > quote\n- list\n1. list',
  '&lt;!here&gt; &amp; \u202eevil',
]

function neutral(suite: Suite): void {
  test.each(LIVE_WORDS)('%j of a customer rings nobody, hides no link and is no markup', async (text) => {
    const { desk, thread } = await suite.open()
    await desk.post(thread, entry('customer', words(text), text.split('\n')[0]), signal())
    const said = suite.harness
      .shown(thread)
      .map((one) => one.text ?? '')
      .join('\n')
    for (const line of text.split('\n')) expect(said).toContain(line)
    if (suite.harness.alive) expect(suite.harness.alive(thread)).toEqual([])
  })

  test('a customer whose name and words are markup has a card all the same, and it rings nobody', async () => {
    const desk = suite.create()
    const text = '<!here> @all [x](javascript:1) <at user_id="all"></at>'
    const history = [{ author: 'customer' as const, name: text, text, at: new Date(0) }]
    const facts: [string, string][] = [['备注', text]]
    const { thread } = await desk.open({ ...CARD, title: text, facts, history }, `dlv_${crypto.randomUUID()}`, signal())
    expect(suite.harness.shown(thread)[0]?.text).toContain(text)
    if (suite.harness.alive) expect(suite.harness.alive(thread)).toEqual([])
  })
}

function pictures(suite: Suite): void {
  test('the picture of a thread shows who said what, and runs nothing', async ({ skip }) => {
    const { desk, thread } = await suite.open()
    if (!suite.harness.view) return skip('the fake draws no picture')
    const said: DeskEntry[] = [
      entry('customer', words('<script>alert(1)</script> 在吗')),
      entry('agent', words('您好'), '安娜'),
      entry('note', words('老客户'), '安娜'),
    ]
    for (const one of said) await desk.post(thread, one, signal())
    const page = suite.harness.view(thread)
    for (const shown of [CARD.title, '王小明', '安娜', '您好', '老客户', '认领']) expect(page).toContain(shown)
    expect(page).not.toMatch(/<script|(href|src|action)\s*=\s*["']?\s*javascript:|<[^>]*\son[a-z]+\s*=/i)
    if (process.env.FRONTDESK_PICTURES) await tellStory(suite, process.env.FRONTDESK_PICTURES)
  })
}

/** For the docs: `scripts/pictures.ts` makes a picture of the page. */
async function tellStory({ create, definition, harness }: Suite, folder: string): Promise<void> {
  const at = (minute: number) => new Date(Date.UTC(2026, 10, 27, 2, minute))
  const card = {
    ...CARD,
    facts: [
      ['状态', '处理中'],
      ['客服', '安娜'],
      ['客户', '王小明'],
      ['渠道', '网页聊天'],
      ['技能', '售后'],
      ['转人工原因', '客户要求人工'],
    ] as [string, string][],
    history: [
      { author: 'customer' as const, name: '王小明', text: '你好，我的订单 SO20261127 什么时候发货？', at: at(0) },
      { author: 'bot' as const, name: '机器人', text: '付款后 24 小时内发货。', at: at(0) },
      { author: 'customer' as const, name: '王小明', text: '已经三天了，帮我转人工', at: at(2) },
    ],
    buttons: [
      { id: 'resolve', label: '结单' },
      { id: 'release', label: '释放' },
      { id: 'transfer tech', label: '转给 技术支持' },
    ],
    status: 'assigned' as const,
  }
  const desk = create()
  const { thread } = await desk.open(card, 'dlv_story', signal())
  const said = [
    entry('customer', words('在吗？我明天就要用了'), '王小明'),
    entry('note', words('仓库说今天下午补发，老客户，送一张券'), '安娜'),
    entry('agent', words('王先生您好，查到了：今天下午发出，明天上午送达。给您添麻烦了。'), '安娜'),
    entry('customer', words('太好了，谢谢 👍'), '王小明'),
  ]
  for (const one of said) await desk.post(thread, one, signal())
  writeFileSync(join(folder, `${definition.type}.html`), harness.view?.(thread) ?? '')
}
