// What agents' commands do, through the door that desks use: typed lines and buttons in a tool of theirs.
import { eq } from 'drizzle-orm'
import { describe, expect, test } from 'vitest'
import type { Library } from '#knowledge/contract.ts'
import { readLibrary } from '#knowledge/read.ts'
import { transact } from '#store/database.ts'
import { finishFollowup, saveFollowups } from '#store/followups.ts'
import { customers, followups, macroUses, messages, conversations as table, timers } from '#store/schema.ts'
import type { StageOptions } from '../../test/support/stage.ts'
import { stages } from '../../test/support/stages.ts'
import { until } from '../../test/support/until.ts'

const at = stages()
const { group } = at

const MACROS = `macros:
  - { key: hi, aliases: [你好], category: 问候, text: '您好{{customer.name|}}，我是 {{agent.name}}。' }
  - { key: refund, category: 售后, text: '订单 {{order}} 已退款。' }
`
const ARTICLE = '# 退货流程\n\n七天内可以无理由退货。'

function library(): Library {
  const files: Record<string, string> = {
    'macros.yaml': MACROS,
    'articles/returns.md': ARTICLE,
    'articles/size.md': '# 尺码表\n\n请看详情页。',
  }
  const reading = readLibrary(
    { read: (name) => files[name], list: () => ['returns.md', 'size.md'] },
    { faq: [], taken: () => false, matching: () => ({ rank: () => [] }) },
  )
  if (!('library' in reading)) throw new Error(JSON.stringify(reading.problems))
  return reading.library
}

const open = (options: StageOptions = {}) => at.waiting({ library: library(), ...options })

const heard = () => at.house.sent.map(({ message }) => message.parts.map((part) => ('text' in part ? part.text : part.type)).join(' '))
const posts = () =>
  at.house.shown.flatMap((one) => (one.op === 'post' ? [one.entry.parts.map((part) => ('text' in part ? part.text : '')).join(' ')] : []))
const conversation = async (user = 'c1') => {
  const [row] = await at.database.db.select().from(table).where(eq(table.userKey, user))
  if (!row) throw new Error('no conversation')
  return row
}

/** Types a line and gives the whisper that answers it. */
async function told(thread: string, line: string, user = 'u-anna') {
  const before = at.house.shown.length
  await at.house.types(group(), user, thread, line)
  return until(`an answer to ${line}`, () => whisperSince(before))
}
async function press(thread: string, command: string, user = 'u-anna') {
  const before = at.house.shown.length
  await at.house.agent(group(), user, { type: 'button', thread, command, callback: 'cb' } as never)
  return until(`an answer to ${command}`, () => whisperSince(before))
}
function whisperSince(before: number) {
  const found = at.house.shown.slice(before).find((one) => one.op === 'whisper')
  return found?.op === 'whisper' ? found : undefined
}

describe('sorting', () => {
  test('tags are put on and taken off, the customer’s too, and listed; nothing of it reaches the customer', async () => {
    const thread = await open()
    const before = heard()
    expect((await told(thread, '/tag 退款，破损')).text).toBe('标签：退款、破损')
    await at.database.db.update(customers).set({ tags: ['vip'] })
    expect((await told(thread, '!tag new -退款 -vip')).text).toBe('标签：破损、new')
    expect((await told(thread, '/标签')).text).toBe('标签：破损、new')
    expect(await conversation()).toMatchObject({ tags: ['破损', 'new'] })
    expect((await at.database.db.select().from(customers))[0]?.tags).toEqual([])
    expect(heard()).toEqual(before)
  })

  test('a conversation that is marked urgent is the first of the queue at once, and is told so', async () => {
    const thread = await open()
    at.house.clock.ms += 1_000
    await at.house.says('c2', '转人工')
    const second = await until('the second thread', () => at.house.shown.findLast((one) => one.op === 'open' && one.thread !== thread))
    await until('the place of the second', () => at.house.sent.find(({ message }) => message.to.user === 'c2'))
    await at.house.settle()
    const before = at.house.sent.length
    expect((await told(second.thread, '/优先级：紧急')).text).toBe('优先级：紧急。')
    await until('the second hears that it is the next', () => at.house.sent.slice(before).find(({ message }) => message.to.user === 'c2'))
    const queue = (await told(thread, '/queue')).text.split('\n')
    expect(queue[1]).toMatch(/^1\. 访客 C2 .*紧急/)
    expect(queue[2]).toMatch(/^2\. 访客 C1/)
  })
})

describe('snoozing', () => {
  test('it comes back to its owner at its time, once, and the card says until when', async () => {
    const thread = await open()
    await told(thread, '/claim')
    expect((await told(thread, '/暂缓30分钟 等物流')).text).toContain('已暂缓至')
    expect(await conversation()).toMatchObject({ status: 'snoozed', agentId: 'anna', snoozedUntil: new Date('2026-11-22T08:30:00Z') })
    at.house.clock.ms += 2_500
    await until('a card that says so', () =>
      at.house.shown.find((one) => one.op === 'update' && one.card.facts.some(([, value]) => value.includes('16:30'))),
    )
    at.house.clock.ms = Date.parse('2026-11-22T08:30:01Z')
    await until('it is back', () => posts().find((text) => text === '⏰ 暂缓的时间到了，回到 安娜'))
    expect(await conversation()).toMatchObject({ status: 'assigned', agentId: 'anna', snoozedUntil: null })
    await at.house.settle()
    expect(posts().filter((text) => text.includes('⏰'))).toHaveLength(1)
  })

  test('the customer’s words wake it before its time, and the time then changes nothing', async () => {
    const thread = await open()
    await told(thread, '/claim')
    await told(thread, '/snooze 2h')
    await at.house.says('c1', '还在吗')
    await until('the customer woke it', () => posts().find((text) => text.includes('客户来信，回到 安娜')))
    await until('the words stand behind it', () => posts().at(-1) === '还在吗')
    at.house.clock.ms += 3 * 3_600_000
    await at.house.settle()
    expect(await conversation()).toMatchObject({ status: 'assigned', agentId: 'anna' })
  })

  test('put off again, it comes back at the new time and not at the one of before', async () => {
    const thread = await open()
    await told(thread, '/claim')
    await told(thread, '/snooze 1h')
    await told(thread, '/claim')
    await told(thread, '/snooze 5h')
    at.house.clock.ms += 2 * 3_600_000
    await until('the first time is over', async () =>
      (await at.database.db.select().from(timers)).every(({ dueAt }) => dueAt > at.house.house.clock.now()),
    )
    await at.house.settle()
    expect(await conversation()).toMatchObject({ status: 'snoozed', agentId: 'anna' })
  })

  test('a machine’s mail wakes nothing', async () => {
    const thread = await open()
    await told(thread, '/claim')
    await told(thread, '/snooze 2h')
    await at.house.customer('c1', {
      type: 'message',
      parts: [{ type: 'text', text: '我在休假' }],
      messageId: 'ooo',
      automatic: true,
    } as never)
    await until('it is shown', () => posts().includes('我在休假'))
    expect(await conversation()).toMatchObject({ status: 'snoozed', agentId: 'anna' })
  })

  test('the owner is away: it waits in the queue for anybody', async () => {
    const thread = await open()
    await told(thread, '/claim')
    await told(thread, '/snooze 2h')
    await told(thread, '/away')
    at.house.clock.ms += 2 * 3_600_000 + 1_000
    await until('it is in the queue', async () => (await conversation()).status === 'queued')
    await until('the thread says so', () => posts().some((text) => text.includes('放回队列')))
  })

  test('words of the owner end it; a colleague’s are held; a bad time is told', async () => {
    const thread = await open()
    await told(thread, '/claim')
    expect((await told(thread, '/snooze soon')).text).toContain('没有看懂时间')
    expect((await told(thread, '/snooze 2020-01-01')).text).toContain('已经过去')
    await told(thread, '/snooze tomorrow 9:00')
    expect((await conversation()).snoozedUntil).toEqual(new Date('2026-11-23T01:00:00Z'))
    expect((await told(thread, '我看看', 'u-ben')).text).toContain('还没有发给客户')
    expect((await told(thread, '/snooze 1h', 'u-ben')).text).toContain('不由您负责')
    expect((await told(thread, '/claim', 'u-ben')).text).toContain('已由 安娜 接入')
    await at.house.types(group(), 'u-anna', thread, '查到了')
    await until('the customer hears it', () => heard().find((text) => text.includes('查到了')))
    expect(await conversation()).toMatchObject({ status: 'assigned', agentId: 'anna' })
    expect(heard().some((text) => text.includes('我看看'))).toBe(false)
  })
})

describe('reading', () => {
  test('who the customer is, the day, and how a command is used: for the agent alone', async () => {
    const thread = await open()
    await told(thread, '/claim')
    await told(thread, '/tag vip')
    await at.house.types(group(), 'u-anna', thread, '/resolve 已换货')
    await until('it is closed', async () => (await conversation()).closing?.code === '已换货')
    await until('the thread says why', () => posts().includes('安娜 结单：已换货'))
    const before = heard()
    at.house.clock.ms += 60_000
    expect((await told(thread, '/stats')).text).toBe('今天：接入 1，结单 1，发出 0 条消息')
    expect((await told(thread, '/customer')).text).toMatch(/^访客 C1 · vip\n首次 .* 共 1 次对话\n· 测试: c1 ✓$/)
    expect((await told(thread, '/help 暂缓')).text).toContain('例如：/snooze 2h')
    expect(heard().filter((text) => !before.includes(text) && !text.includes('为您服务'))).toEqual([])
  })
})

describe('the library', () => {
  test('what is found is whispered; the second is sent by its number, and everybody in the thread sees what was sent', async () => {
    const thread = await open()
    await told(thread, '/claim')
    const found = await told(thread, '/kb 七天')
    expect(found.text).toContain('1. 退货流程')
    expect(found.buttons?.map(({ label }) => label)).toEqual(['发送 1', '全文 1'])
    expect((await told(thread, '/show 1')).text).toBe('退货流程\n七天内可以无理由退货。')
    const { buttons = [] } = await told(thread, '/kb 尺码')
    await press(thread, buttons[0]?.id as string)
    await until('the customer hears it', () => heard().find((text) => text.includes('请看详情页。')))
    await until('the thread shows it', () => posts().find((text) => text === '请看详情页。'))
    expect((await press(thread, found.buttons?.[0]?.id as string)).text).toContain('之前的列表')
    expect((await told(thread, '/send 7')).text).toContain('1 到 1')
    expect((await told(thread, '/kb 没有的')).text).toBe('没有找到 “没有的”。')
  })

  test('who does not own the conversation sends nothing by number either', async () => {
    const thread = await open()
    await told(thread, '/claim')
    await told(thread, '/kb 七天', 'u-ben')
    expect((await told(thread, '/send 1', 'u-ben')).text).toContain('还没有发给客户')
    await at.house.settle()
    expect(heard().some((text) => text.includes('七天'))).toBe(false)
  })

  test('a canned reply is shown first where there are buttons, and counted when it is sent', async () => {
    const thread = await open()
    await told(thread, '/claim')
    const preview = await told(thread, '!refund order=A12')
    expect(preview.text).toBe('将发送给客户：\n订单 A12 已退款。')
    expect(await at.database.db.select().from(macroUses)).toEqual([])
    await press(thread, preview.buttons?.[0]?.id as string)
    await until('the customer hears it', () => heard().find((text) => text.includes('订单 A12 已退款。')))
    expect(await at.database.db.select().from(macroUses)).toMatchObject([{ macro: 'refund', agentId: 'anna', count: 1 }])
    expect((await told(thread, '/macro')).text).toMatch(/【售后】\nrefund — .*\(1\/1\)/)
  })

  test('a missing variable is told and nothing is sent; an unknown name finds the nearest', async () => {
    const thread = await open()
    await told(thread, '/claim')
    const before = heard()
    expect((await told(thread, '/macro refund')).text).toBe('没有发送：缺少 order。请写：/macro refund order=…')
    expect((await told(thread, '/macro refnud')).text).toContain('refund')
    expect((await told(thread, '!nonsense')).text).toContain('未知命令')
    await at.house.settle()
    expect(heard()).toEqual(before)
  })

  test('without buttons a canned reply is sent by its name, with the names filled in', async () => {
    const thread = await open({ plain: true })
    await told(thread, '/claim')
    await at.house.types(group(), 'u-anna', thread, '！你好')
    await until('the customer hears it', () => heard().find((text) => text.includes('您好，我是 安娜。')))
  })
})

describe('follow-ups', () => {
  test('the agent is reminded in their tool at the time, once, and ticks it off there', async () => {
    const thread = await open()
    await told(thread, '/claim')
    expect((await told(thread, '/跟进 明天9点 ！高 回电，问尺码')).text).toMatch(/^待办 1：.*09:00 · 回电，问尺码$/)
    await told(thread, '/followup 3h send the invoice')
    const list = await told(thread, '/todo')
    expect(list.text.split('\n').map((line) => line.replace(/：.*/, ''))).toEqual([
      '我的待办（2）',
      expect.stringMatching(/^2\. /),
      expect.stringMatching(/^1\. .*高/),
    ])
    expect((await told(thread, '/done 2')).text).toBe('已完成 2：send the invoice')
    at.house.clock.ms = Date.parse('2026-11-23T01:00:01Z')
    const reminder = await until('a reminder', () => at.house.shown.find((one) => one.op === 'whisper' && one.text.startsWith('⏰')))
    if (reminder.op !== 'whisper') throw new Error('no whisper')
    expect(reminder).toMatchObject({ to: 'u-anna', thread, text: '⏰ 待办 1（访客 C1）：回电，问尺码' })
    expect((await press(thread, reminder.buttons?.[0]?.id as string)).text).toContain('已完成 1')
    expect((await press(thread, reminder.buttons?.[0]?.id as string)).text).toContain('已经完成')
    await at.house.settle()
    expect(at.house.shown.filter((one) => one.op === 'whisper' && one.text.startsWith('⏰'))).toHaveLength(1)
    expect((await at.database.db.select().from(followups)).every(({ doneAt }) => doneAt !== null)).toBe(true)
  })

  test('what was ticked off meanwhile stays so, whoever else writes the row', async () => {
    const thread = await open()
    await told(thread, '/followup 2h call')
    const [row] = await at.database.db.select().from(followups)
    if (!row) throw new Error('no follow-up')
    const now = at.house.house.clock.now()
    expect(await finishFollowup(at.database.db, 'ben', row.id, now)).toBe(false)
    expect(await finishFollowup(at.database.db, 'anna', row.id, now)).toBe(true)
    await transact(at.database.db, (tx) => saveFollowups(tx, [{ ...row, remindedAt: now }]))
    expect((await at.database.db.select().from(followups))[0]).toMatchObject({ doneAt: now, remindedAt: now })
  })

  test('what is ticked off outside every conversation is ticked off; another’s is nobody else’s', async () => {
    const thread = await open()
    await told(thread, '/followup 2h call')
    const before = at.house.shown.length
    await at.house.agent(group(), 'u-ben', { type: 'command', thread: 'elsewhere', line: '/done 1' } as never)
    expect((await until('an answer', () => whisperSince(before))).text).toContain('待办里没有 1')
    const second = at.house.shown.length
    await at.house.agent(group(), 'u-anna', { type: 'command', thread: 'elsewhere', line: '/done 1' } as never)
    expect((await until('an answer', () => whisperSince(second))).text).toBe('已完成 1：call')
    expect(await at.database.db.select().from(messages).where(eq(messages.author, 'note'))).toEqual([])
  })
})
