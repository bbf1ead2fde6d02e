// The real house in tests: in this process through `run()`, or as a process of its own that can be killed and started again on the
// same data and port. Beside it a fake Bot API with a customers' bot and the agents' group. On the database that the project names.
import { type ChildProcess, type Serializable, spawn } from 'node:child_process'
import { cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { SQL } from 'drizzle-orm'
import { inject } from 'vitest'
import { environment } from '#src/node/environment.ts'
import { run } from '#src/node.ts'
import type { Database } from '#store/database.ts'
import { openEmbedded } from '#store/embedded.ts'
import { openPostgres } from '#store/postgres.ts'
import { type FakeTelegram, type FakeTelegramOptions, startFakeTelegram } from '../fakes/telegram.ts'
import { COMPILED } from './compiled.ts'
import { onPostgres, silent, testUrl } from './database.ts'
import { freePort } from './listen.ts'
import { until } from './until.ts'

export const GROUP = -1001234567890
export const SECRET = 'e2e-secret'
export const CUSTOMERS = { token: '7000000001:customers', username: 'shop_bot' }
export const AGENTS = { token: '7000000002:agents', username: 'desk_bot' }

const SOURCE = fileURLToPath(new URL('../../src/node.ts', import.meta.url))

/** The file as a shop would write it; `polling` leaves the mode open, as where there is no public address. */
/** `more`: other keys. */
export function frontdeskYaml(apiRoot: string, { polling = false, more = '' }: { polling?: boolean; more?: string } = {}): string {
  const mode = `${polling ? '' : 'mode: webhook, '}secret: "\${TG_SECRET}"`
  return `brand: { name: 示例商城 }
channels:
  - { id: web, type: web, origins: ["*"] }
  - { id: tg, type: telegram, token: "\${TG_TOKEN}", ${mode}, apiRoot: "${apiRoot}" }
desks:
  - { id: console, type: console }
  - { id: group, type: telegram, token: "\${TG_DESK_TOKEN}", chat: ${GROUP}, ${mode}, apiRoot: "${apiRoot}" }
skills: [aftersales, tech]
agents:
  - { id: anna, name: 安娜, skills: [aftersales], capacity: 5, identities: { group: "501" } }
  - { id: ben, name: 小本, skills: [aftersales], capacity: 5, identities: { group: "502" } }
${more}`
}

/** `{{customer.name}}` lets a test tell the answers apart: Telegram names the sender in every update. */
export const BOT_YAML = `version: 1
faq:
  - id: shipping-time
    title: { zh: 多久发货, en: How long is shipping }
    ask: [多久发货, 什么时候发货, 下单后几天能发货, 付款了怎么还不发货, 几天能到货, how long does shipping take, when will my order ship, when do you ship, delivery time]
    answer: { zh: "{{customer.name}}，付款后 24 小时内发货。", en: "{{customer.name}}, orders ship within 24 hours." }
  - id: returns
    title: { zh: 怎么退货, en: How do I return an item }
    ask: [怎么退货, 我要退货, 退货流程, how do i return an item, return policy]
    answer: { zh: 签收后 7 天内可无理由退货。, en: You can return an item within 7 days. }
# One customer of a test asks the same again and again.
handoff: { repeated: 0 }
fallback: { after: 3 }
`

/** Two bots: customers write to the first, the second alone sits in the agents' group. */
export async function startTelegram(options: Pick<FakeTelegramOptions, 'log'> = {}): Promise<FakeTelegram> {
  const fake = await startFakeTelegram({ bots: [CUSTOMERS, AGENTS], ...options })
  fake.addForum(GROUP, '客服群')
  fake.world.group(GROUP).bots = [fake.world.bot(AGENTS.token)]
  return fake
}

/** From now on the fake calls our hooks with what people do, in order, and again until it hears a 2xx. */
export function registerHooks(fake: FakeTelegram, url: string): void {
  for (const [{ token }, hook] of [[CUSTOMERS, 'tg'] as const, [AGENTS, 'group'] as const]) {
    const bot = fake.world.bot(token)
    bot.webhook = { url: `${url}/hooks/${hook}`, secret: SECRET }
    void fake.world.deliver(bot)
  }
}

export interface Premises {
  /** The process's variables. */
  variables: Record<string, string>
  /** Looks into the store. The embedded one opens only while no house runs on it. */
  look<T = Record<string, unknown>>(query: SQL): Promise<T[]>
  remove(): void
}

/** A folder with config and data, and a database. Nothing runs yet. */
export async function premises(yaml: string, variables: Record<string, string> = {}): Promise<Premises> {
  const folder = mkdtempSync(join(tmpdir(), 'frontdesk-e2e-'))
  const [config, data] = [join(folder, 'config'), join(folder, 'data')]
  mkdirSync(config)
  writeFileSync(join(config, 'frontdesk.yaml'), yaml)
  writeFileSync(join(config, 'bot.yaml'), BOT_YAML)
  migratedData(data)
  const databaseUrl = onPostgres ? await testUrl() : ''
  const all = {
    HOST: '127.0.0.1',
    PORT: '0',
    LANG: 'en_US.UTF-8',
    LOG_LEVEL: 'error',
    FRONTDESK_CONFIG: config,
    FRONTDESK_DATA: data,
    DATABASE_URL: databaseUrl,
    TG_TOKEN: CUSTOMERS.token,
    TG_DESK_TOKEN: AGENTS.token,
    TG_SECRET: SECRET,
    ...variables,
  }
  // Tests look until something has come true, many times a second: on a server one connection serves them all.
  let server: Database | undefined
  return {
    variables: all,
    async look<T>(query: SQL) {
      if (onPostgres) {
        server ??= openPostgres({ url: all.DATABASE_URL, log: silent, max: 1 })
        return (await server.db.execute(query)).rows as T[]
      }
      const database = await openEmbedded({ folder: data })
      try {
        return (await database.db.execute(query)).rows as T[]
      } finally {
        await database.close()
      }
    },
    remove() {
      void server?.close().catch(() => undefined) // The server may be gone before us.
      rmSync(folder, { recursive: true, force: true })
    },
  }
}

/** An embedded database that is up to date, in that folder. A server's is made by `testUrl`. */
export function migratedData(folder: string): void {
  if (!onPostgres) cpSync(inject('embeddedFolder'), folder, { recursive: true })
}

export interface TestHouse {
  url: string
  premises: Premises
  /** Resolves when everything that came in is worked on and everything that is due has gone out. */
  quiet(): Promise<void>
  /** Ends the house in order; the premises stay. */
  stop(): Promise<void>
}

/** The house in this process. */
export async function openHouse(place: Premises): Promise<TestHouse> {
  const running = await run(environment(place.variables))
  let ended: Promise<void> | undefined
  return {
    url: running.url,
    premises: place,
    quiet: () => quiet(running.url),
    stop: () => (ended ??= running.stop().then(() => undefined)),
  }
}

/** What Prometheus would read. */
export async function metrics(url: string): Promise<Record<string, number>> {
  const text = await (await fetch(`${url}/metrics`)).text()
  const lines = text.split('\n').filter((line) => line && !line.startsWith('#'))
  return Object.fromEntries(lines.map((line) => [line.slice(0, line.lastIndexOf(' ')), Number(line.slice(line.lastIndexOf(' ') + 1))]))
}

async function quiet(url: string, ms = 15_000): Promise<void> {
  let last: Record<string, number> = {}
  await until(
    'no event and no delivery waits',
    async () => {
      last = await metrics(url)
      return last['frontdesk_events{state="pending"}'] === 0 && last['frontdesk_deliveries{state="pending"}'] === 0
    },
    { ms, state: () => last },
  )
}

export interface HouseProcess {
  url: string
  pid: number
  /** Everything that it complained of since the first start: its log from `error` up, and what Node writes to standard error. */
  complaints(): string
  /** How each of its lives ended: a signal or an exit code. */
  exits(): string[]
  alive(): boolean
  /** Resolves when it answers; fails when it ends before. */
  ready(): Promise<void>
  /** SIGKILL: no chance to finish anything. Resolves when the process is gone. */
  kill(): Promise<void>
  /** `variables`: for this life only. */
  start(variables?: Record<string, string>): void
  /** Says something to a program that listens, and what such a program said in this life. */
  tell(message: Serializable): void
  told<T>(): T[]
  quiet(ms?: number): Promise<void>
  /** SIGTERM, as a supervisor ends it. Resolves with the exit code. */
  stop(): Promise<number | null>
}

export interface HouseProcessOptions {
  /** Another program that runs the house; it can be spoken with. */
  entry?: string
  /** The source, module by module, as `npm start` runs it. */
  asItStands?: boolean
}

/** The house as a process of its own, always on the same port. */
export async function houseProcess(place: Premises, { entry, asItStands }: HouseProcessOptions = {}): Promise<HouseProcess> {
  const port = await freePort()
  const url = `http://127.0.0.1:${port}`
  const program = entry ?? (asItStands ? SOURCE : inject('programs').house)
  const errors: string[] = []
  const exits: string[] = []
  let child: ChildProcess
  let gone: Promise<number | null>
  let told: unknown[] = []

  const start = (variables: Record<string, string> = {}) => {
    // Its own folder, so that no `.env` of somebody else's is read; no more of our environment than it needs.
    const env = { PATH: process.env.PATH ?? '', ...COMPILED, ...place.variables, ...variables, PORT: String(port) }
    const made = spawn(process.execPath, [program], {
      env,
      cwd: place.variables.FRONTDESK_CONFIG,
      stdio: ['ignore', 'pipe', 'pipe', ...(entry ? (['ipc'] as const) : [])],
    })
    // The log goes to standard output, what Node itself complains about to standard error.
    made.stdout?.on('data', (chunk) => errors.push(...logLines(String(chunk))))
    made.stderr?.on('data', (chunk) => errors.push(String(chunk)))
    const heard: unknown[] = []
    told = heard
    made.on('message', (message) => heard.push(message))
    gone = new Promise((resolve) =>
      made.once('exit', (code, signal) => {
        exits.push(signal ?? String(code))
        resolve(code)
      }),
    )
    child = made
  }
  const alive = () => child.exitCode === null && child.signalCode === null
  start()
  return {
    url,
    get pid() {
      return child.pid ?? 0
    },
    complaints: () => errors.join(''),
    exits: () => exits,
    alive,
    start,
    tell: (message) => void child.send(message),
    told: <T>() => told as T[],
    ready: () =>
      until(
        'the house answers',
        async () => {
          if (!alive()) throw new Error(`the house ended by itself (${exits.at(-1)}):\n${errors.join('')}`)
          return isUp(url)
        },
        { ms: 30_000, state: () => errors.join('') },
      ).then(() => undefined),
    async kill() {
      child.kill('SIGKILL')
      await gone
    },
    quiet: (ms) => quiet(url, ms),
    async stop() {
      if (alive()) child.kill('SIGTERM')
      return gone
    },
  }
}

function logLines(chunk: string): string[] {
  return chunk
    .split('\n')
    .filter((line) => line.startsWith('{'))
    .map((line) => `${line}\n`)
}

async function isUp(url: string): Promise<boolean> {
  try {
    return (await fetch(`${url}/healthz`)).ok
  } catch {
    return false // Not yet: the port is not open.
  }
}
