// What `sync_msg` gives, as inbound events. Pure: whatever WeCom may add, a message becomes something visible, never an exception.
import { z } from 'zod'
import { shortId } from '#core/adapt.ts'
import type { Inbound, Sender } from '#core/event.ts'
import type { Address } from '#core/message.ts'
import { partsOf } from './parts.ts'
import { failureWords, sessionWords } from './words.ts'

/** A welcome code is good for twenty seconds: what is granted later would only be refused. */
const GRANT_MS = 20_000
/** After that nobody can answer any more. */
export const WINDOW_MS = 48 * 3_600_000

const text = z.string().optional().catch(undefined)
const number = z.number().optional().catch(undefined)
/** Seconds since 1970; what no date can hold is no time. */
const instant = z.number().nonnegative().lt(1e11).optional().catch(undefined)

const itemShape = z.looseObject({
  msgid: text,
  open_kfid: text,
  external_userid: text,
  send_time: instant,
  origin: number,
  servicer_userid: text,
  msgtype: z.string(),
  event: z
    .looseObject({
      event_type: z.string(),
      open_kfid: text,
      external_userid: text,
      scene: text,
      scene_param: text,
      welcome_code: text,
      fail_msgid: text,
      fail_type: number,
      change_type: number,
      old_servicer_userid: text,
      new_servicer_userid: text,
      recall_msgid: text,
      reject_switch: number,
    })
    .optional()
    .catch(undefined),
})

export type Item = z.output<typeof itemShape>

export interface Reading {
  now: Date
  /** What was sent before this moment is history that somebody may have answered long ago: seconds. */
  before?: number
  /** The account that was read, where an entry does not name its own. */
  account: string
  senderOf(user: string): Sender
}

/** Undefined when it is nothing that WeCom documents. */
export function readItem(raw: unknown): Item | undefined {
  return itemShape.safeParse(raw).data
}

export function userOf(item: Item): string | undefined {
  return item.external_userid || item.event?.external_userid || undefined
}

export function decode(item: Item, raw: unknown, reading: Reading): Inbound[] {
  const user = userOf(item)
  // What is about an account and no customer (somebody of the staff went to lunch) is nobody's conversation.
  if (!user) return []
  const at = new Date((item.send_time ?? reading.now.getTime() / 1000) * 1000)
  const from: Address = { user, thread: item.open_kfid || item.event?.open_kfid || reading.account }
  const base = { externalId: item.msgid || idOf(item, raw), at, from, raw }
  if (item.msgtype === 'event') return item.event ? happened(base, item.event, reading) : []
  const isOld = item.send_time !== undefined && (item.send_time < (reading.before ?? 0) || at.getTime() < reading.now.getTime() - WINDOW_MS)
  const quiet = isOld && { quiet: true as const }
  if (item.origin === 5) return [{ ...base, type: 'notice', name: item.servicer_userid, text: sessionWords.staff, parts: partsOf(item) }]
  const sender = reading.senderOf(user)
  const menu = item.msgtype === 'text' ? (item.text as { content?: unknown; menu_id?: unknown } | undefined) : undefined
  if (typeof menu?.menu_id === 'string' && menu.menu_id !== '') {
    const label = typeof menu.content === 'string' ? menu.content : menu.menu_id
    return [{ ...base, ...quiet, type: 'press', buttonId: menu.menu_id, label, sender }]
  }
  return [{ ...base, ...quiet, type: 'message', parts: partsOf(item), messageId: base.externalId, sender }]
}

type Base = Pick<Inbound, 'externalId' | 'at' | 'from' | 'raw'>

function happened(base: Base, event: NonNullable<Item['event']>, reading: Reading): Inbound[] {
  switch (event.event_type) {
    case 'enter_session':
      return [entered(base, event, reading)]
    case 'msg_send_fail': {
      if (!event.fail_msgid) return []
      return [{ ...base, type: 'delivery', target: event.fail_msgid, state: 'failed', reason: failureWords(event.fail_type ?? 0) }]
    }
    case 'user_recall_msg':
      return event.recall_msgid ? [{ ...base, type: 'recall', target: event.recall_msgid }] : []
    case 'session_status_change': {
      const words = sessionWords.change[event.change_type ?? 0]
      return words
        ? [{ ...base, type: 'notice', name: event.new_servicer_userid || event.old_servicer_userid, text: words, parts: [] }]
        : []
    }
    case 'reject_customer_msg_switch_change':
      return [{ ...base, type: 'notice', text: event.reject_switch === 1 ? sessionWords.refuses : sessionWords.accepts, parts: [] }]
    default:
      return []
  }
}

/** The page, menu or code that the customer came from stands in `scene_param`, which the shop wrote, or in `scene`, which WeCom gave. */
function entered(base: Base, event: NonNullable<Item['event']>, { now, senderOf }: Reading): Inbound {
  const until = base.at.getTime() + GRANT_MS
  const isGranted = Boolean(event.welcome_code) && now.getTime() < until
  const source = event.scene_param || event.scene
  return {
    ...base,
    type: 'arrive',
    ...(source && { source }),
    sender: senderOf(base.from.user),
    // Without the code the platform takes no word before the customer's first.
    ...(isGranted ? { grant: { token: event.welcome_code as string, until: new Date(until).toISOString() } } : { quiet: true as const }),
  }
}

/** WeCom names every entry; should one come without, it is known by what it says. */
function idOf(item: Item, raw: unknown): string {
  return `${item.msgtype}:${item.send_time ?? 0}:${shortId(JSON.stringify(raw))}`
}
