// When the machine runs short: a full disk, a disk that nothing can be written to, few file descriptors. New things are refused with
// 503, nothing that was accepted is lost, and when there is room again the house goes on by itself.
import { spawn } from 'node:child_process'
import { cpSync } from 'node:fs'
import { connect, type Socket } from 'node:net'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { sql } from 'drizzle-orm'
import { describe, expect, type TestContext, test } from 'vitest'
import type { Session } from '#http/chat/protocol.ts'
import { openEmbedded } from '#store/embedded.ts'
import { onPostgres } from '../support/database.ts'
import { type SmallDisk, smallDisk } from '../support/disk.ts'
import { type HouseProcess, houseProcess, type Premises, premises } from '../support/house.ts'
import { until } from '../support/until.ts'

const YAML = 'brand: { name: Shop }\nchannels:\n  - { id: web, type: web, origins: ["*"] }\n'
const MB = 1024 * 1024
/** A new database takes 40 MB. */
const DISK_MB = 130

function diskFor(context: TestContext): SmallDisk {
  const disk = smallDisk(DISK_MB)
  if (!disk) context.skip('only root can mount a small disk')
  context.onTestFinished(() => disk.remove())
  return disk
}

async function houseOn(context: TestContext, disk: SmallDisk): Promise<{ house: HouseProcess; place: Premises }> {
  const place = await premises(YAML)
  const data = join(disk.folder, 'data')
  cpSync(place.variables.FRONTDESK_DATA ?? '', data, { recursive: true })
  place.variables.FRONTDESK_DATA = data
  const house = await houseProcess(place)
  context.onTestFinished(async () => {
    await house.kill()
    place.remove()
  })
  await house.ready()
  return { house, place }
}

interface Visitor {
  say(clientId: string): Promise<{ status: number; retryAfter: string | null }>
  read(): Promise<number>
}

async function visitor({ url }: { url: string }): Promise<Visitor> {
  const json = { 'content-type': 'application/json' }
  const begun = await fetch(`${url}/chat/v1/web/session`, { method: 'POST', body: '{}', headers: json })
  const { token } = (await begun.json()) as Session
  const headers = { ...json, authorization: `Bearer ${token}` }
  return {
    async say(clientId) {
      const body = JSON.stringify({ clientId, text: `你好 ${clientId}` })
      const { status, headers: given } = await fetch(`${url}/chat/v1/web/messages`, { method: 'POST', body, headers })
      return { status, retryAfter: given.get('retry-after') }
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
