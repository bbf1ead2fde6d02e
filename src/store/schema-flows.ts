// What flows need besides the conversation: times to come, and what is asked most.
import { doublePrecision, index, jsonb, pgTable, primaryKey, text, timestamp } from 'drizzle-orm/pg-core'
import type { HouseEvent } from '#core/event.ts'

const at = (name: string) => timestamp(name, { withTimezone: true, mode: 'date' })

/**
 * Something that becomes an event of its conversation at its time. Nobody takes one back: whoever gets the event looks whether it
 * still matters.
 */
export const timers = pgTable(
  'timers',
  {
    id: text('id').primaryKey(),
    /** Where the event stands in line. */
    lane: text('lane').notNull(),
    payload: jsonb('payload').$type<HouseEvent>().notNull(),
    dueAt: at('due_at').notNull(),
    createdAt: at('created_at').notNull(),
  },
  (t) => [index('timers_due').on(t.dueAt)],
)

/** How much each FAQ entry is asked lately: each question counts one, and half of that two weeks later. */
export const asked = pgTable('asked', {
  entry: text('entry').primaryKey(),
  score: doublePrecision('score').notNull(),
  countedAt: at('counted_at').notNull(),
})

/** What a model made of a phrase: a byte for each dimension, in base64. `hash` is that of the text. */
export const vectors = pgTable(
  'vectors',
  {
    model: text('model').notNull(),
    hash: text('hash').notNull(),
    vector: text('vector').notNull(),
    usedAt: at('used_at').notNull(),
  },
  (t) => [primaryKey({ columns: [t.model, t.hash] }), index('vectors_used').on(t.usedAt)],
)
