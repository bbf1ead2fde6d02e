// Brings the schema up to this version. Any number of processes may start at once: one migrates, the others wait. Old and new
// versions run side by side during an upgrade, so a migration only adds; what it leaves unused is removed one version later.
import { setTimeout as pause } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { sql } from 'drizzle-orm'
import { type MigrationMeta, readMigrationFiles } from 'drizzle-orm/migrator'
import { type Clock, systemClock } from '#core/clock.ts'
import { type Pass, unwatched } from '#core/milestone.ts'
import type { Db, Reader, Tx } from './database.ts'

const folder = fileURLToPath(new URL('../../migrations', import.meta.url))
/** Any number: the advisory lock of migrations. */
const LOCK = 7_230_113
/** The first line of a migration that an older version need not know: it only adds what that version does not look at. */
const ADDITIVE = '-- additive'
/**
 * Whoever waits for a lock on a table makes everybody behind it wait, too: so not long, and again later. Writers answer platforms
 * within 1.8 s; and where a writer and we each hold what the other wants, the server ends one of us after a second (its
 * `deadlock_timeout`): by then we have let go.
 */
const LOCK_TIMEOUT = '500ms'
const PATIENCE_MS = 60_000
const PAUSE_MS = 250
const LONGEST_PAUSE_MS = 4_000

export interface MigrateOptions {
  files?: MigrationMeta[]
  pass?: Pass
  clock?: Clock
  /** How long to try while others hold what we need. */
  patienceMs?: number
}

/** The migrations of this version, in order; or those in another folder. */
export function ourMigrations(migrationsFolder = folder): MigrationMeta[] {
  return readMigrationFiles({ migrationsFolder })
}

/** How many migrations were run; throws when the database is newer than this program. */
export async function migrate(
  db: Db,
  { files = ourMigrations(), pass = unwatched, clock = systemClock, patienceMs = PATIENCE_MS }: MigrateOptions = {},
): Promise<number> {
  // Where nothing is to be done, nothing is locked: a start beside a long migration of a newer version goes on at once.
  if (isComplete(await migrationsRun(db), files)) return refuseForeign(await strictlyRun(db), files)
  const end = clock.now().getTime() + patienceMs
  for (let tries = 0; ; tries++) {
    try {
      return await db.transaction(async (tx) => {
        await tx.execute(sql`set local statement_timeout = 0`)
        await lockMigrations(tx)
        return runMigrations(tx, files, pass)
      })
    } catch (error) {
      if (!isInTheWay(error)) throw error
      const left = end - clock.now().getTime()
      if (left <= 0) throw busy(error)
      await pause(Math.min(left, LONGEST_PAUSE_MS, PAUSE_MS * 2 ** tries) * (0.5 + clock.random() / 2))
    }
  }
}

/** Until the transaction ends nobody else migrates. Gives up after half a second, at every lock from here on. */
export async function lockMigrations(tx: Tx): Promise<void> {
  await tx.execute(sql.raw(`set local lock_timeout = '${LOCK_TIMEOUT}'`))
  await tx.execute(sql`select pg_advisory_xact_lock(${LOCK})`)
}

/** Runs what is missing of these; how many that were. Under the lock. */
export async function runMigrations(tx: Tx, files: MigrationMeta[], pass: Pass = unwatched): Promise<number> {
  await tx.execute(sql`create table if not exists migrations (hash text primary key, run_at timestamptz not null default now())`)
  await tx.execute(sql`alter table migrations add column if not exists additive boolean not null default false`)
  refuseForeign(await strictlyRun(tx), files)
  const done = new Set(await migrationsRun(tx))
  const missing = files.filter((file) => !done.has(file.hash))
  for (const file of missing) {
    for (const statement of file.sql) {
      await tx.execute(sql.raw(statement))
      pass('migrate.statement')
    }
    const additive = file.sql[0]?.startsWith(ADDITIVE) === true
    await tx.execute(sql`insert into migrations (hash, additive) values (${file.hash}, ${additive})`)
  }
  return missing.length
}

/** The hashes of the migrations that made this schema; none in an empty database. */
export async function migrationsRun(db: Reader): Promise<string[]> {
  if (!(await hasMigrations(db))) return []
  const { rows } = await db.execute<{ hash: string }>(sql`select hash from migrations order by run_at, hash`)
  return rows.map((row) => row.hash)
}

/** Those of them that every version must know. As JSON, since a table of before has no such column. */
async function strictlyRun(db: Reader): Promise<string[]> {
  const { rows } = await db.execute<{ hash: string }>(
    sql`select hash from migrations m where coalesce(to_jsonb(m) ->> 'additive', 'false') = 'false'`,
  )
  return rows.map((row) => row.hash)
}

async function hasMigrations(db: Reader): Promise<boolean> {
  const { rows } = await db.execute<{ present: boolean }>(sql`select to_regclass('migrations') is not null as present`)
  return rows[0]?.present === true
}

function isComplete(done: string[], files: MigrationMeta[]): boolean {
  const hashes = new Set(done)
  return files.every((file) => hashes.has(file.hash))
}

function refuseForeign(strict: string[], files: MigrationMeta[]): 0 {
  const known = new Set(files.map((file) => file.hash))
  if (strict.every((hash) => known.has(hash))) return 0
  throw new Error(
    'This database was made by a newer Frontdesk. Its schema is no longer one that this version can work on: run that version, or restore a backup from before the upgrade into an empty database (frontdesk restore).\n' +
      '数据库由更新版本的 Frontdesk 创建，其结构本版本已无法使用。请运行那个版本，或把升级前的备份恢复到一个空数据库（frontdesk restore）。',
  )
}

/** lock_not_available, deadlock_detected. */
const IN_THE_WAY: unknown[] = ['55P03', '40P01']

function isInTheWay(error: unknown): boolean {
  return error instanceof Error && ('code' in error ? IN_THE_WAY.includes(error.code) : isInTheWay(error.cause))
}

function busy(cause: unknown): Error {
  return new Error(
    'The database cannot be brought up to date: another process is still at it, or a long transaction holds its tables. Nothing was changed. End that transaction (select pid, query from pg_stat_activity), then start again.\n' +
      '暂时无法升级数据库：另一个进程仍在升级，或有长事务占用了表。没有改动任何内容。请结束该事务（select pid, query from pg_stat_activity）后重新启动。',
    { cause },
  )
}

/** Is the schema this version's? For `/readyz` and `frontdesk check`. */
export async function isMigrated(db: Db, files = ourMigrations()): Promise<boolean> {
  return (await hasMigrations(db)) && isComplete(await migrationsRun(db), files)
}
