// The config is changed again and again while customers write: every message is answered, and each answer is of one config alone.
import { afterAll, beforeAll, expect, test } from 'vitest'
import { RequestError } from '#core/errors.ts'
import type { Inbound } from '#core/event.ts'
import type { Button, Part } from '#core/message.ts'
import type { Database } from '#store/database.ts'
import { events, messages } from '#store/schema.ts'
import { appOf } from '../test/support/app.ts'
import { testDatabase } from '../test/support/database.ts'
import { until } from '../test/support/until.ts'

let database: Database
beforeAll(async () => {
  database = await testDatabase()
})
afterAll(() => database.close())

/** The same bot with `v` in everything that it says. */
const version = (v: string) => `
version: 1
faq: [{ id: shipping, title: "题${v}", ask: [多久发货], answer: [{ text: "答${v}", buttons: ["钮${v}", { label: "单${v}", flow: order }] }, { text: "再${v}" }] }]
flows:
  order:
    title: "单${v}"
    trigger: { words: [查订单] }
    steps:
      - say: "一${v}"
      - { ask: step${v}, retry: { max: 9 }, say: "问${v}", choices: { "好${v}": next, "不${v}": end } }
      - say: "二${v}"
      - say: "三${v}"
handoff: { repeated: 0, anger: false }
fallback: { after: 20, say: "不懂${v}" }
`
const HOUSE = 'channels: [{ id: web, type: web }]\n'
const BROKEN = version('9').replace('version: 1', 'version: 2')
const CUSTOMERS = 40
const ROUNDS = 12
const ASKED = ['多久发货', '查订单', '好1', '好2', '嗯？']

/** Who is asked to come again does. */
async function again<T>(call: () => Promise<T>): Promise<T> {
  for (;;) {
    try {
      return await call()
    } catch (error) {
      if (!(error instanceof RequestError) || error.status !== 503) throw error
    }
  }
}

test('no message is answered by half a config, by a broken one, or not at all', { timeout: 120_000 }, async () => {
  const files: Record<string, string> = { 'frontdesk.yaml': HOUSE, 'bot.yaml': version('1') }
  const app = await appOf(database, files)
  let n = 0
  const says = (user: string, text: string) => {
    const externalId = `${user}:${n++}`
    const event = {
      type: 'message',
      externalId,
      messageId: externalId,
      at: new Date(),
      from: { user },
      raw: null,
      sender: { identities: [] },
    }
    return again(() => app.take('web', [{ ...event, parts: [{ type: 'text', text }] } as Inbound]))
  }
  let over = false
  const refused: number[] = []
  const edits = (async () => {
    for (let k = 0; !over; k++) {
      files['bot.yaml'] = k % 3 === 2 ? BROKEN : version(k % 3 === 0 ? '2' : '1')
      const problems = await app.reload()
      if (problems.length > 0) refused.push(k)
      await new Promise((resolve) => setImmediate(resolve))
    }
  })()
  await Promise.all(
    Array.from({ length: CUSTOMERS }, async (_, user) => {
      for (let round = 0; round < ROUNDS; round++) await says(`u${user}`, ASKED[(user + round) % ASKED.length] ?? '')
    }),
  )
  over = true
  await edits
  await until('everything is worked on', async () => (await database.db.select().from(events)).every(({ state }) => state === 'done'))
  await app.stop()

  const rows = await database.db.select().from(messages).orderBy(messages.conversationId, messages.seq)
  const mixed = rows.filter(({ author, parts }) => author === 'bot' && new Set(digitsOf(parts)).size > 1)
  expect(mixed).toEqual([])
  expect(rows.flatMap(({ parts }) => digitsOf(parts))).not.toContain('9')
  expect(refused.length).toBeGreaterThan(0)
  // Both were used, and whoever wrote heard something before they are at a loss: one answer for each message.
  expect(new Set(rows.flatMap(({ author, parts }) => (author === 'bot' ? digitsOf(parts) : [])))).toEqual(new Set(['1', '2']))
  expect(rows.filter(({ author }) => author === 'customer')).toHaveLength(CUSTOMERS * ROUNDS)
  for (const conversation of Map.groupBy(rows, ({ conversationId }) => conversationId).values()) {
    // The greeting comes first. A flow that was edited away twice calls a person: from there on the bot is silent.
    const handed = conversation.findIndex(({ author }) => author === 'system')
    const withBot = conversation.slice(0, handed < 0 ? undefined : handed).map(({ author }) => author)
    // The house says so a moment after the words that called for somebody; meanwhile the customer may write on.
    while (handed >= 0 && withBot.at(-1) === 'customer' && withBot.at(-2) === 'customer') withBot.pop()
    expect(withBot).toEqual(withBot.map((_, at) => (at % 2 === 0 ? 'bot' : 'customer')))
  }
})

/** The versions that the words and buttons of a message come from. */
function digitsOf(parts: readonly Part[]): string[] {
  const words = parts.flatMap((part) => ('text' in part ? [part.text] : []))
  const labels = parts.flatMap((part) => (part.type === 'buttons' ? part.buttons.map(({ label }: Button) => label) : []))
  return [...words, ...labels].flatMap((text) => [...text.matchAll(/[一-龥]([129])/g)].map(([, v = '']) => v))
}
