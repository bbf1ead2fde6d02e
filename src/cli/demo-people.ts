// The hands of the demo's people: customers on the website and on Telegram (others: demo-guests.ts), agents at the console and in the Telegram group.
import { randomUUID } from 'node:crypto'
import { phrase } from '#core/phrases.ts'
import type { MessagePage, SendRequest, Session, Uploaded } from '../http/chat/protocol.ts'
import type { ConversationDetail } from '../http/console/protocol.ts'
import { type Console, until } from './demo-console.ts'
import { atCompany } from './demo-guests.ts'
import { ANNA, type DemoHouse } from './demo-house.ts'
import { picture } from './demo-picture.ts'
import { GROUP } from './demo-platforms.ts'
import type { Guest } from './demo-stories.ts'

export interface CustomerHands {
  /** As the console shows them. */
  name: string
  say(text: string): Promise<void>
  press(label: string): Promise<void>
  photo(caption: string): Promise<void>
  block(): void
}

export interface AgentHands {
  claim(at: Place): Promise<void>
  reply(at: Place, text: string): Promise<void>
  note(at: Place, text: string): Promise<void>
  transfer(at: Place, skill: string, why: string): Promise<void>
  resolve(at: Place): Promise<void>
  release(at: Place): Promise<void>
  toBot(at: Place): Promise<void>
}

export interface Place {
  conversation: string
  customer: string
}

export async function enter(house: DemoHouse, guest: Guest, id: number, signal: AbortSignal): Promise<CustomerHands> {
  if (guest.on === 'web') return visitor(house, guest.locale, signal)
  if (guest.on === 'telegram') return telegramCustomer(house, guest, id, signal)
  return atCompany(house, guest, id, signal)
}

async function visitor(house: DemoHouse, locale: 'zh' | 'en', signal: AbortSignal): Promise<CustomerHands> {
  const base = `${house.url}/chat/v1/web`
  const headers: Record<string, string> = { 'accept-language': locale }
  async function call<T>(path: string, body?: string | Uint8Array<ArrayBuffer>, mime = 'application/json'): Promise<T> {
    const method = body === undefined ? 'GET' : 'POST'
    const response = await fetch(base + path, {
      method,
      headers: { ...headers, 'content-type': mime },
      ...(body !== undefined && { body }),
      signal,
    })
    if (!response.ok) throw new Error(`${path}: ${response.status} ${await response.text()}`)
    return (await response.json()) as T
  }
  const send = (request: Omit<SendRequest, 'clientId'>) => call('/messages', JSON.stringify({ clientId: randomUUID(), ...request }))
  const { token } = await call<Session>('/session', JSON.stringify({ locale }))
  headers.authorization = `Bearer ${token}`
  const { sub } = JSON.parse(Buffer.from(token.split('.')[1] ?? '', 'base64url').toString()) as { sub: string }
  return {
    name: phrase('customer.unnamed', locale, { tail: sub.slice(-4).toUpperCase() }),
    say: async (text) => void (await send({ text })),
    async press(label) {
      const button = await until(
        `button ${label}`,
        async () => {
          const { messages } = await call<MessagePage>('/messages')
          const buttons = messages.flatMap(({ parts }) => parts.flatMap((part) => (part.type === 'buttons' ? part.buttons : [])))
          return buttons.findLast((one) => one.label.startsWith(label))
        },
        signal,
      )
      await send({ press: { id: button.id, label: button.label } })
    },
    async photo(caption) {
      const { id } = await call<Uploaded>('/files?name=photo.png', picture(), 'image/png')
      await send({ file: { id, caption } })
    },
    block: () => undefined,
  }
}

function telegramCustomer(house: DemoHouse, guest: Extract<Guest, { on: 'telegram' }>, id: number, signal: AbortSignal): CustomerHands {
  const [first, last] = guest.name.split(' ')
  const person = { id, first_name: first, ...(last && { last_name: last }), language_code: guest.locale }
  const hands = house.platforms.telegram.customer(person, house.platforms.bot)
  return {
    name: guest.name,
    say: async (text) => void (text === '/start' ? hands.start() : hands.text(text)),
    async press(label) {
      // The message with the button is on its way to them: until it is there, nobody can press it.
      const found = await until(`button ${label}`, () => buttonOf(house, id, label), signal)
      hands.press(found.data, found.message)
    },
    photo: async (caption) => void hands.photo({ bytes: picture(), name: 'photo.png', mime: 'image/png' }, caption),
    block: () => void hands.block(),
  }
}

/** The newest button of the bot whose label begins so. */
function buttonOf({ platforms: { telegram, bot } }: DemoHouse, user: number, label: string): { data: string; message: number } | undefined {
  const { world } = telegram
  const messages = [...world.privateChat(world.bot(bot), user).messages.values()].reverse()
  for (const { message_id: message, reply_markup } of messages) {
    const data = reply_markup?.inline_keyboard?.flat().find(({ text }) => text.startsWith(label))?.callback_data
    if (data) return { data, message }
  }
  return undefined
}

/** Ben, and whoever looks at the demo: the house answers each request when it is done. */
export function atConsole(console: Console): AgentHands {
  const act = (at: Place, request: Parameters<Console['act']>[1]) => console.act(at.conversation, request)
  return {
    claim: (at) => act(at, { type: 'claim' }),
    reply: (at, text) => act(at, { type: 'reply', text }),
    note: (at, text) => act(at, { type: 'note', text }),
    transfer: (at, skill, note) => act(at, { type: 'transfer', to: { skill }, note }),
    resolve: (at) => act(at, { type: 'resolve' }),
    release: (at) => act(at, { type: 'release' }),
    toBot: (at) => act(at, { type: 'to_bot' }),
  }
}

/** Anna in the group: she types, and sees what came of it a moment later. */
export function inGroup({ platforms: { telegram }, admin }: DemoHouse, signal: AbortSignal): AgentHands {
  const anna = telegram.agent({ id: ANNA, first_name: '安娜' }, GROUP)
  const topicOf = ({ customer }: Place) =>
    until(`topic of ${customer}`, () => telegram.topics(GROUP).findLast((topic) => topic.name.startsWith(`${customer} · `))?.id, signal)
  const seen = async (at: Place, what: string, isDone: (detail: ConversationDetail) => boolean) => {
    await until(`${what} ${at.customer}`, async () => isDone(await admin.detail(at.conversation)), signal)
  }
  const count = ({ messages }: ConversationDetail, author: 'agent' | 'note') => messages.filter((one) => one.author === author).length
  async function type(at: Place, line: string, isDone: (now: ConversationDetail, before: ConversationDetail) => boolean): Promise<void> {
    const before = await admin.detail(at.conversation)
    anna.text(await topicOf(at), line)
    await seen(at, line, (now) => isDone(now, before))
  }
  return {
    async claim(at) {
      const topic = await topicOf(at)
      const label = phrase('button.claim', 'zh')
      const card = await until(
        `card of ${at.customer}`,
        () =>
          telegram
            .inTopic(GROUP, topic)
            .find((message) => message.reply_markup?.inline_keyboard?.flat().some(({ text }) => text === label)),
        signal,
      )
      anna.press(label, card.message_id)
      await seen(at, 'claim', ({ status, agent }) => status === 'assigned' && agent?.id === 'anna')
    },
    reply: (at, text) => type(at, text, (now, before) => count(now, 'agent') > count(before, 'agent')),
    note: (at, text) => type(at, `//${text}`, (now, before) => count(now, 'note') > count(before, 'note')),
    transfer: (at, skill, why) => type(at, `/transfer ${skill} ${why}`, ({ status, skill: now }) => status === 'queued' && now === skill),
    resolve: (at) => type(at, '/resolve', ({ status }) => status === 'resolved'),
    release: (at) => type(at, '/release', ({ status }) => status === 'queued'),
    toBot: (at) => type(at, '/bot', ({ status }) => status === 'bot'),
  }
}
