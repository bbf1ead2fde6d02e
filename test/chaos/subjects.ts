// One message on its way, of each kind: who says it, and what has become of it when the house stands again after a crash.
import { randomUUID } from 'node:crypto'
import type { ConsoleMessage } from '#http/console/protocol.ts'
import type { Customer, Person } from '../fakes/telegram.ts'
import { GROUP } from '../support/house.ts'
import { until } from '../support/until.ts'
import type { Bench } from './bench.ts'
import { readPages } from './collect.ts'
import { ANNA, appSays, bearer, HOOK, inGroup, newVisitor } from './loader.ts'
import { type Done, heardBy } from './providers.ts'

/** What can be said of a message afterwards. */
export interface Trace {
  /** Whether the platform heard 200 before the crash. */
  acked?: boolean
  /** How often it is on record. */
  rows: number
  /** How often the other side got it, or the answer to it; where it knows copies by their id, how many ids. */
  arrived: number
  /** With its copies. */
  requests?: number
  /** What an agent's screen says of that. */
  state?: string
  possiblyTwice?: boolean
  /** Topics in the agents' group for this customer; on record is one. */
  topics?: number
}

/** Under way: the crash may come. */
export interface UnderWay {
  /** Repeats what a platform would repeat, waits until all is quiet, and looks. */
  trace(): Promise<Trace>
}

export type Subject = (stage: Stage) => Promise<UnderWay>

export interface Stage extends Bench {
  /** A number that nobody has yet. */
  next(): number
  /** A customer on Telegram with an agent, and their topic. */
  withAgent: { id: number; thread: number }
}

export async function setStage(bench: Bench): Promise<Stage> {
  let last = 1_000
  const thread = await inGroup(bench, 201)
  await bench.house.quiet(30_000) // What the group is still told of this would be taken for what comes next.
  return { ...bench, next: () => ++last, withAgent: { id: 201, thread } }
}

export const PICTURE = new Uint8Array(Buffer.from('89504e470d0a1a0a0000000d49484452', 'hex'))

/** The hook is called once, and again later if that was not answered by 200. */
async function post(stage: Stage, hook: 'tg' | 'group', { update }: Done): Promise<{ acked: boolean; again(): Promise<void> }> {
  const answer = await stage.client.once(`/hooks/${hook}`, update, HOOK)
  const acked = answer?.status === 200
  return {
    acked,
    async again() {
      if (!acked) await stage.client.until2xx(`/hooks/${hook}`, update, HOOK)
      await stage.house.quiet(30_000)
    },
  }
}

function shown(messages: ConsoleMessage[], has: string): Pick<Trace, 'rows' | 'state' | 'possiblyTwice'> {
  const found = messages.filter((message) => words(message).includes(has))
  const { delivery } = found[0] ?? {}
  return { rows: found.length, ...(delivery && { state: delivery.state, possiblyTwice: delivery.possiblyTwice === true }) }
}

function words({ parts }: ConsoleMessage): string {
  return parts.map((part) => ('text' in part ? part.text : '')).join(' ')
}

/** How often the customers' bot said this in a chat. */
function times(stage: Stage, chat: number | string, text: string): number {
  return heardBy(stage.providers.calls(), chat).filter((one) => one.includes(text)).length
}

async function ask(stage: Stage, person: Person, act: keyof Customer, ...args: unknown[]) {
  return post(stage, 'tg', await stage.providers.customer(person, act, ...args))
}

/** A customer on Telegram asks the bot. Nobody typed the answer. */
export const botOnTelegram: Subject = async (stage) => {
  const id = stage.next()
  const name = `问${id}`
  const { acked, again } = await ask(stage, { id, first_name: name }, 'text', '多久发货')
  return {
    async trace() {
      await again()
      const { messages } = await stage.console.find(name)
      const answer = shown(messages, `${name}，`)
      return { acked, ...answer, rows: shown(messages, '多久发货').rows, arrived: times(stage, id, `${name}，`) }
    },
  }
}

/** The same by a bot that fetches its messages. */
export const botPolled: Subject = async (stage) => {
  const id = stage.next()
  const name = `取${id}`
  await stage.providers.polled({ id, first_name: name }, '多久发货')
  return {
    async trace() {
      const answered = () => times(stage, id, `${name}，`)
      await until('the answer', () => answered() > 0, { ms: 20_000 })
      await stage.house.quiet(30_000)
      const { messages } = await stage.console.find(name)
      return { ...shown(messages, `${name}，`), rows: shown(messages, '多久发货').rows, arrived: answered() }
    },
  }
}

/** A user of the company's app asks the bot. Its server takes each id once. */
export const botInApp: Subject = async (stage) => {
  const name = `用${stage.next()}`
  const request = appSays(name, name, '多久发货')
  const first = await stage.client.once('/hooks/app', request.body, request.headers)
  return {
    async trace() {
      if (first?.status !== 200) await stage.client.until2xx('/hooks/app', request.body, request.headers)
      await stage.house.quiet(30_000)
      const { messages } = await stage.console.find(name)
      const taken = stage.providers.appCalls().filter(({ ok, event }) => ok && String(event.text).includes(`${name}，`))
      const copies = { arrived: new Set(taken.map(({ id }) => id)).size, requests: taken.length }
      return { ...shown(messages, `${name}，`), rows: shown(messages, '多久发货').rows, ...copies }
    },
  }
}

/** A visitor asks the bot. */
export const botOnWeb: Subject = async (stage) => {
  const visitor = await newVisitor(stage)
  const [path, body] = ['/chat/v1/web/messages', { clientId: randomUUID(), text: '多久发货' }]
  const first = await stage.client.once(path, body, bearer(visitor))
  return {
    async trace() {
      if (first?.status !== 200) await stage.client.until2xx(path, body, bearer(visitor))
      await stage.house.quiet(30_000)
      const messages = await readPages(stage, visitor)
      const own = messages.findIndex(({ clientId }) => clientId === body.clientId)
      return {
        rows: messages.filter(({ clientId }) => clientId === body.clientId).length,
        arrived: messages.slice(own).filter(({ author }) => author === 'bot').length,
      }
    },
  }
}

/** An agent in the group writes to a customer on Telegram. */
export const agentOnTelegram: Subject = async (stage) => {
  const { id, thread } = stage.withAgent
  const text = `答${id}-${stage.next()}。`
  const { acked, again } = await post(stage, 'group', await stage.providers.agent(ANNA, 'text', thread, text))
  return {
    async trace() {
      await again()
      const { messages } = await stage.console.find(`客户${id}`)
      return { acked, ...shown(messages, text), arrived: times(stage, id, text) }
    },
  }
}

/** A customer writes, and it is shown to their agent. */
export const customerInTopic: Subject = async (stage) => {
  const { id } = stage.withAgent
  const text = `说${id}-${stage.next()}。`
  const { acked, again } = await ask(stage, { id, first_name: `客户${id}` }, 'text', text)
  return {
    async trace() {
      await again()
      const { messages } = await stage.console.find(`客户${id}`)
      return { acked, rows: shown(messages, text).rows, arrived: times(stage, GROUP, text) }
    },
  }
}

/** A customer asks for a person: told their place, and shown to the agents in a topic. */
export const queuedOnTelegram: Subject = async (stage) => {
  const id = stage.next()
  const name = `等${id}`
  const { acked, again } = await ask(stage, { id, first_name: name }, 'text', '转人工')
  return {
    async trace() {
      await again()
      // The router looks at the queue every few seconds.
      let seen: string[] = []
      const told = async () => {
        seen = (await stage.console.find(name)).messages.map(words)
        return seen.some((text) => text.includes('当前排队'))
      }
      await until('they are told their place', told, { ms: 30_000, state: () => seen })
      await stage.house.quiet(30_000)
      const { id: conversation, version, messages, threads } = await stage.console.find(name)
      const topics = (await stage.providers.topics()).filter((topic) => topic.name.includes(name)).length
      if (threads.length !== 1) throw new Error(`${threads.length} threads on record`)
      // Whoever waits is looked at again every few seconds: the next one must be alone.
      await stage.console.act(conversation, { type: 'resolve', version })
      await stage.console.leave()
      return { acked, ...shown(messages, '当前排队'), rows: shown(messages, '转人工').rows, arrived: times(stage, id, '当前排队'), topics }
    },
  }
}

/** A customer sends a picture. */
export const pictureOnTelegram: Subject = async (stage) => {
  const id = stage.next()
  const name = `图${id}`
  const { acked, again } = await ask(stage, { id, first_name: name }, 'photo', { bytes: PICTURE, name: 'a.png', mime: 'image/png' })
  return {
    async trace() {
      await again()
      const { messages } = await stage.console.find(name)
      const files = messages.flatMap(({ parts }) => parts.flatMap((part) => (part.type === 'media' ? part.media.id : [])))
      const bytes = await until('the picture', () => stage.console.file(files[0] ?? ''))
      return { acked, rows: files.length, arrived: Buffer.from(bytes).equals(PICTURE) ? 1 : 0 }
    },
  }
}
