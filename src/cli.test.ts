// The commands that use the database, as processes, on both databases.
import { spawn } from 'node:child_process'
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { createServer as createHttpServer } from 'node:http'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { sql } from 'drizzle-orm'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, inject, test } from 'vitest'
import { openEmbedded } from '#store/embedded.ts'
import { openPostgres } from '#store/postgres.ts'
import { type FakeTelegram, startFakeTelegram } from '../test/fakes/telegram.ts'
import { frontdesk, type Ran } from '../test/support/cli.ts'
import { COMPILED } from '../test/support/compiled.ts'
import { onPostgres, silent, testUrl } from '../test/support/database.ts'
import { migratedData } from '../test/support/house.ts'

const TOKEN = '111:customers'
let telegram: FakeTelegram
let place: Place

interface Place {
  folder: string
  variables: Record<string, string> & { FRONTDESK_DATA: string }
}

beforeAll(async () => {
  telegram = await startFakeTelegram({ bots: [TOKEN] })
  telegram.addForum(-1_001, 'Support')
})
afterAll(() => telegram.close())

beforeEach(async () => {
  place = await newPlace()
})
afterEach(() => rmSync(place.folder, { recursive: true, force: true }))

async function newPlace(): Promise<Place> {
  const folder = mkdtempSync(join(tmpdir(), 'frontdesk-cli-'))
  const variables = {
    FRONTDESK_DATA: join(folder, 'data'),
    FRONTDESK_CONFIG: folder,
    PORT: String(await freePort()),
    ...(onPostgres && { DATABASE_URL: await testUrl() }),
  }
  config(folder, TOKEN)
  return { folder, variables }
}

function config(folder: string, token: string, more = ''): void {
  const file = `${more}
channels:
  - { id: tg, type: telegram, token: "${token}", apiRoot: "${telegram.url}" }
desks:
  - { id: group, type: telegram, token: "${TOKEN}", chat: -1001, apiRoot: "${telegram.url}" }
skills: [aftersales]
agents:
  - { id: anna, name: 安娜, skills: [aftersales] }
`
  writeFileSync(join(folder, 'frontdesk.yaml'), file)
  writeFileSync(join(folder, 'bot.yaml'), 'version: 1\n')
}

const cli = (args: string[], input = '', { variables } = place): Promise<Ran> => frontdesk(args, variables, input)
const read = async (args: string[], input = '', where = place) => JSON.parse((await cli([...args, '--json'], input, where)).stdout)

async function freePort(): Promise<number> {
  const server = createServer()
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as { port: number }
  await new Promise((resolve) => server.close(resolve))
  return port
}

interface House {
  url: string
  stop(): Promise<void>
}

/** The house itself, as a process, once it answers. */
async function startHouse({ variables }: Place): Promise<House> {
  const child = spawn(process.execPath, [inject('programs').house], {
    env: { PATH: process.env.PATH, ...COMPILED, ...variables },
    cwd: tmpdir(),
    stdio: 'ignore',
  })
  const url = `http://127.0.0.1:${variables.PORT}`
  const ended = new Promise<void>((resolve) => child.once('exit', () => resolve()))
  const stop = async () => {
    child.kill('SIGTERM')
    await ended
  }
  for (const end = Date.now() + 25_000; ; ) {
    const up = await fetch(`${url}/healthz`).then(
      (response) => response.ok,
      () => false,
    )
    if (up) return { url, stop }
    if (child.exitCode !== null || Date.now() > end) {
      await stop()
      throw new Error('the house does not start')
    }
    await new Promise((resolve) => setTimeout(resolve, 100))
  }
}

const post = (url: string, body: object) =>
  fetch(url, { method: 'POST', headers: { 'content-type': 'application/json', 'x-frontdesk': '1' }, body: JSON.stringify(body) })

describe('migrate', () => {
  test('brings the database up to date once; the second time there is nothing to do', async () => {
    // The tests' PostgreSQL databases are copies of a migrated one.
    expect(await read(['migrate'])).toMatchObject({ ok: true, ran: onPostgres ? 0 : expect.any(Number) })
    const again = await cli(['migrate', '--lang', 'zh'])
    expect(again).toMatchObject({ code: 0, stdout: '✓ 数据库已是最新\n' })
  })

  test('a database of a newer Frontdesk is refused, and doctor says so', async () => {
    migratedData(place.variables.FRONTDESK_DATA)
    const { FRONTDESK_DATA = '', DATABASE_URL: url } = place.variables
    const database = url ? openPostgres({ url, log: silent }) : await openEmbedded({ folder: FRONTDESK_DATA })
    await database.db.execute(sql`insert into migrations (hash) values ('of tomorrow')`)
    await database.close()
    const ran = await cli(['migrate'])
    expect(ran.code).toBe(1)
    expect(ran.stderr).toMatch(/^✗ This database was made by a newer Frontdesk\./)
    const found: Diagnosis = await read(['doctor'])
    expect(about(found, 'database')).toMatchObject({ mark: 'bad', found: expect.stringContaining('newer Frontdesk') })
  })

  test('a server that is not there is named, without its password', async () => {
    place.variables.DATABASE_URL = 'postgres://frontdesk:geheim@127.0.0.1:1/x'
    const ran = await cli(['migrate'])
    expect(ran.code).toBe(1)
    expect(ran.stderr).toContain('DATABASE_URL')
    expect(ran.stderr).not.toContain('geheim')
  })
})

const tokenOf = (link: { url: string }) => new URL(link.url).searchParams.get('token')
const PASSWORD = 'correct horse battery'

describe('admin', () => {
  test('create, then sign in over HTTP; an invitation sets another password', { timeout: 60_000 }, async () => {
    migratedData(place.variables.FRONTDESK_DATA)
    const create = ['admin', 'create', '--name', 'Ann', '--email', 'Ann@Example.test', '--password-stdin']
    expect(await read(create, `${PASSWORD}\n`)).toMatchObject({ ok: true, email: 'ann@example.test' })
    const twice = await cli(create, PASSWORD)
    expect(twice.code).toBe(1)
    expect(twice.stderr).toContain('admin invite')
    expect(await read(['admin', 'link'])).toMatchObject({ ok: false, error: expect.stringContaining('admin already') })
    const invite = await read(['admin', 'invite', 'ann@example.test'])
    expect((await cli(['admin', 'invite', 'nobody'])).stderr).toContain('There is no nobody')

    const { url, stop } = await startHouse(place)
    try {
      const login = await post(`${url}/console/api/login`, { email: 'ann@example.test', password: PASSWORD })
      expect(await login.json()).toMatchObject({ name: 'Ann', role: 'admin' })
      const setup = await post(`${url}/console/api/setup`, { token: tokenOf(invite), password: 'another horse battery' })
      expect(await setup.json()).toMatchObject({ email: 'ann@example.test' })
    } finally {
      await stop()
    }
  })

  test('without a terminal, what is missing or wrong is named', async () => {
    const ann = ['admin', 'create', '--name', 'A', '--email']
    expect((await cli(['admin', 'create'])).stderr).toContain('--name')
    expect((await cli([...ann, 'nonsense'])).stderr).toContain('not an e-mail')
    expect((await cli([...ann, 'a@example.test', '--password-stdin'], 'short')).stderr).toContain('at least 10')
  })
})

describe('beside a running Frontdesk', () => {
  let home: Place
  let house: House
  let link: { url: string }
  beforeAll(async () => {
    home = await newPlace()
    migratedData(home.variables.FRONTDESK_DATA)
    link = await read(['admin', 'link'], '', home)
    house = await startHouse(home)
  })
  afterAll(async () => {
    await house.stop()
    rmSync(home.folder, { recursive: true, force: true })
  })

  test('the link of before makes the first admin', async () => {
    const first = { token: tokenOf(link), name: 'Chief', email: 'chief@example.test', password: PASSWORD }
    expect((await post(`${house.url}/console/api/setup`, first)).status).toBe(200)
  })

  test('an embedded database is left alone, and the way round is named', async () => {
    const ran = await cli(['admin', 'list'], '', home)
    if (onPostgres) return expect(ran.stdout).toContain('anna')
    expect(ran.code).toBe(1)
    expect(ran.stderr).toContain("Use the console's Team page")
  })

  test('doctor asks it how its database is', async () => {
    const found: Diagnosis = await read(['doctor'], '', home)
    expect(found.ok).toBe(true)
    expect(about(found, 'port')?.found).toContain('Frontdesk runs')
    expect(about(found, 'running config')).toBeUndefined()
    if (!onPostgres) expect(about(found, 'database')).toMatchObject({ mark: 'ok', found: expect.stringContaining('/readyz: ready') })
  })

  test('doctor tells what it does not use yet: channels are read at the start', async () => {
    const file = join(home.folder, 'frontdesk.yaml')
    const before = readFileSync(file, 'utf8')
    writeFileSync(file, before.replace('channels:', 'channels:\n  - { id: shop, type: web }'))
    const found: Diagnosis = await read(['doctor'], '', home)
    writeFileSync(file, before)
    expect(about(found, 'running config')).toMatchObject({
      mark: 'warn',
      found: 'without shop',
      advice: expect.stringContaining('restart'),
    })
  })
})

interface Diagnosis {
  ok: boolean
  checks: { mark: string; name: string; found: string; advice?: string }[]
}

const about = ({ checks }: Diagnosis, name: string) => checks.find((one) => one.name === name)

describe('doctor', () => {
  test('asks every channel and desk, and is content', async () => {
    const found: Diagnosis = await read(['doctor'])
    expect(found.ok).toBe(true)
    expect(about(found, 'channel tg')).toMatchObject({ mark: 'ok', found: expect.stringContaining('@') })
    expect(about(found, 'desk group')).toMatchObject({ mark: 'ok' })
    expect(about(found, 'port')?.mark).toBe('ok')
    expect(existsSync(join(place.folder, 'data'))).toBe(false) // Looked, and changed nothing.
  })

  test('a wrong token: exit code 1, and what to do', async () => {
    config(place.folder, '222:wrong', 'publicUrl: http://127.0.0.1:1')
    const ran = await cli(['doctor', '--lang', 'zh'])
    expect(ran.code).toBe(1)
    expect(ran.stdout).toContain('✗ 渠道 tg')
    expect(ran.stdout).toContain('核对 frontdesk.yaml 中 tg 的 token')
    expect(ran.stdout).toContain('docs/channels/telegram.zh.md')
    expect(ran.stdout).toContain('! 公网地址')
    expect(ran.stdout).not.toContain('222:wrong')
  })

  test('reads the feeds of opening hours, and says of each that cannot be read what to do', async () => {
    const calendar = 'BEGIN:VCALENDAR\r\nBEGIN:VEVENT\r\nUID:1\r\nDTSTART;VALUE=DATE:20301001\r\nEND:VEVENT\r\nEND:VCALENDAR'
    const server = createHttpServer((request, response) => {
      if (request.url === '/good.ics') response.end(calendar)
      else response.end('<html>sign in</html>')
    })
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    const root = `http://127.0.0.1:${(server.address() as { port: number }).port}`
    const hours = (name: string, file: string) =>
      `  ${name}: { timezone: UTC, open: { daily: "09:00-18:00" }, feeds: [{ url: "${root}/${file}" }] }`
    config(place.folder, TOKEN, `hours:\n${hours('office', 'good.ics')}\n${hours('shop', 'login-4711')}`)
    const found: Diagnosis = await read(['doctor'])
    server.close()
    expect(found.ok).toBe(false)
    expect(about(found, 'calendar office')).toMatchObject({ mark: 'ok' })
    expect(about(found, 'calendar shop')).toMatchObject({ mark: 'bad', advice: expect.stringContaining('BEGIN:VCALENDAR') })
    expect(JSON.stringify(found)).not.toContain('4711')
  })

  test('a port that another program has, and files with mistakes, are problems', async () => {
    const server = createServer((socket) => socket.destroy())
    await new Promise<void>((resolve) => server.listen(Number(place.variables.PORT), '127.0.0.1', resolve))
    writeFileSync(join(place.folder, 'bot.yaml'), 'version: 2\n')
    const found: Diagnosis & { problems: object[] } = await read(['doctor'])
    await new Promise((resolve) => server.close(resolve))
    expect(found.ok).toBe(false)
    expect(about(found, 'port')).toMatchObject({ mark: 'bad', advice: expect.stringContaining('PORT=') })
    expect(found.problems).toMatchObject([{ file: 'bot.yaml', line: 1 }])
  })
})

test('the entry can be run as it is', () => {
  expect(readFileSync(new URL('./cli.ts', import.meta.url), 'utf8')).toMatch(/^#!\/usr\/bin\/env node\n/)
})
