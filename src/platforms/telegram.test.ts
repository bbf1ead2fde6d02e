import { createServer, type RequestListener, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { inspect } from 'node:util'
import { afterEach, describe, expect, test } from 'vitest'
import { ConnectorError } from '#core/errors.ts'
import { parseJson } from './json.ts'
import { type Telegram, telegram } from './telegram.ts'
import { readWebhook } from './telegram-updates.ts'
import { overFetch } from './wire.ts'

const TOKEN = '123456:AAH-very_secret'
const servers: Server[] = []
afterEach(() => {
  for (const server of servers.splice(0)) {
    server.close()
    server.closeAllConnections()
  }
})

async function against(listener: RequestListener, deadlineMs = 2000): Promise<Telegram> {
  const server = createServer(listener).listen(0, '127.0.0.1')
  servers.push(server)
  await new Promise((resolve) => server.once('listening', resolve))
  return telegram({
    token: TOKEN,
    apiRoot: `http://127.0.0.1:${(server.address() as AddressInfo).port}/`,
    fetch,
    exchange: overFetch(fetch),
    deadlineMs,
  })
}

/** An API that always answers the same. */
function answering(status: number, body: unknown, headers: Record<string, string> = {}): Promise<Telegram> {
  return against((_request, response) => response.writeHead(status, headers).end(typeof body === 'string' ? body : JSON.stringify(body)))
}

async function failure(api: Telegram, signal = AbortSignal.timeout(5000)): Promise<ConnectorError> {
  const error = await api.call('sendMessage', { chat_id: 1, text: 'x' }, signal).catch((thrown: unknown) => thrown)
  expect(error).toBeInstanceOf(ConnectorError)
  expect(inspect(error, { depth: 9 })).not.toContain('very_secret')
  return error as ConnectorError
}

const no = (error_code: number, description: string, parameters?: object) => ({
  ok: false,
  error_code,
  description,
  ...(parameters && { parameters }),
})

describe('every refusal of Telegram has its kind', () => {
  test.each([
    [429, no(429, 'Too Many Requests: retry after 17', { retry_after: 17 }), { kind: 'rate_limited', retryAfterMs: 17_000, certain: true }],
    [429, 'slow down', { kind: 'rate_limited', retryAfterMs: 1000, certain: true }],
    [401, no(401, 'Unauthorized'), { kind: 'unauthorized', certain: true }],
    [404, no(404, 'Not Found'), { kind: 'unauthorized', certain: true }],
    [403, no(403, 'Forbidden: bot was blocked by the user'), { kind: 'recipient_gone', certain: true }],
    [403, no(403, 'Forbidden: user is deactivated'), { kind: 'recipient_gone' }],
    [403, no(403, "Forbidden: bot can't initiate conversation with a user"), { kind: 'recipient_gone' }],
    [400, no(400, 'Bad Request: chat not found'), { kind: 'recipient_gone' }],
    [400, no(400, 'Bad Request: message thread not found'), { kind: 'thread_gone' }],
    [400, no(400, 'Bad Request: TOPIC_DELETED'), { kind: 'thread_gone' }],
    [400, no(400, 'Bad Request: TOPIC_ID_INVALID'), { kind: 'thread_gone' }],
    [400, no(400, "Bad Request: can't parse entities: unsupported start tag"), { kind: 'rejected', certain: true }],
    [400, no(400, 'Bad Request: message is too long'), { kind: 'rejected' }],
    [413, '<html>Request Entity Too Large</html>', { kind: 'rejected', certain: true }],
    [400, '<html>proxy</html>', { kind: 'transient', certain: false }],
    [409, no(409, 'Conflict: terminated by other getUpdates request'), { kind: 'transient', certain: true }],
    [500, no(500, 'Internal Server Error'), { kind: 'transient', certain: false }],
    [502, '<html>Bad Gateway</html>', { kind: 'transient', certain: false }],
    [200, '<html>It works!</html>', { kind: 'transient', certain: false }],
    [200, '{"ok":tr', { kind: 'transient', certain: false }],
    [200, 'null', { kind: 'transient', certain: false }],
    [200, no(400, 'Bad Request: chat not found'), { kind: 'recipient_gone', certain: true }],
  ])('HTTP %i with %o', async (status, body, expected) => {
    expect(await failure(await answering(status, body))).toMatchObject(expected)
  })

  test('a group that moved names its new number', async () => {
    const error = await failure(
      await answering(400, no(400, 'Bad Request: group chat was upgraded to a supergroup chat', { migrate_to_chat_id: -1001234567890 })),
    )
    expect(error).toMatchObject({ kind: 'rejected', message: expect.stringContaining('chat: -1001234567890') })
  })

  test('a redirect is not followed: the address holds the token', async () => {
    let asked = 0
    const elsewhere = createServer(() => asked++).listen(0, '127.0.0.1')
    servers.push(elsewhere)
    await new Promise((resolve) => elsewhere.once('listening', resolve))
    const location = `http://127.0.0.1:${(elsewhere.address() as AddressInfo).port}/`
    expect(await failure(await answering(307, '', { location }))).toMatchObject({ kind: 'transient', certain: true })
    expect(asked).toBe(0)
  })

  test('the token never shows, even when the other side repeats it', async () => {
    const error = await failure(
      await against((request, response) => response.writeHead(400).end(JSON.stringify(no(400, `Bad Request: ${request.url}`)))),
    )
    expect(error.message).toContain('<token>')
  })
})

describe('whether a call was surely not taken', () => {
  test('nobody listens, or the name does not exist: surely', async () => {
    const at = (apiRoot: string) => telegram({ token: TOKEN, apiRoot, fetch, exchange: overFetch(fetch) })
    expect(await failure(at('http://127.0.0.1:2'))).toMatchObject({ kind: 'transient', certain: true })
    expect(await failure(at('http://no-such-host.invalid'))).toMatchObject({ kind: 'transient', certain: true })
  })

  test('cut off, or cut off within the answer: not sure', async () => {
    expect(await failure(await against((request) => request.socket.destroy()))).toMatchObject({ kind: 'transient', certain: false })
    const half = await against((_request, response) => {
      response.writeHead(200, { 'content-length': '100' }).write('{"ok":true')
      setTimeout(() => response.destroy(), 20)
    })
    expect(await failure(half)).toMatchObject({ kind: 'transient', certain: false })
  })

  test('no answer within our own deadline: not sure, and said so', async () => {
    const error = await failure(await against(() => {}, 100))
    expect(error).toMatchObject({ kind: 'transient', certain: false, message: expect.stringContaining('in time') })
  })

  test('stopped before the first byte: surely', async () => {
    expect(await failure(await answering(200, { ok: true, result: {} }), AbortSignal.abort())).toMatchObject({
      kind: 'transient',
      certain: true,
    })
  })
})

test('numbers too large for a double keep their digits', () => {
  expect(parseJson('{"a":9007199254740993,"b":12,"c":31.25,"d":-9007199254740993,"e":"9007199254740993"}')).toEqual({
    a: '9007199254740993',
    b: 12,
    c: 31.25,
    d: '-9007199254740993',
    e: '9007199254740993',
  })
})

test('half a surrogate pair leaves as the mark for it, in JSON and in forms', async () => {
  const bodies: string[] = []
  const api = await against(async (request, response) => {
    const chunks: Buffer[] = []
    for await (const chunk of request) chunks.push(chunk)
    bodies.push(Buffer.concat(chunks).toString('utf8'))
    response.end('{"ok":true,"result":{}}')
  })
  const signal = AbortSignal.timeout(5000)
  await api.call('sendMessage', { chat_id: 1, text: 'a\ud83d' }, signal)
  await api.call('sendDocument', { chat_id: 1, caption: 'a\ud83d', document: new File(['x'], 'x.txt') }, signal)
  for (const body of bodies) expect(body).toContain('a\ufffd')
})

test('a webhook body that never ends is refused at one megabyte', async () => {
  let pulled = 0
  const body = new ReadableStream({
    pull(controller) {
      pulled++
      controller.enqueue(new Uint8Array(64 * 1024).fill(32))
    },
  })
  const headers = { 'x-telegram-bot-api-secret-token': 's' }
  const request = new Request('https://x.example/hooks/a', { method: 'POST', headers, body, duplex: 'half' } as RequestInit)
  await expect(readWebhook(request, 's')).rejects.toMatchObject({ kind: 'rejected', message: 'the body is larger than 1 MB' })
  expect(pulled).toBeLessThan(30)
})

test('without a secret in the config no webhook request is believed', async () => {
  const request = new Request('https://x.example/hooks/a', {
    method: 'POST',
    headers: { 'x-telegram-bot-api-secret-token': '' },
    body: '{"update_id":1}',
  })
  await expect(readWebhook(request, undefined)).rejects.toMatchObject({ kind: 'unauthorized' })
})
