import { spawn } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { sign } from './app/users.ts'
import { type FakeApp, type LoggedCall, startFakeApp } from './app.ts'

const SECRET = `whsec_${Buffer.alloc(32, 1).toString('base64')}`
const OTHER = `whsec_${Buffer.alloc(32, 2).toString('base64')}`
const MESSAGE = { type: 'message', id: 'dlv_1', user: { id: 'u_42' }, parts: [{ type: 'text', text: '你好' }], text: '你好' }

let fake: FakeApp
let folder: string
beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'fake-app-'))
  fake = await startFakeApp({ secrets: [SECRET], log: join(folder, 'calls.jsonl') })
})
afterEach(async () => {
  await fake.close()
  rmSync(folder, { recursive: true, force: true })
})

interface Call {
  event?: unknown
  id?: string
  secret?: string
  at?: Date
  headers?: Record<string, string>
}

function call({ event = MESSAGE, id = 'dlv_1', secret = SECRET, at = new Date(), headers }: Call = {}, url = fake.url): Promise<Response> {
  const body = JSON.stringify(event)
  return fetch(`${url}/callback`, { method: 'POST', headers: { ...sign(secret, id, at, body), ...headers }, body, redirect: 'manual' })
}

const logged = () =>
  readFileSync(join(folder, 'calls.jsonl'), 'utf8')
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as LoggedCall)

describe("the fake of a company's server", () => {
  test('refuses what is not signed, not in time, or not in form', async () => {
    const minutes = (count: number) => new Date(Date.now() + count * 60_000)
    const wrong: [Call, number][] = [
      [{ secret: OTHER }, 401],
      [{ headers: { 'webhook-id': 'dlv_2' } }, 401],
      [{ headers: { 'webhook-signature': '' } }, 401],
      [{ at: minutes(-6) }, 401],
      [{ at: minutes(6) }, 401],
      [{ headers: { 'content-type': 'text/plain' } }, 400],
      [{ event: { type: 'greeting', id: 'x' } }, 400],
      [{ event: { ...MESSAGE, parts: undefined } }, 400],
      [{ event: { ...MESSAGE, user: {} } }, 400],
    ]
    for (const [made, status] of wrong) expect((await call(made)).status, JSON.stringify(made)).toBe(status)
    expect((await call()).status).toBe(200)
    expect(fake.accepted()).toHaveLength(1)
  })

  test('takes each id once, answers the same again, and remembers it from its log', async () => {
    const first = await (await call()).json()
    expect(await (await call()).json()).toEqual(first)
    await call({ id: 'dlv_2' })
    expect(fake.accepted().map((one) => one.id)).toEqual(['dlv_1', 'dlv_2'])
    expect(logged().map((one) => [one.seq, one.id, one.user, one.ok, one.before])).toEqual([
      [1, 'dlv_1', 'u_42', true, 0],
      [2, 'dlv_1', 'u_42', true, 1],
      [3, 'dlv_2', 'u_42', true, 0],
    ])
    const later = await startFakeApp({ secrets: [SECRET], log: join(folder, 'calls.jsonl') })
    await call({}, later.url)
    expect(later.accepted()).toEqual([])
    expect(logged().at(-1)).toMatchObject({ id: 'dlv_1', before: 2 })
    await later.close()
  })

  test('fails as it is told: by status, by user, after some calls, and after the work is done', async () => {
    fake.fail({ status: 429, retry_after: 3 })
    const limited = await call()
    expect([limited.status, limited.headers.get('retry-after')]).toEqual([429, '3'])
    fake.fail({ status: 503 }, { user: 'u_7' })
    fake.fail({ kind: 'reset' }, { type: 'message', after: 1 })
    expect((await call()).status).toBe(200)
    await expect(call({ id: 'dlv_2' })).rejects.toThrow()
    expect((await call({ id: 'dlv_3', event: { ...MESSAGE, user: { id: 'u_7' } } })).status).toBe(503)
    fake.fail({ kind: 'accept-then-reset' })
    await expect(call({ id: 'dlv_4' })).rejects.toThrow()
    expect(fake.accepted().map((one) => one.id)).toEqual(['dlv_1', 'dlv_4'])
    expect(await fake.waitFor((one) => one.id === 'dlv_4')).toMatchObject({ type: 'message', before: 0 })
  })

  test('signs what its users do, and sends it again under one id until it is taken', async () => {
    const seen: { id: string; body: string }[] = []
    let refusals = 2
    const house = createServer(async (request, response) => {
      const chunks: Buffer[] = []
      for await (const chunk of request) chunks.push(chunk)
      const body = Buffer.concat(chunks).toString()
      const id = String(request.headers['webhook-id'])
      const at = new Date(Number(request.headers['webhook-timestamp']) * 1000)
      expect(request.headers['webhook-signature']).toBe(sign(SECRET, id, at, body)['webhook-signature'])
      seen.push({ id, body })
      response.writeHead(refusals-- > 0 ? 503 : 200).end()
    }).listen(0, '127.0.0.1')
    await new Promise((resolve) => house.once('listening', resolve))
    fake.hook = `http://127.0.0.1:${(house.address() as AddressInfo).port}/hooks/app`
    const wang = fake.user({ id: 'u_42', name: '王' })
    const { id, messageId } = await wang.text('你好')
    expect(seen.map((one) => one.id)).toEqual([id, id, id])
    expect(JSON.parse(seen[0]?.body ?? '')).toEqual({
      user: { id: 'u_42', name: '王' },
      type: 'message',
      message: { id: messageId, text: '你好' },
    })
    house.close()
    house.closeAllConnections()
  })

  test('runs as a process of its own and takes orders over HTTP', async () => {
    const log = join(folder, 'process.jsonl')
    const child = spawn(process.execPath, [join(import.meta.dirname, 'app.ts'), '--port', '0', '--secret', SECRET, '--log', log])
    const ended = new Promise((resolve) => child.once('exit', resolve))
    const line = await new Promise<string>((resolve) => child.stdout.once('data', (data) => resolve(String(data))))
    const { url } = JSON.parse(line) as { url: string }
    const order = (what: string, body: object) => fetch(`${url}/_control/${what}`, { method: 'POST', body: JSON.stringify(body) })
    await order('hook', { hook: `${fake.url}/callback` })
    // Another fake stands where the house would: its refusal of a customer's event shows that it came, well signed.
    expect((await order('user', { user: 'u_42', do: 'text', args: ['你好'] })).status).toBe(500)
    expect(fake.calls.at(-1)).toMatchObject({ ok: false, error: 'message without id' })
    await call({}, url)
    expect(await (await fetch(`${url}/_control/log`)).json()).toMatchObject([{ id: 'dlv_1', ok: true }])
    child.kill('SIGTERM')
    expect(await ended).toBe(0)
    expect(readFileSync(log, 'utf8')).toContain('"id":"dlv_1"')
  })
})
