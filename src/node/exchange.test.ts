import { createServer, type RequestListener, type Server } from 'node:http'
import { type AddressInfo, connect } from 'node:net'
import { afterEach, describe, expect, test, vi } from 'vitest'
import type { Ask, Exchange } from '#core/connector.ts'
import { ask, NoAnswer, overFetch } from '#platforms/wire.ts'
import { exchange } from './exchange.ts'

const servers: Server[] = []
afterEach(() => {
  for (const server of servers.splice(0)) {
    server.closeAllConnections()
    server.close()
  }
})

async function serve(listener: RequestListener): Promise<string> {
  const server = createServer(listener)
  servers.push(server)
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`
}

const call = (more: Partial<Ask> = {}): Ask => ({
  method: 'POST',
  headers: { 'content-type': 'application/json' },
  body: '{"text":"你好"}',
  signal: new AbortController().signal,
  deadlineMs: 5_000,
  most: 1_000,
  ...more,
})

const failure = (promise: Promise<unknown>) =>
  promise.then(
    () => Promise.reject(new Error('it was answered')),
    (error) => error as NoAnswer,
  )

// Both ways keep the same promises: Node has the first, Workers have the second.
const ways: [string, Exchange][] = [
  ['undici', exchange],
  ['fetch', overFetch(fetch)],
]

describe.each(ways)('a short call over %s', (_name, way) => {
  test('brings the status, a header and the whole text', async () => {
    let got = ''
    const url = await serve(async (request, response) => {
      for await (const chunk of request) got += chunk
      response.writeHead(429, { 'retry-after': '7', 'content-type': 'text/plain' }).end(`${request.url} 早`)
    })
    const answer = await way(`${url}/a/b?c=d`, call())
    expect(answer).toMatchObject({ status: 429, text: '/a/b?c=d 早' })
    expect([answer.header('retry-after'), answer.header('x-none')]).toEqual(['7', null])
    expect(got).toBe('{"text":"你好"}')
  })

  test('follows no redirect: the address may hold a secret', async () => {
    const url = await serve((request, response) => {
      response.writeHead(request.url === '/' ? 302 : 200, { location: '/elsewhere' }).end()
    })
    expect((await way(`${url}/`, call())).status).toBe(302)
  })

  test('reads no more than was asked for, however much comes', async () => {
    const url = await serve((_request, response) => {
      const more = () => {
        while (response.writable && response.write('x'.repeat(64 * 1024)));
        if (response.writable) response.once('drain', more)
      }
      more()
    })
    const { text } = await way(url, call({ most: 100 }))
    expect(text.length).toBeLessThanOrEqual(100)
  })

  test('that is not answered in time is late, and the other side may have taken it', async () => {
    const url = await serve(() => undefined)
    expect(await failure(ask(way, url, call({ deadlineMs: 50 })))).toMatchObject({ why: 'late', certain: false })
  })

  test('that is given up ends at once', async () => {
    const stop = new AbortController()
    const url = await serve(() => stop.abort())
    expect(await failure(ask(way, url, call({ signal: stop.signal })))).toMatchObject({ why: 'stopped', certain: false })
  })

  test('that was given up before it began asks nobody', async () => {
    let asked = 0
    const url = await serve((_request, response) => {
      asked += 1
      response.end()
    })
    expect(await failure(ask(way, url, call({ signal: AbortSignal.abort() })))).toMatchObject({ why: 'stopped' })
    expect(asked).toBe(0)
  })

  test('whose answer breaks off is broken, and nobody knows', async () => {
    const url = await serve((_request, response) => {
      response.writeHead(200, { 'content-length': '100' })
      response.write('{"ok":', () => response.destroy())
    })
    const error = await failure(ask(way, url, call()))
    expect(error).toBeInstanceOf(NoAnswer)
    expect(error).toMatchObject({ why: 'broken', certain: false })
  })

  test('where nobody listens surely reached nobody', async () => {
    const url = await serve(() => undefined)
    await new Promise((resolve) => servers.splice(0)[0]?.close(resolve))
    expect(await failure(ask(way, url, call()))).toMatchObject({ why: 'broken', certain: true })
  })
})

test('with NODE_USE_ENV_PROXY it goes through the proxy of the environment, as Node’s own fetch does', async () => {
  const url = await serve((_request, response) => void response.end('reached'))
  const seen: string[] = []
  const proxy = await serve((request, response) => {
    seen.push(String(request.url))
    response.end('reached')
  })
  servers.at(-1)?.on('connect', (request, socket) => {
    seen.push(String(request.url))
    const [host = '', port] = String(request.url).split(':')
    const onward = connect(Number(port), host, () => {
      socket.write('HTTP/1.1 200 Connection established\r\n\r\n')
      onward.pipe(socket).pipe(onward)
    })
    for (const end of [socket, onward]) end.on('error', () => end.destroy())
  })
  vi.stubEnv('NODE_USE_ENV_PROXY', '1')
  vi.stubEnv('HTTP_PROXY', proxy)
  vi.stubEnv('NO_PROXY', '')
  vi.resetModules()
  try {
    const { exchange: proxied } = await import('./exchange.ts')
    expect((await proxied(url, call())).text).toBe('reached')
    expect(seen.join()).toContain(new URL(url).host)
  } finally {
    vi.unstubAllEnvs()
  }
})
