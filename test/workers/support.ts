// The Worker as it would be deployed, in the local runtime: the bundle that `wrangler deploy` makes, a real PostgreSQL behind the
// Hyperdrive binding, nothing beyond this machine.
import { execFile } from 'node:child_process'
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { convertV4MiniflareOptions, Miniflare } from 'miniflare'

const root = fileURLToPath(new URL('../..', import.meta.url))
const run = promisify(execFile)

export interface Bundle {
  folder: string
  code: string
  remove(): void
}

export async function bundle(): Promise<Bundle> {
  const folder = mkdtempSync(join(tmpdir(), 'frontdesk-worker-'))
  const wrangler = join(root, 'node_modules/wrangler/bin/wrangler.js')
  // Without its banner it does not look for a newer version; a test asks nobody outside.
  const quiet = { WRANGLER_SEND_METRICS: 'false', WRANGLER_HIDE_BANNER: 'true', WRANGLER_LOG_PATH: join(folder, 'logs') }
  await run(process.execPath, [wrangler, 'deploy', '--dry-run', '--outdir', folder], { cwd: root, env: { ...process.env, ...quiet } })
  return { folder, code: readFileSync(join(folder, 'worker.js'), 'utf8'), remove: () => rmSync(folder, { recursive: true, force: true }) }
}

export interface Local {
  url: string
  /** What it wrote to its log. */
  logs: string[]
  /** What the cron does each minute. */
  tick(): Promise<void>
  /** Hands a mail over as Email Routing does. */
  mail(envelope: { from: string; to: string }, raw: string | Uint8Array): Promise<Taken>
  stop(): Promise<void>
}

/** What the sending server hears. */
export interface Taken {
  taken: boolean
  words: string
}

export interface Options {
  database: string
  port: number
  variables?: Record<string, string>
  /** Binds a bucket. */
  files?: true
  /** Leaves out what wrangler.toml lets one leave out. */
  without?: ('LIVE' | 'WORK')[]
}

/** Starts the Worker with the bindings and settings of wrangler.toml: what is written there is what is tested. */
export async function startWorker({ folder }: Bundle, { database, port, variables, files, without = [] }: Options): Promise<Local> {
  const { unstable_getMiniflareWorkerOptions: optionsOf } = await import('wrangler')
  const { workerOptions } = optionsOf(join(root, 'wrangler.toml'))
  const { modulesRules: _built, rootPath: _root, ...bound } = workerOptions
  const logs: string[] = []
  const texts = readdirSync(folder).filter((name) => name.endsWith('.yaml'))
  const options = convertV4MiniflareOptions({
    ...bound,
    host: '127.0.0.1',
    port,
    cf: false,
    telemetry: { enabled: false },
    // Mail has no other door in here.
    unsafeTriggerHandlers: true,
    handleStructuredLogs: ({ message }) => logs.push(message),
    modulesRoot: folder,
    modules: [
      { type: 'ESModule', path: join(folder, 'worker.js') },
      ...texts.map((name) => ({ type: 'Text' as const, path: join(folder, name) })),
    ],
    bindings: variables,
    hyperdrives: { DB: database },
    ...(without.includes('LIVE') && { durableObjects: {} }),
    ...(without.includes('WORK') && { queueProducers: {}, queueConsumers: {} }),
    ...(files && { r2Buckets: ['FILES'] }),
  })
  const worker = new Miniflare(options)
  const url = (await worker.ready).origin
  return {
    url,
    logs,
    async tick() {
      const service = (await worker.getWorker()) as unknown as { scheduled(options: { cron: string }): Promise<unknown> }
      await service.scheduled({ cron: '* * * * *' })
    },
    async mail({ from, to }, raw) {
      const query = new URLSearchParams({ from, to })
      const answer = await fetch(`${url}/cdn-cgi/local/email?${query}`, { method: 'POST', body: raw as BodyInit })
      return { taken: answer.ok, words: await answer.text() }
    },
    stop: () => worker.dispose(),
  }
}

/** A port for an address that must be known before the Worker starts: it is in its config. */
export async function freePort(): Promise<number> {
  const server = createServer()
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as { port: number }
  await new Promise((resolve) => server.close(resolve))
  return port
}
