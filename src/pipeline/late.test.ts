// What an agent wrote long before we heard of it: the tool was down, or we were. Nothing of it reaches the customer unasked.
import { eq } from 'drizzle-orm'
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest'
import type { Database } from '#store/database.ts'
import { agents, conversations, messages } from '#store/schema.ts'
import { testDatabase } from '../../test/support/database.ts'
import { type Stage, stage, until } from '../../test/support/stage.ts'

let database: Database
let house: Stage
beforeAll(async () => {
  database = await testDatabase()
})
afterEach(() => house.stop())
afterAll(() => database.close())

const MINUTE = 60_000
const desk = () => [...house.house.desks.keys()][0] as string
const said = () => house.sent.map(({ message }) => message.parts.map((part) => ('text' in part ? part.text : part.type)).join(' '))
const whispers = () => house.shown.flatMap((one) => (one.op === 'whisper' ? [one] : []))
const rowOf = async (text: string) => (await database.db.select().from(messages).where(eq(messages.text, text)))[0]

async function waiting(): Promise<string> {
  house = await stage(database, { routing: { mode: 'claim' } })
  await house.says('c1', '转人工')
  const thread = (await until('a thread', () => house.shown.find(({ op }) => op === 'open')))?.thread ?? ''
  await house.settle()
  return thread
}

let counter = 0
async function writes(thread: string, text: string, minutesAgo: number): Promise<void> {
  const at = new Date(house.clock.ms - minutesAgo * MINUTE)
  await house.agent(desk(), 'u-anna', { type: 'message', thread, parts: [{ type: 'text', text }], messageId: `l${++counter}`, at } as never)
  await house.settle()
}

test('words that are fresh enough go on; later ones are held, and their writer says whether they are still meant', async () => {
  const thread = await waiting()
  await writes(thread, '您好', 14)
  await until('they are sent', () => said().find((text) => text.includes('您好')))
  await writes(thread, '您的包裹今天到', 16)
  const question = await until('the question', () => whispers().find(({ text }) => text.includes('您的包裹今天到')))
  expect(question.text).toContain('当时前台没有收到')
  expect(question.buttons?.map(({ label }) => label)).toEqual(['发送', '存为备注'])
  expect(said().join()).not.toContain('包裹')
  await house.agent(desk(), 'u-anna', { type: 'button', thread, command: question.buttons?.[0]?.id ?? '' } as never)
  await until('they are sent', () => said().find((text) => text.includes('您的包裹今天到')))
})

test('old words take no conversation and make nobody present', async () => {
  const thread = await waiting()
  await writes(thread, '我来', 120)
  expect(await rowOf('我来')).toMatchObject({ author: 'note' })
  const [conversation] = await database.db.select().from(conversations)
  expect(conversation).toMatchObject({ status: 'queued', agentId: null })
  const [anna] = await database.db.select().from(agents).where(eq(agents.id, 'anna'))
  expect(anna?.presenceUntil).toBeNull()
})

test('an old command is not done but told; an old note is kept', async () => {
  const thread = await waiting()
  await writes(thread, '/claim', 60)
  const told = await until('they hear of it', () => whispers().find(({ text }) => text.includes('/claim')))
  expect(told.text).toContain('没有执行')
  await writes(thread, '// 老客户', 60)
  expect(await rowOf('老客户')).toMatchObject({ author: 'note', question: null })
  const [conversation] = await database.db.select().from(conversations)
  expect(conversation).toMatchObject({ status: 'queued', agentId: null })
})

test('whose conversation ended meanwhile is asked, however fresh the words', async () => {
  const thread = await waiting()
  await writes(thread, '您好', 0)
  await writes(thread, '/resolve', 0)
  await writes(thread, '还有一点', 1)
  await until('the question', () => whispers().find(({ text }) => text.includes('还有一点')))
  expect(said().join()).not.toContain('还有一点')
})
