// Every hostile body to every route that takes one, and every method to every route: never a 5xx, and the next one is served.
import { randomUUID } from 'node:crypto'
import { upgradeWebSocket } from '@hono/node-server'
import { sql } from 'drizzle-orm'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { systemClock } from '#core/clock.ts'
import { localLive } from '#core/live.ts'
import { createApp } from '#src/app.ts'
import { loadConfig } from '#src/config.ts'
import { pages } from '#src/node/pages.ts'
import { full } from '../chaos/seed.ts'
import { memoryBlobs } from '../support/blobs.ts'
import { silent, testDatabase } from '../support/database.ts'
import { hasCorpora, jsonSuite, LACKS, ownBodies } from './corpora.ts'
import { fromMail } from './fields.ts'
import { APP_SECRET, type Hall, inParallel, openHall, signed, TG_HEADERS, UNHARMED, unharmed, visitor } from './hall.ts'
import { reads, type Scene, type Sender, senders } from './routes.ts'
import { fromFeishu, fromSlack } from './tools.ts'
import { pushOf } from './wechat.ts'

let hall: Hall
let scene: Scene
beforeAll(async () => {
  hall = await openHall()
  for (const id of ['wx', 'lone', 'mini'] as const) hall.wechat[id].customer('oBodies')
  const headers = await visitor(hall)
  await hall.call('/chat/v1/web/messages', { headers, body: JSON.stringify({ clientId: randomUUID(), text: 'scene of bodies' }) })
  const { id, messages } = await hall.admin.find('scene of bodies')
  const team = (await hall.call('/console/api/team', { method: 'GET', headers: hall.admin.headers })).json<{ members: { id: string }[] }>()
  scene = { conversation: id, message: messages[0]?.id ?? '', agent: team.members[0]?.id ?? '' }
})
afterAll(() => hall.close())

test('every route has somebody here who calls it', async ({ onTestFinished }) => {
  const database = await testDatabase()
  onTestFinished(() => database.close())
  const source = { env: {}, read: () => 'version: 1\n' }
  const loaded = loadConfig({ env: {}, read: (name) => (name === 'bot.yaml' ? 'version: 1\n' : undefined) })
  if ('problems' in loaded) throw new Error(JSON.stringify(loaded.problems))
  const parts = {
    database,
    blobs: memoryBlobs(),
    live: localLive(),
    clock: systemClock,
    log: silent,
    config: loaded.config,
    source,
    name: 'routes',
  }
  const { http } = await createApp({ ...parts, upgrade: upgradeWebSocket, statics: (app) => pages(app, []) })
  const routes = new Set(
    http.routes.filter(({ method }) => method !== 'ALL').map(({ method, path }) => `${method} ${path.replace(/(.)\/$/, '$1')}`),
  )
  const called = new Set([...Object.keys(reads), ...senders.map(({ route }) => route)])
  expect(
    [...routes].filter((route) => !called.has(route)),
    'nobody calls',
  ).toEqual([])
  expect(
    [...called].filter((route) => !routes.has(route)),
    'there is no',
  ).toEqual([])
})

/** Among them what is too much to do once for each of several hundred bodies. */
const isDear = ({ route }: Sender) => /setup|login/.test(route)

/** `share`: each body goes to one route of so many, in turns; with FRONTDESK_CHAOS=full to all. */
async function sendAll(list: (sender: Sender) => Uint8Array<ArrayBuffer>[], share = 1): Promise<void> {
  const mine = (at: number) => (_body: unknown, n: number) => full || (n + at) % share === 0
  const jobs = senders.flatMap((sender, at) =>
    list(sender)
      .filter(mine(at))
      .map((body) => ({ sender, body })),
  )
  await inParallel(jobs, 32, ({ sender, body }) => sender.send(hall, scene, body))
  await hall.house.quiet(30_000)
  expect(await unharmed(hall)).toEqual(UNHARMED)
}

/** Of the tools nothing is kept but the valid body itself, which stands in some of them with more around it; a form that is cut is still one. */
const FROM_TOOLS = [
  'feishu message:om_1',
  'slack EvBodies',
  'slack message:C101:1790000000.000001',
  'slack press:C101:1790000000.000000:U777:1790000000.000002',
  'slack slash:bodies',
  // A form that is cut is still a form.
  'slack slash:bodie',
]

test('our own bodies to every route', { timeout: 200_000 }, async () => {
  await sendAll(({ valid }) => ownBodies(valid))
  expect(FROM_TOOLS).toEqual(expect.arrayContaining(await rowsOf('slack', 'feishu')))
})

test.skipIf(!hasCorpora)(
  `every body of the JSON test suite to ${full ? 'every route' : 'one route of three (FRONTDESK_CHAOS=full: to every)'}${hasCorpora ? '' : ` (skipped: ${LACKS})`}`,
  { timeout: 300_000 },
  async () => {
    await sendAll(() => jsonSuite(), 3)
    expect(FROM_TOOLS).toEqual(expect.arrayContaining(await rowsOf('slack', 'feishu')))
  },
)

test('what is not sealed is refused where only sealed words are taken, whatever it is', { timeout: 60_000 }, async () => {
  const bodies = [...ownBodies('{"Encrypt":"AAAA"}'), ...ownBodies('<xml><Encrypt><![CDATA[AAAA]]></Encrypt></xml>')]
  const jobs = ['wx', 'mini', 'kf'].flatMap((id) => bodies.map((body) => ({ id, body })))
  const { query } = pushOf('wx', new Uint8Array(8))
  const statuses = new Set<number>()
  await inParallel(jobs, 32, async ({ id, body }) => {
    for (const path of [`/hooks/${id}`, `/hooks/${id}?${query}`])
      statuses.add((await hall.call(path, { headers: { 'content-type': 'text/xml' }, body })).status)
  })
  expect([...statuses].filter((status) => ![400, 401, 413].includes(status))).toEqual([])
  expect(await unharmed(hall)).toEqual(UNHARMED)
})

test('what a tool did not sign is refused, whatever it is, and none of it is kept', { timeout: 60_000 }, async () => {
  const rows = await rowsOf('slack', 'feishu')
  const bodies = [...ownBodies('{"type":"event_callback"}'), ...ownBodies('{"encrypt":"AAAA"}')]
  const statuses = new Set<number>()
  const forged = (body: Uint8Array<ArrayBuffer>) => [
    hall.call('/hooks/slack', { headers: { 'content-type': 'application/json' }, body }),
    hall.call('/hooks/slack', fromSlack(body, 'application/json', 'a guess')),
    hall.call('/hooks/slack', { ...fromSlack(body), body: new Uint8Array([...body, 0x20]) }),
    hall.call('/hooks/feishu', { headers: { 'content-type': 'application/json' }, body }),
    hall.call('/hooks/feishu', fromFeishu(body, 'application/json', 'a guess')),
    hall.call('/hooks/feishu', { ...fromFeishu(body), body }),
  ]
  await inParallel(bodies, 8, async (body) => {
    for (const { status } of await Promise.all(forged(body))) statuses.add(status)
  })
  expect([...statuses]).toEqual([401])
  expect(await rowsOf('slack', 'feishu')).toEqual(rows)
  expect(await unharmed(hall)).toEqual(UNHARMED)
})

/** What is on record of what these told us. */
async function rowsOf(...ids: string[]): Promise<string[]> {
  const kept = await hall.place.look<{ of: string; id: string }>(sql`select source_id as of, external_id as id from events order by 2`)
  return kept.flatMap(({ of, id }) => (ids.includes(of) ? [`${of} ${id}`] : []))
}

test('every route takes its valid body, so that the others were refused for what they are', { timeout: 60_000 }, async () => {
  for (const sender of senders) {
    const { status } = await sender.send(hall, scene, new Uint8Array(Buffer.from(sender.valid)))
    // Of some there is none to be had here: whoever got so far as to look for it had read the body.
    const wanted = isDear(sender) ? [401, 403] : /\/lessons\/|\/followups\//.test(sender.route) ? [404] : [200, 409]
    expect(wanted, sender.route).toContain(status)
  }
  expect(await unharmed(hall)).toEqual(UNHARMED)
})

test('a body that is said to be something else is refused, or read as what it is', { timeout: 60_000 }, async () => {
  const types = [
    'text/plain',
    'application/xml',
    'multipart/form-data',
    'multipart/form-data; boundary=x',
    'application/x-www-form-urlencoded',
  ]
  const jobs = senders.flatMap((sender) =>
    [...types, 'application/jsonp', 'a'.repeat(300), 'x/y; charset=utf-7'].map((as) => ({ sender, as })),
  )
  await inParallel(jobs, 32, ({ sender, as }) => sender.send(hall, scene, new Uint8Array(Buffer.from(sender.valid)), as))
  expect(await unharmed(hall)).toEqual(UNHARMED)
})

test('keys of prototypes change nobody: neither the process nor a role', { timeout: 60_000 }, async () => {
  const evil = '{"__proto__":{"role":"admin","polluted":true},"constructor":{"prototype":{"polluted":true}},'
  for (const sender of senders) await sender.send(hall, scene, new Uint8Array(Buffer.from(sender.valid.replace(/^\{/, evil))))
  const me = await hall.call('/console/api/me', { method: 'GET', headers: hall.admin.headers })
  expect(me.text).not.toContain('polluted')
  const { members } = (await hall.call('/console/api/team', { method: 'GET', headers: hall.admin.headers })).json<{
    members: { role: string }[]
  }>()
  expect(members.filter(({ role }) => role === 'admin')).toHaveLength(1)
  expect(await unharmed(hall)).toEqual(UNHARMED)
})

describe('what is only long, deep or large', () => {
  const MB = 1024 * 1024
  const text = (length: number) =>
    Array.from({ length: Math.ceil(length / 8) }, (_, n) => `字${n % 1000} a`)
      .join('')
      .slice(0, length)

  test('is refused above the limit of its route, in time', { timeout: 120_000 }, async () => {
    for (const sender of senders.filter(({ route }) => !/logout|drop|invite|link|done/.test(route))) {
      const started = performance.now()
      const size = (sender.route.includes('/hooks/') ? 2 : 21) * MB
      // Whoever sends on what is refused already may find the line closed before they read why.
      const status = await sender.send(hall, scene, new Uint8Array(size).fill(0x20)).then(
        ({ status }) => status,
        () => 'hung up',
      )
      expect([sender.route, status, performance.now() - started < 5_000]).toEqual([sender.route, expect.toBeOneOf([413, 'hung up']), true])
    }
    expect(await unharmed(hall)).toEqual(UNHARMED)
  })

  test('a message of a megabyte holds up nobody', { timeout: 120_000 }, async () => {
    const words = text(900_000 / 3)
    const update = {
      update_id: 900_000_100,
      message: {
        message_id: 5,
        date: 1,
        chat: { id: 78, type: 'private' },
        from: { id: 78, first_name: words.slice(0, 50_000) },
        text: words,
      },
    }
    expect((await hall.call('/hooks/tg', { headers: TG_HEADERS, body: JSON.stringify(update) })).status).toBe(200)
    const event = {
      type: 'message',
      user: { id: 'long', name: words.slice(0, 100_000) },
      message: { id: 'm', parts: Array.from({ length: 14 }, () => ({ type: 'text', text: text(20_000) })) },
    }
    expect((await hall.call('/hooks/app', signed(APP_SECRET, JSON.stringify(event)))).status).toBe(200)
    expect(
      (await fromMail(hall, ['From: long@b.example', 'Subject: long', 'Content-Type: text/plain; charset=utf-8'], text(200_000))).status,
    ).toBe(200)
    await answersInTime(500)
    await hall.house.quiet(60_000)
    expect(await unharmed(hall)).toEqual(UNHARMED)
  })

  test('a mail that makes a reader try again and again costs no more than its length', { timeout: 60_000 }, async () => {
    const blank = '\n'.repeat(100_000)
    const report = [
      '--b',
      'Content-Type: message/delivery-status',
      '',
      `Action:${blank}`,
      '--b',
      'Content-Type: text/rfc822-headers',
      '',
      'Message-ID: <x@y>',
      '--b--',
    ].join('\n')
    const mails: [string[], string][] = [
      [['From: r@b.example', 'Content-Type: multipart/report; boundary=b'], report],
      [['From: r@b.example', `Subject: re${' '.repeat(60_000)}x`], 'x'],
      [['From: r@b.example', `Subject: ${'re:[1]'.repeat(10_000)}x`], 'x'],
      [['From: r@b.example', 'Subject: x'], `On ${'a\n'.repeat(100_000)}`],
      [['From: r@b.example', 'Subject: x'], `${'写道 '.repeat(60_000)}`],
      [['From: r@b.example', `References: ${'<a'.repeat(30_000)}`], 'x'],
      [['From: r@b.example', `Subject: ${'=?utf-8?B?YQ==?= '.repeat(3_000)}`], 'x'],
      [['From: r@b.example', 'Content-Type: text/html'], '<a<blockquote>&#'.repeat(20_000)],
    ]
    for (const [lines, words] of mails) {
      const started = performance.now()
      const { status } = await fromMail(hall, lines, words)
      expect([lines.at(-1)?.slice(0, 60), status < 500, performance.now() - started < 4_000]).toEqual([
        lines.at(-1)?.slice(0, 60),
        true,
        true,
      ])
    }
    expect(await unharmed(hall)).toEqual(UNHARMED)
  })

  test('ids, times and sizes out of all proportion are refused, or kept as far as they mean something', { timeout: 60_000 }, async () => {
    const digits = Array.from({ length: 20_000 }, (_, n) => (n * 7) % 10).join('')
    const message = (more: object) => ({
      message_id: 1,
      date: 1_790_000_000,
      chat: { id: 79, type: 'private' },
      from: { id: 79, first_name: 'X' },
      text: 'x',
      ...more,
    })
    const document = (file_size: number) => ({ text: undefined, document: { file_id: 'f', file_size } })
    const odd = [
      ...[0, -1, -62_167_219_200, -9e12, 9e15].map((date) => message({ date })),
      ...[3e9, 4.5, -1, 1e300].map((size) => message(document(size))),
      message({ contact: { phone_number: digits, user_id: 79 }, text: undefined }),
      message({ text: undefined, location: { latitude: 1e308, longitude: -1e308 } }),
    ]
    for (const [n, one] of odd.entries())
      expect(
        (await hall.call('/hooks/tg', { headers: TG_HEADERS, body: JSON.stringify({ update_id: 900_001_000 + n, message: one }) })).status,
      ).toBe(200)
    const long = JSON.stringify({ update_id: 900_002_000, message: message({ chat: { id: 'ID', type: 'private' } }) }).replace(
      '"ID"',
      digits,
    )
    expect((await hall.call('/hooks/tg', { headers: TG_HEADERS, body: long })).status).toBe(400)
    for (const at of ['0000-01-01T00:00:00Z', '0001-01-01T00:00:00Z', '9999-12-31T23:59:59Z']) {
      const event = {
        type: 'message',
        at,
        user: { id: 'clock' },
        message: { id: at, parts: [{ type: 'file', url: `${hall.app.url}/none`, bytes: 2 ** 52 }] },
      }
      expect((await hall.call('/hooks/app', signed(APP_SECRET, JSON.stringify(event)))).status).toBe(200)
    }
    const ids = Array.from({ length: 990 }, (_, n) => String.fromCodePoint(0x4e00 + ((n * 7919) % 20_000))).join('')
    expect((await fromMail(hall, ['From: ids@b.example', 'Date: 1 Jan 0000 00:00:00 +0000', `References: <${ids}>`], 'x')).status).toBe(200)
    await hall.house.quiet(30_000)
    expect(await unharmed(hall)).toEqual(UNHARMED)
  })
})

async function answersInTime(ms: number): Promise<void> {
  for (let n = 0; n < 10; n++) {
    const started = performance.now()
    expect((await hall.call('/healthz', { method: 'GET' })).status).toBe(200)
    expect(performance.now() - started).toBeLessThan(ms)
  }
}

test('every method to every route: 2xx, 3xx or 4xx with a reason', { timeout: 60_000 }, async () => {
  const paths = [...Object.values(reads), ...senders.map(({ route }) => route.replace('POST ', '').replaceAll(/:\w+/g, 'x'))]
  const methods = ['HEAD', 'OPTIONS', 'PUT', 'PATCH', 'DELETE', 'PROPFIND', 'GET', 'POST']
  // Who signs out is no admin any more.
  const known = paths.filter((path) => !path.endsWith('/logout'))
  for (const [by, all] of [
    [{}, paths],
    [hall.admin.headers, known],
  ] as const)
    await inParallel(
      all.flatMap((path) => methods.map((method) => ({ path, method }))),
      32,
      ({ path, method }) => hall.call(path, { method, headers: by }),
    )
  expect(await unharmed(hall)).toEqual(UNHARMED)
})
