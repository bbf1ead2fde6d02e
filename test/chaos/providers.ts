// Speaks with the platforms' own process, and reads what they wrote down.
import { fork } from 'node:child_process'
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { LoggedCall as AppCall } from '../fakes/app.ts'
import type { Topic, Update } from '../fakes/telegram/world.ts'
import type { Agent, Customer, Fault, FaultMatch, LoggedCall, Person } from '../fakes/telegram.ts'
import { COMPILED } from '../support/compiled.ts'
import { AGENTS, CUSTOMERS, GROUP } from '../support/house.ts'

/** The bot that is polled, not called. */
export const POLLED = { token: '7000000003:polled', username: 'polled_bot' }

/** With it the company's server and the house sign. */
export const APP_SECRET = `whsec_${Buffer.alloc(32, 7).toString('base64')}`

export interface Premise {
  bots: { token: string; username: string }[]
  group: number
  agents: string
  log: string
  app: { secrets: string[]; log: string }
}

export interface Urls {
  telegramUrl: string
  /** The company's own server. */
  appUrl: string
}

export type Order =
  | { do: 'customer'; bot: string; user: Person; act: keyof Customer; args: unknown[]; polled?: boolean }
  | { do: 'agent'; user: Person; act: keyof Agent; args: unknown[] }
  | { do: 'topics' }
  | { do: 'fail'; fault: Fault; match?: FaultMatch }
  | { do: 'clear' }
export interface Ordered {
  id: number
  order: Order
}
export interface Reply {
  id: number
  value?: unknown
}

/** What a person did: the update that Telegram makes of it. */
export interface Done {
  message_id: number
  update: Update
}

export interface Providers extends Urls {
  customer(user: Person, act: keyof Customer, ...args: unknown[]): Promise<Done>
  /** Writes to the bot that is polled. */
  polled(user: Person, text: string): Promise<Done>
  agent(user: Person, act: keyof Agent, ...args: unknown[]): Promise<Done>
  topics(): Promise<Topic[]>
  fail(fault: Fault, match?: FaultMatch): Promise<void>
  clearFaults(): Promise<void>
  /** Everything that reached Telegram so far, in order. */
  calls(): LoggedCall[]
  /** Everything that reached the company's server. */
  appCalls(): AppCall[]
  close(): Promise<void>
}

const ENTRY = fileURLToPath(new URL('./providers-entry.ts', import.meta.url))

export async function startProviders(): Promise<Providers> {
  const folder = mkdtempSync(join(tmpdir(), 'frontdesk-providers-'))
  const log = join(folder, 'telegram.jsonl')
  const appLog = join(folder, 'app.jsonl')
  const app = { secrets: [APP_SECRET], log: appLog }
  const premise: Premise = { bots: [CUSTOMERS, AGENTS, POLLED], group: GROUP, agents: AGENTS.token, log, app }
  const child = fork(ENTRY, [JSON.stringify(premise)], { execArgv: [], serialization: 'advanced', env: { ...process.env, ...COMPILED } })
  const waiting = new Map<number, (value: unknown) => void>()
  const answer = (id: number) => new Promise<unknown>((resolve) => waiting.set(id, resolve))
  child.on('message', (message) => {
    const { id, value } = message as Reply
    waiting.get(id)?.(value)
    waiting.delete(id)
  })
  const urls = (await answer(0)) as Urls
  let orders = 0
  const order = (what: Order) => {
    const id = ++orders
    // Whoever still speaks when the test is over gets no answer any more.
    if (child.connected) child.send({ id, order: what } satisfies Ordered)
    return answer(id)
  }
  return {
    ...urls,
    customer: (user, act, ...args) => order({ do: 'customer', bot: CUSTOMERS.token, user, act, args }) as Promise<Done>,
    polled: (user, text) => order({ do: 'customer', bot: POLLED.token, user, act: 'text', args: [text], polled: true }) as Promise<Done>,
    agent: (user, act, ...args) => order({ do: 'agent', user, act, args }) as Promise<Done>,
    topics: () => order({ do: 'topics' }) as Promise<Topic[]>,
    fail: (fault, match) => order({ do: 'fail', fault, match }) as Promise<void>,
    clearFaults: () => order({ do: 'clear' }) as Promise<void>,
    calls: () => readCalls<LoggedCall>(log),
    appCalls: () => readCalls<AppCall>(appLog),
    async close() {
      const gone = new Promise((resolve) => child.once('exit', resolve))
      child.disconnect()
      await gone
      rmSync(folder, { recursive: true, force: true })
    },
  }
}

function readCalls<T>(log: string): T[] {
  if (!existsSync(log)) return []
  const lines = readFileSync(log, 'utf8').split('\n').slice(0, -1) // The last one ends with the file, or is not whole yet.
  return lines.map((line) => JSON.parse(line) as T)
}

/** The words that Telegram took for one chat, oldest first. */
export function heardBy(calls: LoggedCall[], chat: number | string, thread?: number): string[] {
  return calls
    .filter(({ ok, method, params }) => ok && method === 'sendMessage' && String(params.chat_id) === String(chat))
    .filter(({ params }) => thread === undefined || Number(params.message_thread_id) === thread)
    .map(({ params }) => String(params.text))
}
