// The learning screen's side: who may see what customers asked in vain, and what accepting it writes.
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { Database } from '#store/database.ts'
import { writeExperience } from '#store/questions.ts'
import { appOf, signIn } from '../../test/support/app.ts'
import { testDatabase } from '../../test/support/database.ts'
import { BOT } from '../../test/support/stage.ts'
import type { App } from '../app.ts'
import type { LessonPage } from './console/protocol-learning.ts'

const HOUSE = 'agents: [{ id: root, name: Root, role: admin }, { id: lead, name: Lead, role: supervisor }]\n'
const files: Record<string, string> = { 'bot.yaml': BOT, 'frontdesk.yaml': HOUSE }
const cookies: Record<string, string> = {}
let database: Database
let app: App

const json = (body: unknown, headers: Record<string, string> = {}) => ({
  method: 'POST',
  body: JSON.stringify(body),
  headers: { 'content-type': 'application/json', 'x-frontdesk': '1', 'accept-language': 'zh', ...headers },
})
const lessons = async (who = 'root') => {
  const response = await app.http.request('/console/api/lessons', { headers: { cookie: cookies[who] ?? '', 'accept-language': 'zh' } })
  return { status: response.status, page: (await response.json()) as LessonPage }
}
const teach = async (key: string, body: object, who = 'root') =>
  (await app.http.request(`/console/api/lessons/${key}`, json(body, { cookie: cookies[who] ?? '' }))).status

beforeAll(async () => {
  database = await testDatabase()
  const write = (name: string, text: string) => {
    files[name] = text
  }
  app = await appOf(database, files, {}, { source: { env: {}, read: (name) => files[name], write } })
  for (const who of ['root', 'lead']) cookies[who] = await signIn(app, database, who)
  const asked = ['可以花呗分期吗', '花呗分期可以吗', 'when do you ship it']
  await writeExperience(
    database.db,
    asked.map((text, n) => ({
      id: `qst_${n}`,
      conversationId: `cnv_${n}`,
      at: new Date(n),
      what: { type: 'unanswered', text, confidence: 0.1 },
    })),
  )
})
afterAll(async () => {
  await app.stop()
  await database.close()
})

test('admins see the groups and where they may belong; nobody else does', async () => {
  const { page } = await lessons()
  expect(page.items.map(({ texts, count }) => [texts.length, count])).toEqual([
    [2, 2],
    [1, 1],
  ])
  expect(page.entries).toContainEqual({ id: 'faq:shipping', title: '多久发货' })
  expect(page.writable).toBe(true)
  expect(JSON.stringify(page)).not.toContain('qst_1')
  expect((await lessons('lead')).status).toBe(403)
  expect((await lessons('nobody')).status).toBe(401)
  expect(await teach(page.items[0]?.key ?? '', { action: 'ignore' }, 'lead')).toBe(403)
})

test('what is accepted stands in the file, once; what would break the file is refused and decided nothing', async () => {
  const [installments, shipping] = (await lessons()).page.items
  const entry = { action: 'entry', id: 'shipping', title: '分期', texts: installments?.texts, answer: '可以。' }
  expect(await teach(installments?.key ?? '', entry)).toBe(409)
  expect(files['bot.yaml']).toBe(BOT)
  expect(await teach(installments?.key ?? '', { ...entry, id: 'no spaces' })).toBe(400)
  expect(await teach(installments?.key ?? '', { ...entry, id: 'installments' })).toBe(200)
  expect(await teach(installments?.key ?? '', { ...entry, id: 'again' })).toBe(404)
  expect(await teach(shipping?.key ?? '', { action: 'phrases', entry: 'faq:shipping', texts: shipping?.texts })).toBe(200)
  expect(files['bot.yaml']).toContain('id: installments')
  expect(files['bot.yaml']).toContain('how long is shipping, "when do you ship it"]')
  expect((await lessons()).page.items).toEqual([])
})
