// When the machine runs short: a full disk, a disk that nothing can be written to, few file descriptors. New things are refused with
// 503, nothing that was accepted is lost, and when there is room again the house goes on by itself.
import { spawn } from 'node:child_process'
import { cpSync, readdirSync } from 'node:fs'
import { connect, type Socket } from 'node:net'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { sql } from 'drizzle-orm'
import pg from 'pg'
import { describe, expect, type TestContext, test } from 'vitest'
import type { Session } from '#http/chat/protocol.ts'
import { openEmbedded } from '#store/embedded.ts'
import { onPostgres } from '../support/database.ts'
import { type SmallDisk, smallDisk } from '../support/disk.ts'
import { type HouseProcess, houseProcess, type Premises, premises } from '../support/house.ts'
import { createDatabase, startPostgres } from '../support/postgresql.ts'
import { until } from '../support/until.ts'

const YAML = 'brand: { name: Shop }\nchannels:\n  - { id: web, type: web, origins: ["*"] }\n'
const MB = 1024 * 1024
/** A new database takes 40 MB. */
const DISK_MB = 130

function diskFor(context: TestContext, megabytes = DISK_MB): SmallDisk {
  const disk = smallDisk(megabytes)
  // Nothing that a script could install would help.
  if (!disk) context.skip('only root can mount a small disk, and only where containers may')
  context.onTestFinished(() => disk.remove())
  return disk
}

async function houseOn(context: TestContext, disk: SmallDisk): Promise<{ house: HouseProcess; place: Premises }> {
  const place = await premises(YAML)
  const data = join(disk.folder, 'data')
  if (!onPostgres) cpSync(place.variables.FRONTDESK_DATA ?? '', data, { recursive: true })
  place.variables.FRONTDESK_DATA = data
  const house = await houseProcess(place)
  context.onTestFinished(async () => {
    await house.kill()
    place.remove()
  })
  await house.ready()
  return { house, place }
}

interface Heard {
  status: number
  retryAfter: string | null
}

interface Visitor {
  say(clientId: string): Promise<Heard>
  /** Hands a file over. */
  give(name: string, kilobytes: number): Promise<Heard>
  read(): Promise<number>
}

async function heard(response: Response): Promise<Heard> {
  await response.text()
  return { status: response.status, retryAfter: response.headers.get('retry-after') }
}

async function visitor({ url }: { url: string }): Promise<Visitor> {
  const json = { 'content-type': 'application/json' }
  const begun = await fetch(`${url}/chat/v1/web/session`, { method: 'POST', body: '{}', headers: json })
  const { token } = (await begun.json()) as Session
  const headers = { ...json, authorization: `Bearer ${token}` }
  return {
    async say(clientId) {
      const body = JSON.stringify({ clientId, text: `你好 ${clientId}` })
      return heard(await fetch(`${url}/chat/v1/web/messages`, { method: 'POST', body, headers }))
    },
    async give(name, kilobytes) {
      const body = new Uint8Array(kilobytes * 1024)
      const type = { ...headers, 'content-type': 'application/octet-stream' }
      return heard(await fetch(`${url}/chat/v1/web/files?name=${name}`, { method: 'POST', body, headers: type }))
    },
    read: async () => (await fetch(`${url}/chat/v1/web/messages`, { headers })).status,
  }
}

const accepted = (place: string) => async () => {
  const database = await openEmbedded({ folder: place })
  try {
    const { rows } = await database.db.execute<{ id: string }>(
      sql`select client_id as id from messages where author = 'customer' order by 1`,
    )
    return rows.map(({ id }) => id)
  } finally {
    await database.close()
  }
}

describe.skipIf(onPostgres)('the disk of the embedded database', () => {
  test('is full: callers hear 503 and when to come again, readers read on, and with room it goes on', {
    timeout: 60_000,
  }, async (context) => {
    const disk = diskFor(context)
    const { house } = await houseOn(context, disk)
    const customer = await visitor(house)
    expect((await customer.say('before-0001')).status).toBe(200)
    await disk.fill(2 * MB)
    const ready = () =>
      fetch(`${house.url}/readyz`).then(async (answer) => ({ status: answer.status, ...((await answer.json()) as object) }))
    await until('it says so', async () => (await ready()).status === 503)
    expect(await ready()).toMatchObject({ ready: false, reason: 'disk_full' })
    expect(await customer.say('refused-0001')).toEqual({ status: 503, retryAfter: '5' })
    expect(await customer.read()).toBe(200)
    disk.empty()
    await until('it takes messages again', async () => (await customer.say('after-0001')).status === 200)
    expect(await house.stop()).toBe(0)
    expect(await accepted(join(disk.folder, 'data'))()).toEqual(['after-0001', 'before-0001'])
  })

  test('fills within an instant, in the middle of its log: the database gives up and comes back by itself', {
    timeout: 60_000,
  }, async (context) => {
    const disk = diskFor(context)
    const database = await openEmbedded({ folder: join(disk.folder, 'data') })
    context.onTestFinished(() => database.close())
    const { db } = database
    await db.execute(sql`create table kept (n int)`)
    await db.execute(sql`insert into kept values (1)`)
    await disk.fill(8 * MB)
    // Only the log grows: its next piece of 16 MB does not fit, which the database itself cannot survive.
    const log = () => db.execute(sql`select pg_logical_emit_message(true, 'test', repeat('x', 500000))`)
    const failure = await until('the log is full', async () =>
      log().then(
        () => undefined,
        (error: Error) => error,
      ),
    )
    expect(String(failure.cause)).toMatch(/No space left on device/)
    await expect(log()).rejects.toThrow()
    disk.empty()
    await until('it works again', async () =>
      db.execute(sql`insert into kept values (2)`).then(
        () => true,
        () => false,
      ),
    )
    expect((await db.execute(sql`select n from kept order by n`)).rows).toEqual([{ n: 1 }, { n: 2 }])
  })

  test('could not be written from the beginning: the start says so in both languages', async (context) => {
    const disk = diskFor(context)
    disk.freeze()
    await expect(openEmbedded({ folder: join(disk.folder, 'data') })).rejects.toThrow(/Nothing can be written[\s\S]*无法写入/)
    disk.thaw()
  })
})

describe.runIf(onPostgres)('with a PostgreSQL server', () => {
  test('whose disk is full: callers hear 503, nothing accepted is lost, and with room it goes on, also when the server had ended', {
    timeout: 120_000,
  }, async (context) => {
    const disk = diskFor(context)
    const server = await startPostgres({ min_wal_size: '32MB', max_wal_size: '32MB' }, join(disk.folder, 'data'))
    context.onTestFinished(() => server.stop())
    await createDatabase(server.url, 'house')
    const place = await premises(YAML, { DATABASE_URL: `${server.url}/house` })
    const house = await houseProcess(place)
    context.onTestFinished(async () => {
      await house.kill()
      place.remove()
    })
    await house.ready()
    const people = await Promise.all(Array.from({ length: 10 }, () => visitor(house)))
    const taken: string[] = []
    const refused: Heard[] = []
    const say = async (n: number) => {
      const clientId = `message-${String(n).padStart(5, '0')}`
      const answer = await (people[n % people.length] as Visitor).say(clientId)
      if (answer.status === 200) taken.push(clientId)
      else if (answer.status !== 429) refused.push(answer)
      return answer.status
    }
    expect(await say(0)).toBe(200)
    let n = 1
    const again = () => until('it takes messages again', async () => (await say(n++)) === 200, { ms: 30_000 })
    // First the tables cannot grow: the server lives.
    await disk.fill(0)
    await until('it is full', async () => (await say(n++)) === 503, { ms: 60_000, state: () => taken.length })
    disk.empty()
    await again()
    // Then its log cannot, which it does not survive; nor does it start again before there is room.
    await disk.fill(0)
    const writer = new pg.Client({ connectionString: `${server.url}/house` })
    writer.on('error', () => undefined) // Cut off: as it must be.
    await writer.connect()
    const log = () => writer.query("select pg_logical_emit_message(true, 'test', repeat('x', 500000))")
    await expect(until('the log is full', async () => void (await log()))).rejects.toThrow()
    await until('the server is gone', () => server.process.exitCode !== null, { ms: 30_000 })
    for (const end = n + 10; n < end; n++) expect(await say(n)).toBe(503)
    expect(refused.filter(({ status, retryAfter }) => status !== 503 || retryAfter === null)).toEqual([])
    disk.empty()
    await server.restart() // As whoever supervises it does.
    await again()
    expect(house.exits()).toEqual([])
    await house.quiet(30_000)
    expect(await house.stop()).toBe(0)
    const rows = await place.look<{ id: string }>(sql`select client_id as id from messages where author = 'customer' order by 1`)
    expect(rows.map(({ id }) => id)).toEqual(taken)
    expect(await place.look(sql`select state, error from events where state <> 'done'`)).toEqual([])
  })

  test('when the disk for files is full, or turns read-only, files are refused and words go on; then files are taken again', {
    timeout: 60_000,
  }, async (context) => {
    const disk = diskFor(context, 4)
    const { house } = await houseOn(context, disk)
    const customer = await visitor(house)
    expect((await customer.give('before.bin', 100)).status).toBe(200)
    await disk.fill(64 * 1024)
    expect(await customer.give('full.bin', 500)).toEqual({ status: 503, retryAfter: '2' })
    expect((await customer.say('full-0001')).status).toBe(200)
    disk.empty()
    expect((await customer.give('room.bin', 500)).status).toBe(200)
    disk.freeze()
    expect(await customer.give('frozen.bin', 100)).toEqual({ status: 503, retryAfter: '2' })
    expect((await customer.say('frozen-0001')).status).toBe(200)
    disk.thaw()
    expect((await customer.give('after.bin', 100)).status).toBe(200)
    const files = readdirSync(join(disk.folder, 'data', 'files'), { recursive: true, encoding: 'utf8' })
    expect(files.filter((name) => name.includes('att_'))).toHaveLength(3)
    expect(await house.stop()).toBe(0)
  })
})

/** The house with no more than so many file descriptors. */
async function tightHouse(context: TestContext, limit: number): Promise<{ url: string; stop(): Promise<number | null> }> {
  const place = await premises(YAML)
  const entry = fileURLToPath(new URL('../../src/node.ts', import.meta.url))
  const child = spawn('sh', ['-c', `ulimit -n ${limit}; exec "$0" "$1"`, process.execPath, entry], {
    env: { PATH: process.env.PATH ?? '', ...place.variables },
    cwd: place.variables.FRONTDESK_CONFIG,
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  const gone = new Promise<number | null>((resolve) => child.once('exit', resolve))
  context.onTestFinished(async () => {
    child.kill('SIGKILL')
    await gone
    place.remove()
  })
  let said = ''
  child.stdout.on('data', (chunk) => {
    said += chunk
  })
  const url = await until('it says where it is', () => /http:\/\/127\.0\.0\.1:\d+/.exec(said)?.[0], { ms: 30_000, state: () => said })
  return {
    url,
    stop() {
      child.kill('SIGTERM')
      return gone
    },
  }
}

test('with few file descriptors and many connections the process lives, and answers when they are gone', {
  timeout: 60_000,
}, async (context) => {
  // The embedded database keeps a hundred files open itself.
  const limit = onPostgres ? 128 : 256
  const house = await tightHouse(context, limit)
  const customer = await visitor(house)
  expect((await customer.say('before-0001')).status).toBe(200)
  const { hostname, port } = new URL(house.url)
  const sockets: Socket[] = []
  for (let n = 0; n < 2 * limit; n++) {
    sockets.push(
      connect(Number(port), hostname)
        .on('error', () => undefined)
        .resume(),
    ) // Dropped: as it should be.
  }
  await until('most are dropped', () => sockets.filter((socket) => socket.closed).length > limit)
  for (const socket of sockets) socket.destroy()
  await until('it answers again', async () =>
    customer.say('after-0001').then(
      ({ status }) => status === 200,
      () => false,
    ),
  )
  expect(await house.stop()).toBe(0)
})
