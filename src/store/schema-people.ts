// People who answer, and their ways in.
import { boolean, index, integer, jsonb, pgTable, text, timestamp, uniqueIndex } from 'drizzle-orm/pg-core'
import type { Presence } from '#core/event.ts'

const at = (name: string) => timestamp(name, { withTimezone: true, mode: 'date' })

export type Role = 'admin' | 'supervisor' | 'agent'

/** Somebody who answers. `configured`: name, skills and capacity come from frontdesk.yaml. */
export const agents = pgTable(
  'agents',
  {
    id: text('id').primaryKey(),
    name: text('name').notNull(),
    publicName: text('public_name').notNull(),
    email: text('email'),
    role: text('role').$type<Role>().notNull(),
    skills: jsonb('skills').$type<string[]>().notNull(),
    capacity: integer('capacity').notNull(),
    /** Desk id → user id in that tool. */
    identities: jsonb('identities').$type<Record<string, string>>().notNull(),
    presence: text('presence').$type<Presence>().notNull(),
    /** Until when the presence holds without another sign of life. */
    presenceUntil: at('presence_until'),
    /** When the agent said so: a word that is worked on late does not overwrite a later one. */
    presenceAt: at('presence_at'),
    lastAssignedAt: at('last_assigned_at'),
    /** Offers and conversations in a row that were let lie, and since when it is so many. */
    missed: integer('missed').notNull().default(0),
    missedAt: at('missed_at'),
    passwordHash: text('password_hash'),
    configured: boolean('configured').notNull(),
    disabled: boolean('disabled').notNull().default(false),
    createdAt: at('created_at').notNull(),
  },
  (t) => [uniqueIndex('agents_email').on(t.email)],
)

/** Signed-in browsers; `id` is the SHA-256 of the cookie. */
export const sessions = pgTable(
  'sessions',
  {
    id: text('id').primaryKey(),
    agentId: text('agent_id')
      .notNull()
      .references(() => agents.id),
    createdAt: at('created_at').notNull(),
    expiresAt: at('expires_at').notNull(),
    lastSeenAt: at('last_seen_at').notNull(),
  },
  (t) => [index('sessions_agent').on(t.agentId)],
)

/** One-time links: the first admin, passwords of invited agents; and codes that say who somebody in a tool is. `id` is the SHA-256 of the token. */
export const invites = pgTable('invites', {
  id: text('id').primaryKey(),
  kind: text('kind').$type<'admin' | 'invite' | 'link'>().notNull(),
  agentId: text('agent_id'),
  expiresAt: at('expires_at').notNull(),
  usedAt: at('used_at'),
})
