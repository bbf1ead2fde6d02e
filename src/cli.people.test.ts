// `frontdesk admin` as a process: who somebody in a tool is, and the way back.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { syncAgents } from '#store/agents.ts'
import type { Db } from '#store/database.ts'
import { openEmbedded } from '#store/embedded.ts'
import { accountsOf, linkPerson } from '#store/links.ts'
import { openPostgres } from '#store/postgres.ts'
import { frontdesk } from '../test/support/cli.ts'
import { onPostgres, silent, testUrl } from '../test/support/database.ts'
import { migratedData } from '../test/support/house.ts'

const folder = mkdtempSync(join(tmpdir(), 'frontdesk-people-'))
const variables: Record<string, string> = { FRONTDESK_DATA: join(folder, 'data'), FRONTDESK_CONFIG: folder }
const cli = (...args: string[]) => frontdesk(['admin', ...args], variables)
const read = async (...args: string[]) => JSON.parse((await cli(...args, '--json')).stdout)

beforeAll(async () => {
  if (onPostgres) variables.DATABASE_URL = await testUrl()
  writeFileSync(join(folder, 'frontdesk.yaml'), 'channels: [{ id: web, type: web }]\n')
  writeFileSync(join(folder, 'bot.yaml'), 'version: 1\n')
  migratedData(join(folder, 'data'))
  const anna = { id: 'anna', name: '安娜', publicName: '安娜', email: null, role: 'agent' as const, skills: [], capacity: 5 }
  await look(async (db) => {
    await syncAgents(db, [{ ...anna, identities: { group: '7' } }], new Date())
    await db.transaction((tx) => linkPerson(tx, { deskId: 'slack', userId: 'U7', agentId: 'anna', how: 'email' }, new Date()))
  })
})
afterAll(() => rmSync(folder, { recursive: true, force: true }))

/** The embedded database opens only while nobody else has it. */
async function look<T>(work: (db: Db) => Promise<T>): Promise<T> {
  const { DATABASE_URL: url } = variables
  const database = url ? openPostgres({ url, log: silent, max: 1 }) : await openEmbedded({ folder: variables.FRONTDESK_DATA as string })
  return work(database.db).finally(() => database.close())
}

test.runIf(onPostgres)('on a machine whose clock is a day ahead, a code runs out by the time of the database', async () => {
  const ahead = `class Ahead extends Date {
    constructor(...given) { given.length > 0 ? super(...given) : super(Ahead.now()) }
    static now() { return super.now() + 86_400_000 }
  }
  globalThis.Date = Ahead`
  const NODE_OPTIONS = `--import=data:text/javascript,${encodeURIComponent(ahead)}`
  const { stdout } = await frontdesk(['admin', 'code', 'anna', '--json'], { ...variables, NODE_OPTIONS })
  const { expiresAt } = JSON.parse(stdout) as { expiresAt: string }
  expect(Math.abs(new Date(expiresAt).getTime() - Date.now() - 10 * 60_000)).toBeLessThan(60_000)
})

test('unlink takes back what was linked, and says where the rest stands', { timeout: 60_000 }, async () => {
  expect((await cli('unlink', 'anna', 'feishu')).stderr).toContain('There are: group (7), slack (U7)')
  const ran = await cli('unlink', 'anna', '--lang', 'zh')
  expect(ran.code).toBe(0)
  expect(ran.stdout).toContain('✓ 已解除：slack 的 U7 不再是 安娜')
  expect(ran.stdout).toContain('agents 下 anna 的 identities: { group: "7" }')
  expect(await look((db) => accountsOf(db))).toMatchObject([{ deskId: 'group', how: 'file' }])
  expect(await read('unlink', 'anna', 'group')).toMatchObject({ ok: false, unlinked: [], inFile: [{ tool: 'group', user: '7' }] })
})
