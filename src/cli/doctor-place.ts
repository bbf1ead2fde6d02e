// What Frontdesk needs of the machine: a database, a folder to write to, a port, an address from outside, the right time.
import { accessSync, constants, existsSync } from 'node:fs'
import { createServer } from 'node:net'
import { dirname, join } from 'node:path'
import { reason } from '#core/errors.ts'
import { inTongue } from '#core/locale.ts'
import { isMigrated, migrate } from '#store/migrate.ts'
import { onlyReads } from '#store/state.ts'
import type { Environment } from '../node/environment.ts'
import { InUse, openFor } from './database.ts'
import type { Finding } from './doctor.ts'
import { Refusal } from './task.ts'

const WAIT_MS = 5_000
const DATABASE = { zh: '数据库', en: 'database' }
const POWER = {
  zh: '内置数据库：进程崩溃不丢数据，断电可能丢失最后几秒；要防断电请用 PostgreSQL（DATABASE_URL）',
  en: 'embedded: survives crashes of the process, not power cuts; for that name a PostgreSQL server in DATABASE_URL',
}

const ONLY_READS: Finding = {
  name: DATABASE,
  mark: 'bad',
  found: { zh: '只能读，收不了消息', en: 'it only reads, and keeps no message' },
  advice: {
    zh: '这是备库，或打开了 default_transaction_read_only：让 DATABASE_URL 指向可写的服务器',
    en: 'it is a standby, or default_transaction_read_only is on: let DATABASE_URL lead to the server that writes',
  },
}

export async function checkDatabase(env: Environment): Promise<Finding> {
  if (!env.databaseUrl && !existsSync(join(env.data, 'db'))) {
    return {
      name: DATABASE,
      mark: 'ok',
      found: { zh: `内置数据库，首次启动时创建在 ${env.data}`, en: `embedded; the first start makes it in ${env.data}` },
    }
  }
  try {
    return await openAndLook(env)
  } catch (error) {
    if (error instanceof InUse) return askRunning(env)
    const advice = env.databaseUrl
      ? { zh: '检查 DATABASE_URL，以及数据库是否在运行', en: 'check DATABASE_URL, and that the server runs' }
      : { zh: `检查 ${env.data}，或从备份恢复`, en: `look at ${env.data}, or restore a backup` }
    return { name: DATABASE, mark: 'bad', found: words(error), ...(!(error instanceof Newer) && { advice }) }
  }
}

/** The database knows migrations that this program does not. */
class Newer extends Refusal {}

async function openAndLook(env: Environment): Promise<Finding> {
  const database = await openFor(env)
  try {
    if (!(await isMigrated(database.db))) {
      const advice = { zh: 'npx frontdesk migrate，或直接启动 Frontdesk', en: 'npx frontdesk migrate, or simply start Frontdesk' }
      return { name: DATABASE, mark: 'warn', found: { zh: '需要升级', en: 'not up to date' }, advice }
    }
    // Everything known has run, so this changes nothing: it only refuses what is newer than this program.
    await migrate(database.db).catch((error) => {
      throw new Newer({ zh: inTongue(reason(error), 'zh'), en: inTongue(reason(error), 'en') })
    })
    if (await onlyReads(database.db)) return ONLY_READS
    const { safe, detail } = await database.durability()
    if (safe) return { name: DATABASE, mark: 'ok', found: 'PostgreSQL' }
    return { name: DATABASE, mark: 'warn', found: database.kind === 'embedded' ? POWER : (detail ?? '?') }
  } finally {
    await database.close()
  }
}

/** A running Frontdesk holds the database: it can tell how it is. */
async function askRunning(env: Environment): Promise<Finding> {
  const url = `${own(env)}/readyz`
  try {
    const response = await fetch(url, { signal: AbortSignal.timeout(WAIT_MS) })
    const { ready } = (await response.json()) as { ready?: boolean }
    if (ready)
      return {
        name: DATABASE,
        mark: 'ok',
        found: { zh: `正由运行中的 Frontdesk 使用（${url}：就绪）`, en: `in use by the running Frontdesk (${url}: ready)` },
      }
    const advice = { zh: '看它的日志', en: 'look at its log' }
    return {
      name: DATABASE,
      mark: 'bad',
      found: { zh: `运行中的 Frontdesk 未就绪（${url}）`, en: `the running Frontdesk is not ready (${url})` },
      advice,
    }
  } catch (error) {
    const advice = { zh: '用它启动时的 HOST 和 PORT 再运行一次', en: 'run this again with the HOST and PORT it was started with' }
    const found = {
      zh: `正被运行中的进程使用，但 ${url} 没有回答：${reason(error)}`,
      en: `in use by a running process, but ${url} does not answer: ${reason(error)}`,
    }
    return { name: DATABASE, mark: 'warn', found, advice }
  }
}

export async function checkFolder(env: Environment): Promise<Finding> {
  const name = { zh: '数据目录', en: 'data folder' }
  let folder = env.data
  while (!existsSync(folder) && dirname(folder) !== folder) folder = dirname(folder)
  try {
    accessSync(folder, constants.R_OK | constants.W_OK | constants.X_OK)
    return { name, mark: 'ok', found: env.data }
  } catch (error) {
    const advice = {
      zh: '改目录权限，或用 FRONTDESK_DATA 指定另一个目录',
      en: 'change its permissions, or name another folder in FRONTDESK_DATA',
    }
    return { name, mark: 'bad', found: reason(error), advice }
  }
}

/** `runs`: a Frontdesk answers there already. */
export async function checkPort(env: Environment): Promise<{ finding: Finding; runs: boolean }> {
  const name = { zh: '端口', en: 'port' }
  const place = `${env.host}:${env.port}`
  const problem = await listenOnce(env)
  if (!problem) return { finding: { name, mark: 'ok', found: { zh: `${place} 空闲`, en: `${place} is free` } }, runs: false }
  if (problem.code === 'EADDRINUSE' && (await isFrontdesk(own(env)))) {
    return { finding: { name, mark: 'ok', found: { zh: `${place} 上正运行 Frontdesk`, en: `Frontdesk runs on ${place}` } }, runs: true }
  }
  const advice = { zh: `换一个端口：PORT=${env.port + 1} npm start`, en: `choose another port: PORT=${env.port + 1} npm start` }
  const found =
    problem.code === 'EADDRINUSE' ? { zh: `${place} 被其他程序占用`, en: `${place} is in use by another program` } : problem.message
  return { finding: { name, mark: 'bad', found, advice }, runs: false }
}

function listenOnce({ host, port }: Environment): Promise<NodeJS.ErrnoException | undefined> {
  return new Promise((resolve) => {
    const server = createServer()
    server.once('error', resolve)
    server.listen(port, host, () => server.close(() => resolve(undefined)))
  })
}

async function isFrontdesk(base: string): Promise<boolean> {
  try {
    const response = await fetch(new URL('/healthz', base), { signal: AbortSignal.timeout(WAIT_MS) })
    return response.ok && ((await response.json()) as { status?: string }).status === 'ok'
  } catch {
    return false // Whatever answers there, or does not, is no Frontdesk.
  }
}

export async function checkPublicUrl(publicUrl: string, runs: boolean): Promise<Finding> {
  const name = { zh: '公网地址', en: 'public address' }
  const url = new URL('/healthz', publicUrl).href
  if (await isFrontdesk(publicUrl)) return { name, mark: 'ok', found: publicUrl }
  const found = { zh: `${url} 上没有 Frontdesk 回答`, en: `no Frontdesk answers at ${url}` }
  if (!runs) return { name, mark: 'warn', found, advice: { zh: '启动 Frontdesk 后再查一次', en: 'start Frontdesk, then look again' } }
  const advice = {
    zh: '检查 DNS、反向代理（应转发到本机端口）和证书；平台也要能访问这个地址',
    en: 'check DNS, the reverse proxy (it must pass on to our port) and the certificate; the platforms must reach this address',
  }
  return { name, mark: 'bad', found, advice }
}

/** Before this program was written: a clock that is so wrong breaks certificates and signatures. */
const WRITTEN = Date.parse('2026-01-01T00:00:00Z')

export function checkClock(now = new Date()): Finding {
  const { timeZone } = Intl.DateTimeFormat().resolvedOptions()
  const found = `${now.toISOString()} (${timeZone})`
  if (now.getTime() > WRITTEN) return { name: { zh: '时钟', en: 'clock' }, mark: 'ok', found }
  return { name: { zh: '时钟', en: 'clock' }, mark: 'bad', found, advice: { zh: '校准系统时间（NTP）', en: 'set the system clock (NTP)' } }
}

/** Where a Frontdesk of this environment listens, seen from this machine. */
export function own({ host, port }: Environment): string {
  return `http://${host === '0.0.0.0' || host === '::' ? '127.0.0.1' : host}:${port}`
}

/** Node reports a refused connection to several addresses as an error without words of its own. */
function words(error: unknown): Finding['found'] {
  if (error instanceof Refusal) return error.words
  const inner = error instanceof Error && error.cause ? error.cause : error
  if (inner instanceof AggregateError) return inner.errors.map(reason).join('; ')
  return reason(inner)
}
