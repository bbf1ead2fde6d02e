// Classes of mistakes that the web framework had, each looked for in our own house: an update that brings one back is seen here.
import { createHmac, randomUUID } from 'node:crypto'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { type Hall, JSON_TYPE, openHall, UNHARMED, unharmed, visitor } from './hall.ts'

let hall: Hall
beforeAll(async () => {
  hall = await openHall()
})
afterAll(async () => {
  expect(await unharmed(hall)).toEqual(UNHARMED)
  await hall.close()
})

const get = (path: string, headers: Record<string, string> = {}) => hall.call(path, { method: 'GET', headers })

test('CORS: a foreign origin is named by no answer, and no answer lets cookies go along', async () => {
  for (const method of ['OPTIONS', 'POST']) {
    const body = method === 'POST' ? '{}' : undefined
    for (const origin of ['https://evil.example', 'null', 'https://shop.example.evil.example', 'https://SHOP.example@evil.example']) {
      const { status, headers } = await hall.call('/chat/v1/web/session', { method, headers: { ...JSON_TYPE, origin }, body })
      expect([origin, status, headers.get('access-control-allow-origin')]).toEqual([origin, 403, null])
    }
    const { headers } = await hall.call('/chat/v1/web/session', { method, headers: { ...JSON_TYPE, origin: 'https://shop.example' }, body })
    const given = ['access-control-allow-origin', 'access-control-allow-credentials', 'vary'].map((name) => headers.get(name))
    expect(given).toEqual(['https://shop.example', null, 'origin'])
  }
  for (const path of ['/console/api/me', '/readyz', '/api/openapi.json'])
    expect(
      (await get(path, { ...hall.admin.headers, origin: 'https://evil.example' })).headers.get('access-control-allow-origin'),
    ).toBeNull()
})

test('limits of bodies hold for chunks, too', async () => {
  const body = new ReadableStream({
    start(controller) {
      for (let n = 0; n < 40; n++) controller.enqueue(new Uint8Array(10_000).fill(0x20))
      controller.close()
    },
  })
  const answer = await fetch(`${hall.house.url}/chat/v1/web/session`, {
    method: 'POST',
    headers: JSON_TYPE,
    body,
    duplex: 'half',
  } as RequestInit)
  expect(answer.status).toBe(413)
})

test('static pages: no slash, backslash or double encoding leads past them', async () => {
  for (const path of [
    '/demo//etc/passwd',
    '/demo/%5C..%5C..%5Cpackage.json',
    '/demo/%252e%252e/package.json',
    '/demo/..%2f..%2fpackage.json',
    '/console//api//me',
  ])
    expect((await get(path)).text).not.toMatch(/root:|"private": true|"presence"/)
})

test('cookies: what a caller writes makes no attribute, and a second one of the name does not win', async () => {
  const { cookie = '' } = hall.admin.headers
  const login = { email: 'chief@example.com', password: 'correct horse battery 9' }
  const given = await hall.call('/console/api/login', { headers: { ...JSON_TYPE, 'x-frontdesk': '1' }, body: JSON.stringify(login) })
  expect(given.headers.get('set-cookie')).toMatch(/^frontdesk_session=[\w-]{43}; Max-Age=2592000; Path=\/; HttpOnly; SameSite=Lax$/)
  expect((await get('/console/api/me', { cookie: `frontdesk_session=x; Path=/; ${cookie}` })).status).toBe(401)
  expect((await get('/console/api/me', { cookie: `evil="; ${cookie}; x="` })).status).toBe(200)
  expect((await get('/console/api/me', { cookie: cookie.replace('=', '\u00a0=') })).status).toBe(401)
})

const part = (value: unknown) => Buffer.from(JSON.stringify(value)).toString('base64url')

test.each([
  ['no algorithm', { alg: 'none', typ: 'JWT' }, {}],
  ['another algorithm', { alg: 'HS384', typ: 'JWT' }, {}],
  ['a public key as secret', { alg: 'RS256', typ: 'JWT' }, {}],
  ['a crit that nobody knows', { alg: 'HS256', typ: 'JWT', crit: ['x'] }, {}],
  ['a time that is no number', { alg: 'HS256', typ: 'JWT' }, { nbf: 'later', exp: 'never' }],
  ['claims that are null', { alg: 'HS256', typ: 'JWT' }, null],
  ['claims that are a list', { alg: 'HS256', typ: 'JWT' }, []],
  ['claims that are a number', { alg: 'HS256', typ: 'JWT' }, 5],
  ['a header that is null', null, {}],
])("a visitor's token with %s is nobody's", async (_what, header, claims) => {
  const filled = claims !== null && typeof claims === 'object' && !Array.isArray(claims) ? { sub: 'vis_x', aud: 'web', ...claims } : claims
  for (const secret of ['', 'visitor ', 'secret']) {
    const content = `${part(header)}.${part(filled)}`
    const mac = createHmac('sha256', secret || 'x')
      .update(content)
      .digest('base64url')
    for (const signature of [mac, '', '%%%', 'a'.repeat(43)]) {
      const authorization = `Bearer ${content}.${signature}`
      expect((await get('/chat/v1/web/messages', { authorization })).status).toBe(401)
      // As an old session it is worth nothing, and its owner is a new visitor.
      const body = JSON.stringify({ token: `${content}.${signature}` })
      expect((await hall.call('/chat/v1/web/session', { headers: JSON_TYPE, body })).status).toBe(200)
    }
  }
})

test('a token in another scheme than Bearer, or of another channel, is none', async () => {
  const { authorization = '' } = await visitor(hall)
  const token = authorization.slice(7)
  expect((await get('/chat/v1/web/messages', { authorization })).status).toBe(200)
  for (const other of [`Basic ${token}`, `Token ${token}`, token, `Bearer, ${token}`, `Bearer ${token} x`, `Bearer ${token}.`])
    expect([other.slice(0, 10), (await get('/chat/v1/web/messages', { authorization: other })).status]).toEqual([other.slice(0, 10), 401])
})

test('nothing that is for one person may be kept by a cache for another', async () => {
  for (const path of ['/console/api/me', '/console/api/conversations', '/console/api/team', '/console/api/system'])
    expect((await get(path, hall.admin.headers)).headers.get('cache-control')).toBe('no-store')
  const headers = await visitor(hall)
  const kept = (await get('/chat/v1/web/messages', headers)).headers.get('cache-control') ?? ''
  expect(kept).not.toMatch(/public|max-age=[1-9]/)
})

test('who calls is not what a header says, unless a proxy is trusted; and then only its own word counts', async () => {
  // The house of these tests trusts one: the last address is the proxy's, so that a caller cannot choose a new one each time.
  const setup = (n: number) =>
    fetch(`${hall.house.url}/console/api/setup?token=x`, { headers: { 'x-forwarded-for': `10.0.0.${n}, 203.0.113.9` } }).then(
      ({ status }) => status,
    )
  const statuses: number[] = []
  for (let n = 0; n < 25; n++) statuses.push(await setup(n))
  expect([statuses.filter((status) => status === 403).length, statuses.filter((status) => status === 429).length]).toEqual([20, 5])
})

test('forms and keys of prototypes: a body that is no JSON is no request', async () => {
  for (const type of ['application/x-www-form-urlencoded', 'multipart/form-data; boundary=b', 'text/plain']) {
    const body = type.startsWith('multipart')
      ? '--b\r\ncontent-disposition: form-data; name="__proto__.polluted"\r\n\r\n1\r\n--b--'
      : '__proto__.polluted=1'
    expect((await hall.call('/chat/v1/web/session', { headers: { 'content-type': type }, body })).status).toBe(415)
  }
})

test('a path is decoded once, also where routes are mounted below others', async () => {
  const id = encodeURIComponent(encodeURIComponent('web'))
  expect((await hall.call(`/chat/v1/${id.replace('web', '%77eb')}/session`, { headers: JSON_TYPE, body: '{}' })).status).toBe(200)
  expect((await hall.call('/chat/v1/%2577eb/session', { headers: JSON_TYPE, body: '{}' })).status).toBe(404)
  expect((await get('/console%2Fapi%2Fme')).text).not.toContain('"presence"')
})

test('what two callers ask for at the same time is never mixed up', async () => {
  const visitors = await Promise.all(Array.from({ length: 20 }, async () => ({ headers: await visitor(hall), text: randomUUID() })))
  await Promise.all(
    visitors.map(({ headers, text }) => hall.call('/chat/v1/web/messages', { headers, body: JSON.stringify({ clientId: text, text }) })),
  )
  await hall.house.quiet()
  const read = await Promise.all(
    visitors.map(async ({ headers, text }) => ({ text, history: (await get('/chat/v1/web/messages', headers)).text })),
  )
  for (const { text, history } of read) {
    expect(history).toContain(text)
    for (const other of visitors) if (other.text !== text) expect(history).not.toContain(other.text)
  }
})
