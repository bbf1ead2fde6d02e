// The store's own promises: one process on a folder, one schema, what agents may read, links that open once.
import { spawn, spawnSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { hostname, tmpdir } from 'node:os'
import { join } from 'node:path'
import { eq, sql } from 'drizzle-orm'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { onPostgres, testDatabase } from '../../test/support/database.ts'
import { until } from '../../test/support/until.ts'
import { hasAdmin, syncAgents } from './agents.ts'
import { listConversations, maySee, readConversation } from './console.ts'
import { countViews, MOST_COUNTED } from './counts.ts'
import type { Database } from './database.ts'
import { openEmbedded } from './embedded.ts'
import { isMigrated, migrate } from './migrate.ts'
import { shapeOf } from './records.ts'
import * as s from './schema.ts'
import { insertInvite, useInvite } from './sessions.ts'
import { holdLease, houseSecret, readSetting, writeSetting } from './settings.ts'

let database: Database
beforeAll(async () => {
  database = await testDatabase()
})
afterAll(() => database.close())

const now = new Date('2026-11-22T08:00:00Z')

describe('the schema', () => {
  test('migrating again changes nothing', async () => {
    expect(await migrate(database.db)).toBe(0)
    expect(await isMigrated(database.db)).toBe(true)
  })

  test('a database made by a newer version is refused with words in both languages', async () => {
    await database.db.execute(sql`insert into migrations (hash) values ('from the future')`)
    await expect(migrate(database.db)).rejects.toThrow(/newer Frontdesk[\s\S]*更新版本/)
    await database.db.execute(sql`delete from migrations where hash = 'from the future'`)
  })
})

test.each(['12345678901234567890', '{"a":1}', 'null', '"x"', 'plain', 42, { a: [1] }])(
  'a setting comes back as it was written: %j',
  async (value) => {
    await writeSetting(database.db, 'cursor:test', value)
    expect(await readSetting(database.db, 'cursor:test')).toEqual(value)
  },
)

describe('9. authorisation is in the query', () => {
  beforeAll(async () => {
    await database.db.insert(s.customers).values({ id: 'cus_1', name: '王', named: true, firstSeenAt: now, lastSeenAt: now })
    const row = {
      customerId: 'cus_1',
      channelId: 'web',
      threadKey: '',
      status: 'queued' as const,
      version: 1,
      priority: 'normal' as const,
      locale: 'zh' as const,
      greeted: true,
      botState: {},
      lastSeq: 0,
      openedAt: now,
      lastMessageAt: now,
    }
    await database.db.insert(s.conversations).values([
      { ...row, id: 'cnv_tech', userKey: 'a', skill: 'tech' },
      { ...row, id: 'cnv_sales', userKey: 'b', skill: 'aftersales' },
      { ...row, id: 'cnv_none', userKey: 'c', skill: null },
      { ...row, id: 'cnv_mine', userKey: 'd', skill: 'tech', status: 'assigned', agentId: 'anna' },
    ])
  })
  const anna = { id: 'anna', role: 'agent' as const, skills: ['aftersales'] }
  const vip = { tags: [], priority: 'high' as const }
  const lead = { id: 'lead', role: 'supervisor' as const, skills: [] }

  // chatwoot#6422 chatwoot#8274: agents see the conversations of all teams.
  test('an agent sees what is theirs, what asks for their skills and what asks for none; a supervisor sees all', async () => {
    const ids = async (actor: typeof anna | typeof lead) => {
      const queue = await listConversations(database.db, actor, { view: 'queue', limit: 10, vip })
      const open = await listConversations(database.db, actor, { view: 'open', limit: 10, vip })
      return [...queue.rows, ...open.rows].map((one) => one.conversation.id).sort()
    }
    expect(await ids(anna)).toEqual(['cnv_mine', 'cnv_none', 'cnv_sales'])
    expect(await ids(lead)).toEqual(['cnv_mine', 'cnv_none', 'cnv_sales', 'cnv_tech'])
    expect((await countViews(database.db, anna)).queue).toBe(2)
  })

  test('the counts are of what an agent may see, once for however many reasons, and piles are counted so far that a screen can say "and more"', async () => {
    const [row] = await database.db.select().from(s.conversations).where(eq(s.conversations.id, 'cnv_none'))
    if (!row) throw new Error('no row to copy')
    const { activeSlot: _, ...plain } = row
    const resolved = (id: string, more: Partial<typeof plain>) => ({
      ...plain,
      id,
      userKey: id,
      status: 'resolved' as const,
      resolvedAt: now,
      ...more,
    })
    await database.db.insert(s.conversations).values([
      resolved('cnv_r1', { agentId: 'anna', skill: 'aftersales' }),
      resolved('cnv_r2', { agentId: 'anna', skill: 'tech' }),
      resolved('cnv_r3', { agentId: 'ben', skill: null }),
      resolved('cnv_r4', { agentId: 'ben', skill: 'tech' }),
      resolved('cnv_r5', { agentId: 'anna', skill: null, archivedAt: now }),
      { ...plain, id: 'cnv_b1', userKey: 'b1', status: 'bot' as const, skill: 'tech' },
      { ...plain, id: 'cnv_b2', userKey: 'b2', status: 'bot' as const, skill: null },
      {
        ...plain,
        id: 'cnv_asked',
        userKey: 'q1',
        skill: 'tech',
        handoff: { reason: 'asked', at: '', offer: { to: ['anna'], until: '' } },
      },
    ])
    expect(await countViews(database.db, anna)).toEqual({ queue: 3, mine: 1, open: 1, bot: 1, resolved: 3 })
    expect(await countViews(database.db, { ...anna, skills: [] })).toMatchObject({ queue: 2, bot: 1, resolved: 3 })
    expect(await countViews(database.db, lead)).toEqual({ queue: 4, mine: 0, open: 1, bot: 2, resolved: 4 })
    await database.db.insert(s.conversations).values(Array.from({ length: 120 }, (_, n) => resolved(`cnv_p${n}`, { skill: 'tech' })))
    expect((await countViews(database.db, anna)).resolved).toBe(3)
    expect((await countViews(database.db, lead)).resolved).toBe(MOST_COUNTED + 1)
  })

  test('what an agent may not see is not there by its id either, nor by a search', async () => {
    expect(await readConversation(database.db, anna, 'cnv_tech')).toBeUndefined()
    expect(await maySee(database.db, anna, 'cnv_tech')).toBe(false)
    const found = await listConversations(database.db, anna, { view: 'queue', search: '王', limit: 10, vip })
    expect(found.rows.map((one) => one.conversation.id)).not.toContain('cnv_tech')
  })

  test('letters that SQL reads as patterns are letters in a search', async () => {
    const found = await listConversations(database.db, lead, { view: 'queue', search: '%', limit: 10, vip })
    expect(found.rows).toEqual([])
  })
})

test('a one-time link opens once, however many use it at the same moment', async () => {
  await insertInvite(database.db, { id: 'link', kind: 'admin', agentId: null, expiresAt: new Date(now.getTime() + 1000) })
  const used = await Promise.all(Array.from({ length: 50 }, () => useInvite(database.db, 'link', now)))
  expect(used.filter(Boolean)).toHaveLength(1)
})

test('configured agents follow the file: missing ones are disabled and come back as they were', async () => {
  const anna = {
    id: 'anna',
    name: '安娜',
    publicName: '安娜',
    email: null,
    role: 'admin' as const,
    skills: [],
    capacity: 3,
    identities: {},
  }
  await syncAgents(database.db, [anna], now)
  await database.db.update(s.agents).set({ passwordHash: 'kept' })
  expect(await hasAdmin(database.db)).toBe(true)
  await syncAgents(database.db, [], now)
  expect(await hasAdmin(database.db)).toBe(false)
  await syncAgents(database.db, [anna], now)
  expect(await hasAdmin(database.db)).toBe(true)
})

test('a lease has one holder until it runs out; a secret is made once', async () => {
  expect(await holdLease(database.db, 'poll', 'a', 60_000)).toBe(true)
  expect(await holdLease(database.db, 'poll', 'b', 60_000)).toBe(false)
  expect(await holdLease(database.db, 'poll', 'a', -1)).toBe(true)
  expect(await holdLease(database.db, 'poll', 'b', 60_000)).toBe(true)
  const secrets = await Promise.all(Array.from({ length: 5 }, () => houseSecret(database.db, 'visitors')))
  expect(new Set(secrets).size).toBe(1)
})

describe.skipIf(onPostgres)('the embedded data folder', () => {
  const folder = mkdtempSync(join(tmpdir(), 'frontdesk-lock-'))
  afterAll(() => rmSync(folder, { recursive: true, force: true }))

  test('is refused to a second process with a clear error, and free again after the first ended', async () => {
    const first = await openEmbedded({ folder })
    const second = spawnSync(
      process.execPath,
      [
        '--input-type=module',
        '-e',
        `import { openEmbedded } from ${JSON.stringify(new URL('./embedded.ts', import.meta.url).href)}; await openEmbedded({ folder: ${JSON.stringify(folder)} })`,
      ],
      { encoding: 'utf8' },
    )
    expect(second.status).not.toBe(0)
    expect(second.stderr).toMatch(/is in use by process \d+/)
    expect(second.stderr).toContain('正被进程')
    await expect(openEmbedded({ folder })).rejects.toThrow('in use')
    await first.close()
    await (await openEmbedded({ folder })).close()
  })

  test('whose process was killed is taken over', async () => {
    const dead = spawnSync(process.execPath, ['-e', '']).pid
    writeFileSync(join(folder, 'frontdesk.lock'), JSON.stringify({ pid: dead, host: hostname(), boot: '' }))
    await (await openEmbedded({ folder })).close()
  })

  test.each([
    ['empty', ''],
    ['left by one that was killed', JSON.stringify({ pid: 0, host: hostname(), boot: 'before' })],
  ])('is one process’s of two that start at the same instant, again and again; the folder is %s', async (_what, left) => {
    const rounds = Array.from({ length: 100 }, (_, n) => join(mkdtempSync(join(folder, 'race-')), String(n)))
    for (const round of rounds) mkdirSync(round)
    if (left) for (const round of rounds) writeFileSync(join(round, 'frontdesk.lock'), left)
    const program = `import { lockFolder } from ${JSON.stringify(new URL('./lock.ts', import.meta.url).href)}
      for (const [n, folder] of ${JSON.stringify(rounds)}.entries()) {
        while (Date.now() < ${Date.now() + 1_500} + n * 8);
        try { lockFolder(folder); console.log(n) } catch (error) { if (!error.message.includes('in use')) console.log(error.message) }
      }
      console.log('done')
      process.stdin.resume().on('end', () => process.exit())`
    const racers = [0, 1].map(() => spawn(process.execPath, ['--input-type=module', '-e', program]))
    const heard = ['', '']
    for (const [n, { stdout }] of racers.entries()) stdout.on('data', (chunk) => (heard[n] += String(chunk)))
    // Who has a folder lives until the other has tried them all: from the dead they may be taken.
    await until('both have tried all', () => heard.every((words) => words.endsWith('done\n')), { ms: 30_000 })
    for (const { stdin } of racers) stdin.end()
    const won = heard.flatMap((words) => words.split('\n').filter((word) => word && word !== 'done'))
    expect(won.sort()).toEqual(rounds.map((_, n) => String(n)).sort())
  })
})

test('what PostgreSQL cannot store becomes a replacement letter, wherever it stands in a row; a backslash is no escape', () => {
  const shape = shapeOf(s.settings)
  const value = { a: 'x\0y', b: '\ud83d', c: '😀', d: '\\u0000', e: '\\\0' }
  const [row] = JSON.parse(shape.toJson([{ key: 'k', value }])) as { value: unknown }[]
  expect(row?.value).toEqual({ a: 'x\ufffdy', b: '\ufffd', c: '😀', d: '\\u0000', e: '\\\ufffd' })
})
