// `frontdesk replay` as a process, on both databases: what it lists, what it touches, and what it refuses.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import type { Database } from '#store/database.ts'
import { openEmbedded } from '#store/embedded.ts'
import { openPostgres } from '#store/postgres.ts'
import * as s from '#store/schema.ts'
import { frontdesk } from '../test/support/cli.ts'
import { onPostgres, silent, testUrl } from '../test/support/database.ts'
import { migratedData } from '../test/support/house.ts'
import { timeOf } from './cli/replay.ts'

const folder = mkdtempSync(join(tmpdir(), 'frontdesk-replay-'))
const variables: Record<string, string> = { FRONTDESK_DATA: join(folder, 'data'), FRONTDESK_CONFIG: folder }
const cli = (...args: string[]) => frontdesk(['replay', ...args], variables)
const read = async (...args: string[]) => JSON.parse((await cli(...args, '--json')).stdout)

/** The embedded database opens only while nobody else has it. */
async function look<T>(work: (database: Database) => Promise<T>): Promise<T> {
  const { DATABASE_URL: url } = variables
  const database = url ? openPostgres({ url, log: silent, max: 1 }) : await openEmbedded({ folder: variables.FRONTDESK_DATA as string })
  try {
    return await work(database)
  } finally {
    await database.close()
  }
}

const NOW = Date.now()
const hoursAgo = (hours: number) => new Date(NOW - hours * 3_600_000)
const delivery = (id: string, state: 'failed' | 'held' | 'unknown' | 'sent', target: string, hours: number) => ({
  id,
  kind: 'channel' as const,
  targetId: target,
  lane: id,
  conversationId: '',
  op: 'send' as const,
  payload: { parts: [{ type: 'text' as const, text: `words of ${id}` }] },
  automatic: state === 'held',
  state,
  attempts: 4,
  error: 'HTTP 502\nmore',
  nextAt: hoursAgo(hours),
  originKey: id,
  createdAt: hoursAgo(hours),
})

beforeAll(async () => {
  if (onPostgres) variables.DATABASE_URL = await testUrl()
  writeFileSync(join(folder, 'frontdesk.yaml'), 'channels: [{ id: web, type: web }]\n')
  writeFileSync(join(folder, 'bot.yaml'), 'version: 1\n')
  migratedData(join(folder, 'data'))
})
afterAll(() => rmSync(folder, { recursive: true, force: true }))

beforeEach(() =>
  look(async ({ db }) => {
    await db.delete(s.deliveries)
    await db.delete(s.events)
    await db
      .insert(s.deliveries)
      .values([
        delivery('dlv_1', 'failed', 'tg', 30),
        delivery('dlv_2', 'held', 'tg', 3),
        delivery('dlv_3', 'unknown', 'web', 2),
        delivery('dlv_4', 'sent', 'web', 1),
      ])
    await db.insert(s.events).values({
      id: 'evt_5',
      source: 'channel',
      sourceId: 'web',
      externalId: 'e5',
      lane: 'x',
      payload: { type: 'message', from: { user: 'u' }, parts: [{ type: 'text', text: 'poison' }] },
      state: 'dead',
      attempts: 5,
      error: 'the bot broke',
      nextAt: hoursAgo(1),
      receivedAt: hoursAgo(1),
    })
  }),
)

const states = () =>
  look(async ({ db }) => {
    const rows = await db.select().from(s.deliveries).orderBy(s.deliveries.id)
    const [event] = await db.select().from(s.events)
    return [...rows.map((row) => row.state), event?.state].join(' ')
  })
const AS_IT_WAS = 'failed held unknown sent dead'

describe('looking', { timeout: 90_000 }, () => {
  test('lists newest first with the reason, and changes nothing; without a choice it says how to choose', async () => {
    const found = await read('--list')
    expect(found.items.map((one: { id: string }) => one.id)).toEqual(['evt_5', 'dlv_3', 'dlv_2', 'dlv_1'])
    expect(found).toMatchObject({ ok: true, counts: { failed: 1, held: 1, unknown: 1, dead: 1 } })
    expect(found.items[3]).toMatchObject({ state: 'failed', target: 'tg', words: 'words of dlv_1', reason: 'HTTP 502', attempts: 4 })
    const bare = await cli('--lang', 'zh')
    expect(bare).toMatchObject({ code: 0, stderr: '' })
    expect(bare.stdout).toMatch(/evt_5\s+无法处理\s+web/)
    expect(bare.stdout).toContain('选择要重放的')
    expect((await read('--list', '--channel', 'tg', '--since', '5h')).items).toMatchObject([{ id: 'dlv_2' }])
    expect(await states()).toBe(AS_IT_WAS)
  })

  test('the times that are listed are those that --since and --until understand: of this machine’s zone', async () => {
    variables.TZ = 'Asia/Shanghai'
    try {
      const { stdout } = await cli('--list', '--channel', 'tg', '--state', 'failed')
      const [, day, time] = /(\d{4}-\d\d-\d\d) (\d\d:\d\d)/.exec(stdout) ?? []
      const [row] = (await read('--list', '--since', `${day}T${time}`, '--channel', 'tg', '--state', 'failed')).items
      expect(row).toMatchObject({ id: 'dlv_1' })
      expect(Date.parse(row.at) - Date.parse(`${day}T${time}+08:00`)).toBeLessThan(60_000)
    } finally {
      delete variables.TZ
    }
  })

  test('--dry-run counts what would be done, and warns of what may arrive twice', async () => {
    const ran = await cli('--all', '--dry-run')
    expect(ran.code).toBe(0)
    expect(ran.stdout).toContain('the customer may get it twice')
    expect(ran.stdout).toContain('4 would be replayed; nothing was changed.')
    expect(await states()).toBe(AS_IT_WAS)
  })
})

// The embedded database takes seconds to open, and each command opens it.
describe('replaying', { timeout: 90_000 }, () => {
  test('without a terminal nothing is done unless --yes', async () => {
    const ran = await cli('--all')
    expect(ran.code).toBe(1)
    expect(ran.stderr).toContain('To replay these 4, add --yes')
    expect(await states()).toBe(AS_IT_WAS)
  })

  test('everything: sent again by a person’s word, marked where it may have gone out, events from the beginning', async () => {
    expect(await read('--all', '--yes')).toMatchObject({ ok: true, found: 4, replayed: 4 })
    await look(async ({ db }) => {
      const rows = await db.select().from(s.deliveries).orderBy(s.deliveries.id)
      const seen = rows.map((row) => [row.state, row.attempts, row.automatic, row.possiblyTwice])
      expect(seen).toEqual([
        ['pending', 0, false, false],
        ['pending', 0, false, true],
        ['pending', 0, false, true],
        ['sent', 4, false, false],
      ])
      expect(await db.select().from(s.events)).toMatchObject([{ state: 'pending', attempts: 0, error: null }])
      const trail = await db.select().from(s.auditEvents)
      expect(trail.map((row) => [row.action, row.actorKind]).sort()).toEqual([
        ['delivery.resent', 'system'],
        ['delivery.resent', 'system'],
        ['delivery.resent', 'system'],
        ['event.replayed', 'system'],
      ])
    })
  })

  test('only what is chosen, and ids that are not in trouble are named', async () => {
    await cli('--state', 'failed,dead', '--until', '12h', '--yes')
    expect(await states()).toBe('pending held unknown sent dead')
    const ran = await cli('dlv_2,evt_5', 'dlv_4', '--yes')
    expect(ran.code).toBe(1)
    expect(ran.stdout).toContain('1 of the ids are not among them')
    expect(await states()).toBe('pending pending unknown sent pending')
    expect(await cli('--state', 'failed', '--yes')).toMatchObject({ code: 0, stdout: '✓ nothing matches\n' })
  })

  test('a state or a time that does not exist is refused with those that do', async () => {
    expect((await cli('--state', 'faild')).stderr).toContain('failed, unknown, held, expired, dead')
    expect((await cli('--since', 'yesterday')).stderr).toContain('Not a time: yesterday')
    expect(timeOf('90m', new Date(NOW)).getTime()).toBe(NOW - 90 * 60_000)
    expect(timeOf('2026-11-22', new Date(NOW))).toEqual(new Date(2026, 10, 22))
  })

  test.skipIf(onPostgres)('beside a running Frontdesk the embedded database is left alone, and the way round is named', async () => {
    await look(async () => {
      const ran = await cli('--all', '--yes')
      expect(ran.code).toBe(1)
      expect(ran.stderr).toContain('“Needs attention”')
    })
    expect(await states()).toBe(AS_IT_WAS)
  })
})

describe('under another bot.yaml', () => {
  const entry = (id: string, answer: string) =>
    `  - { id: ${id}, ask: [${id === 'a' ? '多久发货, 什么时候发货' : '怎么开发票, 发票'}], answer: ${answer} }\n`
  const said = (id: string, hours: number, words: string[]) =>
    look(async ({ db }) => {
      const at = hoursAgo(hours)
      await db.insert(s.customers).values({ id: `cus_${id}`, name: id, named: true, locale: 'zh', firstSeenAt: at, lastSeenAt: at })
      const conversation = {
        id: `cnv_${id}`,
        customerId: `cus_${id}`,
        channelId: 'web',
        userKey: id,
        threadKey: '',
        status: 'resolved' as const,
        version: 1,
        priority: 'normal' as const,
        locale: 'zh' as const,
        greeted: true,
        botState: {},
        lastSeq: words.length,
        openedAt: at,
        lastMessageAt: at,
      }
      await db.insert(s.conversations).values(conversation)
      const rows = words.map((text, n) => ({
        id: `msg_${id}${n}`,
        conversationId: conversation.id,
        seq: n + 1,
        author: 'customer' as const,
        name: id,
        parts: [],
        text,
        createdAt: at,
      }))
      await db.insert(s.messages).values(rows)
    })

  test('says which conversations of the last month would go another way, and sends and changes nothing', async () => {
    await look(async ({ db }) => {
      await db.execute('truncate customers, conversations, messages cascade')
    })
    writeFileSync(join(folder, 'bot.yaml'), `version: 1\nfaq:\n${entry('a', '明天')}`)
    writeFileSync(join(folder, 'new.yaml'), `version: 1\nfaq:\n${entry('a', '明天')}${entry('b', '订单页')}`)
    await said('same', 3, ['多久发货', '谢谢'])
    await said('better', 2, ['怎么开发票', '发票怎么开', '第三句'])
    await said('old', 24 * 40, ['怎么开发票'])
    const found = await read('--policy', join(folder, 'new.yaml'))
    expect(found).toMatchObject({
      conversations: 2,
      changed: [{ id: 'cnv_better', words: '怎么开发票', before: { what: 'miss' }, after: { what: 'answer b', says: '订单页' } }],
      before: { answered: 1, missed: 1, persons: 1 },
      after: { missed: 1, persons: 0 },
    })
    expect((await read('--policy', join(folder, 'new.yaml'), '--since', '90d')).conversations).toBe(3)
    writeFileSync(join(folder, 'new.yaml'), 'version: 1\nfaq: [{ id: a }]\n')
    expect(await cli('--policy', join(folder, 'new.yaml'))).toMatchObject({ code: 1, stderr: expect.stringContaining('new.yaml:2:') })
    expect(await look(async ({ db }) => (await db.select().from(s.deliveries)).length)).toBe(4)
  })
})
