// What agents keep beside the conversations: follow-ups with their times, and how often each canned reply is used.
import { index, integer, pgTable, primaryKey, text, timestamp } from 'drizzle-orm/pg-core'

const at = (name: string) => timestamp(name, { withTimezone: true, mode: 'date' })

/** Something that an agent means to do about a conversation. Reminded of at `due_at`, on the list until it is done. */
export const followups = pgTable(
  'followups',
  {
    id: text('id').primaryKey(),
    agentId: text('agent_id').notNull(),
    conversationId: text('conversation_id').notNull(),
    /** What the agent calls it: `/done 2`. Free again once it is done. */
    number: integer('number').notNull(),
    /** Where it was asked for: the reminder comes there. */
    deskId: text('desk_id').notNull(),
    text: text('text').notNull(),
    priority: text('priority').$type<'low' | 'normal' | 'high' | 'urgent'>().notNull(),
    dueAt: at('due_at').notNull(),
    createdAt: at('created_at').notNull(),
    remindedAt: at('reminded_at'),
    doneAt: at('done_at'),
  },
  (t) => [index('followups_agent').on(t.agentId, t.doneAt, t.dueAt), index('followups_conversation').on(t.conversationId)],
)

/** How often an agent sent a canned reply, and when last. */
export const macroUses = pgTable(
  'macro_uses',
  {
    macro: text('macro').notNull(),
    agentId: text('agent_id').notNull(),
    count: integer('count').notNull(),
    lastAt: at('last_at').notNull(),
  },
  (t) => [primaryKey({ columns: [t.macro, t.agentId] })],
)
