// Who is writing, carried between customers and agents while it happens. Best effort: no outbox, no retry, nothing stored; a sign that is
// lost is told again with the next one. A tool that rests is left alone.
import { reason } from '#core/errors.ts'
import type { DeskEvent, Inbound } from '#core/event.ts'
import { conversationAt } from '#store/chat.ts'
import { findConversation, loadAgents } from '#store/drafts.ts'
import type { NewEvent } from '#store/events.ts'
import type { ConversationRow } from '#store/rows.ts'
import { openThreadsOf } from '#store/threads.ts'
import { addressOf } from '../pipeline/draft.ts'
import { conversationOf } from '../pipeline/turns.ts'
import type { RunnerParts } from './parts.ts'

/** Telegram shows a sign for five seconds, WeChat for a little longer. */
const EVERY_MS = 4_000
const CALL_MS = 3_000
const MOST = 5_000

export interface Typing {
  /** Takes the signs out of what came in, and carries them; the rest is stored. */
  sift(rows: NewEvent[]): NewEvent[]
  /** The customer of this conversation is writing. */
  customer(conversationId: string): void
  /** Resolves when what was begun is done: for tests and for the end of the process. */
  idle(): Promise<void>
}

export function createTyping(parts: Pick<RunnerParts, 'database' | 'channels' | 'desks' | 'clock' | 'log' | 'house' | 'live'>): Typing {
  const { db } = parts.database
  const told = new Map<string, number>()
  const going = new Set<Promise<void>>()

  /** At most once in a while for each place. */
  function isTime(key: string): boolean {
    const now = parts.clock.now().getTime()
    if (Math.abs(now - (told.get(key) ?? Number.NEGATIVE_INFINITY)) < EVERY_MS) return false
    told.delete(key)
    told.set(key, now)
    if (told.size > MOST) told.delete(told.keys().next().value as string)
    return true
  }

  function carry(what: string, work: () => Promise<void>): void {
    const done = work()
      .catch((error) => parts.log.debug({ what, error: reason(error) }, 'that somebody is writing could not be shown'))
      .finally(() => going.delete(done))
    going.add(done)
  }

  async function toDesks(conversation: ConversationRow): Promise<void> {
    if (conversation.status !== 'assigned' && conversation.status !== 'queued') return
    for (const { deskId, threadKey, state } of await openThreadsOf(db, conversation.id)) {
      const desk = parts.desks.get(deskId)?.desk
      if (state === 'open' && desk?.typing && !parts.house().down.has(deskId)) await desk.typing(threadKey, AbortSignal.timeout(CALL_MS))
    }
  }

  /** Only the owner: the others' words would not reach the customer either. */
  async function toCustomer(deskId: string, event: Extract<DeskEvent, { type: 'typing' }>): Promise<void> {
    const found = await conversationOf(db, deskId, event.thread, parts.house())
    if (found?.status !== 'assigned' || !isTime(`out ${found.id}`)) return
    const agent = (await loadAgents(db)).find(({ id }) => id === found.agentId)
    const isOwner = parts.house().readers.has(deskId) ? agent?.id === event.by.id : agent?.identities[deskId] === event.by.id
    if (!isOwner) return
    const channel = parts.channels.get(found.channelId)
    await channel?.connector.typing?.(addressOf(found), AbortSignal.timeout(CALL_MS))
  }

  const customer: Typing['customer'] = (conversationId) => {
    if (!isTime(`in ${conversationId}`)) return
    carry('customer', async () => {
      const conversation = await findConversation(db, conversationId)
      if (conversation) await toDesks(conversation)
    })
  }

  return {
    customer,
    sift(rows) {
      return rows.filter((row) => {
        const event = row.payload as Inbound | DeskEvent
        if (event.type !== 'typing') return true
        if (row.source === 'desk') carry('agent', () => toCustomer(row.sourceId, event as Extract<DeskEvent, { type: 'typing' }>))
        else if (row.source === 'channel') {
          const { user } = (event as Inbound).from
          carry('customer', async () => {
            const found = await conversationAt(db, row.sourceId, user)
            if (!found) return
            parts.live.publish('console', { type: 'typing', conversation: found.conversation.id })
            customer(found.conversation.id)
          })
        }
        return false
      })
    },
    async idle() {
      while (going.size > 0) await Promise.all(going)
    },
  }
}
