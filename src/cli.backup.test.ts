// Backup and restore as people run them: processes, on both databases, with a house that runs and a house that is killed.
import { spawn } from 'node:child_process'
import { existsSync, mkdtempSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { sql } from 'drizzle-orm'
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest'
import { full } from '../test/chaos/seed.ts'
import { frontdesk } from '../test/support/cli.ts'
import { COMPILED } from '../test/support/compiled.ts'
import { onPostgres } from '../test/support/database.ts'
import { CUSTOMERS, frontdeskYaml, houseProcess, type Premises, premises, SECRET, startTelegram } from '../test/support/house.ts'
import { standWith, updateOf } from '../test/support/people.ts'

type Telegram = Awaited<ReturnType<typeof startTelegram>>

let fake: Telegram
let folder: string
let file: string
let places: Premises[]
beforeAll(async () => {
  fake = await startTelegram()
})
afterAll(() => fake.close())
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'frontdesk-cli-backup-'))
  file = join(folder, 'house.backup')
  places = []
})
afterEach(() => {
  for (const place of places) place.remove()
  rmSync(folder, { recursive: true, force: true })
})

async function newPlace(): Promise<Premises> {
  const place = await premises(frontdeskYaml(fake.url))
  places.push(place)
  return place
}

const waiting = sql`insert into deliveries (id, kind, target_id, lane, conversation_id, op, payload, automatic, state, next_at, origin_key, created_at)
  values ('dlv_1', 'channel', 'tg', 'a', 'cnv_1', 'send', '{"to": {"user": "42"}, "parts": [{"type": "text", "text": "again?"}]}', true, 'pending', now(), 'o', now())`

const json = (text: string) => JSON.parse(text) as Record<string, unknown>

test('a house is backed up and comes back elsewhere, and what was on its way does not go out again', { timeout: 90_000 }, async () => {
  const place = await newPlace()
  const house = await houseProcess(place)
  await house.ready()
  const customer = standWith(fake).visitor(42, '王小明')
  const update = updateOf({ fake }, CUSTOMERS, customer.text('多久发货'))
  const headers = { 'content-type': 'application/json', 'x-telegram-bot-api-secret-token': SECRET }
  const hook = { method: 'POST', body: JSON.stringify(update), headers }
  expect((await fetch(`${house.url}/hooks/tg`, hook)).status).toBe(200)
  await customer.hears('24 小时')
  await house.quiet()
  if (!onPostgres) {
    const refused = await frontdesk(['backup', file, '--lang', 'zh'], place.variables)
    expect(refused).toMatchObject({ code: 1, stderr: expect.stringContaining('正被运行中的 Frontdesk 使用。请先停止它') })
    await house.stop()
  }
  // On PostgreSQL it runs on.
  const early = await frontdesk(['backup', join(folder, 'running.backup'), '--json'], place.variables)
  expect(json(early.stdout)).toMatchObject({ ok: true, rows: { messages: 2, events: 1, deliveries: 1 }, files: 0, missing: [] })
  await house.stop()
  await place.look(waiting)

  const ran = await frontdesk(['backup', file], place.variables)
  expect(ran).toMatchObject({ code: 0, stderr: '' })
  expect(ran.stdout).toContain('only you can read it (0600)')
  expect(statSync(file).mode & 0o777).toBe(0o600)
  expect(await frontdesk(['backup', file], place.variables)).toMatchObject({ code: 1, stderr: expect.stringContaining('exists already') })

  const sent = fake.accepted('sendMessage').length
  const fresh = await newPlace()
  const restored = await frontdesk(['restore', file, '--json'], fresh.variables)
  expect(json(restored.stdout)).toMatchObject({ ok: true, held: 1, pending: 0 })
  const again = await frontdesk(['restore', file], fresh.variables)
  expect(again).toMatchObject({ code: 1, stderr: expect.stringContaining('The database is not empty') })
  const second = await houseProcess(fresh)
  await second.ready()
  await second.quiet()
  expect(fake.accepted('sendMessage')).toHaveLength(sent)
  // It goes on where it was: the same update is known, the next one is answered.
  expect((await fetch(`${second.url}/hooks/tg`, hook)).status).toBe(200)
  await second.quiet()
  expect(fake.accepted('sendMessage')).toHaveLength(sent)
  const next = updateOf({ fake }, CUSTOMERS, customer.text('怎么退货'))
  expect((await fetch(`${second.url}/hooks/tg`, { ...hook, body: JSON.stringify(next) })).status).toBe(200)
  await customer.hears('7 天')
  await second.stop()
  const rows = await fresh.look(
    sql`select (select count(*)::int from conversations) as conversations, (select count(*)::int from messages) as said`,
  )
  expect(rows).toEqual([{ conversations: 1, said: 4 }])
})

test('what cannot be read is refused before a database is opened', async () => {
  writeFileSync(file, 'hello')
  const data = join(folder, 'nothing')
  const variables = { FRONTDESK_DATA: data, LANG: 'zh_CN.UTF-8' }
  expect(await frontdesk(['restore', file], variables)).toMatchObject({ code: 1, stderr: expect.stringContaining('不是 Frontdesk 的备份') })
  expect(await frontdesk(['restore', join(folder, 'no')], variables)).toMatchObject({
    code: 1,
    stderr: expect.stringContaining('没有文件'),
  })
  expect(await frontdesk(['backup', join(folder, 'b')], variables)).toMatchObject({
    code: 1,
    stderr: expect.stringContaining('没有数据库'),
  })
  expect(existsSync(data)).toBe(false)
})

/** Runs `take` of a command with a hook that kills the process at its milestone. */
async function killed(place: Premises, code: string): Promise<NodeJS.Signals | null> {
  const at = (path: string) => JSON.stringify(fileURLToPath(new URL(path, import.meta.url)))
  const script = `import { environment } from ${at('./node/environment.ts')}
    import { createScreen } from ${at('./cli/screen.ts')}
    const pass = () => process.kill(process.pid, 'SIGKILL')
    const job = { file: ${JSON.stringify(file)}, withFiles: true, env: environment(), screen: createScreen('en', true), pass }
    ${code.replaceAll(/'(\.[^']+)'/g, (_, path: string) => at(path))}`
  const program = join(mkdtempSync(join(folder, 'program-')), 'kill.mjs')
  writeFileSync(program, script)
  const env = { PATH: process.env.PATH, ...COMPILED, ...place.variables }
  const child = spawn(process.execPath, [program], { env, cwd: tmpdir(), stdio: 'inherit' })
  return new Promise((resolve) => child.once('exit', (_code, signal) => resolve(signal)))
}

// On the embedded database a start takes seconds, and there are four: there only in the long form.
test.runIf(onPostgres || full)(
  'killed half way, a backup leaves no file and a restore an empty database',
  { timeout: 60_000 },
  async () => {
    const place = await newPlace()
    await place.look(waiting)
    expect(await killed(place, `await (await import('./cli/backup.ts')).takeBackup(job)`)).toBe('SIGKILL')
    expect(existsSync(file)).toBe(false)
    // What was being written stands beside it, and is in nobody's way.
    expect(readdirSync(folder).filter((name) => !name.endsWith('.part') && !name.startsWith('program-'))).toEqual([])
    expect(await frontdesk(['backup', file], place.variables)).toMatchObject({ code: 0 })

    const fresh = await newPlace()
    const before = await fresh.look(sql`select 1 from deliveries`)
    expect(await killed(fresh, `await (await import('./cli/restore.ts')).restoreBackup(job)`)).toBe('SIGKILL')
    expect(await fresh.look(sql`select 1 from deliveries`)).toEqual(before)
    expect(json((await frontdesk(['restore', file, '--json'], fresh.variables)).stdout)).toMatchObject({ ok: true, held: 1 })
  },
)

test('--verify looks at a file and restores nothing', async () => {
  const place = await newPlace()
  expect(await frontdesk(['backup', file], place.variables)).toMatchObject({ code: 0 })
  const ran = await frontdesk(['restore', file, '--verify'], { FRONTDESK_DATA: join(folder, 'nothing') })
  expect(ran).toMatchObject({ code: 0, stdout: expect.stringMatching(/^✓ sound: taken at 2/) })

  expect(existsSync(join(folder, 'nothing'))).toBe(false)
})
