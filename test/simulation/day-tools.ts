// Both ends of the simulated day: the website on which customers read, and the five tools in which agents read and write, each of which
// is down for a while, lets nothing through, asks us to wait, or loses a thread.
import type { Connector, Receipt } from '#core/connector.ts'
import type { Card, Desk, DeskEntry, Offer } from '#core/desk.ts'
import { ConnectorError } from '#core/errors.ts'
import type { DeskUser } from '#core/event.ts'
import { type Button, plainText } from '#core/message.ts'
import type { Book } from './day-record.ts'
import { CHANNEL, TOOLS, type Tool, tools } from './day-shop.ts'
import { gate, type Handle } from './world.ts'

export type Trouble = 'down' | 'limit' | 'auth'

export interface Thread {
  tool: Tool
  key: string
  conversation: string
  isGone: boolean
}

export interface Ends {
  /** What is wrong with each tool now. */
  trouble: Map<Tool, Trouble>
  threads: Map<string, Thread>
  /** The one of each tool and conversation of which agents heard last: until then they look into none. */
  heard: Map<string, Thread>
  faults: number
  /** An agent's words came to the customer. */
  onArrival: (user: string, marks: string[]) => void
  /** Somebody is asked what to do about words of theirs. */
  onQuestion: (tool: Tool, thread: string, to: DeskUser, buttons: Button[]) => void
}

const KEYED = new Set<Tool>(['slack', 'feishu'])

export const newEnds = (): Ends => ({
  trouble: new Map(),
  threads: new Map(),
  heard: new Map(),
  faults: 0,
  onArrival: () => undefined,
  onQuestion: () => undefined,
})

/** Now and then the website's end is not there for a moment: surely not taken, tried again. */
export function channelOf(handle: Handle, ends: Ends, book: Book): Connector {
  const { world } = handle
  let sent = 0
  return {
    async send({ to, parts }) {
      await gate(handle, `wire ${CHANNEL}`)
      if (world.clock.random() < 0.01) throw new ConnectorError('transient', 'connection refused', { certain: true })
      const marks = book.atCustomer(plainText(parts), to.user)
      if (marks.length > 0) ends.onArrival(to.user, marks)
      return { externalIds: [`${CHANNEL}-${++sent}`], at: world.clock.now() }
    },
    check: async () => ({ state: 'connected' }),
  }
}

/** Gives what comes of it after the tool took it: nothing, or an answer that is lost on its way. */
function callOf(handle: Handle, ends: Ends, id: Tool) {
  const { world } = handle
  return async (what: string, thread?: string): Promise<() => void> => {
    await gate(handle, `${id} ${what}`)
    const trouble = ends.trouble.get(id)
    if (trouble) ends.faults += 1
    if (trouble === 'limit') throw new ConnectorError('rate_limited', '429', { retryAfterMs: 3_000 + world.clock.random() * 9_000 })
    if (trouble === 'auth') throw new ConnectorError('unauthorized', 'the token was refused')
    if (trouble && world.clock.random() < 0.7) throw new ConnectorError('transient', 'connection refused', { certain: true })
    if (thread !== undefined && ends.threads.get(`${id} ${thread}`)?.isGone !== false)
      throw new ConnectorError('thread_gone', 'there is no such thread')
    return () => {
      if (trouble) throw new ConnectorError('transient', 'timed out', { certain: false })
    }
  }
}

export function toolOf(handle: Handle, ends: Ends, book: Book, id: Tool): Desk {
  const { world } = handle
  const shown = new Map<string, string>()
  const opened = new Map<string, Thread>()
  let n = 0
  const receipt = (key: string): Receipt => {
    const known = shown.get(key) ?? `${id}-${++n}`
    shown.set(key, known)
    return { externalIds: [known], at: world.clock.now() }
  }
  const call = callOf(handle, ends, id)
  const hear = (key: string) => {
    const thread = ends.threads.get(`${id} ${key}`)
    if (thread) ends.heard.set(`${id} ${thread.conversation}`, thread)
  }
  const readCard = ({ history }: Card) => history.forEach(({ text }) => void book.inTool(id, text))
  const readEntry = ({ parts }: DeskEntry) => book.inTool(id, plainText(parts))
  return {
    ...('gatherMs' in TOOLS[id] && { gatherMs: TOOLS[id].gatherMs as number }),
    async open(card, key) {
      const answer = await call('open')
      const fresh = { tool: id, key: `t${ends.threads.size}`, conversation: card.conversation, isGone: false }
      // Slack and Feishu are asked whether they have it already; in the others a thread whose opening was not heard of stays empty.
      const thread = (KEYED.has(id) && opened.get(key)) || fresh
      opened.set(key, thread)
      ends.threads.set(`${id} ${thread.key}`, thread)
      readCard(card)
      answer()
      return { thread: thread.key, cardId: `${thread.key}-card` }
    },
    async announce({ thread }) {
      const answer = await call('announce', thread)
      hear(thread)
      answer()
    },
    async post(thread, entry) {
      const isKnown = shown.has(entry.key)
      const answer = isKnown ? () => undefined : await call('post', thread)
      hear(thread)
      for (const one of [entry, ...(entry.along ?? [])]) {
        readEntry(one)
        receipt(one.key)
      }
      answer()
      return receipt(entry.key)
    },
    async update({ thread }, card) {
      const answer = await call('update', thread)
      readCard(card)
      answer()
    },
    async whisper(thread, to, { buttons = [] }) {
      const answer = await call('whisper')
      if (buttons.length > 0) ends.onQuestion(id, thread, to, buttons)
      answer()
    },
    async offer(_to: DeskUser, { key }: Offer) {
      ;(await call('offer'))()
      return receipt(key)
    },
    mark: async (thread) => (await call('mark', thread))(),
    close: async (thread) => (await call('close', thread))(),
    reopen: async (thread) => (await call('reopen', thread))(),
    async check() {
      const trouble = ends.trouble.get(id)
      if (trouble === 'down') return { state: 'transient', detail: 'no answer' }
      return trouble === 'auth' ? { state: 'bad_credentials', detail: 'the token was refused' } : { state: 'connected' }
    },
  }
}

/** Where this agent reads this conversation now: threads of their tools that are there, and not down. */
export function placesOf(ends: Ends, identities: Record<string, string>, conversation: string): Thread[] {
  return tools.flatMap((tool) => {
    const thread = identities[tool] === undefined ? undefined : ends.heard.get(`${tool} ${conversation}`)
    return thread && !thread.isGone && ends.trouble.get(tool) !== 'down' ? [thread] : []
  })
}
