// What an Official Account is told, as inbound events. Pure.
import type { Inbound } from '#core/event.ts'
import { channelIdentity, externalIdOf, partsOf, timeOf } from '#platforms/wechat/messages.ts'
import { type Fields, field } from '#platforms/wechat/push.ts'

/** Told to every account, and nothing that a customer said or asks an answer for. The pictures and places that some announce come by themselves. */
const QUIET =
  /^(?:view|view_miniprogram|location|pic_sysphoto|pic_photo_or_album|pic_weixin|location_select|templatesendjobfinish|masssendjobfinish|publishjobfinish|subscribe_msg_(?:popup|change|sent)_event|kf_\w+|user_(?:info_modified|authorization_revoke|authorization_cancellation)|wifi\w*|(?:qualification|naming)_verify_\w+|annual_renew|verify_expired)$/

/** Ids of buttons that the bot knows; any other key of a menu says where the customer comes from. */
const BUTTON = /^(?:(?:faq|flow|say):.+|handoff)$/

export function decode(fields: Fields, now: Date): Inbound[] {
  const user = field(fields, 'FromUserName')
  if (!user) return []
  const at = timeOf(fields, now)
  const base: Base = { externalId: externalIdOf(fields), at, from: { user }, raw: fields, sender: { identities: [channelIdentity(user)] } }
  if (field(fields, 'MsgType') === 'event') return happened(fields, base)
  const item = field(fields, 'bizmsgmenuid')
  if (item) return [{ ...base, type: 'press', buttonId: item, label: field(fields, 'Content') }]
  return [{ ...base, type: 'message', parts: partsOf(fields, at), messageId: base.externalId }]
}

type Base = Pick<Inbound, 'externalId' | 'at' | 'from' | 'raw'> & { sender: { identities: ReturnType<typeof channelIdentity>[] } }

function happened(fields: Fields, base: Base): Inbound[] {
  const name = field(fields, 'Event').toLowerCase() // `subscribe` and `SCAN`: WeChat has no rule for it.
  const key = field(fields, 'EventKey')
  switch (name) {
    case 'subscribe':
      return [arrival(base, key.replace(/^qrscene_/, ''))]
    case 'scan':
      return [arrival(base, key)]
    case 'unsubscribe': {
      const { sender: _, ...rest } = base
      return [{ ...rest, type: 'leave' }]
    }
    case 'click':
      return [BUTTON.test(key) ? { ...base, type: 'press', buttonId: key, label: key.replace(/^\w+:/, '') } : arrival(base, key)]
    case 'scancode_waitmsg':
    case 'scancode_push':
      return scanned(fields, base, name)
    default:
      if (QUIET.test(name)) return []
      return [
        { ...base, type: 'message', automatic: true, parts: [{ type: 'unsupported', what: name || 'event' }], messageId: base.externalId },
      ]
  }
}

function arrival(base: Base, source: string): Inbound {
  return { ...base, type: 'arrive', ...(source && { source }) }
}

/** What the customer scanned from within a menu. With `scancode_push` WeChat shows it itself: nobody waits for an answer. */
function scanned(fields: Fields, base: Base, name: string): Inbound[] {
  const info = fields.ScanCodeInfo
  const result = typeof info === 'object' && info !== null ? field(info as Fields, 'ScanResult') : ''
  if (!result) return []
  const shown = { parts: [{ type: 'text' as const, text: result }], messageId: base.externalId }
  return [{ ...base, type: 'message', ...shown, ...(name === 'scancode_push' && { automatic: true }) }]
}
