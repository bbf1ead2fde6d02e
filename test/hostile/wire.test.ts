// What no client library sends: connections that break, lie, dawdle, or come in thousands. The house lives, and serves whoever asks.
import { connect, type Socket } from 'node:net'
import { setTimeout as pause } from 'node:timers/promises'
import { upgradeWebSocket } from '@hono/node-server'
import { Hono } from 'hono'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { listen } from '#src/node/listen.ts'
import { until } from '../support/until.ts'
import { type Hall, inParallel, openHall, TG_HEADERS, UNHARMED, unharmed, visitor } from './hall.ts'

let hall: Hall
beforeAll(async () => {
  hall = await openHall()
})
afterAll(() => hall.close())

interface Line {
  socket: Socket
  heard(): string
  /** The status of the first answer; 0 when the line was closed without one. */
  answer(ms?: number): Promise<number>
}

function dial(url = hall.house.url): Line {
  const { hostname, port } = new URL(url)
  const socket = connect(Number(port), hostname)
  let heard = ''
  socket.on('error', () => undefined) // Cut off: `answer` says what was heard until then.
  socket.on('data', (chunk) => {
    heard += chunk.toString('latin1')
  })
  const status = () => Number(/^HTTP\/1\.1 (\d{3})/.exec(heard)?.[1] ?? 0)
  return {
    socket,
    heard: () => heard,
    answer: async (ms = 10_000) => {
      await until('an answer', () => status() > 0 || socket.closed, { ms, state: () => heard })
      return status()
    },
  }
}

/** Says it, and gives the status of what comes back. */
async function say(words: string | Buffer, ms?: number): Promise<number> {
  const line = dial()
  line.socket.write(words)
  const status = await line.answer(ms)
  line.socket.destroy()
  return status
}

const head = (...lines: string[]) => `${lines.join('\r\n')}\r\n\r\n`
const post = (path: string, ...more: string[]) => head(`POST ${path} HTTP/1.1`, 'Host: x', 'Content-Type: application/json', ...more)
const TG = Object.entries(TG_HEADERS).map(([name, value]) => `${name}: ${value}`)

async function served(): Promise<void> {
  expect((await hall.call('/readyz', { method: 'GET' })).status).toBe(200)
  expect(await unharmed(hall)).toEqual(UNHARMED)
}

describe('an offer to change the protocol', () => {
  const offer = (protocol: string, path = '/healthz') =>
    head(
      `GET ${path} HTTP/1.1`,
      'Host: x',
      'Connection: Upgrade, HTTP2-Settings',
      `Upgrade: ${protocol}`,
      'HTTP2-Settings: AAMAAABkAAQAAP__',
    )

  test.each(['h2c', 'TLS/1.0', 'websocket2', ',', 'x'.repeat(2_000)])(
    'to %s is passed over, and the request answered',
    async (protocol) => {
      expect(await say(offer(protocol))).toBe(200)
      await served()
    },
  )

  test('and a line that breaks right after it ends no process', async () => {
    for (const protocol of ['h2c', 'websocket'])
      for (const path of ['/healthz', '/chat/v1/web/socket', '/console/api/socket', '/nowhere'])
        for (const wait of [0, 20]) {
          const { socket } = dial()
          socket.write(offer(protocol, path))
          await pause(wait)
          socket.resetAndDestroy()
        }
    await served()
  })

  test.each([
    ['no key', []],
    ['a wrong key', ['Sec-WebSocket-Key: x', 'Sec-WebSocket-Version: 13']],
    ['an unknown version', ['Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==', 'Sec-WebSocket-Version: 99']],
    ['a foreign origin', ['Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==', 'Sec-WebSocket-Version: 13', 'Origin: https://evil.example']],
  ])('to WebSocket with %s is refused and closed', async (_what, more) => {
    const line = dial()
    line.socket.write(head('GET /chat/v1/web/socket HTTP/1.1', 'Host: x', 'Connection: Upgrade', 'Upgrade: websocket', ...more))
    expect(Math.floor((await line.answer()) / 100)).toBe(4)
    await until('it is closed', () => line.socket.closed)
    await served()
  })
})

describe('WebSocket frames', () => {
  const frames: [what: string, bytes: number[]][] = [
    ['without a mask', [0x81, 0x01, 0x41]],
    ['with reserved bits', [0xf1, 0x80, 0, 0, 0, 0]],
    ['of an unknown kind', [0x83, 0x80, 0, 0, 0, 0]],
    ['that say they are endless', [0x81, 0xff, 0x7f, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0, 0, 0, 0]],
    ['of text that is not UTF-8', [0x81, 0x82, 0, 0, 0, 0, 0xc3, 0x28]],
    ['of bytes', [0x82, 0x82, 0, 0, 0, 0, 1, 2]],
    ['a continuation of nothing', [0x80, 0x80, 0, 0, 0, 0]],
    ['a goodbye with a code that there is not', [0x88, 0x82, 0, 0, 0, 0, 0xff, 0xff]],
  ]
  test.each(frames)('%s close the line or are refused in words', async (_what, bytes) => {
    const line = dial()
    const key = ['Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==', 'Sec-WebSocket-Version: 13']
    line.socket.write(head('GET /chat/v1/web/socket HTTP/1.1', 'Host: x', 'Connection: Upgrade', 'Upgrade: websocket', ...key))
    expect(await line.answer()).toBe(101)
    const before = line.heard().length
    line.socket.write(Buffer.from(bytes))
    await until('something comes of it', () => line.socket.closed || line.heard().length > before)
    line.socket.resetAndDestroy()
    await served()
  })
})

describe('a request that lies', () => {
  const body = '{"clientId":"12345678","text":"x"}'
  const chunked = (size: number, total: number) => {
    const piece = `${size.toString(16)}\r\n${'x'.repeat(size)}\r\n`
    return piece.repeat(Math.ceil(total / size))
  }
  const cases: [what: string, words: string | Buffer, statuses: number[]][] = [
    ['about a length that is no number', `${post('/chat/v1/web/session', 'Content-Length: abc')}{}`, [400]],
    ['about a negative length', `${post('/chat/v1/web/session', 'Content-Length: -1')}{}`, [400]],
    ['about two lengths', `${post('/chat/v1/web/session', 'Content-Length: 2', 'Content-Length: 3')}{}x`, [400]],
    ['with length and chunks', `${post('/chat/v1/web/session', 'Content-Length: 2', 'Transfer-Encoding: chunked')}0\r\n\r\n`, [400]],
    ['with chunks that are none', `${post('/chat/v1/web/session', 'Transfer-Encoding: chunked')}zz\r\n{}\r\n0\r\n\r\n`, [400]],
    ['with an unknown encoding', `${post('/chat/v1/web/session', 'Transfer-Encoding: gzip, identity')}{}`, [400]],
    ['about its size: chunks over the limit', post('/chat/v1/web/session', 'Transfer-Encoding: chunked') + chunked(16_384, 400_000), [413]],
    [
      'about its size: a hook over the limit',
      post('/hooks/tg', ...TG, 'Transfer-Encoding: chunked') + chunked(65_536, 1_200_000),
      [400, 413],
    ],
    ['about a length of terabytes', post('/hooks/tg', ...TG, 'Content-Length: 9999999999999'), [413]],
    ['without a type', `${head('POST /chat/v1/web/session HTTP/1.1', 'Host: x', 'Content-Length: 2')}{}`, [415]],
    ['without a host', `${head('POST /chat/v1/web/session HTTP/1.1', 'Content-Length: 2')}{}`, [400]],
    ['with a host of many', `${head('GET /healthz HTTP/1.1', 'Host: a@b:c/d?e#f')}`, [400]],
    ['with two hosts', `${head('GET /healthz HTTP/1.1', 'Host: a', 'Host: b')}`, [200, 400]],
    ['with a NUL in a header', head('GET /healthz HTTP/1.1', 'Host: x', 'X: a\0b'), [400]],
    ['with a line of its own in a header', head('GET /healthz HTTP/1.1', 'Host: x', 'X: a\rInjected: b'), [400]],
    ['with headers beyond measure', head('GET /healthz HTTP/1.1', 'Host: x', `X: ${'a'.repeat(20_000)}`), [431]],
    [
      'with thousands of headers',
      head('GET /healthz HTTP/1.1', 'Host: x', ...Array.from({ length: 3_000 }, (_, n) => `a${n}:b`)),
      [200, 431],
    ],
    ['in bytes', Buffer.from(Array.from({ length: 600 }, (_, n) => (n * 91) % 256)), [400]],
    ['in TLS', Buffer.from('16030100c6010000c20303', 'hex'), [400]],
    ['in HTTP/2', 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n', [400]],
    [
      'with bytes above 127 in headers',
      Buffer.from(
        head('GET /console/api/me HTTP/1.1', 'Host: x', 'Cookie: frontdesk_session=\xff\xfe', 'X-Frontdesk-Locale: \xe4\xb8'),
        'latin1',
      ),
      [401],
    ],
    [
      'with a broken bearer',
      `${post('/chat/v1/web/messages', 'Authorization: Bearer a.b.c', `Content-Length: ${body.length}`)}${body}`,
      [401],
    ],
    ['with a target that is a star', head('OPTIONS * HTTP/1.1', 'Host: x'), [400, 404]],
    ['with a target elsewhere', head('GET http://evil.example/console/api/me HTTP/1.1', 'Host: x'), [401]],
    ['with CONNECT', head('CONNECT evil.example:443 HTTP/1.1', 'Host: x'), [0, 400, 404]],
  ]
  test.each(cases)('%s', async (_what, words, statuses) => {
    expect(statuses).toContain(await say(words))
    await served()
  })

  test('and breaks off in the middle of its body', async () => {
    for (const path of ['/chat/v1/web/session', '/hooks/tg', '/hooks/app', '/hooks/mail', '/console/api/login'])
      for (const wait of [0, 30]) {
        const { socket } = dial()
        socket.write(`${post(path, ...TG.slice(1), 'X-Frontdesk: 1', 'Content-Length: 5000')}{"half":`)
        await pause(wait)
        socket.resetAndDestroy()
      }
    await served()
  })
})

describe('an address with tricks', () => {
  const tricks = [
    ...['//', '/%5C', '/%2e%2e/', '/..;/', '/..%2f', '/%252e%252e/', '/./', '/%c0%ae%c0%ae/', '/%00', '/%ff', '/%', '/;/', '/%0d%0a'],
  ]
  const secrets = ['console/api/me', 'console/api/team', 'etc/passwd', 'package.json', 'src/node.ts', '.env']
  test('leads nowhere: no secret page without signing in, no file from outside the pages', async () => {
    const places = ['', '/demo', '/console', '/console/api', '/widget', '/hooks', '/chat/v1/web']
    const paths = tricks.flatMap((trick) =>
      places.flatMap((place) => secrets.map((secret) => `${place}${trick}${trick.slice(1)}${secret}`)),
    )
    await inParallel(paths, 30, async (path) => {
      const line = dial()
      line.socket.write(head(`GET ${path} HTTP/1.1`, 'Host: x', 'Connection: close'))
      const status = await line.answer()
      expect([path, status < 500, /root:|"private": true|import \{|"members"|"presence"/.test(line.heard())]).toEqual([path, true, false])
      line.socket.destroy()
    })
    await served()
  })
})

describe('answers', () => {
  test('carry no line that a caller wrote', async () => {
    const evil = encodeURIComponent('x\r\nSet-Cookie: evil=1')
    const headers = await visitor(hall)
    const file = (
      await hall.call(`/chat/v1/web/files?name=${evil}.html`, {
        headers: { ...headers, 'content-type': 'text/html' },
        body: '<script>1</script>',
      })
    ).json<{ id: string; name: string }>()
    expect(file.name).not.toMatch(/[\r\n]/)
    const adminFile = (await hall.call(`/console/api/files?name=${evil}`, { headers: hall.admin.headers, body: 'x' })).json<{
      id: string
    }>()
    const answer = await hall.call(`/console/api/files/${adminFile.id}`, { method: 'GET', headers: hall.admin.headers })
    expect([answer.headers.get('set-cookie'), answer.headers.get('content-disposition')]).toEqual([
      null,
      expect.stringMatching(/^attachment; filename\*=UTF-8''[^\r\n]+$/),
    ])
    for (const path of [`/${evil}`, `/hooks/${evil}`, `/chat/v1/${evil}/session`, `/console/${evil}`]) {
      const { headers: given } = await hall.call(path, { method: 'GET', headers: { accept: 'text/html' } })
      expect(given.get('set-cookie')).toBeNull()
    }
  })
})

test('two thousand connections at once are all served, and a visitor beside them', { timeout: 60_000 }, async () => {
  const lines = Array.from({ length: 2_000 }, () => dial())
  await until('all are open', () => lines.every(({ socket }) => !socket.connecting), { ms: 20_000 })
  const headers = await visitor(hall)
  const started = performance.now()
  expect(
    (await hall.call('/chat/v1/web/messages', { headers, body: JSON.stringify({ clientId: 'beside-2000', text: '你好' }) })).status,
  ).toBe(200)
  expect(performance.now() - started).toBeLessThan(2_000)
  for (const { socket } of lines) socket.write(head('GET /healthz HTTP/1.1', 'Host: x'))
  const statuses = new Map<number, number>()
  await inParallel(lines, 100, async (line) => {
    const status = await line.answer(30_000)
    statuses.set(status, (statuses.get(status) ?? 0) + 1)
    line.socket.destroy()
  })
  expect(Object.fromEntries(statuses)).toEqual({ 200: 2_000 })
  await served()
})

test('whoever dawdles is sent away, and others are served meanwhile', { timeout: 30_000 }, async ({ onTestFinished }) => {
  const app = { fetch: () => new Response('ok') }
  const server = await listen(app, { host: '127.0.0.1', port: 0 }, () => undefined, { headersMs: 400, lookMs: 100, silentMs: 60_000 })
  const lines = Array.from({ length: 300 }, () => dial(server.url))
  const drip = setInterval(() => {
    for (const { socket } of lines) if (socket.writable) socket.write('X-a: b\r\n')
  }, 50)
  onTestFinished(async () => {
    clearInterval(drip)
    await server.close()
  })
  for (const { socket } of lines) socket.write('GET / HTTP/1.1\r\nHost: x\r\n')
  expect((await fetch(server.url)).status).toBe(200)
  await until('all are sent away', () => lines.every(({ socket }) => socket.closed), { ms: 10_000 })
  expect(new Set(lines.map((line) => /^HTTP\/1\.1 (\d+)/.exec(line.heard())?.[1]))).toEqual(new Set(['408']))
})

test('whoever falls silent in the middle of a body is sent away; a browser that keeps its socket and says nothing is not', {
  timeout: 30_000,
}, async ({ onTestFinished }) => {
  const app = new Hono()
  app.onError((_error, { body }) => body(null, 400))
  app.post('/', async ({ req, text }) => text(await req.text()))
  app.get(
    '/socket',
    upgradeWebSocket(() => ({})),
  )
  const patience = { headersMs: 20_000, lookMs: 5_000, silentMs: 300 }
  const server = await listen(app, { host: '127.0.0.1', port: 0 }, () => undefined, patience)
  onTestFinished(() => server.close())
  const browser = new WebSocket(`${server.url.replace('http', 'ws')}/socket`)
  await until('the socket is open', () => browser.readyState === WebSocket.OPEN)
  const lines = Array.from({ length: 50 }, () => dial(server.url))
  for (const { socket } of lines) socket.write('POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 1000\r\n\r\nhalf')
  await until('all are sent away', () => lines.every(({ socket }) => socket.closed), { ms: 10_000 })
  expect(browser.readyState).toBe(WebSocket.OPEN)
  browser.close()
})
