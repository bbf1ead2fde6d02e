import { spawn } from 'node:child_process'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { Bot as GrammyBot, InputFile } from 'grammy'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { type FakeTelegram, startFakeTelegram } from './telegram.ts'

const A = '111:aaa'
const B = '222:bbb'
const FORUM = -1001000000001
let fake: FakeTelegram

beforeEach(async () => {
  fake = await startFakeTelegram({
    bots: [
      { token: A, username: 'shop_bot' },
      { token: B, username: 'desk_bot' },
    ],
  })
  fake.addForum(FORUM)
})
afterEach(() => fake.close())

async function call(method: string, params: object = {}, token = A) {
  const response = await fetch(`${fake.url}/bot${token}/${method}`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(params),
  })
  return (await response.json()) as {
    ok: boolean
    error_code?: number
    description?: string
    result?: Record<string, unknown> & { update_id: number }[]
  }
}
const said = async (method: string, params: object, token = A) => (await call(method, params, token)).description

describe('the fake Bot API', () => {
  test('knows its tokens and its methods', async () => {
    expect(await call('getMe', {}, '999:zzz')).toMatchObject({ error_code: 401, description: 'Unauthorized' })
    expect(await call('getMe', {}, 'nonsense')).toMatchObject({ error_code: 404 })
    expect(await call('noSuchMethod')).toMatchObject({ error_code: 404, description: 'Not Found' })
    expect(await call('getMe', {}, B)).toMatchObject({ ok: true, result: { id: 222, username: 'desk_bot' } })
  })

  test("refuses in Telegram's words what breaks a limit", async () => {
    fake.customer(42, A).start()
    const to = { chat_id: 42 }
    expect(await said('sendMessage', { ...to, text: '  ' })).toBe('Bad Request: message text is empty')
    expect(await said('sendMessage', { ...to, text: '😀'.repeat(2049) })).toBe('Bad Request: message is too long')
    expect((await call('sendMessage', { ...to, text: '😀'.repeat(2048) })).ok).toBe(true)
    expect(await said('sendMessage', { chat_id: 7, text: 'x' })).toBe('Bad Request: chat not found')
    const keyboard = (callback_data: string) => ({ ...to, text: 'x', reply_markup: { inline_keyboard: [[{ text: 'y', callback_data }]] } })
    expect(await said('sendMessage', keyboard('单'.repeat(22)))).toBe('Bad Request: BUTTON_DATA_INVALID')
    expect(await said('answerCallbackQuery', { callback_query_id: '1' })).toMatch(/query is too old/)
    fake.customer(42, A).block()
    expect(await said('sendMessage', { ...to, text: 'x' })).toBe('Forbidden: bot was blocked by the user')
  })

  test('keeps topics: opened, closed, deleted, and messages in none that is not there', async () => {
    const created = (await call('createForumTopic', { chat_id: FORUM, name: '王小明' }, B)).result as unknown as {
      message_thread_id: number
    }
    const place = { chat_id: FORUM, message_thread_id: created.message_thread_id }
    expect((await call('sendMessage', { ...place, text: 'hi' }, B)).ok).toBe(true)
    expect(await said('sendMessage', { ...place, message_thread_id: 999, text: 'hi' }, B)).toBe('Bad Request: message thread not found')
    expect((await call('closeForumTopic', place, B)).ok).toBe(true)
    expect(await said('closeForumTopic', place, B)).toBe('Bad Request: TOPIC_NOT_MODIFIED')
    fake.deleteTopic(FORUM, created.message_thread_id, 'TOPIC_DELETED')
    expect(await said('sendMessage', { ...place, text: 'hi' }, B)).toBe('Bad Request: TOPIC_DELETED')
    fake.addForum(-1002, 'No rights', { rights: false })
    expect(await said('createForumTopic', { chat_id: -1002, name: 'x' }, B)).toBe('Bad Request: not enough rights to create a topic')
  })

  test('says when an edit changes nothing', async () => {
    fake.customer(42, A).start()
    const { result } = await call('sendMessage', { chat_id: 42, text: 'one' })
    const edit = { chat_id: 42, message_id: (result as unknown as { message_id: number }).message_id }
    expect(await said('editMessageText', { ...edit, text: 'one' })).toMatch(/^Bad Request: message is not modified/)
    expect((await call('editMessageText', { ...edit, text: 'two' })).ok).toBe(true)
  })

  test('hands out updates until the offset confirms them, and ends the poll of a first program when a second comes', async () => {
    const first = call('getUpdates', { timeout: 5 })
    fake.customer(42, A).text('one')
    const updates = (await first).result ?? []
    expect(updates).toHaveLength(1)
    expect((await call('getUpdates')).result).toEqual(updates)
    const waiting = call('getUpdates', { timeout: 5, offset: (updates[0]?.update_id ?? 0) + 1 })
    await expect.poll(() => fake.world.bot(A).poll !== undefined).toBe(true)
    const second = call('getUpdates', { timeout: 5 })
    expect(await waiting).toMatchObject({ error_code: 409, description: expect.stringMatching(/terminated by other getUpdates/) })
    fake.customer(42, A).text('two')
    expect((await second).result).toHaveLength(1)
  })

  test('posts updates to a webhook with the secret, again until it is taken, and in order', async () => {
    const seen: [secret: unknown, text: string][] = []
    let refusals = 2
    const server = createServer(async (request, response) => {
      const chunks: Buffer[] = []
      for await (const chunk of request) chunks.push(chunk)
      response.statusCode = refusals-- > 0 ? 500 : 200
      if (response.statusCode === 200)
        seen.push([request.headers['x-telegram-bot-api-secret-token'], JSON.parse(String(Buffer.concat(chunks))).message.text])
      response.end()
    }).listen(0, '127.0.0.1')
    await new Promise((resolve) => server.once('listening', resolve))
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/hooks/x`
    await call('setWebhook', { url, secret_token: 'S-1' })
    expect(await said('getUpdates', {})).toMatch(/webhook is active/)
    fake.customer(42, A).text('one')
    fake.customer(42, A).text('two')
    await expect
      .poll(() => seen)
      .toEqual([
        ['S-1', 'one'],
        ['S-1', 'two'],
      ])
    server.close()
    server.closeAllConnections()
  })

  test('fails as it is told: by status, by method, by a broken connection after the work is done', async () => {
    fake.customer(42, A).start()
    const send = () => call('sendMessage', { chat_id: 42, text: 'x' })
    fake.fail({ status: 429, retry_after: 3 }, { method: 'sendMessage' })
    expect((await call('getMe')).ok).toBe(true)
    expect(await send()).toMatchObject({ error_code: 429, parameters: { retry_after: 3 } })
    fake.fail({ kind: 'reset' }, { chat: 42 })
    await expect(send()).rejects.toThrow()
    expect(fake.accepted('sendMessage')).toHaveLength(0)
    fake.fail({ kind: 'accept-then-reset' })
    await expect(send()).rejects.toThrow()
    expect(fake.accepted('sendMessage')).toHaveLength(1)
    expect(await fake.waitFor((one) => one.method === 'sendMessage')).toMatchObject({ bot: 'shop_bot', params: { chat_id: 42 } })
  })

  test('satisfies a client that is not ours: grammY receives, answers, presses and uploads', async () => {
    const bot = new GrammyBot(A, { client: { apiRoot: fake.url } })
    await bot.init()
    const chat = fake.customer(42, A)
    chat.text('你好😀')
    const [update] = await bot.api.getUpdates()
    expect(update?.message?.text).toBe('你好😀')
    await bot.api.sendMessage(42, 'pick', { reply_markup: { inline_keyboard: [[{ text: 'A', callback_data: 'a' }]] } })
    chat.press('A')
    const pressed = (await bot.api.getUpdates({ offset: (update?.update_id ?? 0) + 1 }))[0]?.callback_query
    expect(pressed?.data).toBe('a')
    await bot.api.answerCallbackQuery(pressed?.id ?? '')
    const sent = await bot.api.sendDocument(42, new InputFile(new Uint8Array([1, 2, 3]), '发票.pdf'), { caption: 'c' })
    const file = await bot.api.getFile(sent.document.file_id)
    const loaded = await fetch(`${fake.url}/file/bot${A}/${file.file_path}`)
    expect(new Uint8Array(await loaded.arrayBuffer())).toEqual(new Uint8Array([1, 2, 3]))
  })

  test('runs as a process of its own and takes orders over HTTP', async () => {
    const child = spawn(process.execPath, [join(import.meta.dirname, 'telegram.ts'), '--port', '0', '--tokens', A, `--forum=${FORUM}`])
    const ended = new Promise((resolve) => child.once('exit', resolve))
    const line = await new Promise<string>((resolve) => child.stdout.once('data', (data) => resolve(String(data))))
    const { url } = JSON.parse(line) as { url: string }
    const order = { bot: A, user: { id: 42, first_name: '王' }, do: 'text', args: ['你好'] }
    await fetch(`${url}/_control/customer`, { method: 'POST', body: JSON.stringify(order) })
    const { result } = (await (await fetch(`${url}/bot${A}/getUpdates`)).json()) as { result: { message: unknown }[] }
    expect(result[0]?.message).toMatchObject({ text: '你好', from: { first_name: '王' } })
    child.kill('SIGTERM')
    expect(await ended).toBe(0)
  })
})
