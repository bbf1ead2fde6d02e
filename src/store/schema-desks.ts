// What desks need besides threads.
import { pgTable, primaryKey, text, timestamp, uniqueIndex } from 'drizzle-orm/pg-core'

/**
 * Who somebody in a tool is, where frontdesk.yaml does not say it: by the e-mail that the tool vouches for, or by a code that they typed
 * there. The file's word counts before it. One person in a tool is one agent, and each agent is one person in a tool.
 */
export const agentLinks = pgTable(
  'agent_links',
  {
    deskId: text('desk_id').notNull(),
    userId: text('user_id').notNull(),
    agentId: text('agent_id').notNull(),
    how: text('how').$type<'email' | 'code'>().notNull(),
    createdAt: timestamp('created_at', { withTimezone: true, mode: 'date' }).notNull(),
  },
  (t) => [primaryKey({ columns: [t.deskId, t.userId] }), uniqueIndex('agent_links_agent').on(t.agentId, t.deskId)],
)

/**
 * Accounts whose link was taken back. Their tool may go on vouching for an agent's e-mail: that makes no link any more. Only a new code
 * does, or the file.
 */
export const unlinkedPeople = pgTable(
  'unlinked_people',
  {
    deskId: text('desk_id').notNull(),
    userId: text('user_id').notNull(),
    unlinkedAt: timestamp('unlinked_at', { withTimezone: true, mode: 'date' }).notNull(),
  },
  (t) => [primaryKey({ columns: [t.deskId, t.userId] })],
)
