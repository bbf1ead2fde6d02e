// The promise: an update that we answered with 200 is never lost, whenever the process dies. The house is killed with SIGKILL at
// random moments while updates stream in; afterwards the fake's log and the store are compared.
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { sql } from 'drizzle-orm'
import { expect, test } from 'vitest'
import type { Act } from '../fakes/telegram/people.ts'
import type { FakeTelegram } from '../fakes/telegram.ts'
import {
  AGENTS,
  CUSTOMERS,
  frontdeskYaml,
  GROUP,
  type HouseProcess,
  houseProcess,
  premises,
  SECRET,
  startTelegram,
} from '../support/house.ts'
import { standWith, updateOf } from '../support/people.ts'

const KILLS = 22
/** Customers of the bot, and customers who have an agent. */
const BOT_CUSTOMERS = [101, 102, 103, 104, 105, 106]
const AGENT_CUSTOMERS = [201, 202]

/** Words that must be on record, and must reach somebody. */
interface Acked {
  /** What the customer must read for it, or what the topic must show. */
  expected: string
  /** Where: a customer's chat, or the group. */
  chat: number
  /** Of the message that carried it in. */
  externalId: string
}

interface Stream {
  fake: FakeTelegram
  house: HouseProcess
  random: () => number
  acked: Acked[]
  ended: boolean
  retries: number
}

test('nothing that was answered with 200 is lost by SIGKILL, and nothing is said twice unmarked', { timeout: 240_000 }, async (context) => {
  const seed = Number(process.env.FRONTDESK_SEED ?? Math.floor(Math.random() * 2 ** 31))
  console.log(`seed ${seed} (FRONTDESK_SEED=${seed} kills at the same moments)`)
  const random = generator(seed)
  const folder = mkdtempSync(join(tmpdir(), 'frontdesk-kill-'))
  const log = join(folder, 'calls.jsonl')
  const fake = await startTelegram({ log })
  const place = await premises(frontdeskYaml(fake.url))
  const house = await houseProcess(place)
  context.onTestFinished(async () => {
    await house.kill()
    await fake.close()
    place.remove()
    rmSync(folder, { recursive: true, force: true })
  })
  await house.ready()
  const stream: Stream = { fake, house, random: generator(seed + 1), acked: [], ended: false, retries: 0 }
  const topics = await assignAll(stream)

  const streams = [
    ...BOT_CUSTOMERS.map((id) => ask(stream, id)),
    ...AGENT_CUSTOMERS.flatMap((id, n) => [tell(stream, id), answer(stream, id, topics[n] as number)]),
  ]
  for (let kill = 0; kill < KILLS; kill++) {
    // One in five dies while it is still starting.
    if (random() < 0.8) await house.ready()
    await pause(50 + random() * 900)
    await house.kill()
    house.start()
  }
  await house.ready()
  stream.ended = true
  await Promise.all(streams)
  // A sender that was cut off is taken for dead when its lease has run out.
  await house.quiet(60_000)
  expect(await house.stop()).toBe(0)
  expect(house.exits().filter((end) => end === 'SIGKILL')).toHaveLength(KILLS)
  expect(house.exits()).toHaveLength(KILLS + 1)
  expect(house.complaints()).toBe('')

  const sent = sentIn(log)
  const deliveries = await place.look<Delivery>(sql`
    select d.kind, d.state, d.automatic, d.possibly_twice as twice, d.payload->'parts'->0->>'text' as text,
      case when d.kind = 'channel' then c.user_key else ${String(GROUP)} end as chat
    from deliveries d join conversations c on c.id = d.conversation_id where d.op in ('send', 'post') order by d.position`)
  const messages = await place.look<{ external: string; n: number }>(sql`
    select external_id as external, count(*)::int as n from messages where external_id is not null group by external_id`)
  const verdict = judge(stream.acked, sent, deliveries, new Map(messages.map((row) => [row.external, row.n])))
  const { acked, retries } = { acked: stream.acked.length, retries: stream.retries }
  console.log(`kills ${KILLS} · acked ${acked} · posted again ${retries} · ${JSON.stringify(verdict.counts)}`)
  expect(verdict.faults).toEqual([])
  expect(await place.look(sql`select error from events where state <> 'done'`)).toEqual([])
  expect(acked).toBeGreaterThan(KILLS * 10)
})

// ── The stream ───────────────────────────────────────────────────────────────────────────────────────────────────────────

/** Two customers ask for a person, and Anna takes them: from here on their words go through the topic. */
async function assignAll({ fake, house }: Stream): Promise<number[]> {
  const stand = { fake, ...standWith(fake) }
  const topics: number[] = []
  for (const id of AGENT_CUSTOMERS) {
    const customer = stand.visitor(id, `客户${id}`)
    await deliver(house.url, 'tg', updateOf(stand, CUSTOMERS, customer.text('转人工')))
    const topic = await stand.topic(`客户${id}`)
    topics.push(topic.id)
    await stand.shows(topic, '对话记录')
    // The first is claimed; who is online then gets the second one by itself.
    if (topics.length === 1) await deliver(house.url, 'group', updateOf(stand, AGENTS, stand.anna.press('接入')))
    await customer.hears('安娜 为您服务。')
  }
  await house.quiet()
  return topics
}

/** A customer asks the bot again and again. The answer repeats the name, and the name is new each time. */
async function ask(stream: Stream, id: number): Promise<void> {
  for (let n = 0; !stream.ended; n++) {
    const name = `问${id}-${n}`
    const act = stream.fake.customer({ id, first_name: name }, CUSTOMERS.token).text('多久发货')
    await commit(stream, 'tg', act, { chat: id, expected: `${name}，付款后 24 小时内发货。`, externalId: `${id}:${act.message_id}` })
  }
}

/** A customer writes to the agent: it must stand in the topic. */
async function tell(stream: Stream, id: number): Promise<void> {
  for (let n = 0; !stream.ended; n++) {
    const act = stream.fake.customer({ id, first_name: `客户${id}` }, CUSTOMERS.token).text(`说${id}-${n}。`)
    await commit(stream, 'tg', act, { chat: GROUP, expected: `客户 客户${id}: 说${id}-${n}。`, externalId: `${id}:${act.message_id}` })
  }
}

/** The agent writes to a customer. */
async function answer(stream: Stream, id: number, topic: number): Promise<void> {
  for (let n = 0; !stream.ended; n++) {
    const act = stream.fake.agent({ id: 501, first_name: '安娜' }, GROUP).text(topic, `答${id}-${n}。`)
    await commit(stream, 'group', act, { chat: id, expected: `安娜: 答${id}-${n}。`, externalId: `${GROUP}:${act.message_id}` })
  }
}

/** Posts as Telegram does: in order, the same again until it hears a 200. */
async function commit(stream: Stream, hook: 'tg' | 'group', act: Act, words: Acked): Promise<void> {
  const update = updateOf(stream, hook === 'tg' ? CUSTOMERS : AGENTS, act)
  while (!(await deliver(stream.house.url, hook, update))) {
    stream.retries++
    await pause(50)
  }
  stream.acked.push(words)
  await pause(20 + stream.random() * 100)
}

async function deliver(url: string, hook: string, update: unknown): Promise<boolean> {
  try {
    const answer = await fetch(`${url}/hooks/${hook}`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', 'x-telegram-bot-api-secret-token': SECRET },
      body: JSON.stringify(update),
      signal: AbortSignal.timeout(10_000),
    })
    await answer.arrayBuffer()
    return answer.status === 200
  } catch {
    return false // Nobody answers: the process is dead, or dies just now.
  }
}

// ── The judgement ────────────────────────────────────────────────────────────────────────────────────────────────────────

interface Delivery {
  kind: 'channel' | 'desk'
  state: string
  automatic: boolean
  twice: boolean
  text: string
  chat: string
}

/** What Telegram took: where, and in which order. */
function sentIn(log: string): { chat: string; text: string }[] {
  const lines = readFileSync(log, 'utf8').trim().split('\n')
  const calls = lines.map((line) => JSON.parse(line) as { ok: boolean; method: string; params: { chat_id: unknown; text: string } })
  return calls
    .filter(({ ok, method }) => ok && method === 'sendMessage')
    .map(({ params }) => ({ chat: String(params.chat_id), text: params.text }))
}

function judge(acked: Acked[], sent: { chat: string; text: string }[], deliveries: Delivery[], rows: Map<string, number>) {
  const faults: string[] = []
  const counts = { sent: 0, held: 0, heldUnsaid: 0, unknown: 0, twiceMarked: 0, markedOnce: 0, topicTwice: 0 }
  const times = tally(sent.map(({ chat, text }) => `${chat} ${text}`))
  const byText = new Map<string, Delivery[]>()
  for (const one of deliveries) {
    const text = one.kind === 'desk' ? deskText(one) : one.text
    byText.set(`${one.chat} ${text}`, [...(byText.get(`${one.chat} ${text}`) ?? []), one])
  }
  for (const { chat, expected, externalId } of acked) {
    const key = `${chat} ${expected}`
    if (rows.get(externalId) !== 1) faults.push(`${key}: ${rows.get(externalId) ?? 0} message rows`)
    const [delivery, ...more] = byText.get(key) ?? []
    if (!delivery || more.length > 0) {
      faults.push(`${key}: ${more.length + (delivery ? 1 : 0)} deliveries`)
      continue
    }
    const n = times.get(key) ?? 0
    const fault = chat === GROUP ? topicFault(delivery, n) : chatFault(delivery, n)
    if (fault) faults.push(`${key}: ${fault} (${JSON.stringify(delivery)}, ${n} times in the log)`)
    if (delivery.state === 'sent') counts.sent++
    if (delivery.state === 'held') counts.held++
    if (delivery.state === 'held' && n === 0) counts.heldUnsaid++
    if (delivery.state === 'unknown') counts.unknown++
    if (delivery.twice && n > 1) counts.twiceMarked++
    if (delivery.twice && n === 1) counts.markedOnce++
    if (chat === GROUP && n > 1) counts.topicTwice++
  }
  return { faults: [...faults, ...disorder(acked, sent)], counts }
}

/** As the topic shows a customer's words: with the name before them. */
function deskText({ text }: Delivery): string {
  const id = /^说(\d+)-/.exec(text)?.[1]
  return id ? `客户 客户${id}: ${text}` : text
}

/** Words for a customer: once, or marked; what nobody typed is never said again. */
function chatFault({ state, automatic, twice }: Delivery, n: number): string | undefined {
  if (state === 'sent')
    return n === 0 ? 'lost' : n > (twice ? 2 : 1) ? 'said too often' : twice && automatic ? 'repeated by itself' : undefined
  if (state === 'held') return automatic && n <= 1 ? undefined : 'held wrongly'
  if (state === 'unknown') return !automatic && twice && n <= 2 ? undefined : 'unknown wrongly'
  return 'not finished'
}

/** Words for agents: at least once; twice does no harm there. */
function topicFault({ state }: Delivery, n: number): string | undefined {
  return state === 'sent' && n >= 1 ? undefined : 'lost'
}

/** In every chat things come for the first time in the order in which they were acknowledged. */
function disorder(acked: Acked[], sent: { chat: string; text: string }[]): string[] {
  const faults: string[] = []
  const place = new Map<string, number>()
  sent.forEach(({ chat, text }, n) => {
    if (!place.has(`${chat} ${text}`)) place.set(`${chat} ${text}`, n)
  })
  const last = new Map<string, { at: number; text: string }>()
  for (const { chat, expected } of acked) {
    const at = place.get(`${chat} ${expected}`)
    if (at === undefined) continue
    // The two topics are in one group: each customer's words are a row of their own.
    const row = `${chat} ${expected.replace(/\d+(?=[。，])/, '')}`
    const before = last.get(row)
    if (before && before.at > at) faults.push(`${chat}: "${expected}" came before "${before.text}"`)
    last.set(row, { at, text: expected })
  }
  return faults
}

function tally(keys: string[]): Map<string, number> {
  const counts = new Map<string, number>()
  for (const key of keys) counts.set(key, (counts.get(key) ?? 0) + 1)
  return counts
}

/** mulberry32: the same numbers for the same seed. */
function generator(seed: number): () => number {
  let state = seed
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296
  }
}
