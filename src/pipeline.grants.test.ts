// What a channel's platform grants, forbids or tells beside the words: quiet events, words that need a grant, the last word, notices.
import { expect, test } from 'vitest'
import { stages } from '../test/support/stages.ts'
import { work } from './pipeline.ts'

const GREETING = `
version: 1
greetings: [{ say: { zh: 欢迎光临。, en: Welcome. } }]
faq:
  - { id: shipping, ask: [多久发货], answer: [{ text: { zh: 付款后 24 小时内发货。, en: Soon. } }, { text: { zh: 节假日顺延。, en: Later on holidays. } }] }
`

const at = stages()

const open = () => at.open({ still: true, bot: GREETING })
const turn = async () => {
  while ((await work(at.database.db, at.house.house)).events > 0);
}
const deliveries = async () => (await at.database.db.query.deliveries.findMany()).filter(({ kind }) => kind === 'channel')
const said = async () =>
  (await at.database.db.query.messages.findMany()).sort((a, b) => a.seq - b.seq).map(({ author, text }) => `${author}: ${text}`)
const text = (words: string) => ({ type: 'message', parts: [{ type: 'text', text: words }], messageId: words }) as const

test('old words that are only found now are kept, and no machine answers; new ones are answered as ever', async () => {
  await open()
  await at.house.customer('c1', { ...text('多久发货'), quiet: true } as never)
  await turn()
  expect(await said()).toEqual(['customer: 多久发货'])
  expect(await deliveries()).toEqual([])
  await at.house.customer('c1', text('多久发货') as never)
  await turn()
  expect((await said()).filter((line) => line.startsWith('bot'))).toHaveLength(1)
})

test('old words open no conversation again that is over', async () => {
  await open()
  await at.house.says('c1', '多久发货')
  await turn()
  const [{ id = '' } = {}] = await at.database.db.query.conversations.findMany()
  await at.house.agent('console', 'anna', { type: 'command', thread: id, line: '/resolve' } as never)
  await turn()
  await at.house.customer('c1', { ...text('还在吗'), quiet: true } as never)
  await turn()
  const [conversation] = await at.database.db.query.conversations.findMany()
  expect(conversation?.status).toBe('resolved')
})

test('an arrival that may not be answered opens nothing', async () => {
  await open()
  await at.house.customer('c1', { type: 'arrive', source: 'spring', quiet: true } as never)
  await turn()
  expect(await at.database.db.query.conversations.findMany()).toEqual([])
})

test('but where somebody who is being served came from this time is known', async () => {
  await open()
  await at.house.says('c1', '多久发货')
  await at.house.customer('c1', { type: 'arrive', source: 'spring', quiet: true } as never)
  await turn()
  const [conversation] = await at.database.db.query.conversations.findMany()
  expect(conversation?.botState).toMatchObject({ origin: { source: 'spring' } })
  expect(await said()).toHaveLength(2)
})

test('what an arrival grants goes with the first words that follow, and with no others', async () => {
  await open()
  const grant = { token: 'CODE', until: '2026-11-22T08:00:20.000Z' }
  await at.house.customer('c1', { type: 'arrive', grant } as never)
  await turn()
  await at.house.says('c1', '多久发货')
  await turn()
  const payloads = (await deliveries()).sort((a, b) => a.position - b.position).map(({ payload }) => payload)
  expect(payloads.map((payload) => payload.grant)).toEqual([grant, ...payloads.slice(1).map(() => undefined)])
  expect(payloads.length).toBeGreaterThan(1)
})

test('the good-bye is marked as the last word, and nothing else is', async () => {
  await open()
  await at.house.says('c1', '转人工')
  await turn()
  const [{ id = '' } = {}] = await at.database.db.query.conversations.findMany()
  for (const line of ['/claim', '/resolve']) {
    await at.house.agent('console', 'anna', { type: 'command', thread: id, line } as never)
    await turn()
  }
  const marked = (await deliveries()).filter(({ payload }) => payload.closing)
  expect(marked).toHaveLength(1)
  expect(JSON.stringify(marked[0]?.payload.parts)).toContain('rate:5')
})

test('what happens on the platform beside us is a note for the agents, in the name of who did it; without a conversation it is nobody’s', async () => {
  await open()
  const notice = { type: 'notice', text: { zh: '在企业微信中回复了客户', en: 'answered in the WeCom app' }, name: 'Zhangsan' }
  await at.house.customer('c1', { ...notice, parts: [] } as never)
  await turn()
  expect(await at.database.db.query.messages.findMany()).toEqual([])
  await at.house.says('c1', '多久发货')
  await at.house.customer('c1', { ...notice, parts: [{ type: 'text', text: '我来处理' }] } as never)
  await turn()
  const notes = (await at.database.db.query.messages.findMany()).filter(({ author }) => author === 'note')
  expect(notes).toMatchObject([{ name: 'Zhangsan', text: '在企业微信中回复了客户\n我来处理' }])
})
