// All that a batch changes, in one statement. It is put together of what this batch has: a part that changes nothing would cost as much
// to begin as one that changes a row. So there are as many texts as there are kinds of batches, each planned once by a connection.
import type { Statement } from './database.ts'
import { deliveriesJson, type Finishing, insertDelivery, leaseEnd, outcomeRows, outcomesJson, writeOutcomes } from './deliveries.ts'
import type { Finished } from './events.ts'
import { insertInto, type Shape, shapeOf, storableJson } from './records.ts'
import type {
  AuditRow,
  ConversationRow,
  CustomerRow,
  EventRow,
  IdentityRow,
  MessageRow,
  NewDecision,
  NewDelivery,
  NewLink,
  TimerRow,
} from './rows.ts'
import * as s from './schema.ts'

interface Rows {
  /** Inserted, or overwritten where they are known. */
  customers: CustomerRow[]
  conversations: ConversationRow[]
  /** Inserted. */
  identities: IdentityRow[]
  messages: MessageRow[]
  links: NewLink[]
  audit: AuditRow[]
  timers: TimerRow[]
  decisions: NewDecision[]
  /** Stored events that are done with this. */
  finished: Finished[]
  /** What came of attempts that nobody waits for: it travels along. */
  outcomes: Finishing[]
  deliveries: NewDelivery[]
  /** Events that are stored with this; one that is stored already makes the whole statement fail. */
  received: EventRow[]
}

export interface Content extends Rows {
  /** The deliveries that may go out at once, when nothing of their lane waits before them: `sending` from the beginning. */
  going: string[]
  now: Date
  /** Names this process in attempts. */
  holder: string
}

/** What the statement answers: the deliveries that are on record as being sent by this process, and what was written of the outcomes. */
export interface SavedRow {
  [column: string]: unknown
  sending: Record<string, unknown>[] | null
  outcomes: { id: string; next: boolean }[] | null
}

/** `sql` asks for its parameters in the order in which `values` gives them. */
interface Part<Name extends keyof Rows> {
  sql(next: () => string, has: (part: keyof Rows) => boolean): string
  values(rows: Rows[Name], content: Content): unknown[]
}

function inserted<Row>(name: string, shape: Shape<Row>, then = ''): { sql(next: () => string): string; values(rows: Row[]): unknown[] } {
  return { sql: (next) => `${name} as (${insertInto(shape, next())}${then})`, values: (rows) => [shape.toJson(rows)] }
}

const [customers, conversations] = [shapeOf(s.customers), shapeOf(s.conversations)]

const PARTS: { [Name in keyof Rows]: Part<Name> } = {
  customers: inserted('customer', customers, ` on conflict (id) do update set ${customers.overwrite}`),
  // An address is one customer's: of two who make it at once one begins again. What else is known of somebody may be known already.
  identities: inserted(
    'identity',
    shapeOf(s.identities),
    ` n where n.kind = 'channel' or not exists (
        select 1 from identities i where i.channel_id = n.channel_id and i.kind = n.kind and i.value = n.value)`,
  ),
  conversations: inserted('conversation', conversations, ` on conflict (id) do update set ${conversations.overwrite}`),
  messages: inserted('message', shapeOf(s.messages)),
  // What an agent wrote may become another message of ours: held words that are sent after all.
  links: inserted(
    'link',
    shapeOf(s.messageLinks),
    " on conflict (scope, external_id) do update set message_id = excluded.message_id where excluded.direction = 'in' and message_links.direction = 'in'",
  ),
  audit: inserted('audit', shapeOf(s.auditEvents)),
  timers: inserted('timer', shapeOf(s.timers)),
  decisions: inserted('decision', shapeOf(s.decisions)),
  finished: {
    sql: (next) => `event as (
      update events e set state = 'done', result = f.result, processed_at = ${next()}, error = null
      from json_to_recordset(${next()}::json) as f(id text, result jsonb) where e.id = f.id)`,
    values: (rows, { now }) => [now, storableJson(JSON.stringify(rows))],
  },
  outcomes: {
    sql: (next) => writeOutcomes(next(), next()),
    values: (rows, { now }) => [outcomesJson(rows), now],
  },
  deliveries: {
    sql: (next, has) => insertDelivery(next(), next(), next(), next(), next(), has('outcomes')),
    values: (rows, { going, now, holder }) => [deliveriesJson(rows), going, leaseEnd(now), now, holder],
  },
  received: inserted('received', shapeOf(s.events)),
}
const NAMES = Object.keys(PARTS) as (keyof Rows)[]

const known = new Map<string, Statement>()

/** The statement for this content, which is not empty, and its values. */
export function saving(content: Content): { statement: Statement; values: unknown[] } {
  const present = NAMES.filter((name) => content[name].length > 0)
  const name = `save_${NAMES.map((one) => (present.includes(one) ? 1 : 0)).join('')}`
  const statement = known.get(name) ?? { name, text: textOf(present) }
  known.set(name, statement)
  return { statement, values: present.flatMap((one) => valuesOf(one, content)) }
}

function valuesOf<Name extends keyof Rows>(name: Name, content: Content): unknown[] {
  return PARTS[name].values(content[name], content)
}

function textOf(present: (keyof Rows)[]): string {
  let count = 0
  const next = () => `$${++count}`
  const has = (name: keyof Rows) => present.includes(name)
  const sending = has('deliveries') ? "(select json_agg(delivery order by position) from delivery where state = 'sending')" : 'null::json'
  const outcomes = has('outcomes') ? `(select json_agg(o) from (${outcomeRows}) o)` : 'null::json'
  return `with ${present.map((name) => PARTS[name].sql(next, has)).join(', ')} select ${sending} as sending, ${outcomes} as outcomes`
}
