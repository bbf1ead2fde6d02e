// The entry on Node: opens the database, reads the config, listens, reloads, and ends in order.
import { randomUUID } from 'node:crypto'
import { existsSync } from 'node:fs'
import { pathToFileURL } from 'node:url'
import type { Logger } from '#core/connector.ts'
import { formatProblem, type Problem } from '#core/document.ts'
import { type Pass, unwatched } from '#core/milestone.ts'
import { makeInvite } from '#http/console/auth.ts'
import { hasAdmin } from '#store/agents.ts'
import type { Database } from '#store/database.ts'
import { type MigrateOptions, migrate } from '#store/migrate.ts'
import { type App, createApp } from './app.ts'
import { type Config, loadConfig } from './config.ts'
import { type HouseClock, openClock } from './node/clock.ts'
import { openConverter } from './node/convert.ts'
import { type Environment, environment, openDatabase, readConfigFolder } from './node/environment.ts'
import { exchange } from './node/exchange.ts'
import { DISK_FULL, STOPPING } from './node/gate.ts'
import { listen } from './node/listen.ts'
import { openLive } from './node/live.ts'
import { createLog } from './node/log.ts'
import { mail } from './node/mail.ts'
import { pages } from './node/pages.ts'
import { createPulse } from './node/pulse.ts'
import { watchRoom } from './node/room.ts'
import { inTime } from './node/stop.ts'
import { openBlobs, openScan } from './node/store.ts'
import { trainInThread } from './node/train.ts'
import { watchConfig } from './node/watch.ts'
import { xmpp } from './node/xmpp.ts'

export interface Running {
  url: string
  /** The one-time link that makes the first admin; undefined when there is one. */
  setupUrl: string | undefined
  /** Within nine seconds, whatever hangs. Returns what was not finished: its leases run out, and whoever works next decides. */
  stop(): Promise<string[]>
}

/** What a test gives beside the environment. */
export interface Watched {
  /** Told of each milestone in passing. */
  pass?: Pass
  /** How platforms are called. */
  fetch?: typeof fetch
  /** In place of this version's own: as another version would find them. */
  migrations?: MigrateOptions['files']
}

export async function run(env = environment(), { pass = unwatched, fetch: call, migrations }: Watched = {}): Promise<Running> {
  const log = createLog(env.logLevel)
  const source = readConfigFolder(env)
  const loaded = loadConfig(source)
  for (const warning of loaded.warnings) log.warn({}, formatProblem(warning, 'en'))
  if ('problems' in loaded) throw new Error(loaded.problems.map((one) => formatProblem(one, env.locale)).join('\n'))

  const database = await openDatabase(env, log)
  try {
    await migrate(database.db, { pass, files: migrations })
    const clock = await openClock(database, log)
    const live = await openLive(database, log)
    const app = await createApp({
      database,
      blobs: openBlobs(loaded.config.settings.files, env),
      scan: openScan(loaded.config.settings.files),
      converter: await openConverter(loaded.config.settings.files, log),
      live,
      clock,
      log,
      config: loaded.config,
      source,
      name: randomUUID(),
      mail,
      xmpp,
      pass,
      train: trainInThread,
      // Who watches `fetch` wants to see every call.
      ...(call ? { fetch: call } : { exchange }),
      ...listen.parts(env),
      statics: (http) => pages(http, loaded.config.settings.channels),
    })
    return await open({ app, database, live, clock, env, log, config: loaded.config })
  } catch (error) {
    await database.close()
    throw error
  }
}

interface Opening {
  app: App
  database: Database
  live: Awaited<ReturnType<typeof openLive>>
  clock: HouseClock
  env: Environment
  log: Logger
  config: Config
}

/** Opens the port, and starts the work. */
async function open({ app, database, live, clock, env, log, config }: Opening): Promise<Running> {
  let stopping = false
  const room = database.kind === 'embedded' ? await watchRoom(env.data, log) : undefined
  const pulse = database.line && createPulse(database.line, log)
  const closed = () => (stopping ? STOPPING : room?.isFull() ? DISK_FULL : undefined)
  const server = await listen(app, env, closed, undefined, pulse)
  await app.start()
  const unwatch = existsSync(env.config)
    ? watchConfig(env.config, () => void app.reload().then((problems) => tellReload(problems, env)), log)
    : () => undefined
  const base = config.settings.publicUrl ?? server.url
  const setupUrl = (await hasAdmin(database.db))
    ? undefined
    : new URL(`/console/setup?token=${(await makeInvite(database.db, clock, 'admin', null)).token}`, base).href
  return {
    url: server.url,
    setupUrl,
    stop() {
      stopping = true // From here on `/readyz` says 503 and nothing new is taken; the port stays open, so that callers hear it.
      unwatch()
      room?.stop()
      pulse?.stop()
      return inTime(
        [
          { name: 'wire', ms: 6_000, run: () => app.stop() },
          { name: 'requests', ms: 2_000, run: () => server.close() },
          {
            name: 'database',
            ms: 1_000,
            run: () => {
              live.close()
              clock.close()
              return database.close()
            },
          },
        ],
        log,
      )
    },
  }
}

/** A person who edits the config wants to hear at once whether it counts. */
function tellReload(problems: Problem[], env: Environment): void {
  const lines = problems.map((one) => `  ✗ ${formatProblem(one, env.locale)}`)
  const end =
    problems.length > 0 ? '  The last good config goes on. 继续使用上一份正确的配置。' : '  ✓ The config was read again. 已读取新配置。'
  process.stdout.write(`${[...lines, end].join('\n')}\n`)
}

/** The few lines that a person wants to see. */
function greet({ url, setupUrl }: Running, env: ReturnType<typeof environment>): void {
  const database = env.databaseUrl
    ? 'PostgreSQL'
    : `embedded, in ${env.data} (survives crashes, not power cuts; set DATABASE_URL for PostgreSQL)`
  const lines = [
    '',
    '  Frontdesk 前台',
    `  Demo page  演示页   ${url}/`,
    `  Console    控制台   ${url}/console`,
    `  API        接口     ${url}/api/openapi.json`,
    `  Database   数据库   ${database}`,
    ...(setupUrl ? ['', '  Make the first admin with this one-time link 用此一次性链接创建首位管理员:', `  ${setupUrl}`] : []),
    '',
  ]
  process.stdout.write(`${lines.join('\n')}\n`)
}

/** Supervisors kill after ten seconds; who ends before that loses nothing by it. */
const PATIENCE_MS = 9_500

async function main(): Promise<void> {
  const env = environment()
  const starting = run(env)
  let ending = false
  const end = (signal: string) => {
    if (ending) process.exit(130) // Asked twice: whoever asks does not want to wait; nothing accepted is lost by it.
    ending = true
    process.stdout.write(`\n  ${signal}: finishing what is on the wire … 正在收尾\n`)
    // Also while it is still starting: what a start has not committed is undone.
    setTimeout(() => process.exit(0), PATIENCE_MS)
    starting.then((running) => running.stop()).then(leave, fail)
  }
  // Before the start is over: as process 1 of a container nobody else ends it.
  process.on('SIGINT', () => end('SIGINT'))
  process.on('SIGTERM', () => end('SIGTERM'))
  greet(await starting, env)
}

/** Not finished is not lost: it is on record, so this is an ordinary end. */
function leave(left: string[]): void {
  if (left.length > 0) {
    process.stdout.write(
      `  Not finished in time, left to the next start: ${left.join(', ')}. Nothing is lost. 未及完成，留待下次启动处理，不会丢失。\n`,
    )
  }
  process.exit(0)
}

function fail(error: unknown): void {
  process.stderr.write(`${error instanceof Error ? error.message : error}\n`)
  process.exit(1)
}

if (process.argv[1] && import.meta.url === pathToFileURL(process.argv[1]).href) {
  main().catch(fail)
}
