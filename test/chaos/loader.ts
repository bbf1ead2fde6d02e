// Customers and agents who write all the time, at a given rate, on every channel. Each says one thing after another, as people do,
// and each word can be found again where it must arrive.
import { setTimeout as pause } from 'node:timers/promises'
import type { Session } from '#http/chat/protocol.ts'
import { sign } from '../fakes/app/users.ts'
import { GROUP, SECRET } from '../support/house.ts'
import { until } from '../support/until.ts'
import type { Bench } from './bench.ts'
import type { Said } from './history.ts'
import { APP_SECRET, heardBy } from './providers.ts'
import { generator } from './seed.ts'

export const ANNA = { id: 501, first_name: '安娜' }
export const HOOK = { 'x-telegram-bot-api-secret-token': SECRET }

export interface Visitor {
  token: string
}

export interface Load {
  said: Said[]
  visitors: Visitor[]
  /** Begins; the rate is of all streams together, in messages a second. */
  start(rate: number): void
  /** No new words; what was begun is said to its end. */
  stop(): Promise<void>
}

export interface Crowd {
  /** Who ask the bot, on the web and on Telegram. */
  web: number
  telegram: number
  /** And in the company's app. */
  app: number
  /** Who have an agent: in the console (they came by web), and in the group (they came by Telegram). */
  console: number
  group: number
}

export const CROWD: Crowd = { web: 5, telegram: 5, app: 5, console: 2, group: 2 }

/** One who speaks: says the n-th thing, and is asked again. */
type Speaker = (n: number) => Promise<void>

export async function gather(bench: Bench, seed: number, crowd = CROWD): Promise<Load> {
  const random = generator(seed)
  const said: Said[] = []
  const visitors: Visitor[] = []
  const speakers: Speaker[] = []
  for (let n = 0; n < crowd.web; n++) {
    const visitor = await newVisitor(bench)
    visitors.push(visitor)
    speakers.push(webAsks(bench, said, visitor, { n, random }))
  }
  for (let n = 0; n < crowd.console; n++) {
    const visitor = await newVisitor(bench)
    visitors.push(visitor)
    speakers.push(consoleAnswers(bench, said, await inConsole(bench, visitor), n))
  }
  for (let n = 0; n < crowd.telegram; n++) speakers.push(telegramAsks(bench, said, 101 + n))
  for (let n = 0; n < crowd.app; n++) speakers.push(appAsks(bench, said, `user${n}`, n))
  for (let n = 0; n < crowd.group; n++) {
    const thread = await inGroup(bench, 201 + n)
    speakers.push(telegramTells(bench, said, 201 + n), groupAnswers(bench, said, 201 + n, thread))
  }
  await bench.house.quiet(30_000)
  let ended = false
  let running: Promise<void>[] = []
  return {
    said,
    visitors,
    start(rate) {
      const gap = (speakers.length / rate) * 1_000
      running = speakers.map((speak) => speakAll(speak, gap, random, () => ended))
    },
    async stop() {
      ended = true
      await Promise.all(running)
    },
  }
}

/** At most a second behind: after an outage people do not say everything at once that they did not say meanwhile. */
async function speakAll(speak: Speaker, gap: number, random: () => number, ended: () => boolean): Promise<void> {
  let due = performance.now() + random() * gap
  for (let n = 0; !ended(); n++) {
    await pause(Math.max(0, due - performance.now()))
    if (ended()) return
    await speak(n)
    due = Math.max(due + gap * (0.5 + random()), performance.now() - 1_000)
  }
}

// ── Those who speak ──────────────────────────────────────────────────────────────────────────────────────────────────────

function webAsks({ client }: Bench, said: Said[], visitor: Visitor, { n, random }: { n: number; random: () => number }): Speaker {
  return async () => {
    const clientId = uuid(random)
    const one = note(said, { token: clientId, lane: `web ${n}`, place: 'web', storedAs: clientId })
    const { tries } = await client.until2xx('/chat/v1/web/messages', { clientId, text: '多久发货' }, bearer(visitor))
    ack(one, tries)
  }
}

/** The answer repeats the name, and the name is new each time. */
function telegramAsks(bench: Bench, said: Said[], id: number): Speaker {
  return async (n) => {
    const token = `问${id}-${n}`
    const { message_id, update } = await bench.providers.customer({ id, first_name: token }, 'text', '多久发货')
    const one = note(said, { token, lane: `tg ask ${id}`, place: 'tg', storedAs: `${id}:${message_id}` })
    ack(one, (await bench.client.until2xx('/hooks/tg', update, HOOK)).tries)
  }
}

function appAsks({ client }: Bench, said: Said[], user: string, k: number): Speaker {
  return async (n) => {
    const token = `用${k}-${n}`
    const request = appSays(user, token, '多久发货')
    const one = note(said, { token, lane: `app ${k}`, place: 'app', storedAs: request.headers['webhook-id'] })
    ack(one, (await client.until2xx('/hooks/app', request.body, request.headers)).tries)
  }
}

/** What the company's server sends for a user of its app; the same bytes again when it is not taken. */
export function appSays(
  user: string,
  name: string,
  text: string,
): { body: string; headers: Record<string, string> & { 'webhook-id': string } } {
  const id = Buffer.from(`${user} ${name}`).toString('hex') // Headers are ASCII.
  const body = JSON.stringify({ type: 'message', user: { id: user, name }, message: { id, text } })
  return { body, headers: sign(APP_SECRET, id, new Date(), body) }
}

/** A customer who has an agent: the words must stand in the topic. */
function telegramTells(bench: Bench, said: Said[], id: number): Speaker {
  return async (n) => {
    const token = `说${id}-${n}`
    const { message_id, update } = await bench.providers.customer({ id, first_name: `客户${id}` }, 'text', `${token}。`)
    const one = note(said, { token, lane: `group ${id}`, place: 'group', storedAs: `${id}:${message_id}` })
    ack(one, (await bench.client.until2xx('/hooks/tg', update, HOOK)).tries)
  }
}

function groupAnswers(bench: Bench, said: Said[], id: number, thread: number): Speaker {
  return async (n) => {
    const token = `答${id}-${n}`
    const { message_id, update } = await bench.providers.agent(ANNA, 'text', thread, `${token}。`)
    const one = note(said, { token, lane: `tg answer ${id}`, place: 'tg', storedAs: `${GROUP}:${message_id}` })
    ack(one, (await bench.client.until2xx('/hooks/group', update, HOOK)).tries)
  }
}

function consoleAnswers(bench: Bench, said: Said[], conversation: string, k: number): Speaker {
  return async (n) => {
    const token = `复${k}-${n}`
    const one = note(said, { token, lane: `console ${k}`, place: 'web', storedAs: `console-${k}-${n}` })
    ack(one, (await bench.console.reply(conversation, `${token}。`, `console-${k}-${n}`)).tries)
  }
}

function note(said: Said[], one: Pick<Said, 'token' | 'lane' | 'place' | 'storedAs'>): Said {
  const full = { ...one, tries: 0, acked: false }
  said.push(full)
  return full
}

function ack(one: Said, tries: number): void {
  Object.assign(one, { tries, acked: true })
}

// ── How they come to be there ────────────────────────────────────────────────────────────────────────────────────────────

export async function newVisitor({ client }: Pick<Bench, 'client'>): Promise<Visitor> {
  const { body } = await client.until2xx('/chat/v1/web/session', { locale: 'zh-CN' })
  return { token: (body as Session).token }
}

export function bearer(visitor: Visitor): Record<string, string> {
  return { authorization: `Bearer ${visitor.token}` }
}

/** A visitor asks for a person, and the admin takes them in the console. The id of their conversation. */
async function inConsole(bench: Bench, visitor: Visitor): Promise<string> {
  const before = new Set((await bench.console.list('queue')).map((item) => item.id))
  await bench.client.until2xx('/chat/v1/web/messages', { clientId: uuid(Math.random), text: '转人工' }, bearer(visitor))
  const item = await until('the visitor is in the queue', async () =>
    (await bench.console.list('queue')).find((one) => !before.has(one.id)),
  )
  const done = await bench.console.act(item.id, { type: 'claim', version: item.version })
  if (!done?.ok) throw new Error(`cannot claim: ${JSON.stringify(done)}`)
  return item.id
}

/** A customer asks for a person, and Anna takes them: from here on their words go through a topic. */
export async function inGroup(bench: Bench, id: number): Promise<number> {
  const { providers, client } = bench
  const name = `客户${id}`
  const asked = await providers.customer({ id, first_name: name }, 'text', '转人工')
  await client.until2xx('/hooks/tg', asked.update, HOOK)
  const topic = await until(`a topic for ${name}`, async () => (await providers.topics()).find((one) => one.name.includes(name)))
  await until('its card', () => heardBy(providers.calls(), GROUP, topic.id).length > 0)
  await client.until2xx('/hooks/group', (await providers.agent(ANNA, 'press', '接入')).update, HOOK)
  await until(`${name} has an agent`, () => heardBy(providers.calls(), id).some((text) => text.includes('为您服务')), {
    state: () => heardBy(providers.calls(), id),
  })
  return topic.id
}

function uuid(random: () => number): string {
  return Array.from({ length: 32 }, () => Math.floor(random() * 16).toString(16)).join('')
}
