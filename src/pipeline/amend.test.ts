// What agents change, take back and are shown of their own words: ticks, edits, deletions, and the second thoughts before words leave.
import { eq } from 'drizzle-orm'
import { describe, expect, test } from 'vitest'
import { ConnectorError } from '#core/errors.ts'
import { changedBefore, readSaid } from '#store/chat.ts'
import { deliveries } from '#store/schema.ts'
import { amending } from '../../test/support/amending.ts'
import { until } from '../../test/support/until.ts'

const { at, group, talking, writes, rewrites, ticksAt, tick, said, whispers, row } = amending()

describe('ticks', () => {
  // chatwoot#15918: “Retry” takes the mark away and sends nothing.
  test('chatwoot#4397 chatwoot#1455: what an agent wrote bears what became of it, and a failure is never silent', async () => {
    const thread = await talking()
    const fine = await writes(thread, '您好')
    await tick(fine, 'sent')
    at.house.onSend.now = async () => {
      throw new ConnectorError('recipient_gone', 'blocked')
    }
    const lost = await writes(thread, '还在吗')
    await tick(lost, 'failed')
    await until('the reason, with a button', () =>
      at.house.shown.find(
        (one) => one.op === 'post' && one.entry.commands?.[0]?.id.startsWith('resend ') && JSON.stringify(one.entry).includes('blocked'),
      ),
    )
    at.house.onSend.now = undefined
    const failed = await row('还在吗')
    await at.house.agent(group(), 'u-anna', { type: 'button', thread, command: `resend ${failed?.id}` })
    await tick(lost, 'sent')
    expect(said().filter((text) => text.includes('还在吗'))).toHaveLength(1)
  })

  test('receipts of the platform go on to the tick, several at once as one', async () => {
    const thread = await talking()
    const target = await writes(thread, '您好')
    await tick(target, 'sent')
    const sends = await at.database.db
      .select()
      .from(deliveries)
      .where(eq(deliveries.messageId, (await row('您好'))?.id ?? ''))
    const delivery = sends.find(({ op }) => op === 'send')
    const told = delivery?.externalIds?.[0] ?? ''
    await at.house.customer('c1', { type: 'delivery', target: told, state: 'delivered' } as never)
    await at.house.customer('c1', { type: 'delivery', target: told, state: 'read' } as never)
    await until(
      'both are written',
      async () =>
        (
          await at.database.db
            .select()
            .from(deliveries)
            .where(eq(deliveries.id, delivery?.id ?? ''))
        )[0]?.readAt,
    )
    await tick(target, 'read')
    expect(ticksAt(target)).toEqual(['sent', 'read'])
  })

  test('held words wait, a note stays inside, and held words that are sent bear the tick of what was sent', async () => {
    const thread = await talking()
    const note = await writes(thread, '//老客户')
    await tick(note, 'note')
    const held = await writes(thread, '我来', 'u-ben')
    await tick(held, 'held')
    const button = whispers()
      .at(-1)
      ?.buttons?.find(({ id }) => id.startsWith('held send'))
    await at.house.agent(group(), 'u-ben', { type: 'button', thread, command: button?.id ?? '' })
    await tick(held, 'sent')
    expect(said()).toEqual([expect.stringContaining('我来')])
    // From now on the words in the tool are those that were sent.
    await at.house.agent(group(), 'u-ben', { type: 'remove', thread, target: held })
    await at.house.settle()
    expect(at.house.followed).toEqual([])
    expect(whispers().at(-1)?.text).toMatch(/不由您负责/)
  })

  test('a tool that shows no tick for a while holds up no words', async () => {
    const thread = await talking()
    at.house.onDesk.now = async (_thread, op) => {
      if (op === 'mark') throw new ConnectorError('transient', 'slow', { certain: true })
    }
    for (const text of ['一', '二', '三']) await writes(thread, text)
    at.house.clock.ms += 1_000
    await until('all words', () => said().length === 3)
    await at.house.says('c1', '好的')
    await until('the customer in the thread', () =>
      at.house.shown.find((one) => one.op === 'post' && JSON.stringify(one.entry.parts).includes('好的')),
    )
  })
})

describe('changes', () => {
  test('an edit and a deletion after the words left are carried to the customer', async () => {
    const thread = await talking()
    const target = await writes(thread, '明天发货')
    await tick(target, 'sent')
    await rewrites(thread, target, '今天发货')
    await until('the customer has the new words', () => at.house.followed.find(({ op }) => op === 'edit'))
    expect(JSON.stringify(at.house.followed)).toContain('今天发货')
    await at.house.agent(group(), 'u-anna', { type: 'remove', thread, target })
    await until('and then none', () => at.house.followed.find(({ op }) => op === 'recall'))
    expect(at.house.followed.map(({ externalId }) => externalId)).toEqual([
      at.house.followed[0]?.externalId,
      at.house.followed[0]?.externalId,
    ])
    expect(await row('今天发货')).toMatchObject({ revisions: [{ parts: [{ text: '明天发货' }] }, { parts: [{ text: '今天发货' }] }] })
    expect(said()).toHaveLength(1)
  })

  test('within the undo window an edit and a deletion cost nothing, and the order stays', async () => {
    const thread = await talking({ sending: { undoMs: 5_000 } })
    const first = await writes(thread, '明天发货')
    await writes(thread, '谢谢')
    const third = await writes(thread, '说错了')
    expect(said()).toEqual([])
    await rewrites(thread, first, '今天发货')
    await at.house.agent(group(), 'u-anna', { type: 'remove', thread, target: third })
    await until('both are done', async () => (await row('说错了'))?.recalledAt)
    at.house.clock.ms += 5_001
    await until('what is left goes out', () => said().length === 2)
    await at.house.settle()
    expect(said()).toEqual([expect.stringContaining('今天发货'), expect.stringContaining('谢谢')])
    expect(at.house.followed).toEqual([])
  })

  test('a page that reads the store shows no words before they leave, and what changed after that once more', async () => {
    const thread = await talking({ sending: { undoMs: 5_000 } })
    const channel = [...at.house.parts.channels.keys()][0] as string
    const shown = async () => {
      const undo = { ms: 5_000, now: at.house.house.clock.now() }
      return (await readSaid(at.database.db, channel, 'c1', { after: 0 }, 100, undo)).messages.map(({ text }) => text)
    }
    const first = await writes(thread, '明天发货')
    const gone = await writes(thread, '说错了')
    await at.house.agent(group(), 'u-anna', { type: 'remove', thread, target: gone })
    await at.house.says('c1', '好的')
    await until('all are stored', async () => (await row('说错了'))?.recalledAt && (await row('好的')))
    expect(await shown()).not.toContain('明天发货')
    expect(await shown()).not.toContain('好的')
    at.house.clock.ms += 5_001
    await until('it left', () => said().length === 1)
    expect((await shown()).slice(-2)).toEqual(['明天发货', '好的'])
    await rewrites(thread, first, '今天发货')
    await until('it changed', () => row('今天发货'))
    const last = (await row('好的'))?.seq ?? 0
    const changed = await changedBefore(at.database.db, channel, 'c1', last, { ms: 5_000, now: at.house.house.clock.now() })
    expect(changed.map(({ text }) => text)).toContain('今天发货')
    // What was taken back before it left was never there.
    expect(changed.map(({ text }) => text)).not.toContain('说错了')
    expect(await changedBefore(at.database.db, channel, 'c1', 1)).toEqual([])
  })

  test('where the channel cannot change what was sent, a correction is offered and sent only on the agent’s word', async () => {
    const thread = await talking({ able: { desk: ['mark'] } })
    const target = await writes(thread, '明天发货')
    await tick(target, 'sent')
    await rewrites(thread, target, '今天发货')
    const asked = await until('the question', () => whispers().find(({ text }) => text.includes('更正')))
    await at.house.settle()
    expect(said()).toHaveLength(1)
    expect((await row('明天发货'))?.editedAt).toBeNull()
    await at.house.agent(group(), 'u-anna', { type: 'button', thread, command: asked?.buttons?.[0]?.id ?? '' })
    await until('the correction', () => said().find((text) => text.includes('更正：今天发货')))
    await at.house.agent(group(), 'u-anna', { type: 'remove', thread, target })
    await until('and that nothing can be taken back', () => whispers().find(({ text }) => text.includes('不能撤回')))
    expect((await row('明天发货'))?.recalledAt).toBeNull()
  })

  test('after the time that the platform gives for changes it is as where nothing can be changed', async () => {
    const thread = await talking({ capabilities: { edit: { withinMs: 60_000 }, recall: { withinMs: 60_000 } } })
    const target = await writes(thread, '明天发货')
    await tick(target, 'sent')
    at.house.clock.ms += 60_000
    await rewrites(thread, target, '今天发货')
    await until('a correction is offered', () => whispers().find(({ text }) => text.includes('更正')))
    await at.house.agent(group(), 'u-anna', { type: 'remove', thread, target })
    await until('nothing can be taken back', () => whispers().find(({ text }) => text.includes('不能撤回')))
    expect(at.house.followed).toEqual([])
  })

  test('a change that the platform refuses is told with its reason', async () => {
    const thread = await talking()
    const target = await writes(thread, '明天发货')
    await tick(target, 'sent')
    const connector = [...at.house.parts.channels.values()][0]?.connector
    if (connector) {
      connector.edit = async () => {
        throw new ConnectorError('window_closed', 'too old to change')
      }
    }
    await rewrites(thread, target, '今天发货')
    await until('the reason', () =>
      at.house.shown.find((one) => one.op === 'post' && JSON.stringify(one.entry.parts).includes('too old to change')),
    )
  })

  test('matterbridge#296 matterbridge#1959: an edit is no new message, and what only looks new is nothing', async () => {
    const thread = await talking()
    const target = await writes(thread, '您好')
    await tick(target, 'sent')
    await rewrites(thread, target, '您好')
    await at.house.settle()
    expect(at.house.followed).toEqual([])
    // Somebody deletes a thread, and the tool tells of every reply anew: each as it was.
    for (const _ of [1, 2, 3]) await rewrites(thread, target, '您好')
    await at.house.settle()
    expect(said()).toHaveLength(1)
    expect(at.house.followed).toEqual([])
  })

  test('what becomes a note by an edit is taken back from the customer', async () => {
    const thread = await talking()
    const target = await writes(thread, '这人很烦')
    await tick(target, 'sent')
    await rewrites(thread, target, '//这人很烦')
    await until('it is taken back', () => at.house.followed.find(({ op }) => op === 'recall'))
  })

  test('words with a mark are changed without it; drawn anew they are nothing, and without the mark they are taken back', async () => {
    const thread = await talking({ sending: { policy: 'prefix' } })
    const target = await writes(thread, '>您好')
    await tick(target, 'sent')
    for (const text of ['>您好', '>您好，请稍等', '/r 您好，马上来', '>您好，马上来', '您好，改天来']) await rewrites(thread, target, text)
    await until('it is taken back', () => at.house.followed.find(({ op }) => op === 'recall'))
    expect(at.house.followed.map(({ op, parts }) => [op, parts?.map((part) => ('text' in part ? part.text : '')).join()])).toEqual([
      ['edit', '安娜: 您好，请稍等'],
      ['edit', '安娜: 您好，马上来'],
      ['recall', undefined],
    ])
  })

  test('where only marked words leave, an edit goes by the same marks as the words did', async () => {
    const thread = await talking({ sending: { policy: 'prefix' } })
    const first = await writes(thread, '>明天发货')
    const second = await writes(thread, '/r 请稍等')
    await tick(second, 'sent')
    await rewrites(thread, first, '>明天发货') // The tool only drew it anew.
    await rewrites(thread, first, '>今天发货')
    await rewrites(thread, second, '/r 请稍候')
    await until('both are changed', () => at.house.followed.length === 2)
    await rewrites(thread, second, '这人很烦')
    await until('what is no longer marked is taken back', () => at.house.followed.find(({ op }) => op === 'recall'))
    await at.house.settle()
    expect(at.house.followed.map(({ op }) => op)).toEqual(['edit', 'edit', 'recall'])
    expect([await row('今天发货'), await row('请稍候')]).toMatchObject([{ recalledAt: null }, { recalledAt: expect.any(Date) }])
  })

  test('words that an edit makes a colleague’s are taken back, and a note that only looks new is none', async () => {
    const thread = await talking()
    const target = await writes(thread, '你看一下')
    const kept = await writes(thread, '//老客户')
    await tick(target, 'sent')
    await rewrites(thread, kept, '//老客户')
    await rewrites(thread, target, '@小本 你看一下')
    await until('it is taken back', () => at.house.followed.find(({ op }) => op === 'recall'))
    expect((await row('老客户'))?.editedAt).toBeNull()
  })

  test('what the customer changes and takes back stands changed in the desk, where it can; else a line says so', async () => {
    const thread = await talking()
    await at.house.customer('c1', {
      type: 'message',
      parts: [{ type: 'text', text: '订单 A-1' }],
      messageId: 'p1',
      sender: { identities: [] },
    } as never)
    const post = await until('it is shown', () =>
      at.house.shown.find((one) => one.op === 'post' && JSON.stringify(one.entry.parts).includes('A-1')),
    )
    await at.house.customer('c1', { type: 'edit', target: 'p1', parts: [{ type: 'text', text: '订单 B-2' }] } as never)
    const edit = await until('it changes', () => at.house.shown.find((one) => one.op === 'edit'))
    expect(edit).toMatchObject({ thread, entry: { author: 'customer', parts: [{ text: '订单 B-2' }] } })
    await at.house.customer('c1', { type: 'recall', target: 'p1' } as never)
    const remove = await until('it goes', () => at.house.shown.find((one) => one.op === 'remove'))
    expect([(edit as { shown: string[] }).shown, (remove as { shown: string[] }).shown]).toEqual([
      [expect.any(String)],
      (edit as { shown: string[] }).shown,
    ])
    expect(post).toBeTruthy()
  })

  test('a tool that can change nothing is told in lines', async () => {
    await talking({ able: {} })
    await at.house.customer('c1', {
      type: 'message',
      parts: [{ type: 'text', text: '订单 A-1' }],
      messageId: 'p1',
      sender: { identities: [] },
    } as never)
    await at.house.customer('c1', { type: 'edit', target: 'p1', parts: [{ type: 'text', text: '订单 B-2' }] } as never)
    await at.house.customer('c1', { type: 'recall', target: 'p1' } as never)
    const posts = () => at.house.shown.flatMap((one) => (one.op === 'post' ? [JSON.stringify(one.entry.parts)] : []))
    await until(
      'the lines',
      () => posts().some((text) => text.includes('已修改为') && text.includes('B-2')) && posts().some((text) => text.includes('已撤回')),
    )
  })
})

describe('what is done by hand in the tool', () => {
  test('a thread that somebody closes asks whether the conversation is over', async () => {
    const thread = await talking()
    await at.house.agent(group(), 'u-anna', { type: 'closed', thread })
    const asked = await until('the question', () => whispers().find(({ text }) => text.includes('结单')))
    expect(asked?.buttons?.map(({ id }) => id)).toEqual(['resolve'])
  })

  test('somebody anonymous is told why nothing was sent, and what to do', async () => {
    const thread = await talking()
    await at.house.agent(group(), 'anonymous:-1', {
      type: 'message',
      thread,
      parts: [{ type: 'text', text: '你好' }],
      messageId: 'x1',
      by: { id: 'anonymous:-1', anonymous: true },
    } as never)
    await until('the word', () => whispers().find(({ text }) => text.includes('匿名')))
    expect(said()).toEqual([])
  })
})
