// Upgrades: many start at once and one migrates, whoever waits says for whom, and old and new run side by side.
import { randomUUID } from 'node:crypto'
import { sql } from 'drizzle-orm'
import type { MigrationMeta } from 'drizzle-orm/migrator'
import pg from 'pg'
import { afterEach, beforeEach, describe, expect, inject, test } from 'vitest'
import { frontdesk } from '../../test/support/cli.ts'
import { onPostgres, silent, testDatabase, testUrl } from '../../test/support/database.ts'
import { createDatabase } from '../../test/support/postgresql.ts'
import { until } from '../../test/support/until.ts'
import { acceptEvents } from './events.ts'
import { isMigrated, migrate, migrationsRun, ourMigrations } from './migrate.ts'
import { openPostgres } from './postgres.ts'

/** A migration of tomorrow's version. */
function tomorrow(text: string): MigrationMeta {
  return { sql: [text], bps: true, folderMillis: 1, hash: randomUUID() }
}

const expansion = () => tomorrow('-- additive: nobody of today looks at it\nalter table customers add column nickname text')
const contraction = () => tomorrow('alter table customers drop column avatar_url')

describe('beside a newer version', () => {
  test('that only added something, this one starts, and goes on working', async () => {
    const { db, close } = await testDatabase()
    try {
      const newer = expansion()
      expect(await migrate(db, { files: [...ourMigrations(), newer] })).toBe(1)
      expect(await migrate(db)).toBe(0)
      expect(await isMigrated(db)).toBe(true)
      expect(await migrationsRun(db)).toContain(newer.hash)
      const row = {
        id: 'evt_1',
        source: 'channel' as const,
        sourceId: 'tg',
        externalId: '1',
        lane: 'a',
        payload: {},
        receivedAt: new Date(),
      }
      expect(await acceptEvents(db, [row])).toEqual(['evt_1'])
      const { rows } = await db.execute(
        sql`insert into customers (id, name, named, first_seen_at, last_seen_at) values ('c', 'c', true, now(), now()) returning nickname`,
      )
      expect(rows).toEqual([{ nickname: null }])
    } finally {
      await close()
    }
  })

  test('that took something away, this one refuses to start, in both languages', async () => {
    const { db, close } = await testDatabase()
    try {
      await migrate(db, { files: [...ourMigrations(), contraction()] })
      await expect(migrate(db)).rejects.toThrow(/newer Frontdesk[\s\S]*更新版本/)
      // Also when something of its own is missing: it must not mix the two.
      const older = [...ourMigrations(), expansion()]
      await expect(migrate(db, { files: older })).rejects.toThrow(/newer Frontdesk/)
    } finally {
      await close()
    }
  })

  test('a table of migrations from before this rule is understood', async () => {
    const { db, close } = await testDatabase()
    try {
      await db.execute(sql`alter table migrations drop column additive`)
      expect(await migrate(db)).toBe(0)
      expect(await migrate(db, { files: [...ourMigrations(), expansion()] })).toBe(1)
      await expect(db.execute(sql`select additive from migrations where additive`)).resolves.toMatchObject({ rowCount: 1 })
    } finally {
      await close()
    }
  })

  test('a migration that breaks off leaves nothing behind', async () => {
    const { db, close } = await testDatabase()
    try {
      const broken = tomorrow('create table half (id text)')
      broken.sql.push('select 1 / 0')
      await expect(migrate(db, { files: [...ourMigrations(), broken] })).rejects.toThrow()
      const { rows } = await db.execute<{ there: boolean }>(sql`select to_regclass('half') is not null as there`)
      expect(rows).toEqual([{ there: false }])
      expect(await migrationsRun(db)).toHaveLength(ourMigrations().length)
    } finally {
      await close()
    }
  })
})

describe.runIf(onPostgres)('many processes', () => {
  let url: string
  beforeEach(async () => {
    const name = `new_${randomUUID().replaceAll('-', '')}`
    await createDatabase(inject('postgresUrl'), name)
    url = `${inject('postgresUrl')}/${name}`
  })

  test('that start at once on a new database migrate it exactly once', { timeout: 60_000 }, async () => {
    const starters = await Promise.all(Array.from({ length: 5 }, () => frontdesk(['migrate', '--json'], { DATABASE_URL: url })))
    expect(starters.map(({ code, stderr }) => [code, stderr])).toEqual(starters.map(() => [0, '']))
    const ran = starters.map(({ stdout }) => (JSON.parse(stdout) as { ran: number }).ran).sort()
    expect(ran).toEqual([0, 0, 0, 0, ourMigrations().length])
    const { db, close } = openPostgres({ url, log: silent })
    expect(await migrationsRun(db)).toHaveLength(ourMigrations().length)
    await close()
  })
})

describe.runIf(onPostgres)('a table that somebody holds', () => {
  let holder: pg.Client
  let url: string
  beforeEach(async () => {
    url = await testUrl()
    holder = new pg.Client({ connectionString: url })
    await holder.connect()
    await holder.query('begin')
    await holder.query('lock table customers in access share mode')
  })
  afterEach(() => holder.end())

  test('is waited for in short turns, in between everybody else works, and then the migration runs', { timeout: 30_000 }, async () => {
    const { db, close } = openPostgres({ url, log: silent })
    try {
      let ended = false
      const migrating = migrate(db, { files: [...ourMigrations(), expansion()] }).finally(() => {
        ended = true
      })
      const waits = async () => {
        const { rows } = await db.execute(
          sql`select 1 from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock' and query like '%nickname%'`,
        )
        return rows.length > 0
      }
      await until('it waits for the lock', waits)
      await until('it lets go, so that whoever stands behind it can work', async () => !(await waits()))
      expect((await db.execute(sql`select count(*) from customers`)).rowCount).toBe(1)
      expect(ended).toBe(false)
      await holder.query('commit')
      expect(await migrating).toBe(1)
    } finally {
      await close()
    }
  })

  test('by a writer who then wants what the migration holds: the migration lets go, and the writer hears nothing of it', async () => {
    const { db, close } = openPostgres({ url, log: silent })
    try {
      await holder.query('commit')
      await holder.query('begin')
      await holder.query('lock table events in row exclusive mode')
      const both = expansion()
      // The writer is the first who waits, so it is its wait that the server looks into first.
      both.sql.push('select pg_sleep(0.3)', 'create index events_of_tomorrow on events (received_at)')
      const migrating = migrate(db, { files: [...ourMigrations(), both] })
      migrating.catch(() => undefined) // Looked at below.
      const asks = async (what: string) => {
        const { rows } = await db.execute(
          sql`select 1 from pg_stat_activity where datname = current_database() and pid <> pg_backend_pid() and query like ${what}`,
        )
        return rows.length > 0
      }
      await until('the migration holds the customers', () => asks('select pg_sleep%'))
      await holder.query("insert into customers (id, name, named, first_seen_at, last_seen_at) values ('c', 'c', true, now(), now())")
      await holder.query('commit')
      expect(await migrating).toBe(1)
    } finally {
      await close()
    }
  })

  test('for too long ends the start with words in both languages, and nothing is changed', async () => {
    const { db, close } = openPostgres({ url, log: silent })
    try {
      const files = [...ourMigrations(), expansion()]
      await expect(migrate(db, { files, patienceMs: 0 })).rejects.toThrow(/cannot be brought up to date[\s\S]*暂时无法升级数据库/)
      expect(await migrationsRun(db)).toHaveLength(ourMigrations().length)
      // This version needs nothing of it, and starts.
      expect(await migrate(db)).toBe(0)
    } finally {
      await close()
    }
  })
})
