// The entry on Cloudflare Workers: one app for each isolate, connections for each request, and no loops. What a request
// commits is worked on after its answer, and what is left over by the schedule, each minute.
import { AsyncLocalStorage } from 'node:async_hooks'
import { systemClock } from '#core/clock.ts'
import type { Health, Logger } from '#core/connector.ts'
import { formatProblem } from '#core/document.ts'
import { RequestError, reason } from '#core/errors.ts'
import { localLive } from '#core/live.ts'
import { pageRoutes, type ReadPage } from '#http/pages.ts'
import { type Connections, hasMigrations, openConnections, requestDatabase } from '#store/hyperdrive.ts'
import { readSetting, writeSetting } from '#store/settings.ts'
import journal from '../migrations/meta/_journal.json' with { type: 'json' }
import { type App, createApp } from './app.ts'
import { type Config, loadConfig } from './config.ts'
import type { Channel, DeskPart } from './runner.ts'
import { noBlobs, r2Blobs } from './worker/blobs-r2.ts'
import { configOf, type Env } from './worker/environment.ts'
import { createLog } from './worker/log.ts'

interface Execution {
  waitUntil(work: Promise<unknown>): void
}

/** One call of the runtime. */
interface Turn {
  connections: Connections
  wake(): void
}

interface House {
  app: App
  config: Config
}

/** The runtime ends what follows an answer after 30 s: taking on work stops early enough for what is on the wire. */
const AFTER_ANSWER_MS = 12_000
const SCHEDULED_MS = 40_000
const REGISTERED = 'workers:registered'

const turns = new AsyncLocalStorage<Turn>()
const database = requestDatabase(() => {
  const turn = turns.getStore()
  if (!turn) throw new Error('the database was asked outside a request')
  return turn.connections
})

/** Kept only when whole: a promise that one request began dies with that request, and whoever waits for it. */
let house: House | undefined

export default {
  async fetch(request: Request, env: Env, execution: Execution): Promise<Response> {
    if (new URL(request.url).pathname === '/healthz') return Response.json({ status: 'ok' })
    const log = createLog(env.LOG_LEVEL as string | undefined)
    try {
      return await inTurn(env, execution, log, async ({ app }) => app.fetch(request, env))
    } catch (error) {
      return refuse(error, log)
    }
  },

  async scheduled(_event: unknown, env: Env, execution: Execution): Promise<void> {
    const log = createLog(env.LOG_LEVEL as string | undefined)
    await inTurn(env, execution, log, async ({ app, config }) => {
      await registerOnce(app, config)
      await app.runner.drain(new Date(Date.now() + SCHEDULED_MS))
    })
  },
}

async function inTurn<T>(env: Env, execution: Execution, log: Logger, task: (house: House) => Promise<T>): Promise<T> {
  const url = env.DB?.connectionString
  if (!url) throw unready('no_database', 'No database: bind Hyperdrive as DB in wrangler.toml.', '未绑定数据库(DB)。')
  const wake = () => {
    const until = new Date(Date.now() + AFTER_ANSWER_MS)
    const work = house?.app.runner.drain(until).catch((error) => log.error({ error: reason(error) }, 'work is left for the schedule'))
    if (work) execution.waitUntil(work)
  }
  return turns.run({ connections: openConnections(url, log), wake }, async () => {
    const ready = house ?? (await compose(env, log))
    house ??= ready
    return task(house)
  })
}

async function compose(env: Env, log: Logger): Promise<House> {
  const source = configOf(env)
  const loaded = loadConfig(source)
  for (const warning of loaded.warnings) log.warn({}, formatProblem(warning, 'en'))
  if ('problems' in loaded) {
    const list = loaded.problems.map((one) => formatProblem(one, 'en')).join('\n')
    log.error({}, list)
    throw unready('bad_config', `The config has mistakes: see the log of this Worker.`, '配置有误,请查看 Worker 日志。')
  }
  if (!(await hasMigrations(database, journal.entries.length))) {
    throw unready('no_schema', 'The database is not prepared: run `npx frontdesk migrate` with its DATABASE_URL.', '数据库尚未初始化。')
  }
  const health = new Map<string, Health>()
  const app = await createApp({
    database,
    blobs: env.FILES ? r2Blobs(env.FILES) : noBlobs,
    live: localLive(),
    clock: systemClock,
    log,
    config: loaded.config,
    source,
    name: crypto.randomUUID(),
    // Set by Cloudflare itself, whatever the caller sent.
    clientIp: (context) => context.req.header('cf-connecting-ip') ?? 'unknown',
    onWork: () => turns.getStore()?.wake(),
    health,
    statics: (http) => pageRoutes(http, readAsset(env), (id) => originsOf(loaded.config, id)),
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
  if (inbound === 'poll' || inbound === 'connect') return 'a Worker cannot fetch messages: set publicUrl, and a secret here'
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

function originsOf({ settings }: Config, channel: string): string[] {
  const origins = settings.channels.find(({ id }) => id === channel)?.settings.origins
  return Array.isArray(origins) ? origins : []
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
    : unready('unavailable', 'Something is wrong on our side; try again shortly.', '服务暂时不可用,请稍后再试。')
  return Response.json({ error: { code, message } }, { status: 503, headers: { 'retry-after': '10' } })
}
