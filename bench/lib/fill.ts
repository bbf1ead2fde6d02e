// Years of talk, made by the server itself: customers who wrote three times each and were answered three times.
import pg from 'pg'

/** Tables whose size the hot path must not feel. */
export const LARGE = ['customers', 'identities', 'conversations', 'messages', 'message_links', 'events', 'deliveries', 'audit_events']

/** Questions, and as many answers, of each conversation. */
export const PER_CONVERSATION = 3

/** Ids that sort by time, as ours: `cnv_` + 12 hex digits of milliseconds, all of them past, + 20 more. */
const id = (prefix: string, n: string, salt: string) =>
  `'${prefix}_' || lpad(to_hex(1750000000000 + ${n}::bigint * 3000), 12, '0') || '7' || substr(md5(${n} || '${salt}'), 1, 19)`

/** A minute in the past for each; the newest conversation is a day old. */
const at = (n: string) => `now() - interval '1 day' - (($1::int - ${n}) || ' seconds')::interval`

const answer = '[{"type": "text", "text": "付款后 24 小时内发货。"}]'
const asked = '[{"type": "text", "text": "多久发货"}]'

/** One update as Telegram sends it and as it is kept. */
const payload = (
  n: string,
  m: string,
) => `jsonb_build_object('type', 'message', 'externalId', (${m})::text, 'at', ${at(n)}, 'from', jsonb_build_object('user', ${n}::text),
  'sender', jsonb_build_object('name', 'C' || ${n}, 'locale', 'zh-hans', 'identities', jsonb_build_array(jsonb_build_object('kind', 'channel', 'value', ${n}::text, 'verified', true))),
  'messageId', ${n} || ':' || ${m}, 'parts', '${asked}'::jsonb,
  'raw', jsonb_build_object('update_id', ${m}, 'message', jsonb_build_object('message_id', ${m}, 'text', '多久发货', 'chat', jsonb_build_object('id', ${n}, 'type', 'private'),
    'from', jsonb_build_object('id', ${n}, 'is_bot', false, 'first_name', 'C' || ${n}, 'language_code', 'zh-hans'), 'date', 1750000000)))`

/** Half of them are with the bot, the others resolved: one in ten by an agent. */
const STATEMENTS = [
  `insert into customers (id, name, named, locale, first_seen_at, last_seen_at)
   select ${id('cus', 'n', 'c')}, 'C' || n, true, 'zh', ${at('n')}, ${at('n')} from generate_series(1, $1::int) n`,
  `insert into identities (id, customer_id, channel_id, kind, value, verified, created_at)
   select ${id('idn', 'n', 'i')}, ${id('cus', 'n', 'c')}, 'tg', 'channel', n::text, true, ${at('n')} from generate_series(1, $1::int) n`,
  `insert into conversations (id, customer_id, channel_id, user_key, thread_key, status, version, agent_id, priority, locale, greeted, bot_state,
     last_seq, opened_at, last_message_at, last_customer_at, resolved_at)
   select ${id('cnv', 'n', 'v')}, ${id('cus', 'n', 'c')}, 'tg', n::text, '', case when n % 2 = 0 then 'bot' else 'resolved' end, 1,
     case when n % 10 = 1 then 'anna' end, 'normal', 'zh', false, '{}', 6, ${at('n')}, ${at('n')}, ${at('n')}, case when n % 2 = 1 then ${at('n')} end
   from generate_series(1, $1::int) n`,
  `insert into messages (id, conversation_id, seq, author, name, parts, text, external_id, created_at)
   select ${id('msg', '(n * 10 + s)', 'm')}, ${id('cnv', 'n', 'v')}, s, case when s % 2 = 1 then 'customer' else 'bot' end,
     case when s % 2 = 1 then 'C' || n else '示例商城' end, case when s % 2 = 1 then '${asked}'::jsonb else '${answer}'::jsonb end,
     case when s % 2 = 1 then '多久发货' else '付款后 24 小时内发货。' end, case when s % 2 = 1 then n || ':' || s end, ${at('n')}
   from generate_series(1, $1::int) n, generate_series(1, 6) s`,
  `insert into message_links (scope, external_id, message_id, direction)
   select 'tg', n || ':' || s, ${id('msg', '(n * 10 + s)', 'm')}, case when s % 2 = 1 then 'in' else 'out' end
   from generate_series(1, $1::int) n, generate_series(1, 6) s`,
  `insert into events (id, source, source_id, external_id, lane, payload, state, attempts, next_at, result, received_at, processed_at)
   select ${id('evt', '(n * 10 + s)', 'e')}, 'channel', 'tg', (n::bigint * 10 + s)::text, '["tg","' || n || '",""]', ${payload('n', '(n::bigint * 10 + s)')}, 'done', 0,
     ${at('n')}, '{"ok": true}', ${at('n')}, ${at('n')}
   from generate_series(1, $1::int) n, generate_series(1, 5, 2) s`,
  `insert into deliveries (id, kind, target_id, lane, conversation_id, message_id, op, payload, automatic, state, attempts, fence, next_at, external_ids,
     origin_key, created_at, started_at, finished_at)
   select ${id('dlv', '(n * 10 + s)', 'd')}, 'channel', 'tg', 'channel:' || ${id('cnv', 'n', 'v')}, ${id('cnv', 'n', 'v')}, ${id('msg', '(n * 10 + s)', 'm')}, 'send',
     jsonb_build_object('to', jsonb_build_object('user', n::text), 'parts', '${answer}'::jsonb), true, 'sent', 1, 1, ${at('n')}, jsonb_build_array(n || ':' || s),
     ${id('evt', '(n * 10 + s - 1)', 'e')} || ':' || s || ':0', ${at('n')}, ${at('n')}, ${at('n')}
   from generate_series(1, $1::int) n, generate_series(2, 6, 2) s`,
  `insert into attempts (delivery_id, number, holder, started_at, ended_at, outcome)
   select ${id('dlv', '(n * 10 + s)', 'd')}, 1, 'bench', ${at('n')}, ${at('n')}, 'sent' from generate_series(1, $1::int) n, generate_series(2, 6, 2) s`,
  `insert into audit_events (id, at, action, actor_kind, actor_id, conversation_id, data)
   select ${id('aud', 'n', 'a')}, ${at('n')}, 'conversation.opened', 'customer', ${id('cus', 'n', 'c')}, ${id('cnv', 'n', 'v')}, '{"channel": "tg", "visitor": "new"}'
   from generate_series(1, $1::int) n`,
]

/**
 * Fills a migrated, empty database. Secondary indexes and foreign keys are put aside meanwhile and come back as they were:
 * row by row they would cost most of the time.
 */
export async function fill(url: string, conversations: number, step: (label: string) => void): Promise<void> {
  const client = new pg.Client({ connectionString: url })
  await client.connect()
  try {
    await client.query("set session_replication_role = replica; set synchronous_commit = off; set maintenance_work_mem = '512MB'")
    const { rows } = await client.query<{ name: string; definition: string }>(
      `select i.indexrelid::regclass::text as name, pg_get_indexdef(i.indexrelid) as definition from pg_index i
       join pg_class c on c.oid = i.indrelid where c.relnamespace = 'public'::regnamespace and c.relname = any($1) and not i.indisprimary`,
      [LARGE],
    )
    for (const { name } of rows) await client.query(`drop index ${name}`)
    for (const [n, statement] of STATEMENTS.entries()) {
      step(`growth: ${conversations} conversations, ${/into (\w+)/.exec(statement)?.[1]} (${n + 1}/${STATEMENTS.length})`)
      await client.query(statement, [conversations])
    }
    step(`growth: ${conversations} conversations, indexes`)
    for (const { definition } of rows) await client.query(definition)
    await client.query('vacuum analyze')
    await client.query('checkpoint')
  } finally {
    await client.end()
  }
}
