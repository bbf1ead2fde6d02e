// SIGTERM: the process ends within ten seconds whatever hangs, callers are told to come again, and what was on the wire is decided by
// whoever works next. Restarts under load: test/chaos/r13-restarts.test.ts.
import { connect } from 'node:net'
import { sql } from 'drizzle-orm'
import { expect, test } from 'vitest'
import type { Session } from '#http/chat/protocol.ts'
import { CUSTOMERS, frontdeskYaml, houseProcess, metrics, premises, SECRET, startTelegram } from '../support/house.ts'
import { standWith, updateOf } from '../support/people.ts'
import { until } from '../support/until.ts'

const TEN_SECONDS = 10_000

interface Answer {
  status: number
  body: { ready?: boolean; reason?: string; error?: { code: string } }
  retryAfter: string | null
}

async function ask(url: string, init?: RequestInit): Promise<Answer> {
  const response = await fetch(url, init)
  return { status: response.status, body: (await response.json()) as Answer['body'], retryAfter: response.headers.get('retry-after') }
}

/** Speaks HTTP by hand, and then says nothing more, also when the other side says goodbye. */
async function mute(url: string, lines: string[]): Promise<{ heard(): string; end(): void }> {
  const { hostname, port } = new URL(url)
  let heard = ''
  const socket = connect(Number(port), hostname)
  socket.on('data', (chunk) => {
    heard += chunk.toString('latin1')
  })
  socket.on('error', () => undefined) // Cut off in the end: that is the test.
  await new Promise<void>((resolve) => socket.once('connect', resolve))
  socket.write(`${[...lines, `Host: ${hostname}`, '', ''].join('\r\n')}`)
  return { heard: () => heard, end: () => socket.destroy() }
}

test('nothing keeps the process: not a platform that hangs, nor a mute browser, nor half a request', {
  timeout: 90_000,
}, async (context) => {
  const fake = await startTelegram()
  const place = await premises(frontdeskYaml(fake.url))
  const house = await houseProcess(place, { asItStands: true })
  context.onTestFinished(async () => {
    await house.kill()
    await fake.close()
    place.remove()
  })
  await house.ready()
  const customer = standWith(fake).visitor(42, '王小明')
  const post = (path: string, body: unknown) =>
    ask(`${house.url}${path}`, {
      method: 'POST',
      body: JSON.stringify(body),
      headers: { 'content-type': 'application/json', 'x-telegram-bot-api-secret-token': SECRET },
    })
  const update = updateOf({ fake }, CUSTOMERS, customer.text('多久发货'))
  fake.fail({ kind: 'hang' }, { method: 'sendMessage', times: 100 })
  const hook = await fetch(`${house.url}/hooks/tg`, {
    method: 'POST',
    body: JSON.stringify(update),
    headers: { 'content-type': 'application/json', 'x-telegram-bot-api-secret-token': SECRET },
  })
  expect(hook.status).toBe(200)
  await until('the answer is on the wire', () => fake.calls.some((call) => call.method === 'sendMessage'))

  const { token } = (await (
    await fetch(`${house.url}/chat/v1/web/session`, { method: 'POST', body: '{}', headers: { 'content-type': 'application/json' } })
  ).json()) as Session
  const browser = new WebSocket(`${house.url.replace('http', 'ws')}/chat/v1/web/socket`)
  const goodbye = new Promise<number>((resolve) => browser.addEventListener('close', (event) => resolve(event.code)))
  await new Promise((resolve) => browser.addEventListener('open', resolve))
  browser.send(JSON.stringify({ type: 'hello', token, after: 0 }))
  const key = 'Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ=='
  const upgrade = ['Connection: Upgrade', 'Upgrade: websocket', 'Sec-WebSocket-Version: 13', key]
  const dead = await mute(house.url, ['GET /chat/v1/web/socket HTTP/1.1', ...upgrade])
  const slow = await mute(house.url, ['POST /chat/v1/web/session HTTP/1.1', 'Content-Type: application/json', 'Content-Length: 500'])
  await until('the mute browser is connected', () => dead.heard().startsWith('HTTP/1.1 101'))

  const began = Date.now()
  const ended = house.stop()
  const ready = await until('it says that it is stopping', async () => {
    const answer = await ask(`${house.url}/readyz`)
    return answer.status === 503 && answer
  })
  expect(ready).toMatchObject({ body: { ready: false, reason: 'stopping' }, retryAfter: '1' })
  expect(await post('/hooks/tg', update)).toMatchObject({ status: 503, body: { error: { code: 'stopping' } }, retryAfter: '1' })
  expect((await fetch(`${house.url}/healthz`)).status).toBe(200)
  expect(await goodbye).toBe(1012)
  expect(await ended).toBe(0)
  expect(Date.now() - began).toBeLessThan(TEN_SECONDS)
  for (const line of [dead, slow]) line.end()

  fake.clearFaults()
  const [sent] = await place.look<{ state: string }>(sql`select state from deliveries where kind = 'channel'`)
  expect(['sending', 'held']).toContain(sent?.state)
  house.start()
  await house.ready()
  // Nobody typed it, and Telegram has no key: a second copy would be worse than none, so a person decides.
  await until('it is held', async () => (await metrics(house.url))['frontdesk_deliveries{state="held"}'] === 1, { ms: 40_000 })
  expect(
    (
      await fetch(`${house.url}/hooks/tg`, {
        method: 'POST',
        body: JSON.stringify(update),
        headers: { 'content-type': 'application/json', 'x-telegram-bot-api-secret-token': SECRET },
      })
    ).status,
  ).toBe(200)
  await house.stop()
  const [stored] = await place.look<{ messages: number; events: number }>(
    sql`select (select count(*)::int from messages) as messages, (select count(*)::int from events) as events`,
  )
  expect(stored).toEqual({ messages: 2, events: 1 })
  expect(house.exits()).toEqual(['0', '0'])
})

test('with nothing to do it ends at once', async (context) => {
  const fake = await startTelegram()
  const place = await premises(frontdeskYaml(fake.url))
  const house = await houseProcess(place, { asItStands: true })
  context.onTestFinished(async () => {
    await house.kill()
    await fake.close()
    place.remove()
  })
  await house.ready()
  const began = Date.now()
  expect(await house.stop()).toBe(0)
  expect(Date.now() - began).toBeLessThan(3_000)
})
