// The stand of the end-to-end tests with a Worker for a house: the same Telegram, the same people, the same config.
import { type SQL, sql } from 'drizzle-orm'
import type { Database } from '#store/database.ts'
import { openPostgres } from '#store/postgres.ts'
import { silent, testUrl } from '../support/database.ts'
import { AGENTS, BOT_YAML, CUSTOMERS, frontdeskYaml, registerHooks, SECRET, startTelegram } from '../support/house.ts'
import { type Stand, standWith } from '../support/people.ts'
import { until } from '../support/until.ts'
import { type Bundle, freePort, type Local, type Options, startWorker } from './support.ts'

export interface WorkerStand extends Stand {
  worker: Local
  database: Database
  close(): Promise<void>
}

export interface StandOptions extends Pick<Options, 'without' | 'files'> {
  /** Lines under `channels:`, besides web and Telegram. */
  channels?: string
  variables?: Record<string, string>
}

export async function workerStand(built: Bundle, { channels = '', variables, ...options }: StandOptions = {}): Promise<WorkerStand> {
  const fake = await startTelegram()
  const url = await testUrl()
  const database = openPostgres({ url, log: silent, max: 2 })
  const port = await freePort()
  const yaml = frontdeskYaml(fake.url).replace('channels:\n', `channels:\n${channels}`)
  const given = {
    TG_TOKEN: CUSTOMERS.token,
    TG_DESK_TOKEN: AGENTS.token,
    TG_SECRET: SECRET,
    CONFIG_BOT: BOT_YAML,
    CONFIG_FRONTDESK: `publicUrl: http://127.0.0.1:${port}\n${yaml}`,
    ...variables,
  }
  const worker = await startWorker(built, { database: url, port, variables: given, ...options })
  registerHooks(fake, worker.url)
  const look = async <T>(query: SQL) => (await database.db.execute(query)).rows as T[]
  const open = () =>
    look(sql`select state from events where state = 'pending' union all
    select state from deliveries where state in ('pending', 'sending', 'retry')`)
  const quiet = async () => {
    await until('nothing waits any more', async () => (await open()).length === 0, { ms: 15_000 })
  }
  return {
    ...standWith(fake),
    fake,
    worker,
    database,
    place: { variables: given, look, remove: () => undefined },
    house: { url: worker.url, premises: { variables: given, look, remove: () => undefined }, quiet, stop: () => worker.stop() },
    async close() {
      await worker.stop()
      await database.close()
      await fake.close()
    },
  }
}

export interface Call {
  headers?: Record<string, string>
  body?: unknown
}

export async function json<T>(url: string, { headers = {}, body }: Call = {}): Promise<T> {
  const init =
    body === undefined
      ? { headers }
      : { method: 'POST', headers: { ...headers, 'content-type': 'application/json' }, body: JSON.stringify(body) }
  const response = await fetch(url, init)
  if (!response.ok) throw new Error(`${response.status} ${await response.text()}`)
  return (await response.json()) as T
}

/** One socket and everything that came through it. */
export interface Line<F> {
  frames: F[]
  say(frame: object): void
  close(): void
  closed: Promise<number>
}

export async function connect<F>(url: string, headers: Record<string, string> = {}): Promise<Line<F>> {
  const { WebSocket: Client } = await import('ws')
  const socket = new Client(url.replace('http', 'ws'), { headers })
  const frames: F[] = []
  socket.on('message', (data) => frames.push(JSON.parse(String(data)) as F))
  const closed = new Promise<number>((resolve) => socket.once('close', resolve))
  await new Promise((resolve, reject) => {
    socket.once('open', resolve)
    socket.once('error', reject)
  })
  return { frames, closed, say: (frame) => socket.send(JSON.stringify(frame)), close: () => socket.close() }
}
