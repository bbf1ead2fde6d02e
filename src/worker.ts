// The entry on Cloudflare Workers: one app for each isolate, connections for each request, and no loops. What a request
// commits is worked on after its answer; what is due later, when the queue wakes us; what is left over, by the schedule.
import { AsyncLocalStorage } from 'node:async_hooks'
import { systemClock } from '#core/clock.ts'
import type { Health, Logger } from '#core/connector.ts'
import { formatProblem } from '#core/document.ts'
import { RequestError, reason } from '#core/errors.ts'
import type { Live } from '#core/live.ts'
import { pageRoutes, type ReadPage } from '#http/pages.ts'
import { nextDue } from '#store/due.ts'
import { type Connections, hasMigrations, openConnections, requestDatabase } from '#store/hyperdrive.ts'
import { readSetting, writeSetting } from '#store/settings.ts'
import journal from '../migrations/meta/_journal.json' with { type: 'json' }
import { type App, createApp } from './app.ts'
import { type Config, loadConfig } from './config.ts'
import type { Channel, DeskPart } from './runner.ts'
import { createBells } from './worker/bells.ts'
import { configOf, type Env } from './worker/environment.ts'
import { filing } from './worker/filing.ts'
import { answer, type Question } from './worker/frames.ts'
import { createHints, createRooms, type Hints } from './worker/live.ts'
import { createLog } from './worker/log.ts'
import { refuseLater, takeMail } from './worker/mail.ts'
import type { Execution, MailMessage } from './worker/runtime.ts'
import { createWakeUps } from './worker/wake.ts'

export { LiveRoom } from './worker/room.ts'

/** One call of the runtime. */
interface Turn {
  connections: Connections
  hint: Hints
  wake(): void
}

interface House {
  app: App
  config: Config
}

/** The runtime ends what follows an answer after 30 s: taking on work stops early enough for what is on the wire. */
const AFTER_ANSWER_MS = 12_000
const SCHEDULED_MS = 40_000
/** A request that is cut off before its work is done has asked to be woken by then. */
const ASSURANCE_MS = 5_000
const REGISTERED = 'workers:registered'

const turns = new AsyncLocalStorage<Turn>()
const database = requestDatabase(() => {
  const turn = turns.getStore()
  if (!turn) throw new Error('the database was asked outside a request')
  return turn.connections
})

const wakeUps = createWakeUps(Date.now)

/** Hints go from whichever turn has something to say; browsers follow them in Durable Objects, not here. What a channel says to itself stays. */
const bells = createBells()
const isBell = (topic: string) => topic.startsWith('channel:')
const live: Live = {
  publish: (topic, payload) => (isBell(topic) ? bells.publish(topic, payload) : turns.getStore()?.hint(topic, payload)),
  subscribe: (topic, hear) => (isBell(topic) ? bells.subscribe(topic, hear) : () => undefined),
}

/** Kept only when whole: a promise that one request began dies with that request, and whoever waits for it. */
let house: House | undefined

export default {
  async fetch(request: Request, env: Env, execution: Execution): Promise<Response> {
    if (new URL(request.url).pathname === '/healthz') return Response.json({ status: 'ok' })
    const log = logOf(env)
    try {
      return await inTurn(env, execution, log, async ({ app }) => app.fetch(request, env))
    } catch (error) {
      return refuse(error, log)
    }
  },

  async scheduled(_event: unknown, env: Env, execution: Execution): Promise<void> {
    await inTurn(env, execution, logOf(env), async ({ app, config }) => {
      await registerOnce(app, config)
      await app.learn() // Somebody may have trained meanwhile.
      await drain(app, env, SCHEDULED_MS)
    })
  },

  /** A wake-up says only that there is something to do. One that fails comes again; one that is lost is found by the schedule. */
  async queue(_batch: unknown, env: Env, execution: Execution): Promise<void> {
    await inTurn(env, execution, logOf(env), ({ app }) => drain(app, env, SCHEDULED_MS))
  },

  async email(message: MailMessage, env: Env, execution: Execution): Promise<void> {
    const log = logOf(env)
    try {
      await inTurn(env, execution, log, ({ app }) => takeMail({ app, log }, message))
    } catch (error) {
      log.error({ error: reason(error) }, 'a mail could not be taken; its sender is told')
      refuseLater(message)
    }
  },
}

/** What rooms ask, by an entry of its own: nobody outside can call it. */
export const frames = {
  async fetch(request: Request, env: Env, execution: Execution): Promise<Response> {
    const log = logOf(env)
    try {
      const question = (await request.json()) as Question
      return await inTurn(env, execution, log, async ({ app }) => Response.json(await answer(app.lines, question)))
    } catch (error) {
      return refuse(error, log)
    }
  },
}

function logOf(env: Env): Logger {
  return createLog(env.LOG_LEVEL as string | undefined)
}

async function inTurn<T>(env: Env, execution: Execution, log: Logger, task: (house: House) => Promise<T>): Promise<T> {
  const url = env.DB?.connectionString
  if (!url) throw unready('no_database', 'No database: bind Hyperdrive as DB in wrangler.toml.', '未绑定数据库(DB)。')
  const wake = () => {
    if (!house) return
    const assured = wakeAt(env, Date.now() + ASSURANCE_MS)
    const work = drain(house.app, env, AFTER_ANSWER_MS)
    const left = (error: unknown) => log.error({ error: reason(error) }, 'work is left for the queue or the schedule')
    execution.waitUntil(Promise.all([assured.catch(left), work.catch(left)]))
  }
  const hint = env.LIVE ? createHints(env.LIVE, execution, log) : () => undefined
  return turns.run({ connections: openConnections(url, log), hint, wake }, async () => {
    const ready = house ?? (await compose(env, log))
    if (!house) await ready.app.learn()
    house ??= ready
    return task(house)
  })
}

/** Works until nothing is due, and asks to be woken when something will be. */
async function drain({ runner }: App, env: Env, ms: number): Promise<void> {
  await runner.drain(new Date(Date.now() + ms))
  const next = env.WORK && (await nextDue(database.db, new Date()))
  if (next) await wakeAt(env, next.getTime())
}

async function wakeAt({ WORK }: Env, time: number): Promise<void> {
  if (WORK) await wakeUps.at(WORK, time)
}

async function compose(env: Env, log: Logger): Promise<House> {
  const source = configOf(env)
  const loaded = loadConfig(source)
  for (const warning of loaded.warnings) log.warn({}, formatProblem(warning, 'en'))
  if ('problems' in loaded) {
    const list = loaded.problems.map((one) => formatProblem(one, 'en')).join('\n')
    log.error({}, list)
    throw unready('bad_config', `The config has mistakes: see the log of this Worker.`, '配置有误，请查看 Worker 日志。')
  }
  if (!(await hasMigrations(database, journal.entries.length))) {
    throw unready('no_schema', 'The database is not prepared: run `npx frontdesk migrate` with its DATABASE_URL.', '数据库尚未初始化。')
  }
  const health = new Map<string, Health>()
  const app = await createApp({
    database,
    ...filing(loaded.config.settings.files, env.FILES, log),
    live,
    ...(env.LIVE && { rooms: createRooms(env.LIVE) }),
    clock: systemClock,
    log,
    config: loaded.config,
    source,
    name: crypto.randomUUID(),
    // Set by Cloudflare itself, whatever the caller sent.
    clientIp: (context) => context.req.header('cf-connecting-ip') ?? 'unknown',
    onWork: () => turns.getStore()?.wake(),
    health,
    statics: (http) => pageRoutes(http, readAsset(env), loaded.config.settings.channels),
  })
  for (const part of [...app.channels.values(), ...app.desks.values()]) {
    const detail = obstacle(part)
    if (!detail) continue
    health.set(part.id, { state: 'misconfigured', detail })
    log.error({ source: part.id }, detail)
  }
  return { app, config: loaded.config }
}

/** Why this channel or desk brings nothing in here. */
function obstacle({ definition, inbound }: Channel | DeskPart): string | undefined {
  if (!definition.runtimes.includes('workers')) return `${definition.type} does not run on Cloudflare Workers`
  const rings = 'rings' in definition && definition.rings
  if (inbound === 'poll' && !rings) return 'a Worker cannot fetch messages: set publicUrl, and a secret here'
  if (inbound === 'connect') return 'a Worker cannot hold a connection: this needs a process that stays (Node), or a webhook'
  return undefined
}

/** Registers our address with the platforms, once for each wiring: there is no start at which to do it. */
async function registerOnce({ runner }: App, { settings }: Config): Promise<void> {
  const wiring = new TextEncoder().encode(JSON.stringify([settings.publicUrl, settings.channels, settings.desks]))
  // Hashed, for the wiring holds secrets.
  const digest = Buffer.from(await crypto.subtle.digest('SHA-256', wiring)).toString('hex')
  if ((await readSetting(database.db, REGISTERED)) === digest) return
  if (await runner.register()) await writeSetting(database.db, REGISTERED, digest)
}

function readAsset({ ASSETS }: Env): ReadPage {
  return async (name) => {
    const found = await ASSETS?.fetch(new Request(new URL(name, 'https://assets')))
    return found?.ok ? (found.body ?? undefined) : undefined
  }
}

function unready(code: string, en: string, zh: string): RequestError {
  return new RequestError(503, code, `${en} / ${zh}`)
}

/** Nothing could be answered: with words for whoever set this up, and a time at which to ask again. */
function refuse(error: unknown, log: Logger): Response {
  const known = error instanceof RequestError
  log.error({ error: known ? error.message : error instanceof Error ? error.stack : String(error) }, 'cannot serve')
  const { code, message } = known
    ? error
    : unready('unavailable', 'Something is wrong on our side; try again shortly.', '服务暂时不可用，请稍后再试。')
  return Response.json({ error: { code, message } }, { status: 503, headers: { 'retry-after': '10' } })
}
