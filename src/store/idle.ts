// What nobody said anything in for long, and what ended long ago.
import { type Db, run } from './database.ts'
import type { ConversationRow } from './rows.ts'

/** At one look; the oldest come first, the others with the next. */
const MOST = 500

export type QuietRow = Pick<
  ConversationRow,
  'id' | 'version' | 'lastSeq' | 'channelId' | 'userKey' | 'threadKey' | 'status' | 'skill' | 'clocks' | 'lastMessageAt' | 'botState'
>

const QUIET = {
  name: 'find_quiet',
  // Lists stand in order of slots of five minutes: the index finds them, the moment itself decides.
  text: `select id, version, last_seq as "lastSeq", channel_id as "channelId", user_key as "userKey", thread_key as "threadKey", status, skill,
      clocks, last_message_at as "lastMessageAt", bot_state as "botState"
    from conversations
    where status = $1 and active_slot <= floor(extract(epoch from ($2::timestamptz - timestamptz '2000-01-01 00:00:00+00')) / 300)
      and last_message_at <= $2 and ($1 <> 'assigned' or clocks->>'awaits' = 'customer')
    order by active_slot limit ${MOST}`,
}

/** Those in which nothing was said since then; where people have them, only those that wait for the customer. */
export async function findQuiet(db: Db, status: 'bot' | 'assigned', since: Date): Promise<QuietRow[]> {
  const rows = await run<QuietRow>(db, QUIET, [status, since])
  return rows.map((row) => ({ ...row, lastMessageAt: new Date(row.lastMessageAt) }))
}

const ARCHIVE = {
  name: 'archive_resolved',
  text: `with old as (
      select id from conversations where status = 'resolved' and archived_at is null and resolved_at <= $2
      order by resolved_at limit ${MOST} for update skip locked),
    done as (update conversations c set archived_at = $1 from old where c.id = old.id returning c.id, c.channel_id, c.skill),
    told as (
      insert into audit_events (id, at, action, actor_kind, conversation_id, data)
      select 'aud_' || substr(id, 5) || '_' || floor(extract(epoch from $1::timestamptz)), $1, 'conversation.archived', 'system', id,
        jsonb_build_object('channel', channel_id, 'skill', skill) from done
      on conflict do nothing)
    select count(*)::int as archived from done`,
}

/** Takes what was resolved before then out of the lists. */
export async function archiveResolved(db: Db, now: Date, before: Date): Promise<number> {
  const [row] = await run<{ archived: number }>(db, ARCHIVE, [now, before])
  return row?.archived ?? 0
}
