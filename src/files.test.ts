// Files of customers and of visitors on their way in: what is refused, by whom, and what everybody is told.
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest'
import type { Scan } from '#core/admission.ts'
import type { Connector } from '#core/connector.ts'
import { insertAttachment } from '#store/attachments.ts'
import type { Database } from '#store/database.ts'
import { testApp } from '../test/support/app.ts'
import { memoryBlobs } from '../test/support/blobs.ts'
import { testDatabase } from '../test/support/database.ts'
import type { App } from './app.ts'
import { createFiles } from './files.ts'

let database: Database
let app: App | undefined

beforeAll(async () => {
  database = await testDatabase()
})
afterAll(() => database.close())
afterEach(async () => {
  await app?.stop()
  app = undefined
})

const HOUSE = 'channels: [{ id: web, type: web, origins: ["*"] }]\nfiles: { maxMegabytes: 1 }\n'
const eicar: Scan = async ({ bytes }) => (new TextDecoder().decode(bytes).includes('EICAR') ? { found: 'Eicar' } : undefined)

async function uploads(scan?: Scan) {
  app = await testApp(database, HOUSE, { scan })
  const answer = await app.http.request('/chat/v1/web/session', {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: '{}',
  })
  const { token, limits } = (await answer.json()) as { token: string; limits: { fileMaxBytes: number } }
  const send = async (name: string, body: string | Uint8Array<ArrayBuffer>) => {
    const headers = { authorization: `Bearer ${token}`, 'content-type': 'application/octet-stream' }
    const url = `/chat/v1/web/files?name=${encodeURIComponent(name)}`
    const response = await app?.http.request(url, { method: 'POST', headers, body })
    return { status: response?.status, body: (await response?.json()) as { name?: string; error?: { code: string } } }
  }
  return { send, limits }
}

test('a visitor hears the limit, and what is refused is refused with its reason', async () => {
  const { send, limits } = await uploads(eicar)
  expect(limits.fileMaxBytes).toBe(1024 * 1024)
  expect(await send('../发票?.pdf', 'a clean one')).toMatchObject({ status: 200, body: { name: '发票_.pdf' } })
  expect(await send('big.pdf', new Uint8Array(1024 * 1024 + 1))).toMatchObject({ status: 413 })
  expect(await send('setup.exe', 'MZ')).toMatchObject({ status: 415, body: { error: { code: 'kind_refused' } } })
  expect(await send('a.pdf', 'EICAR')).toMatchObject({ status: 400, body: { error: { code: 'malware' } } })
})

test('while the scanner does not answer nothing is taken, and the visitor is asked to come again', async () => {
  const { send } = await uploads(() => Promise.reject(new Error('down')))
  expect(await send('a.pdf', 'x')).toMatchObject({ status: 503 })
})

function remote(id: string, ref: Record<string, unknown> = {}) {
  const now = new Date()
  return {
    id,
    conversationId: null,
    source: 'channel' as const,
    sourceId: 'ch1',
    owner: 'u1',
    ref: { id: 'M', ...ref },
    name: 'file',
    mime: 'application/octet-stream',
    bytes: 0,
    state: 'remote' as const,
    attempts: 0,
    error: null,
    nextAt: now,
    createdAt: now,
  }
}

function filesOf(content: string, headers: Record<string, string>, scan: Scan) {
  const connector = { media: async () => new Response(content, { headers }) } as unknown as Connector
  const clock = { now: () => new Date(), random: Math.random }
  return createFiles({ db: database.db, blobs: memoryBlobs(), clock, connectors: new Map([['ch1', connector]]), desks: new Map(), scan })
}

test('a customer’s file takes the name that its platform tells with the bytes', async () => {
  const id = `att_${'a'.repeat(32)}`
  await insertAttachment(database.db, remote(id))
  const headers = {
    'content-disposition': `attachment; filename*=UTF-8''${encodeURIComponent('../报价.xlsx')}`,
    'content-type': 'application/x-y',
  }
  const files = filesOf('hello', headers, eicar)
  expect(await files.open(id)).toMatchObject({ name: '报价.xlsx', mime: 'application/x-y' })
})

test('a name of a platform’s stays as it was written in the history, and leaves the house as one that is safe', async () => {
  const id = `att_${'d'.repeat(32)}`
  await insertAttachment(database.db, { ...remote(id, { name: 'x' }), name: '../re\u202egpj.sh' })
  const files = filesOf('hello', {}, eicar)
  expect((await files.open(id)).name).toBe('regpj.sh')
  expect((await files.open(id)).name).toBe('regpj.sh')
})

test('a customer’s file that is not clean is never kept, for good, and says why; one that nobody looked at waits', async () => {
  const [sick, waiting] = [`att_${'b'.repeat(32)}`, `att_${'c'.repeat(32)}`]
  await insertAttachment(database.db, remote(sick))
  const files = filesOf('EICAR', {}, eicar)
  await expect(files.open(sick)).rejects.toMatchObject({ kind: 'rejected', message: expect.stringContaining('Eicar') })
  await insertAttachment(database.db, remote(waiting))
  const blind = filesOf('hello', {}, () => Promise.reject(new Error('down')))
  await expect(blind.open(waiting)).rejects.toMatchObject({ kind: 'transient' })
  await files.collect(AbortSignal.timeout(10_000))
  const [row] = (await database.db.query.attachments.findMany()).filter(({ id }) => id === sick)
  expect(row).toMatchObject({ state: 'failed', error: expect.stringContaining('Eicar') })
})
