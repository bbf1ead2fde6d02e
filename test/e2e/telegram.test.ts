// The main job over Telegram: a customer asks, the bot answers, a person takes over in the group where agents already are.
import { sql } from 'drizzle-orm'
import { describe, expect, test } from 'vitest'
import { GROUP } from '../support/house.ts'
import { buttonsOf, claimed, delivered, hearsNothingMore, openStand, queued, wordsOf } from '../support/people.ts'
import { until } from '../support/until.ts'

const NAME = '王小明'

describe('the bot', () => {
  test.concurrent('answers a question once, with a typo and in English too', async (context) => {
    const stand = await openStand(context)
    const customer = stand.visitor(42, NAME)
    customer.text('多久发货')
    await customer.hears('王小明，付款后 24 小时内发货。')
    customer.text('什麽时侯发货呀')
    await until('a second answer', () => customer.heard().length === 2, { state: customer.heard })
    customer.text('how long does shiping take?')
    await customer.hears('王小明, orders ship within 24 hours.')
    await stand.house.quiet()
    const zh = '王小明，付款后 24 小时内发货。'
    expect(customer.heard()).toEqual([zh, zh, '王小明, orders ship within 24 hours.'])
    expect(stand.fake.topics(GROUP)).toEqual([])
  })
})

describe('a customer who asks for a person', () => {
  test.concurrent('is told the place in the queue, and agents get a topic with card, history and buttons', async (context) => {
    const stand = await openStand(context)
    const customer = stand.visitor(42, NAME)
    customer.text('多久发货')
    await customer.hears('24 小时')
    customer.text('转人工')
    await customer.hears('正在为您转接人工客服，请稍候。\n当前排队：您是下一位')
    const topic = await stand.topic(NAME)
    const card = await stand.shows(topic, '排队中')
    expect(wordsOf(card)).toMatch(/客户 王小明: 多久发货\n机器人 示例商城: 王小明，付款后 24 小时内发货。\n客户 王小明: 转人工/)
    expect(wordsOf(card)).toContain('技能: aftersales')
    expect(buttonsOf(card)).toEqual(['接入', '结单', '转给 tech'])
    await stand.house.quiet()
    expect(customer.heard()).toHaveLength(2)
    expect(stand.fake.topics(GROUP)).toHaveLength(1)
  })

  test.concurrent('hears who took over when an agent presses claim, and the card is drawn again', async (context) => {
    const stand = await openStand(context)
    const customer = stand.visitor(42, NAME)
    const topic = await queued(stand, customer, NAME)
    const card = await stand.shows(topic, '排队中')
    stand.anna.press('接入')
    await stand.popUp('已接入')
    await customer.hears('安娜 为您服务。')
    const redrawn = await stand.shows(topic, '处理中')
    expect(redrawn.message_id).toBe(card.message_id)
    expect(wordsOf(redrawn)).toContain('客服: 安娜')
    expect(buttonsOf(redrawn)).toEqual(['结单', '释放', '交回机器人', '转给 tech'])
    await stand.house.quiet()
    expect(customer.heard().filter((words) => words === '安娜 为您服务。')).toHaveLength(1)
  })

  test.concurrent('gets the words of the agent with the name, once, and no note', async (context) => {
    const stand = await openStand(context)
    const customer = stand.visitor(42, NAME)
    const topic = await claimed(stand, customer, NAME)
    stand.anna.text(topic.id, '您好，请问订单号是多少？')
    await customer.hears('安娜: 您好，请问订单号是多少？')
    await hearsNothingMore(stand, customer, () => {
      stand.anna.text(topic.id, '//这位客户很急')
      stand.anna.text(topic.id, '/note 已经催过仓库')
    })
    expect(customer.heard().filter((words) => words.includes('您好，请问订单号'))).toHaveLength(1)
    customer.text('订单号是 10086')
    const line = await stand.shows(topic, '订单号是 10086')
    expect(wordsOf(line)).toBe('客户 王小明: 订单号是 10086')
    await stand.house.stop()
    const notes = await stand.place.look(sql`select text, name from messages where author = 'note' order by seq`)
    expect(notes).toEqual([
      { text: '这位客户很急', name: '安娜' },
      { text: '已经催过仓库', name: '安娜' },
    ])
  })
})

describe('words of somebody else in the topic', () => {
  test.concurrent('are held when a second agent writes, until that agent takes over', async (context) => {
    const stand = await openStand(context)
    const customer = stand.visitor(42, NAME)
    const topic = await claimed(stand, customer, NAME)
    await hearsNothingMore(stand, customer, () => stand.ben.text(topic.id, '这个我来处理'))
    const question = await stand.shows(topic, '还没有发给客户（对话由 安娜 负责）：“这个我来处理”')
    expect(buttonsOf(question)).toEqual(['接入并发送', '仅发送', '存为备注'])
    stand.ben.press('接入并发送')
    await customer.hears('小本: 这个我来处理')
    await stand.shows(topic, '客服: 小本')
    // A second press finds nothing to send, and now it is Anna who does not own the conversation.
    await hearsNothingMore(stand, customer, () => {
      stand.ben.press('接入并发送', question.message_id)
      stand.anna.text(topic.id, '我还在')
    })
    await stand.popUp('这条消息已经处理过了。')
    await stand.shows(topic, '还没有发给客户（对话由 小本 负责）：“我还在”')
    expect(customer.heard().filter((words) => words.includes('这个我来处理'))).toHaveLength(1)
  })

  test.concurrent('stay a note with a hint when nobody linked the writer to an agent', async (context) => {
    const stand = await openStand(context)
    const customer = stand.visitor(42, NAME)
    const topic = await claimed(stand, customer, NAME)
    await hearsNothingMore(stand, customer, () => stand.agent(777, '路人').text(topic.id, '我也看看'))
    await stand.shows(topic, 'identities: { group: "777" }')
    await stand.house.stop()
    const notes = await stand.place.look(sql`select text, name from messages where author = 'note'`)
    expect(notes).toEqual([{ text: '我也看看', name: '路人' }])
  })

  test.concurrent('never reach the customer when they begin like a command', async (context) => {
    const stand = await openStand(context)
    const customer = stand.visitor(42, NAME)
    const topic = await claimed(stand, customer, NAME)
    await hearsNothingMore(stand, customer, () => {
      stand.anna.text(topic.id, '/reslove')
      stand.anna.text(topic.id, '！退款给他')
    })
    await stand.shows(topic, /未知命令 \/reslove，没有发给客户。您是不是想用：\/resolve/)
    await stand.shows(topic, '未知命令')
    expect(stand.fake.accepted('closeForumTopic')).toEqual([])
  })

  test.concurrent('two agents who press claim at the same moment: one wins, the other is told', async (context) => {
    const stand = await openStand(context)
    const customer = stand.visitor(42, NAME)
    const topic = await queued(stand, customer, NAME)
    stand.anna.press('接入')
    stand.ben.press('接入')
    await stand.popUp('已接入')
    await stand.popUp(/^已由 (安娜|小本) 接入。$/)
    await delivered(stand)
    await stand.house.quiet()
    expect(customer.heard().filter((words) => words.endsWith('为您服务。'))).toHaveLength(1)
    expect(stand.fake.accepted('answerCallbackQuery')).toHaveLength(2)
    await stand.shows(topic, /客服: (安娜|小本)/)
  })
})

describe('files', () => {
  const bytes = (seed: number, size: number) => Uint8Array.from({ length: size }, (_, n) => (n * 31 + seed) % 256)

  test.concurrent('go both ways with every byte the same', async (context) => {
    const stand = await openStand(context)
    const customer = stand.visitor(42, NAME)
    const topic = await claimed(stand, customer, NAME)
    const sent = async (method: string, chat: number, act: () => unknown) => {
      const before = stand.fake.accepted(method).length
      await act()
      const call = await until(`${method} to ${chat}`, () => stand.fake.accepted(method)[before], {
        state: () => stand.fake.calls.slice(-5).map(({ method: name, error, params }) => ({ name, error, params })),
      })
      expect(Number(call.params.chat_id)).toBe(chat)
      return call
    }
    const photo = { bytes: bytes(1, 90_000), name: 'a.jpg', mime: 'image/jpeg' }
    const paper = { bytes: bytes(2, 300_000), name: '发票 2026.pdf', mime: 'application/pdf' }
    const shown = await sent('sendPhoto', GROUP, () => customer.photo(photo, '屏幕碎了'))
    expect(shown.files.photo?.bytes).toEqual(photo.bytes)
    expect(shown.params).toMatchObject({ message_thread_id: String(topic.id), caption: '客户 王小明: 屏幕碎了' })
    const filed = await sent('sendDocument', GROUP, () => customer.document(paper))
    expect(filed.files.document).toMatchObject(paper)
    const answer = { bytes: bytes(3, 70_000), name: 'b.jpg', mime: 'image/jpeg' }
    const label = { bytes: bytes(4, 5_000), name: '退货标签.pdf', mime: 'application/pdf' }
    const picture = await sent('sendPhoto', 42, () => stand.anna.photo(topic.id, answer, '是这里吗？'))
    expect(picture.files.photo?.bytes).toEqual(answer.bytes)
    expect(picture.params.caption).toBe('安娜: 是这里吗？')
    const document = await sent('sendDocument', 42, () => stand.anna.document(topic.id, label))
    expect(document.files.document).toMatchObject(label)
    await stand.house.quiet()
    for (const method of ['sendPhoto', 'sendDocument']) expect(stand.fake.accepted(method)).toHaveLength(2)
  })
})

describe('a topic', () => {
  test.concurrent.for(['message thread not found', 'TOPIC_DELETED'] as const)(
    'that somebody deleted (%s) is made anew with the history, and nothing is lost',
    async (gone, context) => {
      const stand = await openStand(context)
      const customer = stand.visitor(42, NAME)
      const first = await claimed(stand, customer, NAME)
      customer.text('第一句')
      await stand.shows(first, '第一句')
      stand.fake.deleteTopic(GROUP, first.id, gone)
      customer.text('第二句')
      customer.text('第三句')
      const second = await stand.topic(NAME)
      await stand.shows(second, '第三句')
      await stand.house.quiet()
      const all = stand.shown(second).map(wordsOf)
      expect(all[0]).toMatch(/处理中[\s\S]*客户 王小明: 第一句/)
      // By itself, or in the history where it came before the new topic was there.
      for (const said of ['客户 王小明: 第二句', '客户 王小明: 第三句']) {
        expect(all.join('\n')).toContain(said)
        expect(all.filter((words) => words === said).length).toBeLessThan(2)
      }
      expect(stand.fake.topics(GROUP).filter((topic) => topic.state !== 'deleted')).toHaveLength(1)
      stand.anna.text(second.id, '我在新话题里')
      await customer.hears('安娜: 我在新话题里')
    },
  )

  test.concurrent('is closed by /resolve; the customer rates, and the bot answers again', async (context) => {
    const stand = await openStand(context)
    const customer = stand.visitor(42, NAME)
    const topic = await claimed(stand, customer, NAME)
    stand.anna.text(topic.id, '/resolve')
    await customer.hears('本次服务已结束，有需要随时找我们。\n请为本次服务打分：')
    await until('the topic is closed', () => stand.fake.topics(GROUP)[0]?.state === 'closed', { state: () => stand.fake.topics(GROUP) })
    customer.press('4 满意')
    await customer.hears('谢谢您的评价！')
    await stand.shows(topic, 'CSAT: 4/5')
    customer.text('多久发货')
    await customer.hears('王小明，付款后 24 小时内发货。')
    await delivered(stand)
    await stand.house.quiet()
    expect(customer.heard().filter((words) => words === '谢谢您的评价！')).toHaveLength(1)
    await stand.house.stop()
    const rows = await stand.place.look(sql`select csat_score, status from conversations`)
    expect(rows).toEqual([{ csat_score: 4, status: 'bot' }])
  })

  test.concurrent('is opened again when the customer comes back and asks for a person', async (context) => {
    const stand = await openStand(context)
    const customer = stand.visitor(42, NAME)
    const topic = await claimed(stand, customer, NAME)
    stand.anna.text(topic.id, '/resolve')
    await customer.hears('请为本次服务打分：')
    await stand.house.quiet()
    stand.anna.text(undefined, '/away')
    await delivered(stand)
    await stand.house.quiet()
    customer.text('转人工')
    await until('the topic is open', () => stand.fake.topics(GROUP)[0]?.state === 'open', { state: () => stand.fake.topics(GROUP) })
    await stand.shows(topic, '对话重新打开')
    stand.anna.text(topic.id, '我又来了')
    await customer.hears('安娜: 我又来了')
    expect(stand.fake.topics(GROUP)).toHaveLength(1)
  })
})

describe('a customer who blocked the bot', () => {
  test.concurrent('ends the conversation, and what an agent writes then is held', async (context) => {
    const stand = await openStand(context)
    const customer = stand.visitor(42, NAME)
    const topic = await claimed(stand, customer, NAME)
    customer.block()
    await stand.shows(topic, '系统: 客户已离开，对话结束')
    stand.anna.text(topic.id, '包裹已经寄出')
    await stand.shows(topic, /还没有发给客户.*包裹已经寄出/)
    expect(customer.heard().some((words) => words.includes('包裹已经寄出'))).toBe(false)
  })

  test.concurrent('is shown as not reached in the topic where leaving ends nothing, and a button sends again', async (context) => {
    const stand = await openStand(context, { more: 'idle: { left: false }\n' })
    const customer = stand.visitor(42, NAME)
    const topic = await claimed(stand, customer, NAME)
    customer.block()
    stand.anna.text(topic.id, '包裹已经寄出')
    const trouble = await stand.shows(topic, /^系统: 无法发送：.*bot was blocked by the user/)
    expect(buttonsOf(trouble)).toEqual(['重新发送'])
    expect(customer.heard().some((words) => words.includes('包裹已经寄出'))).toBe(false)
    customer.unblock()
    stand.anna.press('重新发送', trouble.message_id)
    await customer.hears('安娜: 包裹已经寄出')
    await stand.popUp('正在重新发送。')
    await stand.house.quiet()
    expect(customer.heard().filter((words) => words.includes('包裹已经寄出'))).toHaveLength(1)
  })
})

test.concurrent('without a public address updates are fetched, and the whole way is the same', async (context) => {
  const stand = await openStand(context, { polling: true })
  const customer = stand.visitor(42, NAME)
  customer.text('多久发货')
  await customer.hears('王小明，付款后 24 小时内发货。')
  const topic = await claimed(stand, customer, NAME)
  stand.anna.text(topic.id, '您好')
  await customer.hears('安娜: 您好')
  customer.text('谢谢')
  await stand.shows(topic, '客户 王小明: 谢谢')
  await stand.house.quiet()
  expect(customer.heard().filter((words) => words === '安娜: 您好')).toHaveLength(1)
})
