// Whose words reach the customer, and what of them stays inside.
import { eq } from 'drizzle-orm'
import { expect, test } from 'vitest'
import { messages } from '#store/schema.ts'
import type { StageOptions } from '../../test/support/stage.ts'
import { stages } from '../../test/support/stages.ts'
import { until } from '../../test/support/until.ts'

const at = stages()
const { group, notes, whispers } = at
/** What was sent until a test's own part began. */
let before = 0

async function waiting(options: StageOptions = {}): Promise<string> {
  const thread = await at.waiting(options)
  before = at.heard().length
  return thread
}
let counter = 0
const writes = (thread: string, text: string, user = 'u-anna') =>
  at.house.agent(group(), user, { type: 'message', thread, parts: [{ type: 'text', text }], messageId: `n${++counter}` } as never)
const said = () => at.heard().slice(before)

test('chatwoot PR#15605: where a team talks in the thread, only what is marked leaves; the rest is a note', async () => {
  const thread = await waiting({ sending: { policy: 'prefix' } })
  await writes(thread, '要不要给他退款?')
  await writes(thread, '@小本 你怎么看')
  await writes(thread, '>您好，请稍等')
  await until('the marked words', () => said().find((text) => text.includes('请稍等')))
  await writes(thread, '他真麻烦')
  await at.house.settle()
  expect(said()).toEqual([expect.stringMatching(/(?<!>)您好，请稍等$/)])
  expect(await notes()).toEqual(expect.arrayContaining(['要不要给他退款?', '@小本 你怎么看', '他真麻烦']))
})

test('words under a picture are read like others: a note stays inside with it, a mark sends it and is cut', async () => {
  const shows = (thread: string, caption: string) => {
    const media = { id: `p${++counter}`, mime: 'image/jpeg', bytes: 5 }
    const parts = [{ type: 'media', kind: 'image', media, caption }]
    return at.house.agent(group(), 'u-anna', { type: 'message', thread, parts, messageId: `n${counter}` } as never)
  }
  const captions = () =>
    at.house.sent.slice(before).flatMap(({ message }) => message.parts.flatMap((p) => (p.type === 'media' ? [p.caption] : [])))
  const capabilities = { media: { image: { maxBytes: 1_000_000, captionMax: 1_000 } } } as never
  const thread = await waiting({ capabilities })
  await writes(thread, '您好')
  await shows(thread, '//假截图')
  await shows(thread, '给您看')
  await until('the second', () => captions().length > 0)
  expect(captions()).toEqual(['安娜: 给您看'])
  expect(await notes()).toContainEqual(expect.stringMatching(/^假截图\n\[image\]$/))
  await at.house.stop()
  const other = await waiting({ capabilities, sending: { policy: 'prefix' } })
  await shows(other, '内部看')
  await shows(other, '>给您看')
  await until('the marked one', () => captions().length > 0)
  expect(captions()).toEqual(['安娜: 给您看'])
})

test('a desk that only alerts sends nothing, whatever is written there', async () => {
  const thread = await waiting({ sending: { policy: 'alerts' } })
  for (const text of ['您好', '>您好', '/r 您好']) await writes(thread, text)
  await at.house.settle()
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
  await writes(thread, '我来', 'u-ben')
  const held = await until('they are held', async () => (await at.database.db.select().from(messages).where(eq(messages.text, '我来')))[0])
  at.house.clock.ms += 16 * 60_000
  await until(
    'the question ends',
    async () =>
      !(
        await at.database.db
          .select()
          .from(messages)
          .where(eq(messages.id, held?.id ?? ''))
      )[0]?.question,
  )
  await at.house.agent(group(), 'u-ben', { type: 'button', thread, command: `held send ${held?.id}` })
  await until('it is too late', () => whispers().find((text) => text.includes('已经处理过')))
  expect(said()).toHaveLength(1)
})
