// The invariants of the pipeline, through the door that connectors and desks use. ARCHITECTURE.md names each by its number.
import { and, eq } from 'drizzle-orm'
import { describe, expect, test } from 'vitest'
import { deliveries, events, messages, conversations as table } from '#store/schema.ts'
import { stages } from '../test/support/stages.ts'
import { until } from '../test/support/until.ts'
import { accept, channelEvents } from './pipeline.ts'

const at = stages()
const { open, group } = at

const texts = () => at.house.sent.map(({ message }) => message.parts.map((part) => ('text' in part ? part.text : part.type)).join(' '))
const said = async (author?: string) => {
  const rows = await at.database.db
    .select()
    .from(messages)
    .where(author ? eq(messages.author, author as 'agent') : undefined)
    .orderBy(messages.seq)
  return rows.map((row) => row.text)
}
const conversation = async () => {
  const [row] = await at.database.db.select().from(table)
  if (!row) throw new Error('no conversation')
  return row
}
const opened = () => until('a thread in the desk', () => at.house.shown.find((one) => one.op === 'open'))
const posts = () =>
  at.house.shown.flatMap((one) =>
    one.op === 'post' ? [one.entry.parts.map((part) => ('text' in part ? part.text : part.type)).join(' ')] : [],
  )

/** A customer who waits for a person; the desk's thread. */
async function waiting(): Promise<string> {
  await at.house.says('c1', '转人工')
  const { thread } = await opened()
  await until('the place in the queue', () => texts().find((text) => text.includes('排队')))
  return thread
}

describe('what comes in', () => {
  test('1. when accepting resolves the event is committed, before anybody has worked on it', async () => {
    await open({ still: true })
    const event = {
      type: 'message' as const,
      externalId: 'e1',
      at: new Date(),
      from: { user: 'c1' },
      raw: {},
      parts: [],
      sender: { identities: [] },
    }
    await accept(at.database.db, channelEvents('ch', [event], at.house.house))
    const rows = await at.database.db.select().from(events)
    expect(rows.map(({ externalId, state }) => [externalId, state])).toEqual([['e1', 'pending']])
  })

  // matterbridge#2174: what Telegram tells twice is said twice.
  test('2. the same event three times at once is one message and one reply', async () => {
    await open()
    const event = { type: 'message' as const, externalId: 'same', parts: [{ type: 'text' as const, text: '多久发货' }] }
    await Promise.all([1, 2, 3].map(() => at.house.customer('c1', event)))
    await at.house.settle()
    expect(await said('customer')).toEqual(['多久发货'])
    expect(texts()).toEqual(['付款后 24 小时内发货。'])
  })

  test('3. one conversation in order, however fast its events come; others are not held up by it', async () => {
    await open()
    const words = Array.from({ length: 25 }, (_, n) => `第${n}句 zzqx`)
    for (const text of words) await at.house.says('c1', text)
    await Promise.all(Array.from({ length: 10 }, (_, n) => at.house.says(`other-${n}`, '多久发货')))
    await at.house.settle()
    const rows = await at.database.db.select().from(messages).where(eq(messages.author, 'customer')).orderBy(messages.seq)
    expect(rows.map((row) => row.text).filter((text) => text.startsWith('第'))).toEqual(words)
    expect(texts().filter((text) => text.includes('24 小时'))).toHaveLength(10)
  })

  test('an event that cannot be worked on harms only itself, and is set aside in the end', async () => {
    await open()
    const bot = at.house.house.bot.turn
    at.house.house.bot.turn = (state, input, context) => {
      if (input.type === 'message' && JSON.stringify(input.parts).includes('poison')) throw new Error('the bot broke')
      return bot(state, input, context)
    }
    await at.house.says('bad', 'poison')
    await at.house.says('good', '多久发货')
    await until('the answer to the other customer', () => texts().includes('付款后 24 小时内发货。'))
    for (let tries = 1; tries < 5; tries++) {
      await until(`failure ${tries}`, async () => (await at.database.db.select().from(events).where(eq(events.attempts, tries))).length > 0)
      at.house.clock.ms += 600_000
    }
    const [dead] = await until('it is set aside', async () => {
      const rows = await at.database.db.select().from(events).where(eq(events.state, 'dead'))
      return rows.length > 0 && rows
    })
    expect(dead?.error).toContain('the bot broke')
  })

  test('NUL and half surrogates are kept as replacement characters, and nothing is refused for them', async () => {
    await open()
    await at.house.says('c1', 'a\0b\ud800c')
    await at.house.settle()
    expect(await said('customer')).toEqual(['a\ufffdb\ufffdc'])
  })
})

describe('what goes out', () => {
  test('4. a delivery is committed with the message that caused it', async () => {
    await open({ still: true })
    await at.house.says('c1', '多久发货')
    const { work } = await import('./pipeline.ts')
    await work(at.database.db, at.house.house)
    const rows = await at.database.db.select().from(deliveries)
    expect(rows.map(({ state, op, messageId }) => [state, op, typeof messageId])).toEqual([['pending', 'send', 'string']])
    expect(at.house.sent).toEqual([])
  })

  test('8. the customer reads the language they wrote in', async () => {
    await open()
    await at.house.says('c1', 'how long is shipping')
    await until('an English answer', () => texts().includes('Orders ship within 24 hours.'))
  })
})

describe('who answers', () => {
  // chatwoot#13881 chatwoot PR#13885: the bot hands over, and the customer is told nothing.
  test('a customer who asks for a person is told the place, and the desk has a card with history and buttons', async () => {
    await open()
    await at.house.says('c1', '多久发货')
    await until('an answer', () => texts().length > 0)
    await waiting()
    const shown = await opened()
    expect(shown.op === 'open' && shown.card.buttons.map(({ id }) => id)).toEqual(['claim', 'resolve', 'transfer tech'])
    expect(shown.op === 'open' && shown.card.history.map(({ text }) => text)).toEqual(['多久发货', '付款后 24 小时内发货。', '转人工'])
    expect(texts().at(-1)).toContain('您是下一位')
  })

  // cskefu#551: a customer who is not understood twice gets no person.
  test('two misses hand over', async () => {
    await open()
    await at.house.says('c1', 'zzqx wvvk')
    await until('the first miss', () => texts().length === 1)
    await at.house.says('c1', 'qqjj xxkk')
    await opened()
    expect((await conversation()).handoff?.reason).toBe('misses')
  })

  test('6. of two agents who claim at once one wins and the other is told; the customer hears of one', async () => {
    await open()
    const thread = await waiting()
    await Promise.all(
      ['u-anna', 'u-ben'].map((user) =>
        at.house.agent(group(), user, { type: 'button', thread, command: 'claim', callback: `cb-${user}` } as never),
      ),
    )
    await at.house.settle()
    const whispers = at.house.shown.flatMap((one) => (one.op === 'whisper' ? [one.text] : []))
    expect(whispers.filter((text) => text.startsWith('已接入'))).toHaveLength(1)
    expect(whispers.filter((text) => text.startsWith('已由'))).toHaveLength(1)
    expect(texts().filter((text) => text.includes('为您服务'))).toHaveLength(1)
    expect((await conversation()).status).toBe('assigned')
  })

  // chatwoot PR#13673: the bot goes on answering after a person did.
  test('6. once a person has the conversation the bot is silent', async () => {
    await open()
    const thread = await waiting()
    await at.house.types(group(), 'u-anna', thread, '您好,我来帮您')
    await until('the agent words', () => texts().some((text) => text.includes('我来帮您')))
    const before = texts().length
    await at.house.says('c1', '多久发货')
    await until('the words in the thread', () => posts().includes('多久发货'))
    await at.house.settle()
    expect(texts()).toHaveLength(before)
  })

  // chatwoot#12079: whoever types answers, whoever’s conversation it is, and two agents answer at once.
  test('7. what somebody types who does not own the conversation is held and asked about, and sent only on their word', async () => {
    await open()
    const thread = await waiting()
    await at.house.agent(group(), 'u-anna', { type: 'button', thread, command: 'claim' } as never)
    await until('claimed', async () => (await conversation()).agentId === 'anna')
    await at.house.types(group(), 'u-ben', thread, '我觉得可以退')
    const question = await until('the question', () => at.house.shown.find((one) => one.op === 'whisper' && one.buttons))
    expect(texts().some((text) => text.includes('可以退'))).toBe(false)
    const take = question.op === 'whisper' ? question.buttons?.find(({ id }) => id.startsWith('held take')) : undefined
    await at.house.agent(group(), 'u-ben', { type: 'button', thread, command: take?.id ?? '' } as never)
    await until('the words reach the customer', () => texts().includes('Ben: 我觉得可以退') || texts().includes('小本: 我觉得可以退'))
    expect((await conversation()).agentId).toBe('ben')
    await at.house.agent(group(), 'u-ben', { type: 'button', thread, command: take?.id ?? '', callback: 'again' } as never)
    await at.house.settle()
    expect(texts().filter((text) => text.includes('可以退'))).toHaveLength(1)
  })

  // chatwoot#4410: the bot keeps a conversation in which a person already answers.
  test('7. while the bot owns it, an agent’s words wait for a take-over; sending alone is not offered', async () => {
    await open()
    await at.house.says('c1', '多久发货')
    await until('an answer', () => texts().length > 0)
    const { id } = await conversation()
    const [event] = await at.house.agent('console', 'anna', {
      type: 'message',
      thread: id,
      parts: [{ type: 'text', text: '我来' }],
      messageId: 'client-1',
    } as never)
    await at.house.settle()
    const [row] = await at.database.db
      .select()
      .from(events)
      .where(eq(events.id, event ?? ''))
    expect(row?.result).toMatchObject({ ok: false, code: 'held' })
    const [held] = await at.database.db
      .select()
      .from(messages)
      .where(and(eq(messages.author, 'note'), eq(messages.text, '我来')))
    expect(held?.question?.map((button) => button.id.split(' ')[1])).toEqual(['take', 'note'])
    expect(texts()).toHaveLength(1)
  })

  test('notes, unknown commands and the words of strangers never reach the customer', async () => {
    await open()
    const thread = await waiting()
    const before = texts().length
    await at.house.types(group(), 'u-anna', thread, '//客户很急')
    await at.house.types(group(), 'u-anna', thread, '/note 已核实')
    await at.house.types(group(), 'u-anna', thread, '/reslove')
    await at.house.types(group(), 'somebody', thread, '我是路人')
    await at.house.settle()
    expect(texts()).toHaveLength(before)
    expect(await said('note')).toEqual(['客户很急', '已核实', '我是路人'])
    const whispers = at.house.shown.flatMap((one) => (one.op === 'whisper' ? [one.text] : []))
    expect(whispers.some((text) => text.includes('/reslove'))).toBe(true)
    expect(whispers.some((text) => text.includes('identities'))).toBe(true)
  })

  test('a command outside every conversation is answered there; the team’s own talk is not', async () => {
    await open()
    await at.house.agent(group(), 'u-anna', { type: 'command', thread: '1', line: '/online' } as never)
    await at.house.agent(group(), 'u-anna', { type: 'command', thread: '1', line: '/claim' } as never)
    await at.house.agent(group(), 'nobody', { type: 'command', thread: '1', line: '/online' } as never)
    await at.house.types(group(), 'u-ben', 'a topic of the team', '中午吃什么')
    const whispers = await until('three answers', () => {
      const told = at.house.shown.flatMap((one) => (one.op === 'whisper' ? [one.text] : []))
      return told.length === 3 && told
    })
    expect(whispers).toEqual([
      expect.stringContaining('在线'),
      expect.stringContaining('客户的对话里'),
      expect.stringContaining('identities'),
    ])
    await until('the topic was looked at once', async () => (await at.database.db.select().from(events)).some((row) => row.attempts === 1))
    at.house.clock.ms += 2_000
    await at.house.settle()
    expect(at.house.shown).toHaveLength(3)
  })

  test('the first words of an agent in a waiting conversation claim it', async () => {
    await open()
    const thread = await waiting()
    await at.house.types(group(), 'u-anna', thread, '您好')
    await until('the words with the public name', () => texts().includes('安娜: 您好'))
    expect(await conversation()).toMatchObject({ status: 'assigned', agentId: 'anna' })
  })

  test('an agent who is here gets the next conversation without asking; released, it goes to somebody else', async () => {
    await open()
    const thread = await waiting()
    await at.house.types(group(), 'u-anna', thread, '/resolve')
    await until('resolved', async () => (await conversation()).status === 'resolved')
    await at.house.says('c2', '人工')
    const second = await until('given to anna', async () => {
      const rows = await at.database.db.select().from(table).where(eq(table.userKey, 'c2'))
      return rows[0]?.agentId === 'anna' && rows[0]
    })
    await at.house.agent('console', 'ben', { type: 'presence', state: 'online' } as never)
    await at.house.agent('console', 'anna', { type: 'command', thread: second.id, line: '/release' } as never)
    await until('given to ben', async () => {
      const [row] = await at.database.db.select().from(table).where(eq(table.id, second.id))
      return row?.agentId === 'ben'
    })
  })

  test('a transfer to a skill is not given back to whoever made it; with nobody else it waits', async () => {
    await open({ agents: [{ id: 'anna', name: '安娜' }] })
    const thread = await waiting()
    await at.house.types(group(), 'u-anna', thread, '/claim')
    await until('claimed', async () => (await conversation()).agentId === 'anna')
    await at.house.types(group(), 'u-anna', thread, '/transfer tech 需要技术')
    await until('the place in the queue again', () => texts().filter((text) => text.includes('排队')).length === 2)
    expect(await conversation()).toMatchObject({ status: 'queued', skill: 'tech', agentId: null })
    await at.house.types(group(), 'u-anna', thread, '/claim')
    await until('taken by hand', async () => (await conversation()).agentId === 'anna')
  })

  test('where only the console knows who is here, the customer is told when nobody is', async () => {
    await open()
    at.house.house.desks.clear()
    await at.house.says('c1', '转人工')
    await until('honest words with the place', () => texts().some((text) => text.includes('不在线') && text.includes('当前排队：第 1 位')))
    expect(texts().join()).not.toContain('您是下一位')
  })

  test('a version that is no longer the one on screen is refused', async () => {
    await open()
    await waiting()
    const { id, version } = await conversation()
    const [event] = await at.house.agent('console', 'anna', { type: 'command', thread: id, line: '/claim', version: version - 1 } as never)
    await at.house.settle()
    const [row] = await at.database.db
      .select()
      .from(events)
      .where(eq(events.id, event ?? ''))
    expect(row?.result).toMatchObject({ ok: false, code: 'changed' })
    expect((await conversation()).status).toBe('queued')
  })
})

describe('the end, and after', () => {
  async function resolvedConversation(): Promise<string> {
    await open()
    const thread = await waiting()
    await at.house.types(group(), 'u-anna', thread, '您好')
    await at.house.types(group(), 'u-anna', thread, '/resolve')
    await until('the question for a rating', () =>
      at.house.sent.find(({ message }) => message.parts.some((part) => part.type === 'buttons' && part.buttons[0]?.id === 'rate:1')),
    )
    return thread
  }

  // botpress#4729: the bot cannot ask how it was once the agent is done.
  test('a rating is kept, thanked for, and opens nothing', async () => {
    await resolvedConversation()
    await at.house.customer('c1', { type: 'press', buttonId: 'rate:4', sender: { identities: [] } } as never)
    await until('thanks', () => texts().some((text) => text.includes('谢谢您的评价')))
    expect(await conversation()).toMatchObject({ status: 'resolved', csatScore: 4 })
  })

  test('a bare digit rates too', async () => {
    await resolvedConversation()
    await at.house.says('c1', ' ５ ')
    await until('thanks', () => texts().some((text) => text.includes('谢谢您的评价')))
    expect(await conversation()).toMatchObject({ status: 'resolved', csatScore: 5 })
  })

  // chatwoot#5668 chatwoot#4008: who comes back after an agent resolved gets no bot any more.
  test('new words within a day open the same conversation with the bot; later ones open another, and numbers go on', async () => {
    await resolvedConversation()
    await at.house.says('c1', '多久发货')
    await until('the bot answers again', () => texts().includes('付款后 24 小时内发货。'))
    expect(await at.database.db.select().from(table)).toHaveLength(1)
    const first = await conversation()
    await at.house.agent('console', 'anna', { type: 'command', thread: first.id, line: '/resolve' } as never)
    await until('resolved', async () => (await conversation()).status === 'resolved')
    at.house.clock.ms += 25 * 3_600_000
    await at.house.says('c1', '多久发货')
    const rows = await until('a second conversation', async () => {
      const all = await at.database.db.select().from(table).orderBy(table.openedAt)
      return all.length === 2 && all
    })
    await at.house.settle()
    const [mark] = await at.database.db
      .select()
      .from(messages)
      .where(eq(messages.conversationId, rows[1]?.id ?? ''))
      .orderBy(messages.seq)
    expect(mark?.seq).toBeGreaterThan(first.lastSeq)
  })

  // Apps.Rasa#26: the second handoff of a conversation fails.
  test('a second handoff opens the thread again and says what was said since', async () => {
    const thread = await resolvedConversation()
    await at.house.says('c1', '多久发货')
    await until('the bot answers again', () => texts().includes('付款后 24 小时内发货。'))
    await at.house.says('c1', '转人工')
    await until('the thread is open again', () => at.house.shown.find((one) => one.op === 'reopen' && one.thread === thread))
    await until('what was said', () => posts().find((text) => text.includes('重新打开') && text.includes('多久发货')))
    expect(at.house.shown.filter((one) => one.op === 'open')).toHaveLength(1)
  })
})
