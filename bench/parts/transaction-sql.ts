// The transaction of one question and its answer as one function inside the server: nothing travels but a number.
import { QUESTION as QUESTION_TEXT } from '../lib/crowds.ts'
import { ANSWER } from '../lib/processes.ts'

export const answerFunction = `
create sequence bench_update start 100000000;
create function bench_id(prefix text) returns text language sql as $$ select prefix || '_' || replace(uuidv7()::text, '-', '') $$;
create function bench_answer(who int) returns void language plpgsql as $$
declare
  number bigint := nextval('bench_update');
  at timestamptz := clock_timestamp();
  event text := bench_id('evt');
  asked text := bench_id('msg');
  said text := bench_id('msg');
  person text;
  talk conversations%rowtype;
begin
  insert into events (id, source, source_id, external_id, lane, payload, state, next_at, received_at, processed_at, result)
  values (event, 'channel', 'tg', number::text, '["tg","' || who || '",""]', ${payload()}, 'done', at, at, at, '{"ok": true}')
  on conflict do nothing;
  if not found then return; end if;
  select customer_id into person from identities where channel_id = 'tg' and kind = 'channel' and value = who::text;
  select * into talk from conversations
  where channel_id = 'tg' and user_key = who::text and thread_key = '' and status <> 'resolved' for update;
  if not found then raise exception 'no conversation of %', who; end if;
  update customers set name = 'C' || who, named = true, last_seen_at = at where id = person;
  update conversations set last_seq = talk.last_seq + 2, last_message_at = at, last_customer_at = at, bot_state = '{}', locale = 'zh'
  where id = talk.id;
  insert into messages (id, conversation_id, seq, author, name, parts, text, external_id, created_at)
  values (asked, talk.id, talk.last_seq + 1, 'customer', 'C' || who, '[{"type": "text", "text": "${QUESTION_TEXT}"}]', '${QUESTION_TEXT}', who || ':' || number, at),
    (said, talk.id, talk.last_seq + 2, 'bot', '示例商城', '[{"type": "text", "text": "${ANSWER}"}]', '${ANSWER}', null, at);
  insert into deliveries (id, kind, target_id, lane, conversation_id, message_id, op, payload, automatic, state, next_at, origin_key, created_at)
  values (bench_id('dlv'), 'channel', 'tg', 'channel:' || talk.id, talk.id, said, 'send',
    '{"to": {"user": "1000"}, "parts": [{"type": "text", "text": "${ANSWER}"}]}', true, 'pending', at, event || ':2:0', at)
  on conflict do nothing;
end $$;
`

/** As long as ours, and a constant: the server does not even build it. */
function payload(): string {
  const from = { id: 1000, is_bot: false, first_name: 'C1000', language_code: 'zh-hans' }
  const message = {
    message_id: 100_000,
    from,
    chat: { id: 1000, first_name: 'C1000', type: 'private' },
    date: 1_795_000_000,
    text: QUESTION_TEXT,
  }
  const event = {
    type: 'message',
    externalId: '100000',
    at: '2026-11-22T08:00:00.000Z',
    from: { user: '1000' },
    sender: { name: 'C1000', locale: 'zh-hans', identities: [{ kind: 'channel', value: '1000', verified: true }] },
    messageId: '1000:100000',
    parts: [{ type: 'text', text: QUESTION_TEXT }],
    raw: { update_id: 100_000, message },
  }
  return `'${JSON.stringify(event)}'`
}
