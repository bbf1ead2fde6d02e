// The chat's live connection as any client may use it: quick, rude, and gone in between.
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { ChatMessage, ServerFrame, Session } from '#http/chat/protocol.ts'
import { openHouse, type Premises, premises, type TestHouse } from '../support/house.ts'
import { until } from '../support/until.ts'

let place: Premises
let house: TestHouse
beforeAll(async () => {
  place = await premises('brand: { name: Shop }\nchannels:\n  - { id: web, type: web, origins: ["https://shop.example"] }\n')
  house = await openHouse(place)
})
afterAll(async () => {
  await house.stop()
  place.remove()
})

async function session(): Promise<Session> {
  const request = { method: 'POST', body: '{}', headers: { 'content-type': 'application/json' } }
  return (await (await fetch(`${house.url}/chat/v1/web/session`, request)).json()) as Session
}

interface Line {
  frames: ServerFrame[]
  say(frame: object): void
  raw(text: string): void
  messages(): ChatMessage[]
  closed: Promise<number>
  close(): void
}

async function connect(): Promise<Line> {
  const socket = new WebSocket(`${house.url.replace('http', 'ws')}/chat/v1/web/socket`)
  const frames: ServerFrame[] = []
  socket.onmessage = (event) => frames.push(JSON.parse(String(event.data)) as ServerFrame)
  const closed = new Promise<number>((resolve) => {
    socket.onclose = (event) => resolve(event.code)
  })
  await new Promise((resolve, reject) => {
    socket.onopen = resolve
    socket.onerror = reject
  })
  return {
    frames,
    closed,
    say: (frame) => socket.send(JSON.stringify(frame)),
    raw: (words) => socket.send(words),
    messages: () => frames.flatMap((frame) => (frame.type === 'messages' ? frame.messages : [])),
    close: () => socket.close(),
  }
}

const text = (message: ChatMessage) => message.parts.map((part) => ('text' in part ? part.text : part.type)).join(' ')

test('what is sent without waiting for anything arrives in the order in which it was sent', async () => {
  const { token } = await session()
  const line = await connect()
  const words = Array.from({ length: 20 }, (_, n) => `第${n}句 zzqx`)
  line.say({ type: 'hello', token, after: 0 })
  for (const [n, word] of words.entries()) line.say({ type: 'send', clientId: `client-${n}-order`, text: word })
  await until('all of it', () => line.messages().filter((message) => message.author === 'customer').length === words.length)
  expect(
    line
      .messages()
      .filter((message) => message.author === 'customer')
      .map(text),
  ).toEqual(words)
  line.close()
})

test('a connection that comes back gets what it missed, once, and nothing twice', async () => {
  const { token } = await session()
  const first = await connect()
  first.say({ type: 'hello', token, after: 0 })
  first.say({ type: 'send', clientId: 'client-before', text: '多久发货' })
  const answer = await until('the answer', () => first.messages().find((message) => text(message).includes('24 小时')))
  first.close()
  await first.closed
  const again = await connect()
  again.say({ type: 'hello', token, after: answer.seq })
  again.say({ type: 'send', clientId: 'client-before', text: '多久发货' })
  again.say({ type: 'send', clientId: 'client-later', text: '怎么退货' })
  await until('the later answer', () => again.messages().find((message) => text(message).includes('7 天')))
  expect(
    again
      .messages()
      .filter((message) => message.author === 'customer')
      .map(text),
  ).toEqual(['怎么退货'])
  again.close()
})

test.each([
  ['garbage', 'x{', 'not_json'],
  ['an unknown frame', '{"type":"admin"}', 'invalid'],
  ['a send before hello', '{"type":"send","clientId":"12345678","text":"x"}', 'no_session'],
  ['a token that we did not sign', '{"type":"hello","token":"e30.e30.e30","after":0}', 'no_session'],
  ['a cursor out of range', '{"type":"hello","token":"x","after":1099511627776}', 'invalid'],
])('%s is refused in words', async (_what, frame, code) => {
  const line = await connect()
  line.raw(frame)
  const refusal = await until('the refusal', () => line.frames.find((one) => one.type === 'error'))
  expect(refusal).toMatchObject({ code })
  line.close()
})
