// What a Mini Program is told, as inbound events.
import type { Inbound, Sender } from '#core/event.ts'
import { channelIdentity, externalIdOf, partsOf, timeOf } from '#platforms/wechat/messages.ts'
import { type Fields, field } from '#platforms/wechat/push.ts'
import type { ReadSession } from './session.ts'

/** Of the Mini Program itself, and of no conversation. */
const QUIET =
  /^(?:wxa_\w+|weapp_\w+|trade_manage_\w+|open_product_\w+|subscribe_msg_(?:popup|change|sent)_event|kf_\w+|user_(?:info_modified|authorization_revoke|authorization_cancellation)|add_express_path|retail_\w+|minishop_\w+|xpay_\w+)$/

export async function decode(fields: Fields, session: ReadSession, now: Date): Promise<Inbound[]> {
  const user = field(fields, 'FromUserName')
  if (!user) return []
  const at = timeOf(fields, now)
  const base = { externalId: externalIdOf(fields), at, from: { user }, raw: fields }
  const sender: Sender = { identities: [channelIdentity(user)] }
  if (field(fields, 'MsgType') !== 'event') {
    return [{ ...base, type: 'message', parts: partsOf(fields, at), messageId: base.externalId, sender }]
  }
  const name = field(fields, 'Event').toLowerCase()
  if (name === 'user_enter_tempsession') {
    const { source, name, identities } = await session(field(fields, 'SessionFrom'), now)
    const known: Sender = { ...(name && { name }), identities: [...sender.identities, ...identities] }
    return [{ ...base, type: 'arrive', ...(source && { source }), sender: known }]
  }
  if (QUIET.test(name)) return []
  return [
    {
      ...base,
      type: 'message',
      automatic: true,
      parts: [{ type: 'unsupported', what: name || 'event' }],
      messageId: base.externalId,
      sender,
    },
  ]
}
