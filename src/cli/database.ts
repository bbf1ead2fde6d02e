// The database, opened for one command.
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { reason } from '#core/errors.ts'
import type { Database } from '#store/database.ts'
import { isMigrated, migrate } from '#store/migrate.ts'
import { type HouseClock, openClock } from '../node/clock.ts'
import { type Environment, openDatabase } from '../node/environment.ts'
import { createLog } from '../node/log.ts'
import { Refusal } from './task.ts'

/** The embedded database belongs to a running Frontdesk: only that process can use it. */
export class InUse extends Refusal {
  constructor(folder: string, words: { zh: string; en: string }) {
    super({
      zh: `内置数据库（${folder}）正被运行中的 Frontdesk 使用。${words.zh}`,
      en: `The embedded database in ${folder} is in use by a running Frontdesk. ${words.en}`,
    })
    this.name = 'InUse'
  }
}

export const STOP = { zh: '请先停止它，再重试。', en: 'Stop it first, then repeat this.' }

export async function openFor(env: Environment, instead = STOP): Promise<Database> {
  try {
    return await openDatabase(env, createLog('silent'))
  } catch (error) {
    // Whoever could not open the folder has given its lock back; a lock that is still there is somebody else's.
    if (!env.databaseUrl && existsSync(join(env.data, 'frontdesk.lock'))) throw new InUse(env.data, instead)
    throw error
  }
}

/**
 * Runs `work` on a database of this version, and closes it whatever happens. The time is the house's, as in every process of it: what is
 * made here is due, and runs out, by the others' clock.
 */
export async function withDatabase<T>(
  env: Environment,
  instead: typeof STOP,
  work: (database: Database, clock: HouseClock) => Promise<T>,
): Promise<T> {
  const database = await openFor(env, instead)
  let clock: HouseClock | undefined
  try {
    if (database.kind === 'embedded') await migrate(database.db)
    else if (!(await isMigrated(database.db).catch(unreachable))) throw new Refusal(BEHIND)
    clock = await openClock(database, createLog('silent'))
    return await work(database, clock)
  } finally {
    clock?.close()
    await database.close()
  }
}

const BEHIND = {
  zh: '数据库还不是当前版本。请先运行 npx frontdesk migrate（或启动一次 Frontdesk）。',
  en: 'The database is not up to date. Run npx frontdesk migrate first (or start Frontdesk once).',
}

/** `pg` says only ECONNREFUSED; what to look at is the variable. */
export function unreachable(error: unknown): never {
  const why = reason(error instanceof Error && error.cause ? error.cause : error) || String(error)
  throw new Refusal({
    zh: `数据库无法使用：${why}。请检查 DATABASE_URL 以及数据库是否在运行。`,
    en: `The database cannot be used: ${why}. Check DATABASE_URL and that the server runs.`,
  })
}
