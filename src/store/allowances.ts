// What a platform still takes for a conversation: what the customer's last deeds allow, less what went out since.
import { sql } from 'drizzle-orm'
import { type Left, leftOf } from '#core/allowance.ts'
import type { Reader } from './database.ts'
import type { ConversationRow } from './rows.ts'

/** No window of any platform sees more messages than this. */
const LOOK_BACK = 200

/** Undefined where the platform sets no bounds. What may have gone out counts as gone out. */
export async function leftFor(db: Reader, conversation: ConversationRow, now: Date): Promise<Left | undefined> {
  const { allowances, channelId, userKey, threadKey, lastSeq } = conversation
  if (!allowances) return undefined
  const first = allowances.map(({ at }) => at).sort()[0]
  if (first === undefined) return leftOf([], () => 0, now)
  const { rows } = await db.execute<{ at: string | Date }>(sql`
    select d.started_at as at from deliveries d join messages m on m.id = d.message_id
    where m.conversation_id in (
        select id from conversations where channel_id = ${channelId} and user_key = ${userKey} and thread_key = ${threadKey}
        order by opened_at desc limit 3)
      and m.seq > ${lastSeq - LOOK_BACK} and d.kind = 'channel' and d.op = 'send'
      and d.state in ('sent', 'sending', 'unknown', 'held') and d.started_at >= ${first}::timestamptz`)
  const times = rows.map(({ at }) => new Date(at).getTime())
  return leftOf(allowances, (since) => times.filter((time) => time >= since.getTime()).length, now)
}
