// A restore: a verified backup into an empty database, in one transaction. What may have gone out since then does not go out again.
import { getTableName, type SQL, sql } from 'drizzle-orm'
import { type Pass, unwatched } from '#core/milestone.ts'
import { allTables, createMeter, totalOf, unhurried } from './backup.ts'
import { type Manifest, readSections } from './backup-file.ts'
import type { Blobs } from './blobs.ts'
import type { Database, Tx } from './database.ts'
import { lockMigrations, migrationsRun, ourMigrations, runMigrations } from './migrate.ts'
import { RESTORED, RESTORED_KEY, type RestoredMark } from './restored.ts'
import { settings } from './schema.ts'

export interface RestoreParts {
  database: Database
  blobs: Blobs
  file: string
  /** What `verifyBackup` gave for this file. */
  manifest: Manifest
  now: Date
  pass?: Pass
  onProgress?(done: number, total: number): void
}

export interface Restored {
  rows: number
  files: number
  /** Deliveries that wait for a person, since they may have gone out after the backup was taken. */
  held: number
  /** Events that were not worked on yet; what follows from them is held, too. */
  pending: number
}

export async function restore(parts: RestoreParts): Promise<Restored> {
  const { database, manifest } = parts
  refuseNewer(manifest)
  return database.db.transaction(async (tx) => {
    await unhurried(tx)
    await lockMigrations(tx)
    await refuseUsed(tx, database.kind)
    await makeSchema(tx, manifest, database.kind)
    const read = await fill(tx, parts)
    await runMigrations(tx, ourMigrations())
    await continueSequences(tx)
    return { ...read, ...(await quieten(tx, manifest, parts.now)) }
  })
}

function refuseNewer({ migrations, product }: Manifest): void {
  const ours = new Set(ourMigrations().map((one) => one.hash))
  if (migrations.every((hash) => ours.has(hash))) return
  throw new Error(
    `The backup was taken with a newer Frontdesk (${product}). Restore it with that version or a newer one.\n` +
      `备份由更新的 Frontdesk（${product}）写成。请用那个版本或更新的版本恢复。`,
  )
}

async function refuseUsed(tx: Tx, kind: Database['kind']): Promise<void> {
  for (const name of await tablesThere(tx)) {
    const { rows } = await tx.execute(sql`select 1 from ${sql.identifier(name)} limit 1`)
    if (rows.length > 0) throw notEmpty(kind)
  }
}

/** Which of our tables the database has. */
async function tablesThere(tx: Tx): Promise<string[]> {
  const { rows } = await tx.execute<{ name: string }>(sql`select tablename as name from pg_tables where schemaname = current_schema()`)
  const names = new Set(rows.map((row) => row.name))
  return allTables()
    .map((table) => getTableName(table))
    .filter((name) => names.has(name))
}

function notEmpty(kind: Database['kind']): Error {
  const [en, zh] =
    kind === 'embedded'
      ? ['Name an empty folder in FRONTDESK_DATA, or move the old one away.', '请用 FRONTDESK_DATA 指定一个空目录，或先把旧目录移走。']
      : [
          'Make an empty one (createdb frontdesk_restored) and name it in DATABASE_URL.',
          '请新建一个空数据库（createdb frontdesk_restored），并写进 DATABASE_URL。',
        ]
  return new Error(`The database is not empty; a restore never touches what is there. ${en}\n数据库不是空的；恢复从不改动已有数据。${zh}`)
}

/** The schema as it was when the backup was taken: its rows fit no other. What came later is run over them afterwards. */
async function makeSchema(tx: Tx, { migrations }: Manifest, kind: Database['kind']): Promise<void> {
  await runMigrations(
    tx,
    ourMigrations().filter((one) => migrations.includes(one.hash)),
  )
  if ((await migrationsRun(tx)).length !== migrations.length) throw notEmpty(kind)
}

async function fill(
  tx: Tx,
  { file, manifest, blobs, pass = unwatched, onProgress }: RestoreParts,
): Promise<{ rows: number; files: number }> {
  const total = totalOf(manifest)
  const meter = createMeter(total, () => pass('restore.half'), onProgress)
  const seen: Record<string, number> = {}
  const known = new Map<string, SQL>()
  let files = 0
  for await (const section of readSections(file)) {
    if ('file' in section) {
      await blobs.put(section.file, section.bytes)
      files += 1
      meter(1)
      continue
    }
    const { table, rows } = section
    if (!(table in manifest.rows)) throw unexpected(table)
    const name = sql.identifier(table)
    // The rows stay text from end to end: PostgreSQL wrote them, and only PostgreSQL reads them.
    const columns = known.get(table) ?? (await columnsOf(tx, table))
    known.set(table, columns)
    const json = `[${rows.join(',')}]`
    await tx.execute(sql`insert into ${name} (${columns}) select ${columns} from json_populate_recordset(null::${name}, ${json}::json)`)
    seen[table] = (seen[table] ?? 0) + rows.length
    meter(rows.length)
  }
  for (const [table, n] of Object.entries(manifest.rows)) if ((seen[table] ?? 0) !== n) throw unexpected(table)
  if (total === 0) pass('restore.half')
  return { rows: total - manifest.files, files }
}

/** What a row is written with: columns that the database computes are not among them. As the database has them, not this program. */
async function columnsOf(tx: Tx, table: string): Promise<SQL> {
  const { rows } = await tx.execute<{ name: string }>(sql`select column_name as name from information_schema.columns
    where table_schema = current_schema() and table_name = ${table} and is_generated = 'NEVER' order by ordinal_position`)
  return sql.join(
    rows.map(({ name }) => sql.identifier(name)),
    sql`, `,
  )
}

function unexpected(table: string): Error {
  return new Error(
    `The backup does not hold what its manifest says (${table}). Nothing was restored.\n备份内容与清单不符（${table}）。没有恢复任何内容。`,
  )
}

/** New rows come after the restored ones, in every table that counts. */
async function continueSequences(tx: Tx): Promise<void> {
  const { rows } = await tx.execute<{ name: string; column: string }>(
    sql`select table_name as name, column_name as column from information_schema.columns
        where table_schema = current_schema() and column_default like 'nextval(%'`,
  )
  for (const { name, column } of rows) {
    await tx.execute(
      sql`select setval(pg_get_serial_sequence(quote_ident(${name}), ${column}),
            (select coalesce(max(${sql.identifier(column)}), 0) + 1 from ${sql.identifier(name)}), false)`,
    )
  }
}

/**
 * What was still to go out when the backup was taken has probably gone out since: a person decides about each. Events that were
 * still to be worked on are worked on, so that the history is whole; the mark tells the house to hold what follows from them.
 */
async function quieten(tx: Tx, { takenAt }: Manifest, now: Date): Promise<{ held: number; pending: number }> {
  const at = now.toISOString()
  const held = await tx.execute(
    sql`update deliveries set state = 'held', error = ${RESTORED}, lease_until = null, finished_at = ${at}
        where state in ('pending', 'retry', 'sending')`,
  )
  await tx.execute(sql`update attempts set ended_at = ${at}, outcome = 'held', error = ${RESTORED} where outcome is null`)
  const { rows } = await tx.execute<{ pending: number; until: string }>(
    sql`select count(*)::int as pending, to_json(greatest(max(received_at), ${takenAt}::timestamptz)) as until
        from events where state = 'pending'`,
  )
  // Rounded up: this mark has milliseconds, and an event that came a moment before it must not look newer.
  const value: RestoredMark = { until: new Date(Date.parse(rows[0]?.until ?? takenAt) + 1).toISOString(), at }
  await tx.insert(settings).values({ key: RESTORED_KEY, value }).onConflictDoUpdate({ target: settings.key, set: { value } })
  return { held: held.rowCount ?? 0, pending: rows[0]?.pending ?? 0 }
}
