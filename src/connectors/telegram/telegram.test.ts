import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import type { Connector } from '#core/connector.ts'
import { readUpdate } from '#platforms/telegram-updates.ts'
import { type Arrived, connectorContract, readFixtures } from '../../../test/contract/connector.ts'
import { type FaultName, NOW, type Recorder, recorder } from '../../../test/contract/support.ts'
import { type FakeTelegram, type LoggedCall, startFakeTelegram } from '../../../test/fakes/telegram.ts'
import fc from '../../../test/support/fc.ts'
import { decode } from './decode.ts'
import { telegramConnector } from './index.ts'

const TOKEN = '111:AAH-contract_secret_token'
const SECRET = 'hook-secret_42'

function request(body: string, secret?: string): Request {
  const headers = { 'content-type': 'application/json', ...(secret !== undefined && { 'x-telegram-bot-api-secret-token': secret }) }
  return new Request('https://desk.example/hooks/ch1', { method: 'POST', headers, body })
}

function arrivedOf({ params, files }: LoggedCall): Arrived {
  const file = Object.values(files)[0]
  const text = params.text ?? params.caption
  const keyboard = (
    params.reply_markup as { inline_keyboard: { text: string; callback_data?: string; url?: string }[][] } | undefined
  )?.inline_keyboard.flat()
  return {
    ...(text !== undefined && { text: String(text) }),
    ...(file && { file: file.bytes, fileName: file.name }),
    ...(keyboard && {
      buttons: keyboard.map((key) => ({ id: key.callback_data ?? '', label: key.text, ...(key.url && { url: key.url }) })),
    }),
    ...(params.latitude !== undefined && { location: { lat: Number(params.latitude), lng: Number(params.longitude) } }),
  }
}

function inject(fake: FakeTelegram, name: FaultName): void {
  if (name === 'rate_limited') fake.fail({ status: 429, retry_after: 7 })
  else if (name === 'unauthorized') fake.fail({ status: 401 })
  else if (name === 'recipient_gone') fake.fail({ status: 403, description: 'Forbidden: bot was blocked by the user' })
  else if (name === 'server_error') fake.fail({ status: 502 })
  else if (name === 'accept_then_reset') fake.fail({ kind: 'accept-then-reset' })
  else fake.fail({ kind: name })
}

connectorContract(telegramConnector, {
  secrets: [TOKEN, TOKEN.slice(4), SECRET],
  required: ['token'],
  fixtures: readFixtures(join(import.meta.dirname, 'fixtures')),
  webhook: {
    config: { mode: 'webhook', secret: SECRET },
    request: (body) => request(body, SECRET),
    forgeries: {
      'no secret': (body) => request(body),
      'a wrong secret': (body) => request(body, 'hook-secret_43'),
      'a shorter secret': (body) => request(body, SECRET.slice(0, -1)),
      'a longer secret': (body) => request(body, `${SECRET}x`),
      'an empty secret': (body) => request(body, ''),
    },
  },
  async start() {
    const fake = await startFakeTelegram({ bots: [{ token: TOKEN, username: 'shop_bot' }] })
    const customer = fake.customer(42)
    customer.start()
    const config = { token: TOKEN, apiRoot: fake.url, pollSeconds: 0 }
    return {
      config,
      user: '42',
      arrived: () =>
        fake
          .accepted()
          .filter((call) => call.method.startsWith('send'))
          .map(arrivedOf),
      fault: (name) => inject(fake, name),
      unreachable: { apiRoot: 'http://127.0.0.1:2' },
      patient: { pollSeconds: 25 },
      write: (text) => void customer.text(text),
      close: () => fake.close(),
    }
  },
})

describe('the Telegram connector', () => {
  let fake: FakeTelegram
  let heard: Recorder
  let connector: Connector
  const signal = () => AbortSignal.timeout(10_000)
  const create = (extra: object = {}) =>
    telegramConnector.create(telegramConnector.config.parse({ token: TOKEN, apiRoot: fake.url, pollSeconds: 0, ...extra }), heard.deps)
  const message = (text: string) => ({ key: 'dlv_1', to: { user: '42' }, parts: [{ type: 'text', text } as const] })

  beforeEach(async () => {
    fake = await startFakeTelegram({ bots: [{ token: TOKEN, username: 'shop_bot' }] })
    fake.customer(42).start()
    heard = recorder()
    connector = create()
  })
  afterEach(() => fake.close())

  test('a press is read from the keyboard, acknowledged once, and too late the second time', async () => {
    await connector.send(
      { key: 'd', to: { user: '42' }, parts: [{ type: 'buttons', text: '请选择', buttons: [{ id: 'faq:1', label: '查订单' }] }] },
      signal(),
    )
    const { cursor } = (await connector.poll?.(null, signal())) ?? { cursor: '0' }
    fake.customer(42).press('查订单')
    const [event] = (await connector.poll?.(cursor, signal()))?.events ?? []
    expect(event).toMatchObject({ type: 'press', buttonId: 'faq:1', label: '查订单', from: { user: '42' } })
    const callback = event?.type === 'press' ? (event.callback ?? '') : ''
    await connector.acknowledge?.(callback, signal())
    expect(await heard.failure(() => connector.acknowledge?.(callback, signal()) ?? Promise.resolve())).toMatchObject({ kind: 'rejected' })
  })

  test('an answer quotes the message it answers, and goes out even when that was deleted', async () => {
    const { message_id } = fake.customer(42).text('one')
    await connector.send({ ...message('re'), replyTo: `42:${message_id}` }, signal())
    await connector.send({ ...message('re'), replyTo: '42:999999' }, signal())
    expect(fake.accepted('sendMessage')[0]?.result).toMatchObject({ reply_to_message: { message_id } })
    expect(await heard.failure(() => connector.send({ ...message('re'), replyTo: 'nonsense:x' }, signal()))).toMatchObject({
      kind: 'rejected',
    })
  })

  test('edits and recalls what was sent; an edit that changes nothing is success', async () => {
    const { externalIds } = await connector.send(message('one'), signal())
    const id = externalIds[0] ?? ''
    await connector.edit?.(id, message('two'), signal())
    await connector.edit?.(id, message('two'), signal())
    expect(fake.accepted('editMessageText')).toHaveLength(1)
    await connector.recall?.(id, { user: '42' }, signal())
    expect(fake.accepted('deleteMessage')).toHaveLength(1)
    await connector.typing?.({ user: '42' }, signal())
    expect(fake.accepted('sendChatAction')[0]?.params).toEqual({ chat_id: '42', action: 'typing' })
  })

  test('two short labels stand in a row, long ones alone', async () => {
    const buttons = (labels: string[]) => ({
      key: 'd',
      to: { user: '42' },
      parts: [{ type: 'buttons' as const, text: 'x', buttons: labels.map((label) => ({ id: label, label })) }],
    })
    await connector.send(buttons(['查订单', '转人工', '退货']), signal())
    await connector.send(buttons(['如何申请退货与退款?', '转人工']), signal())
    const rows = fake
      .accepted('sendMessage')
      .map((call) => (call.params.reply_markup as { inline_keyboard: unknown[][] }).inline_keyboard.map((row) => row.length))
    expect(rows).toEqual([
      [2, 1],
      [1, 1],
    ])
  })

  test('a file that a customer sent is streamed without an address that holds the token', async () => {
    const bytes = new Uint8Array([1, 2, 3, 0, 255])
    fake.customer(42).photo({ bytes, name: 'a.jpg', mime: 'image/jpeg' })
    const events = (await connector.poll?.(null, signal()))?.events ?? []
    const part = events.flatMap((event) => (event.type === 'message' ? event.parts : [])).find((one) => one.type === 'media')
    if (part?.type !== 'media' || !connector.media) throw new Error('no photo came')
    const response = await connector.media(part.media, signal())
    expect(new Uint8Array(await response.arrayBuffer())).toEqual(bytes)
    expect(response.url).toBe('')
    fake.world.fileMax = 3
    const error = await heard.failure(() => connector.media?.(part.media, signal()) ?? Promise.resolve())
    expect(error).toMatchObject({ kind: 'unsupported', message: expect.stringContaining('20 MB') })
  })

  test('a webhook is set with its secret and the kinds of updates, and brings messages', async () => {
    const hooked = create({ mode: 'webhook', secret: SECRET })
    await hooked.setup?.(new URL('http://127.0.0.1:1/hooks/ch1'), signal())
    expect(fake.accepted('setWebhook')[0]?.params).toMatchObject({
      secret_token: SECRET,
      allowed_updates: ['message', 'edited_message', 'callback_query', 'my_chat_member'],
    })
    await expect.poll(async () => (await hooked.check(signal())).detail, { timeout: 3000 }).toMatch(/Connection failed/)
    expect(telegramConnector.config.safeParse({ token: TOKEN, mode: 'webhook' }).success).toBe(false)
    expect(await heard.failure(() => create().setup?.(new URL('https://x.example/h'), signal()) ?? Promise.resolve())).toMatchObject({
      kind: 'rejected',
    })
  })

  test('polling removes a webhook of earlier days and keeps what waited', async () => {
    await create({ mode: 'webhook', secret: SECRET }).setup?.(new URL('http://127.0.0.1:1/hooks/ch1'), signal())
    fake.customer(42).text('waited')
    const { events } = (await connector.poll?.(null, signal())) ?? { events: [] }
    expect(events.map((event) => event.type)).toEqual(['arrive', 'message'])
    expect(fake.accepted('deleteWebhook')[0]?.params).toEqual({ drop_pending_updates: false })
  })

  test('numbers that begin anew below the cursor, as they may after a week of silence, lose nothing', async () => {
    const first = await connector.poll?.(null, signal())
    const quiet = await connector.poll?.(first?.cursor ?? '', signal())
    expect(quiet).toEqual({ events: [], cursor: first?.cursor })
    fake.world.bot().nextUpdate = 500
    fake.customer(42).text('long time no see')
    const again = await connector.poll?.(quiet?.cursor ?? '', signal())
    expect(again?.events).toMatchObject([{ externalId: '500', type: 'message' }])
    expect(again?.cursor).toBe('501')
    expect((await connector.poll?.('501', signal()))?.events).toEqual([])
  })

  test('a second program with the same token is named in the error', async () => {
    fake.fail({ status: 409 }, { method: 'getUpdates' })
    const error = await heard.failure(() => connector.poll?.(null, signal()) ?? Promise.resolve())
    expect(error).toMatchObject({ kind: 'transient', certain: true, message: expect.stringMatching(/another program polls/) })
  })

  test('an update that cannot be read is passed over by name, and those after it come', async () => {
    fake.world.push(fake.world.bot(), { message: { text: 'without a chat' } })
    fake.customer(42).text('after')
    const result = await connector.poll?.(null, signal())
    expect(result?.events.map((event) => event.type)).toEqual(['arrive', 'message'])
    expect(heard.said.join()).toMatch(/passed over/)
  })

  test('whatever stands in an update, decoding gives well-formed events or a refusal', () => {
    const keys = [
      'text',
      'caption',
      'photo',
      'document',
      'sticker',
      'location',
      'venue',
      'contact',
      'entities',
      'reply_to_message',
      'from',
      'date',
      'chat',
      'message_id',
    ]
    const content = fc.dictionary(fc.constantFrom(...keys), fc.jsonValue())
    fc.assert(
      fc.property(fc.constantFrom('message', 'edited_message', 'callback_query', 'my_chat_member'), content, (kind, fields) => {
        const chat = { id: 42, type: 'private' }
        const update = { update_id: 1, [kind]: { id: 'q', message_id: 1, date: 1, chat, from: { id: 42 }, ...fields } }
        let events: ReturnType<typeof decode> = []
        try {
          events = decode(readUpdate(update), NOW)
        } catch (error) {
          expect(error).toMatchObject({ kind: 'rejected' })
        }
        for (const event of events) {
          expect(event.from.user).toMatch(/^-?\d+$/)
          if (event.type === 'message') for (const part of event.parts) if (part.type === 'text') expect(part.text).toBeTypeOf('string')
        }
      }),
      { numRuns: 300 },
    )
  })
})
