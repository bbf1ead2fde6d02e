// The programs under measurement: our house as it is started for real, and the peers.
import { type ChildProcess, spawn } from 'node:child_process'
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { SECRET, TOKEN } from './crowds.ts'
import { removeAtExit, tidyAtExit } from './leftovers.ts'

const root = fileURLToPath(new URL('../..', import.meta.url))

export interface Program {
  port: number
  pid: number
  /** SIGKILL. */
  kill(): Promise<void>
  /** Again on the same port, with the same data. */
  start(): Promise<void>
  /** SIGTERM, then gone, with what it kept in files. */
  stop(): Promise<void>
}

export const ANSWER = '付款后 24 小时内发货。'

/** One FAQ entry answers everything that the crowd asks. */
export const BOT_YAML = `version: 1
faq:
  - id: shipping-time
    title: { zh: 多久发货, en: How long is shipping }
    ask: [多久发货, 什么时候发货, 几天能到货, how long does shipping take]
    answer: { zh: "${ANSWER}", en: "${ANSWER}" }
  - id: returns
    title: { zh: 怎么退货, en: How do I return an item }
    ask: [怎么退货, 我要退货, how do i return an item]
    answer: { zh: 签收后 7 天内可无理由退货。, en: You can return an item within 7 days. }
# The crowd asks the same again and again.
handoff: { repeated: 0 }
`

export function frontdeskYaml(apiRoot: string): string {
  return `brand: { name: 示例商城 }
channels:
  - { id: tg, type: telegram, token: "${TOKEN}", mode: webhook, secret: "${SECRET}", apiRoot: "${apiRoot}" }
desks:
  - { id: console, type: console }
`
}

export interface HouseOptions {
  apiRoot: string
  /** Absent: the embedded database. */
  databaseUrl?: string
  /** A folder for a CPU profile. */
  profile?: string
  /** An embedded database that is there already. */
  data?: string
}

export async function startHouse({ apiRoot, databaseUrl = '', profile, data }: HouseOptions): Promise<Program> {
  const folder = mkdtempSync(join(tmpdir(), 'frontdesk-bench-'))
  removeAtExit(folder)
  const config = join(folder, 'config')
  mkdirSync(config)
  writeFileSync(join(config, 'frontdesk.yaml'), frontdeskYaml(apiRoot))
  writeFileSync(join(config, 'bot.yaml'), BOT_YAML)
  const env = {
    FRONTDESK_CONFIG: config,
    FRONTDESK_DATA: data ?? join(folder, 'data'),
    DATABASE_URL: databaseUrl,
    LOG_LEVEL: 'error',
    HOST: '127.0.0.1',
  }
  const flags = profile ? ['--cpu-prof', `--cpu-prof-dir=${profile}`] : []
  return startProgram([...flags, join(root, 'src/node.ts')], env, '/healthz')
}

export function startPeer(name: string, env: Record<string, string>): Promise<Program> {
  return startProgram([join(root, 'bench/peers', name)], { ...env, TOKEN, SECRET, ANSWER }, '/healthz')
}

async function startProgram(args: string[], env: Record<string, string>, path: string): Promise<Program> {
  const port = await freePort()
  let child: ChildProcess | undefined
  let said = ''
  const start = async () => {
    said = ''
    // No more of our environment than it needs, and a folder in which nobody's `.env` lies.
    const made = spawn(process.execPath, args, {
      env: { PATH: process.env.PATH, ...env, PORT: String(port), NODE_ENV: 'production' },
      cwd: env.FRONTDESK_CONFIG ?? tmpdir(),
      stdio: ['ignore', 'pipe', 'pipe'],
    })
    made.stdout.on('data', (chunk) => (said += said.length < 20_000 ? chunk : ''))
    made.stderr.on('data', (chunk) => (said += said.length < 20_000 ? chunk : ''))
    child = made
    const done = tidyAtExit(() => made.kill('SIGKILL'))
    made.once('exit', done)
    await answers(port, path, () => {
      if (made.exitCode !== null || made.signalCode !== null) throw new Error(`${args.at(-1)} ended by itself:\n${said}`)
    })
  }
  const end = async (signal: NodeJS.Signals) => {
    if (!child || child.exitCode !== null || child.signalCode !== null) return
    const gone = new Promise((resolve) => child?.once('exit', resolve))
    child.kill(signal)
    await gone
  }
  await start()
  return {
    port,
    get pid() {
      return child?.pid ?? 0
    },
    start,
    kill: () => end('SIGKILL'),
    stop: () => end('SIGTERM'),
  }
}

async function answers(port: number, path: string, check: () => void): Promise<void> {
  for (const end = Date.now() + 60_000; Date.now() < end; ) {
    check()
    try {
      if ((await fetch(`http://127.0.0.1:${port}${path}`)).ok) return
    } catch {
      // Not yet: the port is not open.
    }
    await new Promise((resolve) => setTimeout(resolve, 50))
  }
  throw new Error(`nothing answers on port ${port}`)
}

async function freePort(): Promise<number> {
  const server = createServer()
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as { port: number }
  await new Promise((resolve) => server.close(resolve))
  return port
}

const TICKS = 100

/** CPU seconds of a process and its children, where the system tells (Linux); else 0. */
export function cpuOf(pid: number): number {
  try {
    const own = ticksOf(pid)
    const children = readdirSync('/proc')
      .filter((name) => /^\d+$/.test(name))
      .filter((name) => parentOf(Number(name)) === pid)
    return (own + children.reduce((sum, name) => sum + ticksOf(Number(name)), 0)) / TICKS
  } catch {
    return 0 // No /proc, or gone meanwhile.
  }
}

function statOf(pid: number): string[] {
  try {
    const text = readFileSync(`/proc/${pid}/stat`, 'utf8')
    return text.slice(text.lastIndexOf(')') + 2).split(' ')
  } catch {
    return [] // Gone meanwhile.
  }
}

const parentOf = (pid: number) => Number(statOf(pid)[1] ?? -1)

/** utime, stime, and those of children that ended. */
function ticksOf(pid: number): number {
  return [11, 12, 13, 14].reduce((sum, at) => sum + Number(statOf(pid)[at] ?? 0), 0)
}
