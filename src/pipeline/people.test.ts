// Who somebody in a tool is, whose words reach the customer, and what happens when a tool fails.
import { eq } from 'drizzle-orm'
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { systemClock } from '#core/clock.ts'
import { hashCode } from '#core/code.ts'
import type { DeskEntry } from '#core/desk.ts'
import { ConnectorError } from '#core/errors.ts'
import { localLive } from '#core/live.ts'
import { createRedaction, usualRedaction } from '#core/redact.ts'
import { makeLinkCode } from '#http/console/auth.ts'
import type { DeskSeen } from '#src/pipeline/house.ts'
import { readDown, watchDesks } from '#src/runner/ailing.ts'
import { createPeople } from '#src/runner/people.ts'
import { syncAgents } from '#store/agents.ts'
import type { Database } from '#store/database.ts'
import { findCode, unlinkPerson } from '#store/links.ts'
import { agentLinks, agents, deliveries, events, messages, settings, conversations as table } from '#store/schema.ts'
import { findInvite } from '#store/sessions.ts'
import { silent, testDatabase } from '../../test/support/database.ts'
import { type Stage, type StageOptions, stage, until } from '../../test/support/stage.ts'

let database: Database
let house: Stage
/** What was sent until a test's own part began. */
let before = 0
beforeAll(async () => {
  database = await testDatabase()
})
afterEach(() => house.stop())
afterAll(() => database.close())

const desk = () => [...house.house.desks.keys()][0] as string
async function waiting(options: StageOptions = {}): Promise<string> {
  house = await stage(database, { routing: { mode: 'claim' }, ...options })
  await house.says('c1', '转人工')
  const thread = (await until('a thread', () => house.shown.find(({ op }) => op === 'open')))?.thread ?? ''
  await house.settle()
  before = house.sent.length
  return thread
}
let counter = 0
const writes = (thread: string, text: string, by: object = { id: 'u-anna' }) =>
  house.agent(desk(), 'x', { type: 'message', thread, parts: [{ type: 'text', text }], messageId: `n${++counter}`, by } as never)
const said = () =>
  house.sent.slice(before).map(({ message }) => message.parts.map((part) => ('text' in part ? part.text : part.type)).join(' '))
const whispers = () => house.shown.flatMap((one) => (one.op === 'whisper' ? [one.text] : []))
const notes = async () => (await database.db.select().from(messages).where(eq(messages.author, 'note'))).map(({ text }) => text)
const mailed = [
  { id: 'anna', name: '安娜', email: 'anna@example.test' },
  { id: 'ben', name: '小本' },
]
const unlinked = async () => {
  await database.db.update(agents).set({ identities: {} })
}

describe('who somebody in a tool is', () => {
  test('chatwoot#1479 chatwoot#4690: whoever the tool names with a verified e-mail is that agent, from the first words on', async () => {
    const thread = await waiting({ agents: mailed })
    await unlinked()
    await writes(thread, '您好', { id: 'U7', email: 'Anna@Example.test' })
    await until('the words', () => said().find((text) => text.includes('您好')))
    expect(await database.db.select().from(agentLinks)).toMatchObject([{ deskId: desk(), userId: 'U7', agentId: 'anna', how: 'email' }])
    // The tool need not say so again.
    await writes(thread, '请稍等', { id: 'U7' })
    await until('the next words', () => said().find((text) => text.includes('请稍等')))
  })

  test('a stranger is asked for once; what the tool vouches for goes with their words, what it does not say is not made up', async () => {
    house = await stage(database, { agents: mailed })
    await unlinked()
    const asked: string[] = []
    const user = async (id: string) => {
      asked.push(id)
      if (id === 'U9') throw new Error('slow')
      return { id, ...(id === 'U7' && { email: 'anna@example.test' }) }
    }
    const desks = new Map([[desk(), { ...(house.parts.desks.get(desk()) as never as object), desk: { user } }]]) as never
    const people = createPeople({ database, desks, clock: house.house.clock, log: silent })
    const event = (id: string) => ({ type: 'presence', state: 'online', externalId: id, at: new Date(), by: { id }, raw: null }) as const
    const introduced = await people.introduce(desk(), [event('U7'), event('U8'), event('U9'), event('U7'), event('U\0')])
    expect(introduced.map(({ by }) => by.email)).toEqual(['anna@example.test', undefined, undefined, 'anna@example.test', undefined])
    // The database cannot even be asked for a NUL: it is gone before anything is looked up.
    expect(asked).toEqual(['U7', 'U8', 'U9', 'U\ufffd'])
  })

  test('a one-time code links whoever types it, once, and is kept nowhere', async () => {
    const thread = await waiting({ agents: mailed })
    await unlinked()
    const { code } = await makeLinkCode(database.db, house.house.clock, 'ben')
    await writes(thread, '您好', { id: '9', name: 'Ben' })
    await until('the advice', () => whispers().find((text) => text.includes('/link')))
    await writes(thread, `/link ${code.toLowerCase()}`, { id: '9', name: 'Ben' })
    await until('the word', () => whispers().find((text) => text.includes('已关联')))
    await writes(thread, '您好', { id: '9' })
    await until('the words', () => said().find((text) => text.includes('您好')))
    await writes(thread, `/link ${code}`, { id: '10' })
    await until('it is used', () => whispers().find((text) => text.includes('已过期')))
    expect((await notes()).join()).not.toContain(code)
    expect(await database.db.select().from(agentLinks)).toMatchObject([{ userId: '9', agentId: 'ben', how: 'code' }])
  })

  test('a new code ends the one before, an old one is worth nothing, and no code opens an account', async () => {
    house = await stage(database, { agents: mailed })
    const { clock } = house.house
    const first = await makeLinkCode(database.db, clock, 'anna')
    const second = await makeLinkCode(database.db, clock, 'anna')
    expect(await findCode(database.db, await hashCode(first.code), clock.now())).toBeUndefined()
    expect(await findCode(database.db, await hashCode(second.code), clock.now())).toBe('anna')
    expect(await findInvite(database.db, await hashCode(second.code), clock.now())).toBeUndefined()
    house.clock.ms += 11 * 60_000
    expect(await findCode(database.db, await hashCode(second.code), clock.now())).toBeUndefined()
  })

  test('one person in a tool is one agent: the file counts before a link, and a link taken back is a stranger again', async () => {
    const thread = await waiting({ agents: mailed })
    await unlinked()
    await writes(thread, '您好', { id: 'U7', email: 'anna@example.test' })
    await until('the words', () => said().length > 0)
    const file = mailed.map((one) => ({
      publicName: one.name,
      email: null,
      role: 'agent' as const,
      skills: [],
      capacity: 5,
      identities: {},
      ...one,
    }))
    await syncAgents(database.db, file, systemClock.now())
    const identities = async () =>
      Object.fromEntries((await database.db.select().from(agents)).map(({ id, identities }) => [id, identities]))
    expect(await identities()).toEqual({ anna: { [desk()]: 'U7' }, ben: {} })
    await syncAgents(
      database.db,
      file.map((one) => (one.id === 'ben' ? { ...one, identities: { [desk()]: 'U7' } } : one)),
      systemClock.now(),
    )
    expect(await identities()).toEqual({ anna: {}, ben: { [desk()]: 'U7' } })
    expect(await database.db.select().from(agentLinks)).toEqual([])
    expect(await unlinkPerson(database.db, 'anna', desk())).toBe(false)
  })
})

describe('a thread that the tool made, and that never came on record', () => {
  const astray = (thread: string, text: string, more: object = {}, by: object = { id: 'u-anna', name: '安娜' }) =>
    house.agent(desk(), 'x', { type: 'message', thread, parts: [{ type: 'text', text }], messageId: `n${++counter}`, by, ...more } as never)
  /** The second look comes a second later. */
  const looked = async () => {
    house.clock.ms += 2_000
    await house.settle()
  }

  test('is no hole: whoever writes there is told once a day, agents and strangers; the customer gets nothing', async () => {
    await waiting()
    await astray('lost-1', '您好', { ours: true })
    await looked()
    expect(whispers()).toEqual([expect.stringContaining('没有关联到任何对话')])
    await astray('lost-1', '在吗', { ours: true })
    await astray('lost-1', '谁在看', { ours: true }, { id: 'U9', name: '路人' })
    await looked()
    expect(house.shown.flatMap((one) => (one.op === 'whisper' ? [one.to] : []))).toEqual(['u-anna', 'U9'])
    house.clock.ms += 24 * 3_600_000
    await astray('lost-1', '还在吗', { ours: true })
    await looked()
    expect(whispers()).toHaveLength(3)
    expect(said()).toEqual([])
  })

  test('says where the conversation is whose thread was opened more than once, and else where all of them are', async () => {
    house = await stage(database, { routing: { mode: 'claim' } })
    house.house.consoleUrl = (id) => `https://desk.example/console/conversations/${id}`
    Object.assign(house.parts.desks.get(desk())?.desk ?? {}, { address: async (thread: string) => `https://tool.example/${thread}` })
    const told = async () => {
      await looked()
      return whispers().at(-1)
    }
    await astray('lost-1', '您好', { ours: true })
    expect(await told()).toMatch(/https:\/\/desk\.example\/console\/conversations$/)
    house.onDesk.now = async (_thread, op) => {
      house.onDesk.now = undefined
      if (op === 'open') throw new ConnectorError('transient', 'the answer was lost', { certain: false })
    }
    await house.says('c1', '转人工')
    await until('the opening failed', async () => (await database.db.select().from(deliveries)).some(({ state }) => state === 'retry'))
    house.clock.ms += 5_000 // Longer than the pause before the second try, whatever chance makes of it.
    const { thread = '' } = (await until('a thread', () => house.shown.find(({ op }) => op === 'open'))) ?? {}
    await house.settle()
    // One that was opened at once is not meant.
    await house.says('c2', '转人工')
    await house.settle()
    const [again] = await database.db.select().from(table).where(eq(table.userKey, 'c1'))
    await astray('lost-2', '您好', { ours: true })
    const words = await told()
    expect(words).toContain(`很可能是这个对话：\n`)
    expect(words).toContain(` · https://tool.example/${thread} · https://desk.example/console/conversations/${again?.id}`)
    expect(words?.match(/tool\.example/g)).toHaveLength(1)
    // Once it is resolved it is none to write in.
    await database.db.update(table).set({ status: 'resolved' })
    await astray('lost-3', '您好', { ours: true })
    expect(await told()).not.toContain('tool.example')
  })

  test('a thread that people made is their own, and hears nothing', async () => {
    await waiting()
    await astray('lunch', '中午吃什么')
    await looked()
    expect(whispers()).toEqual([])
    // In a tool where nobody but us makes threads there is no such one.
    house.house.desks.set(desk(), { ...(house.house.desks.get(desk()) as NonNullable<DeskSeen>), ownThreads: true })
    await astray('lunch', '中午吃什么')
    await looked()
    expect(whispers()).toHaveLength(1)
  })
})

test('a word for one agent alone is said in the thread, with their name, where the tool has no other way', async () => {
  const thread = await waiting({ agents: mailed })
  const part = house.parts.desks.get(desk())
  if (part) part.desk.whisper = undefined
  await writes(thread, '/claim', { id: 'u-anna', name: '安娜' })
  await until('the words', () => house.shown.find((one) => one.op === 'post' && isFor(one.entry, '安娜: 已接入')))
  await writes(thread, '/release', { id: 'u-anna' })
  await house.settle()
  expect(said().join()).not.toContain('安娜: ')
})
const isFor = ({ to, parts: [part] }: DeskEntry, text: string) =>
  to?.[0]?.id === 'u-anna' && part?.type === 'text' && part.text.startsWith(text)

describe('whose words reach the customer', () => {
  test('chatwoot PR#15605: where a team talks in the thread, only what is marked leaves; the rest is a note', async () => {
    const thread = await waiting({ sending: { policy: 'prefix' } })
    await writes(thread, '要不要给他退款?')
    await writes(thread, '@小本 你怎么看')
    await writes(thread, '>您好，请稍等')
    await until('the marked words', () => said().find((text) => text.includes('请稍等')))
    await writes(thread, '他真麻烦')
    await house.settle()
    expect(said()).toEqual([expect.stringMatching(/(?<!>)您好，请稍等$/)])
    expect(await notes()).toEqual(expect.arrayContaining(['要不要给他退款?', '@小本 你怎么看', '他真麻烦']))
  })

  test('words under a picture are read like others: a note stays inside with it, a mark sends it and is cut', async () => {
    const shows = (thread: string, caption: string) => {
      const media = { id: `p${++counter}`, mime: 'image/jpeg', bytes: 5 }
      const parts = [{ type: 'media', kind: 'image', media, caption }]
      return house.agent(desk(), 'u-anna', { type: 'message', thread, parts, messageId: `n${counter}` } as never)
    }
    const captions = () =>
      house.sent.slice(before).flatMap(({ message }) => message.parts.flatMap((p) => (p.type === 'media' ? [p.caption] : [])))
    const capabilities = { media: { image: { maxBytes: 1_000_000, captionMax: 1_000 } } } as never
    const thread = await waiting({ capabilities })
    await writes(thread, '您好')
    await shows(thread, '//假截图')
    await shows(thread, '给您看')
    await until('the second', () => captions().length > 0)
    expect(captions()).toEqual(['安娜: 给您看'])
    expect(await notes()).toContainEqual(expect.stringMatching(/^假截图\n\[image\]$/))
    await house.stop()
    const other = await waiting({ capabilities, sending: { policy: 'prefix' } })
    await shows(other, '内部看')
    await shows(other, '>给您看')
    await until('the marked one', () => captions().length > 0)
    expect(captions()).toEqual(['安娜: 给您看'])
  })

  test('a desk that only alerts sends nothing, whatever is written there', async () => {
    const thread = await waiting({ sending: { policy: 'alerts' } })
    for (const text of ['您好', '>您好', '/r 您好']) await writes(thread, text)
    await house.settle()
    expect(said()).toEqual([])
  })

  test('words to a colleague at the start stay inside', async () => {
    const thread = await waiting()
    await writes(thread, '您好')
    await until('the first words', () => said().length === 1)
    await writes(thread, '@小本 你来看一下这个客户')
    await writes(thread, '稍等')
    await until('the next', () => said().length === 2)
    expect(said().join()).not.toContain('小本')
  })

  test('a question about held words that nobody answers ends: they stay a note', async () => {
    const thread = await waiting()
    await writes(thread, '您好')
    await until('the first words', () => said().length === 1)
    await writes(thread, '我来', { id: 'u-ben' })
    const held = await until('they are held', async () => (await database.db.select().from(messages).where(eq(messages.text, '我来')))[0])
    house.clock.ms += 16 * 60_000
    await until(
      'the question ends',
      async () =>
        !(
          await database.db
            .select()
            .from(messages)
            .where(eq(messages.id, held?.id ?? ''))
        )[0]?.question,
    )
    await house.agent(desk(), 'u-ben', { type: 'button', thread, command: `held send ${held?.id}` })
    await until('it is too late', () => whispers().find((text) => text.includes('已经处理过')))
    expect(said()).toHaveLength(1)
  })
})

describe('what a tool is not shown', () => {
  test('gitlab: a card number and a password reach no third party, and stay as they were said for whoever may read them', async () => {
    house = await stage(database, { routing: { mode: 'claim' } })
    const redact = createRedaction(usualRedaction)
    house.house.desks.set(desk(), { ...(house.house.desks.get(desk()) as NonNullable<DeskSeen>), redact })
    await house.says('c1', '我的卡 4111 1111 1111 1111,转人工')
    const thread = (await until('a thread', () => house.shown.find(({ op }) => op === 'open')))?.thread ?? ''
    await house.settle()
    await house.says('c1', '密码是 hunter2abc')
    await until('it is shown', () => house.shown.find((one) => one.op === 'post' && JSON.stringify(one.entry.parts).includes('密码是')))
    await writes(thread, '卡号 4111111111111111 收到', { id: 'u-ben' })
    await writes(thread, '我来', { id: 'u-anna' })
    await house.settle()
    const shown = JSON.stringify(house.shown)
    expect(shown).not.toMatch(/4111[ ]?1111[ ]?1111|hunter2abc/)
    expect(shown).toContain('████ ████ ████ 1111')
    const kept = (await database.db.select().from(messages)).map(({ text }) => text).join()
    expect(kept).toContain('4111 1111 1111 1111')
    expect(kept).toContain('hunter2abc')
  })

  test('of a customer’s addresses it is shown an end, but to whom the desk lets see them; the console has a rule of its own', async () => {
    house = await stage(database, {
      routing: { mode: 'claim' },
      agents: [
        { id: 'anna', name: '安娜' },
        { id: 'su', name: '苏', role: 'supervisor' },
      ],
    })
    house.house.contactsFor = new Map([[desk(), ['supervisor']]])
    await house.customer('lily@example.com', { type: 'message', parts: [{ type: 'text', text: '转人工' }], messageId: 'm1' } as never)
    const thread = (await until('a thread', () => house.shown.find(({ op }) => op === 'open')))?.thread ?? ''
    await house.settle() // What is shown is not yet kept: a command finds its conversation by the thread on record.
    const asks = async (who: string, count: number) => {
      await house.agent(desk(), who, { type: 'command', thread, line: '/customer' } as never)
      return until('it is told', () => whispers().length === count && whispers().at(-1))
    }
    const told = await asks('u-anna', 1)
    expect(told).toContain('l███@example.com')
    expect(told).not.toContain('lily@')
    expect(await asks('u-su', 2)).toContain('lily@example.com')
    const [row] = await database.db.select().from(table)
    const inConsole = async () => {
      const ids = await house.agent('console', 'anna', { type: 'command', thread: row?.id, line: '/customer' } as never)
      await house.settle()
      const [event] = await database.db
        .select()
        .from(events)
        .where(eq(events.id, ids[0] ?? ''))
      return JSON.stringify(event?.result)
    }
    expect(await inConsole()).toContain('lily@example.com')
    house.house.contactsFor = new Map([['console', ['admin']]])
    expect(await inConsole()).toContain('l███@example.com')
  })

  test('neither by a name, an edit, a question to somebody alone, nor in lines that wait behind others', async () => {
    house = await stage(database, { routing: { mode: 'offer' }, able: { desk: ['edit'] } })
    const redact = createRedaction({ ...usualRedaction, phones: true })
    const seen = () => house.house.desks.get(desk()) as NonNullable<DeskSeen>
    house.house.desks.set(desk(), { ...seen(), redact })
    const sender = { name: '小美 13800138000', identities: [] }
    const speaks = (text: string, messageId: string) =>
      house.customer('c1', { type: 'message', parts: [{ type: 'text', text }], messageId, sender } as never)
    const change = (text: string, target: string) =>
      house.customer('c1', { type: 'edit', target, parts: [{ type: 'text', text }] } as never)
    await house.agent('console', 'anna', { type: 'presence', state: 'online' } as never)
    await speaks('转人工', 'a1')
    const asked = await until('anna is asked', () =>
      house.shown.find((one) => one.op === 'post' && one.entry.commands?.[0]?.id === 'accept'),
    )
    await house.settle()
    await speaks('我的号码', 'a2')
    await until('it is shown', () => house.shown.find((one) => one.op === 'post' && one.entry.author === 'customer'))
    await house.settle()
    await change('我的号码 13900139001', 'a2')
    await until('the edit', () => house.shown.find(({ op }) => op === 'edit'))
    await house.agent(desk(), 'u-anna', { type: 'button', thread: asked.thread, command: 'accept' } as never)
    await house.settle()
    await writes(asked.thread, '打 13700137002 给他', { id: 'u-ben' })
    await until('ben is asked what he means', () => whispers().find((text) => text.includes('给他')))
    house.house.desks.set(desk(), { ...seen(), gatherMs: 5_000 })
    ;(house.parts.desks.get(desk()) as { desk: { gatherMs?: number } }).desk.gatherMs = 5_000
    for (const [n, text] of ['第一', '再打 13600136003'].entries()) await speaks(text, `b${n}`)
    await until('both are stored', async () => (await database.db.select().from(messages).where(eq(messages.text, '再打 13600136003')))[0])
    house.clock.ms += 6_000
    await until('both in one', () => house.shown.find((one) => one.op === 'post' && one.entry.along?.length))
    expect(JSON.stringify(house.shown)).not.toMatch(/13800138000|13900139001|13700137002|13600136003/)
    expect(JSON.stringify(house.shown)).toContain('小美')
  })
})

describe('a burst', () => {
  test('of lines while a tool lets nothing through is one post, whole and in order', async () => {
    await waiting()
    house.onDesk.now = async (_thread, op) => {
      if (op !== 'post') return
      house.onDesk.now = undefined
      throw new ConnectorError('rate_limited', 'slow down', { retryAfterMs: 3_000 })
    }
    await house.says('c1', '零')
    await until('the tool asks to wait', async () => (await database.db.select().from(deliveries).where(eq(deliveries.state, 'retry')))[0])
    for (const line of ['一', '二', '三', '四']) await house.says('c1', line)
    await until('all are stored', async () => (await database.db.select().from(messages).where(eq(messages.text, '四')))[0])
    house.clock.ms += 4_000
    const posts = () =>
      house.shown.flatMap((one) => (one.op === 'post' ? one.entry.parts.map((part) => ('text' in part ? part.text : '')) : []))
    await until('the last line', () => posts().find((text) => text.includes('四')))
    await house.settle()
    expect(posts().slice(-2)).toEqual(['零', '一\n二\n三\n四'])
  })
})

describe('who is writing', () => {
  test('is shown on the other side, at most every few seconds, stored nowhere, and lost without harm', async () => {
    const thread = await waiting({ able: { channel: ['typing'], desk: ['typing'] } })
    await writes(thread, '您好')
    await until('the first words', () => said().length === 1)
    await house.settle()
    for (const _ of [1, 2, 3]) await house.agent(desk(), 'u-anna', { type: 'typing', thread })
    await house.agent(desk(), 'u-ben', { type: 'typing', thread })
    await house.parts.typing.idle()
    expect(house.followed).toEqual([{ op: 'typing' }])
    for (const _ of [1, 2, 3]) await house.customer('c1', { type: 'typing' } as never)
    await house.parts.typing.idle()
    expect(house.shown.filter(({ op }) => op === 'typing')).toHaveLength(1)
    house.clock.ms += 5_000
    house.parts.desks.set(desk(), { ...(house.parts.desks.get(desk()) as NonNullable<ReturnType<typeof house.parts.desks.get>>) })
    await house.customer('c1', { type: 'typing' } as never)
    await house.parts.typing.idle()
    expect(house.shown.filter(({ op }) => op === 'typing')).toHaveLength(2)
  })
})

describe('a tool that fails', () => {
  // chatwoot#1455: one failure switches the tool off, and nobody is told.
  test('chatwoot: a revoked token leaves no conversation silent – the next desk shows it, the admins are told once, and it goes back', async () => {
    await waiting()
    const other = `other-${desk()}`
    const main = desk()
    const part = house.parts.desks.get(main) as NonNullable<ReturnType<typeof house.parts.desks.get>>
    const opened: string[] = []
    house.parts.desks.set(other, {
      ...part,
      id: other,
      desk: { ...part.desk, open: async (card) => ({ thread: `${opened.push(card.conversation)}` }) },
    })
    house.house.desks.set(main, { ...(house.house.desks.get(main) as never as object), skills: ['aftersales'] } as never)
    house.house.desks.set(other, { ...(house.house.desks.get(main) as never as object), skills: ['nothing'] } as never)
    await database.db.execute(`update conversations set skill = 'aftersales'`)
    await house.stop()
    const told: string[] = []
    const log = { ...silent, error: (_fields: object, message: string) => void told.push(message) }
    const parts = { ...house.parts, log, live: localLive() }
    const look = async (seconds: number, state: 'connected' | 'bad_credentials') => {
      house.clock.ms += seconds * 1000
      parts.health.set(main, { state, ...(state !== 'connected' && { detail: 'account_inactive' }) })
      return [...(await watchDesks(parts, () => house.house))]
    }
    expect(await look(0, 'bad_credentials')).toEqual([])
    expect(await look(60, 'bad_credentials')).toEqual([])
    expect(await look(61, 'bad_credentials')).toEqual([main])
    expect(await look(30, 'bad_credentials')).toEqual([main])
    expect(told).toHaveLength(1)
    expect([...(await readDown(database.db)).keys()]).toEqual([main])
    const rows = await database.db.select().from(deliveries).where(eq(deliveries.targetId, other))
    expect(rows.map(({ op }) => op)).toEqual(['open'])
    expect(await look(10, 'connected')).toEqual([main])
    expect(await look(91, 'connected')).toEqual([])
    expect((await readDown(database.db)).size).toBe(0)
    await database.db.delete(settings).where(eq(settings.key, 'desks:ailing'))
  })
})
