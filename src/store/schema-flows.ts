// What flows need besides the conversation: times to come, and what is asked most.
import { boolean, doublePrecision, index, jsonb, pgTable, primaryKey, text, timestamp } from 'drizzle-orm/pg-core'
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

/** Questions of customers that the bot can learn from. */
export const questions = pgTable(
  'questions',
  {
    id: text('id').primaryKey(),
    conversationId: text('conversation_id').notNull(),
    text: text('text').notNull(),
    /** Which question was meant: `faq:…` or `flow:…`. The bot's guess, until somebody said. */
    entry: text('entry'),
    confidence: doublePrecision('confidence').notNull(),
    /** Who says that this entry is meant. */
    meant: text('meant').$type<'customer' | 'assistant' | 'agent'>(),
    /** It was answered, and the customer said what that was worth. */
    helpful: boolean('helpful'),
    /** What an admin made of it. */
    state: text('state').$type<'new' | 'accepted' | 'ignored'>().notNull(),
    askedAt: at('asked_at').notNull(),
  },
  (t) => [index('questions_conversation').on(t.conversationId, t.askedAt), index('questions_state').on(t.state, t.askedAt)],
)
