// A feed of opening hours that fails: admins see it where they look, and customers are served all the same.
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { systemClock } from '#core/clock.ts'
import type { Database } from '#store/database.ts'
import { testApp } from '../../test/support/app.ts'
import { testDatabase } from '../../test/support/database.ts'
import { until } from '../../test/support/until.ts'
import type { App } from '../app.ts'
import { makeInvite } from './console/auth.ts'
import type { SystemState } from './console/protocol-state.ts'

let database: Database
let app: App
let cookie = ''
const moved = createServer((_, response) => response.writeHead(404).end('moved'))

beforeAll(async () => {
  await new Promise<void>((resolve) => moved.listen(0, '127.0.0.1', resolve))
  const url = `http://127.0.0.1:${(moved.address() as AddressInfo).port}/private-4711/holidays.ics`
  database = await testDatabase()
  app = await testApp(
    database,
    `channels: [{ id: web, type: web }]\nhours: { office: { timezone: UTC, open: { daily: 09:00-18:00 }, feeds: [{ url: "${url}" }] } }\n`,
  )
  const { token } = await makeInvite(database.db, systemClock, 'admin', null)
  const made = await app.http.request('/console/api/setup', {
    method: 'POST',
    body: JSON.stringify({ token, name: 'Lee', email: 'lee@example.test', password: 'correct horse battery' }),
    headers: { 'content-type': 'application/json', 'x-frontdesk': '1' },
  })
  cookie = made.headers.get('set-cookie')?.split(';')[0] ?? ''
})
afterAll(async () => {
  await app.stop()
  await database.close()
  moved.close()
})

test('the System page says what, since when and what to do; /readyz and /metrics name it, and stay ready', async () => {
  const { port } = moved.address() as AddressInfo
  const state = async (language: string) => {
    const response = await app.http.request('/console/api/system', { headers: { cookie, 'accept-language': language } })
    return ((await response.json()) as SystemState).feeds
  }
  const [feed] = await until('it was tried', async () => {
    const feeds = await state('en')
    return feeds[0]?.trouble && feeds
  })
  expect(feed).toMatchObject({ calendar: 'office', feed: `127.0.0.1:${port}`, trouble: { error: 'HTTP 404' } })
  expect(feed?.trouble?.advice).toContain('get a new iCal address')
  expect(feed?.readAt).toBeUndefined()
  expect((await state('zh'))[0]?.trouble?.advice).toContain('取新的 iCal 地址')
  const response = await app.http.request('/readyz')
  expect(response.status).toBe(200)
  const text = await response.text()
  expect(JSON.parse(text)).toMatchObject({
    ready: true,
    feeds: [{ calendar: 'office', state: 'transient', since: feed?.trouble?.since, detail: 'HTTP 404' }],
  })
  // The path of a private calendar is its password.
  expect(text).not.toContain('4711')
  const metrics = await (await app.http.request('/metrics')).text()
  expect(metrics).toContain(`frontdesk_feed_up{calendar="office",feed="127.0.0.1:${port}"} 0`)
})
