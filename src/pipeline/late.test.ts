// What an agent wrote long before we heard of it: the tool was down, or we were. Nothing of it reaches the customer unasked.
import { eq } from 'drizzle-orm'
import { expect, test } from 'vitest'
import { agents, conversations, messages } from '#store/schema.ts'
import { stages } from '../../test/support/stages.ts'
import { until } from '../../test/support/until.ts'

const at = stages()
const { group, waiting } = at

const MINUTE = 60_000
const said = () => at.house.sent.map(({ message }) => message.parts.map((part) => ('text' in part ? part.text : part.type)).join(' '))
const whispers = () => at.house.shown.flatMap((one) => (one.op === 'whisper' ? [one] : []))
const rowOf = async (text: string) => (await at.database.db.select().from(messages).where(eq(messages.text, text)))[0]

let counter = 0
async function writes(thread: string, text: string, minutesAgo: number): Promise<void> {
  const said = { parts: [{ type: 'text', text }], messageId: `l${++counter}`, at: new Date(at.house.clock.ms - minutesAgo * MINUTE) }
  await at.house.agent(group(), 'u-anna', { type: 'message', thread, ...said } as never)
  await at.house.settle()
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
  await at.house.agent(group(), 'u-anna', { type: 'button', thread, command: question.buttons?.[0]?.id ?? '' } as never)
  await until('they are sent', () => said().find((text) => text.includes('您的包裹今天到')))
})

test('old words take no conversation and make nobody present', async () => {
  const thread = await waiting()
  await writes(thread, '我来', 120)
  expect(await rowOf('我来')).toMatchObject({ author: 'note' })
  const [conversation] = await at.database.db.select().from(conversations)
  expect(conversation).toMatchObject({ status: 'queued', agentId: null })
  const [anna] = await at.database.db.select().from(agents).where(eq(agents.id, 'anna'))
  expect(anna?.presenceUntil).toBeNull()
})

test('an old command is not done but told; an old note is kept', async () => {
  const thread = await waiting()
  await writes(thread, '/claim', 60)
  const told = await until('they hear of it', () => whispers().find(({ text }) => text.includes('/claim')))
  expect(told.text).toContain('没有执行')
  await writes(thread, '// 老客户', 60)
  expect(await rowOf('老客户')).toMatchObject({ author: 'note', question: null })
  const [conversation] = await at.database.db.select().from(conversations)
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
