// Brings the schema up to this version. Any number of processes may start at once: one migrates, the others wait.
import { fileURLToPath } from 'node:url'
import { sql } from 'drizzle-orm'
import { readMigrationFiles } from 'drizzle-orm/migrator'
import { type Pass, unwatched } from '#core/milestone.ts'
import type { Db } from './database.ts'

const folder = fileURLToPath(new URL('../../migrations', import.meta.url))
/** Any number: the advisory lock of migrations. */
const LOCK = 7_230_113

export interface MigrateOptions {
  files?: ReturnType<typeof readMigrationFiles>
  pass?: Pass
}

/** How many migrations were run; throws when the database is newer than this program. */
export async function migrate(
  db: Db,
  { files = readMigrationFiles({ migrationsFolder: folder }), pass = unwatched }: MigrateOptions = {},
): Promise<number> {
  return db.transaction(async (tx) => {
    await tx.execute(sql`select pg_advisory_xact_lock(${LOCK})`)
    await tx.execute(sql`create table if not exists migrations (hash text primary key, run_at timestamptz not null default now())`)
    const { rows } = await tx.execute<{ hash: string }>(sql`select hash from migrations`)
    const done = new Set(rows.map((row) => row.hash))
    const known = new Set(files.map((file) => file.hash))
    if ([...done].some((hash) => !known.has(hash))) {
      throw new Error(
        'This database was made by a newer Frontdesk. Run that version, or restore a backup from before the upgrade.\n' +
          '数据库由更新版本的 Frontdesk 创建。请运行那个版本,或恢复升级前的备份。',
      )
    }
    const missing = files.filter((file) => !done.has(file.hash))
    for (const file of missing) {
      for (const statement of file.sql) {
        await tx.execute(sql.raw(statement))
        pass('migrate.statement')
      }
      await tx.execute(sql`insert into migrations (hash) values (${file.hash})`)
    }
    return missing.length
  })
}

/** Is the schema this version's? For `/readyz` and `frontdesk check`. */
export async function isMigrated(db: Db, files = readMigrationFiles({ migrationsFolder: folder })): Promise<boolean> {
  const { rows } = await db.execute<{ present: boolean }>(sql`select to_regclass('migrations') is not null as present`)
  if (!rows[0]?.present) return false
  const done = await db.execute<{ hash: string }>(sql`select hash from migrations`)
  const hashes = new Set(done.rows.map((row) => row.hash))
  return files.every((file) => hashes.has(file.hash))
}
