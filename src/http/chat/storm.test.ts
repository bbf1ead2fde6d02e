// After a restart every open page comes back at the same moment and asks for what it missed. Whoever writes meanwhile is heard.
import type { UpgradeWebSocket, WSContext, WSEvents } from 'hono/ws'
import type pg from 'pg'
import { afterAll, afterEach, beforeAll, expect, test, vi } from 'vitest'
import type { App } from '#src/app.ts'
import type { Database } from '#store/database.ts'
import { testApp } from '../../../test/support/app.ts'
import { testDatabase } from '../../../test/support/database.ts'
import { until } from '../../../test/support/until.ts'
import type { ServerFrame, Session } from './protocol.ts'

const PAGES = 300

let database: Database
let app: App
const opened: WSEvents[] = []
/** Sockets without a wire: the test hands in what the browser says. */
const upgrade = ((create: (context: unknown) => WSEvents) => (context: { text(words: string): Response }) => {
  opened.push(create(context))
  return context.text('')
}) as unknown as UpgradeWebSocket

beforeAll(async () => {
  database = await testDatabase()
  app = await testApp(database, 'brand: { name: Shop }\nchannels:\n  - { id: web, type: web }\n', { upgrade })
})
afterEach(() => void vi.restoreAllMocks())
afterAll(async () => {
  await app.stop()
  await database.close()
})

const post = (path: string, body: object, token = '') =>
  app.http.request(`/chat/v1/web/${path}`, {
    method: 'POST',
    body: JSON.stringify(body),
    headers: { 'content-type': 'application/json', authorization: `Bearer ${token}` },
  })
const session = async () => (await (await post('session', {})).json()) as Session

/** A page that comes back with nothing in hand; says when it knows how its conversation stands. */
async function comeBack(token: string, onServed: () => void): Promise<void> {
  await app.http.request('/chat/v1/web/socket')
  const events = opened.at(-1)
  const socket = {
    readyState: 1,
    send: (text: string) => (JSON.parse(text) as ServerFrame).type === 'conversation' && onServed(),
    close: () => undefined,
  } as unknown as WSContext
  events?.onOpen?.(new Event('open'), socket)
  events?.onMessage?.(new MessageEvent('message', { data: JSON.stringify({ type: 'hello', token, after: 0 }) }), socket)
}

test('a message that comes while three hundred pages come back waits for few of them', async () => {
  const [reader, writer] = [await session(), await session()]
  await post('messages', { clientId: 'client-before', text: '多久发货' }, reader.token)
  const pool = database.db.$client as pg.Pool
  const query = pool.query.bind(pool) as (...args: unknown[]) => Promise<unknown>
  let reads = 0
  vi.spyOn(pool, 'query').mockImplementation((async (...args: unknown[]) => {
    const result = await query(...args)
    reads += 1
    return result
  }) as never)
  let served = 0
  for (let n = 0; n < PAGES; n++) await comeBack(reader.token, () => served++)
  const before = reads
  const answer = await post('messages', { clientId: 'client-storm', text: '多久发货' }, writer.token)
  const meanwhile = reads - before
  expect(answer.status).toBe(200)
  await until('all are served', () => served === PAGES)
  expect(reads).toBeGreaterThanOrEqual(2 * PAGES)
  expect(meanwhile).toBeLessThan(reads / 4)
})
