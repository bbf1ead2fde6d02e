// A backup is whole, says when it is not, and brings nothing back to life that may have gone out already.
import { randomBytes, randomUUID } from 'node:crypto'
import { copyFileSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, truncateSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { getTableColumns, getTableName, sql } from 'drizzle-orm'
import { getTableConfig, type PgTable } from 'drizzle-orm/pg-core'
import { afterEach, beforeEach, describe, expect, inject, test } from 'vitest'
import { memoryBlobs } from '../../test/support/blobs.ts'
import { onPostgres, silent, testDatabase } from '../../test/support/database.ts'
import { createDatabase } from '../../test/support/postgresql.ts'
import { allTables, type BackupParts, backup, keptTables } from './backup.ts'
import { endLine, type Manifest, tableLines, verifyBackup, writeBackup } from './backup-file.ts'
import type { Blobs } from './blobs.ts'
import type { Database } from './database.ts'
import { openEmbedded } from './embedded.ts'
import { isMigrated, migrate, ourMigrations } from './migrate.ts'
import { openPostgres } from './postgres.ts'
import { restore } from './restore.ts'
import { RESTORED, restoredUntil } from './restored.ts'
import * as s from './schema.ts'

const now = new Date('2026-11-22T08:00:00Z')
const ATTACHMENT = `att_${'0'.repeat(31)}1`

let folder: string
let file: string
let opened: Database[]
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'frontdesk-backup-'))
  file = join(folder, 'house.backup')
  opened = []
})
afterEach(async () => {
  for (const database of opened) await database.close()
  rmSync(folder, { recursive: true, force: true })
})

async function keep(database: Promise<Database>): Promise<Database> {
  opened.push(await database)
  return database
}

const source = () => keep(testDatabase())

/** Not even a schema. */
function empty(kind: Database['kind'] = onPostgres ? 'postgresql' : 'embedded'): Promise<Database> {
  if (kind === 'embedded') return keep(openEmbedded({}))
  const name = `empty_${randomUUID().replaceAll('-', '')}`
  const url = inject('postgresUrl')
  return keep(createDatabase(url, name).then(() => openPostgres({ url: `${url}/${name}`, log: silent })))
}

const save = (database: Database, more: Partial<BackupParts> = {}) =>
  backup({ database, blobs: memoryBlobs(), file, product: '1.2.3', ...more })

async function load(database: Database, blobs: Blobs = memoryBlobs(), more: { pass?: () => void } = {}) {
  return restore({ database, blobs, file, manifest: await verifyBackup(file), now, ...more })
}

/** Every row of these tables, as PostgreSQL writes it. */
async function contents({ db }: Database, tables: PgTable[]): Promise<Record<string, string[]>> {
  const all: Record<string, string[]> = {}
  for (const table of tables) {
    const { rows } = await db.execute<{ row: string }>(sql`select row_to_json(t)::text as row from ${table} t order by 1`)
    all[getTableName(table)] = rows.map(({ row }) => row)
  }
  return all
}

/** A value for every column, so that a new table or column is in the test from its first day. */
function madeUp(table: PgTable, n: number): Record<string, unknown> {
  const parents = new Map(
    getTableConfig(table).foreignKeys.map((key) => [key.reference().columns[0]?.name, getTableName(key.reference().foreignTable)]),
  )
  const value = (name: string, type: string): unknown => {
    if (/serial/.test(type)) return 1_000 + n
    if (type === 'integer') return n
    if (type === 'double precision') return n / 3
    if (type === 'boolean') return n % 2 === 0
    if (type === 'jsonb') return { words: ['“中文”', 'a\nb\\c\u2028"', null], n: n + 0.1, empty: {} }
    if (type.startsWith('timestamp')) return `2026-0${n}-01T00:00:00.123456+00:00`
    const parent = parents.get(name)
    return parent ? `${parent}.id-${n}` : `${getTableName(table)}.${name}-${n}`
  }
  return Object.fromEntries(writable(table).map((column) => [column.name, value(column.name, column.getSQLType())]))
}

const writable = (table: PgTable) => Object.values(getTableColumns(table)).filter(({ generated }) => generated === undefined)

async function fillAll({ db }: Database): Promise<void> {
  for (const table of [...keptTables(), ...allTables().filter((one) => !keptTables().includes(one))]) {
    const rows = JSON.stringify([madeUp(table, 1), madeUp(table, 2)])
    const columns = sql.raw(
      writable(table)
        .map(({ name }) => `"${name}"`)
        .join(', '),
    )
    await db.execute(sql`insert into ${table} (${columns}) select ${columns} from json_populate_recordset(null::${table}, ${rows}::json)`)
  }
}

async function addFile({ db }: Database, blobs: Blobs, id = ATTACHMENT, bytes = randomBytes(150_001)): Promise<Uint8Array> {
  await blobs.put(id, bytes)
  await db.insert(s.attachments).values({
    id,
    source: 'channel',
    sourceId: 'web',
    owner: 'u',
    ref: {} as never,
    name: 'a.png',
    mime: 'image/png',
    bytes: bytes.length,
    state: 'stored',
    nextAt: now,
    createdAt: now,
  })
  return bytes
}

function delivery(id: string, state: s.DeliveryState): typeof s.deliveries.$inferInsert {
  const names = { targetId: 'tg', lane: id, conversationId: 'cnv_1', originKey: id }
  return { id, ...names, kind: 'channel', op: 'send', payload: {}, automatic: true, state, nextAt: now, createdAt: now }
}

function event(id: string, state: 'pending' | 'done'): typeof s.events.$inferInsert {
  return { id, source: 'channel', sourceId: 'tg', externalId: id, lane: id, payload: {}, state, nextAt: now, receivedAt: now }
}

describe('a round trip', () => {
  const ways: [from: 'here' | Database['kind'], to: Database['kind']][] = onPostgres
    ? [
        ['here', 'postgresql'],
        ['here', 'embedded'],
        ['embedded', 'postgresql'],
      ]
    : [['here', 'embedded']]

  test.each(ways)('brings every row of every table and every file back to the letter: %s to %s', async (from, to) => {
    const old = from === 'here' ? await source() : await empty(from)
    await migrate(old.db)
    const [oldBlobs, newBlobs] = [memoryBlobs(), memoryBlobs()]
    await fillAll(old)
    const bytes = await addFile(old, oldBlobs)
    const { manifest, missing } = await save(old, { blobs: oldBlobs })
    expect(missing).toEqual([])
    const fresh = await empty(to)
    const rows = Object.values(manifest.rows).reduce((sum, n) => sum + n, 0)
    expect(await load(fresh, newBlobs)).toEqual({ rows, files: 1, held: 0, pending: 0 })
    await fresh.db.delete(s.settings).where(sql`key = 'restored'`)
    expect(await contents(fresh, keptTables())).toEqual(await contents(old, keptTables()))
    expect(await newBlobs.get(ATTACHMENT)).toEqual(new Uint8Array(bytes))
    expect(await isMigrated(fresh.db)).toBe(true)
    expect(await migrate(fresh.db)).toBe(0)
  })

  test('leaves out who is signed in, one-time links, and which process does what; nothing else', async () => {
    const left = allTables().filter((table) => !keptTables().includes(table))
    expect(left.map((table) => getTableName(table)).sort()).toEqual(['invites', 'leases', 'pauses', 'processes', 'sessions'])
    const old = await source()
    await fillAll(old)
    await save(old)
    const fresh = await empty()
    await load(fresh)
    expect(Object.values(await contents(fresh, left)).flat()).toEqual([])
  })

  // The embedded database has one connection: nobody else can write meanwhile.
  test.runIf(onPostgres)('shows one instant, whatever is written meanwhile', async () => {
    const old = await source()
    await old.db.insert(s.customers).values({ id: 'before', name: '王', named: true, firstSeenAt: now, lastSeenAt: now })
    const later = { id: 'later', name: '李', named: true, firstSeenAt: now, lastSeenAt: now }
    let written: Promise<unknown> | undefined
    await save(old, {
      pass: () => {
        written = old.db.insert(s.customers).values(later)
      },
    })
    await written
    const fresh = await empty()
    await load(fresh)
    expect((await fresh.db.select().from(s.customers)).map(({ id }) => id)).toEqual(['before'])
  })

  test('new rows come after the restored ones', async () => {
    const old = await source()
    await fillAll(old)
    await save(old)
    const fresh = await empty()
    await load(fresh)
    const [inserted] = await fresh.db.insert(s.events).values(event('evt_new', 'pending')).returning()
    const [sent] = await fresh.db.insert(s.deliveries).values(delivery('dlv_new', 'pending')).returning()
    expect([inserted?.position, sent?.position]).toEqual([1_003, 1_003])
  })

  test('of an older version is brought up to date afterwards', async () => {
    const [first] = ourMigrations()
    const customer = { id: 'cus_1', name: '王', named: true, locale: null, avatar_url: null, first_seen_at: now, last_seen_at: now }
    const manifest: Manifest = {
      frontdesk: 'backup',
      format: 1,
      product: '0.0.1',
      takenAt: now.toISOString(),
      database: 'postgresql',
      migrations: [first?.hash ?? ''],
      rows: { customers: 1 },
      files: 0,
    }
    await writeBackup(file, chunks([`${JSON.stringify(manifest)}\n`, tableLines('customers', [JSON.stringify(customer)]), endLine]))
    const fresh = await empty()
    await load(fresh)
    expect(await isMigrated(fresh.db)).toBe(true)
    expect(await fresh.db.select().from(s.customers)).toMatchObject([{ id: 'cus_1', name: '王' }])
  })
})

async function* chunks(texts: string[]): AsyncGenerator<string> {
  yield* texts
}

describe('after a restore', () => {
  test('what was still to go out is held, what was done stays as it was', async () => {
    const old = await source()
    const states: s.DeliveryState[] = ['pending', 'retry', 'sending', 'sent', 'failed', 'unknown', 'held', 'expired']
    await old.db.insert(s.deliveries).values(states.map((state) => delivery(state, state)))
    await old.db.insert(s.attempts).values({ deliveryId: 'sending', number: 1, holder: 'gone', startedAt: now })
    await save(old)
    const fresh = await empty()
    expect(await load(fresh)).toMatchObject({ held: 3 })
    const rows = await fresh.db.select().from(s.deliveries)
    const found = Object.fromEntries(rows.map(({ id, state, error }) => [id, [state, error]]))
    const held = ['held', RESTORED]
    expect(found).toMatchObject({ pending: held, retry: held, sending: held, sent: ['sent', null], failed: ['failed', null] })
    expect(found).toMatchObject({ unknown: ['unknown', null], held: ['held', null], expired: ['expired', null] })
    expect(await fresh.db.select().from(s.attempts)).toMatchObject([{ outcome: 'held', endedAt: now }])
  })

  test('events that were not worked on stay pending, and the mark covers each of them', async () => {
    const old = await source()
    const ahead = new Date(Date.now() + 3_600_000) // A process whose clock is an hour ahead of the database's.
    await old.db.insert(s.events).values([event('evt_1', 'done'), { ...event('evt_2', 'pending'), receivedAt: ahead }])
    expect(await restoredUntil(old.db)).toBeUndefined()
    await save(old)
    const fresh = await empty()
    expect(await load(fresh)).toMatchObject({ pending: 1 })
    const until = await restoredUntil(fresh.db)
    expect(until?.getTime()).toBeGreaterThanOrEqual(ahead.getTime())
  })
})

describe('a file that is not whole', () => {
  beforeEach(async () => {
    const old = await source()
    const blobs = memoryBlobs()
    await addFile(old, blobs, ATTACHMENT, randomBytes(300))
    await save(old, { blobs })
  })
  const refused = /damaged[\s\S]*损坏/

  test('is refused with any one bit flipped', async () => {
    const good = readFileSync(file)
    const bad = join(folder, 'bad')
    const places = [...good.keys()].filter((at) => at % 7 === 0 || at < 12 || at > good.length - 110)
    const passed: number[] = []
    for (const at of places) {
      const bytes = Buffer.from(good)
      bytes[at] = (bytes[at] ?? 0) ^ (1 << (at % 8))
      writeFileSync(bad, bytes)
      await verifyBackup(bad).then(
        () => passed.push(at),
        (error: Error) => expect(error.message).toMatch(refused),
      )
    }
    expect(places.length).toBeGreaterThan(200)
    expect(passed).toEqual([])
    expect(await verifyBackup(file)).toMatchObject({ product: '1.2.3' })
  })

  test('is refused when its end is missing or something follows it', async () => {
    const whole = statSync(file).size
    for (const size of [whole - 1, whole - 103, Math.floor(whole / 2), 30, 1, 0]) {
      const bad = join(folder, `cut-${size}`)
      copyFileSync(file, bad)
      truncateSync(bad, size)
      await expect(verifyBackup(bad)).rejects.toThrow(refused)
    }
    writeFileSync(join(folder, 'more'), Buffer.concat([readFileSync(file), Buffer.from('x')]))
    await expect(verifyBackup(join(folder, 'more'))).rejects.toThrow(refused)
  })

  test('is refused when it is something else', async () => {
    const foreign: [string, string | Uint8Array][] = [
      ['text', 'hello'],
      ['dump', '-- PostgreSQL database dump\n'],
      ['gzip', gzipSync('{"a":1}\n')],
      ['zeros', new Uint8Array(5_000)],
    ]
    for (const [name, bytes] of foreign) {
      writeFileSync(join(folder, name), bytes)
      await expect(verifyBackup(join(folder, name))).rejects.toThrow(/no backup of Frontdesk[\s\S]*不是 Frontdesk 的备份/)
    }
  })
})

describe('what is never overwritten', () => {
  test('a file of that name', async () => {
    const old = await source()
    writeFileSync(file, 'mine')
    await expect(save(old)).rejects.toThrow(/exists already[\s\S]*已存在/)
    expect(readFileSync(file, 'utf8')).toBe('mine')
    expect(readdirSync(folder)).toEqual(['house.backup'])
  })

  test('a database with as much as one row', async () => {
    const old = await source()
    await save(old)
    const used = await source()
    await used.db.insert(s.settings).values({ key: 'a', value: 1 })
    await expect(load(used)).rejects.toThrow(/not empty[\s\S]*不是空的/)
    expect(await used.db.select().from(s.settings)).toHaveLength(1)
  })

  test('while a migrated one without rows will do', async () => {
    const old = await source()
    await fillAll(old)
    await save(old)
    expect((await load(await source())).rows).toBeGreaterThan(20)
  })
})

describe('a break in the middle', () => {
  const crash = () => {
    throw new Error('crash')
  }

  test('of a backup leaves no file', async () => {
    const old = await source()
    await fillAll(old)
    await expect(save(old, { pass: crash })).rejects.toThrow('crash')
    expect(readdirSync(folder)).toEqual([])
    await save(old)
    expect(statSync(file).mode & 0o777).toBe(0o600)
  })

  test('of a restore leaves an empty database, and the next one succeeds', async () => {
    const old = await source()
    await fillAll(old)
    await save(old)
    const fresh = await empty()
    await expect(load(fresh, memoryBlobs(), { pass: crash })).rejects.toThrow('crash')
    const { rows } = await fresh.db.execute(sql`select 1 from pg_tables where schemaname = 'public'`)
    expect(rows).toEqual([])
    expect((await load(fresh)).rows).toBeGreaterThan(20)
  })
})

describe('a version that does not fit', () => {
  test('is refused: a backup of a newer one, and a backup of a database that a newer one has extended', async () => {
    const old = await source()
    await old.db.execute(sql`insert into migrations (hash, additive) values ('of tomorrow', true)`)
    await expect(save(old)).rejects.toThrow(/not that of this version[\s\S]*不一致/)
    await old.db.execute(sql`delete from migrations where hash = 'of tomorrow'`)
    const { manifest } = await save(old)
    const newer = { ...manifest, migrations: [...manifest.migrations, 'of tomorrow'] }
    const fresh = await empty()
    await expect(restore({ database: fresh, blobs: memoryBlobs(), file, manifest: newer, now })).rejects.toThrow(
      /newer Frontdesk \(1\.2\.3\)/,
    )
  })
})

describe('files', () => {
  test('that are gone are named, and a folder with none of them is the wrong folder', async () => {
    const old = await source()
    const blobs = memoryBlobs()
    await addFile(old, blobs)
    const lost = `att_${'0'.repeat(31)}2`
    await addFile(old, blobs, lost)
    await blobs.remove(lost)
    expect(await save(old, { blobs })).toMatchObject({ missing: [lost] })
    await blobs.remove(ATTACHMENT)
    rmSync(file)
    await expect(save(old, { blobs })).rejects.toThrow(/none of them is in FRONTDESK_DATA/)
    expect(readdirSync(folder)).toEqual([])
    expect(await save(old, { blobs: undefined })).toMatchObject({ missing: [], manifest: { files: 0 } })
  })
})
