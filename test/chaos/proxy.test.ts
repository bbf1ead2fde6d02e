import { createServer, request, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { text } from 'node:stream/consumers'
import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest'
import { until } from '../support/until.ts'
import { faultProxy } from './proxy.ts'

const BODY = 'x'.repeat(1_000)
let server: Server
let seen = 0

beforeAll(async () => {
  server = createServer((_request, response) => {
    seen += 1
    response.end(BODY)
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
})
afterAll(() => {
  server.closeAllConnections()
  server.close()
})

async function open() {
  const proxy = await faultProxy({ host: '127.0.0.1', port: (server.address() as AddressInfo).port })
  onTestFinished(() => proxy.close())
  const get = (ms = 5_000) => ask(proxy.port, ms)
  return { proxy, get }
}

/** Each on a connection of its own. */
function ask(port: number, ms: number): Promise<string> {
  return new Promise((resolve, reject) => {
    const call = request({ host: '127.0.0.1', port, agent: false, signal: AbortSignal.timeout(ms) }, (answer) => {
      text(answer).then(resolve, reject)
    })
    call.on('error', reject)
    call.end()
  })
}

/** Why there was no answer. */
function failure(call: Promise<unknown>): Promise<string> {
  return call.then(
    () => 'answered',
    (error: Error & { code?: string }) => error.code ?? error.name,
  )
}

test('without a fault everything passes as it is', async () => {
  const { proxy, get } = await open()
  expect(await get()).toBe(BODY)
  expect(proxy.opened()).toBe(1)
})

test('latency delays both directions', async () => {
  const { proxy, get } = await open()
  await proxy.set({ kind: 'latency', ms: 60 })
  const before = performance.now()
  expect(await get()).toBe(BODY)
  expect(performance.now() - before).toBeGreaterThan(110)
})

test('a line that hangs holds everything, and lets it go when the fault ends', async () => {
  const { proxy, get } = await open()
  await proxy.set({ kind: 'hang' })
  const before = seen
  expect(await failure(get(100))).toBe('ABORT_ERR')
  expect(seen).toBe(before)
  const late = get()
  await until('its bytes are held', () => proxy.opened() === 2 && proxy.holding() === 2)
  await proxy.set({ kind: 'none' })
  expect(await late).toBe(BODY)
})

test('a mute line lets requests through and holds the answers', async () => {
  const { proxy, get } = await open()
  await proxy.set({ kind: 'mute' })
  const before = seen
  const late = get()
  await until('the server has answered', () => seen === before + 1)
  await proxy.set({ kind: 'none' })
  expect(await late).toBe(BODY)
})

test('where nobody listens the connection is refused, and accepted again on the same port', async () => {
  const { proxy, get } = await open()
  await proxy.set({ kind: 'refuse' })
  expect(await failure(get())).toBe('ECONNREFUSED')
  await proxy.set({ kind: 'none' })
  expect(await get()).toBe(BODY)
})

test('a cut in the middle of an answer is a reset', async () => {
  const { proxy, get } = await open()
  await proxy.set({ kind: 'cut', bytes: 600 })
  expect(await failure(get())).toBe('ECONNRESET')
})

test('an answer that ends too early is short of its content-length', async () => {
  const { proxy, get } = await open()
  await proxy.set({ kind: 'truncate', bytes: 600 })
  expect(await failure(get())).toBe('ECONNRESET')
})

test('a dripping line gives the whole answer, slowly', async () => {
  const { proxy, get } = await open()
  await proxy.set({ kind: 'drip', bytes: 100, ms: 15 })
  const before = performance.now()
  expect(await get()).toBe(BODY)
  expect(performance.now() - before).toBeGreaterThan(150)
})
