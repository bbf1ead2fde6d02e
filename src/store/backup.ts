// A backup: everything of one instant, while the house runs. One read-only snapshot, streamed; memory does not grow with the house.
import { getTableName, is, type SQL, sql } from 'drizzle-orm'
import { getTableConfig, PgTable } from 'drizzle-orm/pg-core'
import { type Pass, unwatched } from '#core/milestone.ts'
import { endLine, FORMAT, fileLines, type Manifest, tableLines, type Written, writeBackup } from './backup-file.ts'
import type { Blobs } from './blobs.ts'
import type { Database, Tx } from './database.ts'
import { migrationsRun, ourMigrations } from './migrate.ts'
import * as schema from './schema.ts'

/** What means nothing on another day: who is signed in, one-time links, which process does what, which platform asked us to wait. */
const LEFT: PgTable[] = [schema.sessions, schema.invites, schema.leases, schema.processes, schema.pauses]
/** How much of a table is fetched at once. */
const BATCH_CHARS = 1024 * 1024
const BATCH_ROWS = 2_000

export interface BackupParts {
  database: Database
  /** Undefined: files are kept elsewhere, and the backup has none. */
  blobs: Blobs | undefined
  file: string
  /** The version of this program. */
  product: string
  pass?: Pass
  onProgress?(done: number, total: number): void
}

export interface BackedUp extends Written {
  manifest: Manifest
  /** Files that the database knows and the blob store does not have. */
  missing: string[]
}

/** Every table of the schema. */
export function allTables(): PgTable[] {
  return Object.values(schema).filter((value): value is never => is(value, PgTable))
}

/** The tables of a backup, those that others refer to first. */
export function keptTables(): PgTable[] {
  const kept = allTables().filter((table) => !LEFT.includes(table))
  const ordered: PgTable[] = []
  const visit = (table: PgTable) => {
    if (ordered.includes(table)) return
    for (const key of getTableConfig(table).foreignKeys) if (key.reference().foreignTable !== table) visit(key.reference().foreignTable)
    ordered.push(table)
  }
  for (const table of kept) visit(table)
  return ordered
}

export async function backup(parts: BackupParts): Promise<BackedUp> {
  return parts.database.db.transaction(
    async (tx) => {
      await unhurried(tx)
      const manifest = await describe(tx, parts)
      const missing: string[] = []
      const written = await writeBackup(parts.file, lines(tx, manifest, parts, missing))
      return { ...written, manifest, missing }
    },
    { isolationLevel: 'repeatable read', accessMode: 'read only' },
  )
}

/** A slow disk at the other end is no reason to cut a backup off. */
export async function unhurried(tx: Tx): Promise<void> {
  await tx.execute(sql`set local statement_timeout = 0`)
  await tx.execute(sql`set local idle_in_transaction_session_timeout = 0`)
}

async function describe(tx: Tx, { database, blobs, product }: BackupParts): Promise<Manifest> {
  const migrations = await migrationsRun(tx)
  const ours = ourMigrations().map((one) => one.hash)
  if (migrations.length !== ours.length || migrations.some((hash) => !ours.includes(hash))) {
    throw new Error(
      'The schema of this database is not that of this version, so a backup could leave something out. Use the version that last started on it, or run npx frontdesk migrate first.\n' +
        '这个数据库的结构与本版本不一致，备份可能会遗漏内容。请使用最近一次在它上面启动的版本，或先运行 npx frontdesk migrate。',
    )
  }
  const rows: Record<string, number> = {}
  for (const table of keptTables()) rows[getTableName(table)] = await count(tx, sql`select count(*)::int as n from ${table}`)
  const files = blobs ? await count(tx, sql`select count(*)::int as n from ${schema.attachments} where state = 'stored'`) : 0
  const { rows: times } = await tx.execute<{ at: string }>(sql`select to_json(now()) as at`)
  return {
    frontdesk: 'backup',
    format: FORMAT,
    product,
    takenAt: new Date(times[0]?.at ?? '').toISOString(),
    database: database.kind,
    migrations,
    rows,
    files,
  }
}

async function count(tx: Tx, query: SQL): Promise<number> {
  const { rows } = await tx.execute<{ n: number }>(query)
  return rows[0]?.n ?? 0
}

async function* lines(tx: Tx, manifest: Manifest, parts: BackupParts, missing: string[]): AsyncGenerator<string> {
  const { pass = unwatched, onProgress } = parts
  const total = totalOf(manifest)
  const meter = createMeter(total, () => pass('backup.half'), onProgress)
  yield `${JSON.stringify(manifest)}\n`
  for (const table of keptTables()) {
    const name = getTableName(table)
    for await (const rows of fetchAll(tx, sql`select row_to_json(t)::text as row from ${table} t`)) {
      yield tableLines(name, rows)
      meter(rows.length)
    }
  }
  if (parts.blobs) yield* storedFiles(tx, parts.blobs, missing, meter)
  if (manifest.files > 0 && missing.length === manifest.files) throw wrongFolder(manifest.files)
  if (total === 0) pass('backup.half')
  yield endLine
}

async function* storedFiles(tx: Tx, blobs: Blobs, missing: string[], meter: (n: number) => void): AsyncGenerator<string> {
  for await (const ids of fetchAll(tx, sql`select id as row from ${schema.attachments} where state = 'stored' order by id`)) {
    for (const id of ids) {
      const bytes = await blobs.get(id)
      if (bytes) yield fileLines(id, bytes)
      else missing.push(id)
      meter(1)
    }
  }
}

/** The texts that a query gives, some at a time: as many as make about a megabyte. */
async function* fetchAll(tx: Tx, query: SQL): AsyncGenerator<string[]> {
  await tx.execute(sql`declare everything no scroll cursor for ${query}`)
  for (let size = 100; ; ) {
    const { rows } = await tx.execute<{ row: string }>(sql.raw(`fetch forward ${size} from everything`))
    if (rows.length === 0) break
    const texts = rows.map(({ row }) => row)
    yield texts
    const average = texts.reduce((sum, text) => sum + text.length, 0) / texts.length
    size = Math.max(1, Math.min(BATCH_ROWS, Math.floor(BATCH_CHARS / average)))
  }
  await tx.execute(sql`close everything`)
}

/** How many rows and files a backup holds. */
export function totalOf(manifest: Manifest): number {
  return Object.values(manifest.rows).reduce((sum, n) => sum + n, manifest.files)
}

/** Counts, tells, and says once when half is reached. */
export function createMeter(total: number, half: () => void, tell: BackupParts['onProgress']): (n: number) => void {
  let done = 0
  return (n) => {
    const before = done
    done += n
    if (before * 2 < total && done * 2 >= total) half()
    tell?.(done, total)
  }
}

function wrongFolder(files: number): Error {
  return new Error(
    `The database knows ${files} stored files, and none of them is in FRONTDESK_DATA: name the folder of the house, or leave the files out with --without-files.\n` +
      `数据库里记有 ${files} 个文件，但 FRONTDESK_DATA 中一个也没有：请指定正在使用的数据目录，或用 --without-files 不备份文件。`,
  )
}
