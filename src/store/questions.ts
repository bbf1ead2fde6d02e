// Questions that the bot can learn from. Like counts they are written now and then, and one that is lost with a process harms nobody.
import { and, desc, eq, gt, inArray, isNotNull, isNull, lt, ne, sql } from 'drizzle-orm'
import type { Db, Reader } from './database.ts'
import { messages, questions } from './schema.ts'

export type QuestionRow = typeof questions.$inferSelect

/** As the bot tells it. */
export type Experience =
  | { type: 'unanswered'; text: string; entry?: string; confidence: number; meant?: true }
  | { type: 'chosen'; entry: string; by?: 'agent' }
  | { type: 'rated'; entry: string; text: string; confidence: number; up: boolean }

export interface Happened {
  id: string
  conversationId: string
  at: Date
  what: Experience
}

/** In order: what was chosen belongs to the question before it. */
export async function writeExperience(db: Db, happened: readonly Happened[]): Promise<void> {
  for (const { id, conversationId, at, what } of happened) {
    if (what.type === 'chosen') await choose(db, conversationId, what.entry, what.by ?? 'customer')
    else {
      const { text, confidence } = what
      const meant = what.type === 'unanswered' && what.meant ? ('assistant' as const) : null
      const helpful = what.type === 'rated' ? what.up : null
      const row = { id, conversationId, text, entry: what.entry ?? null, confidence, meant, helpful, state: 'new' as const, askedAt: at }
      await db.insert(questions).values(row).onConflictDoNothing()
    }
  }
}

/** The newest open question of a conversation meant this entry. */
export async function choose(db: Db, conversationId: string, entry: string, by: 'customer' | 'agent'): Promise<void> {
  const newest = db
    .select({ id: questions.id })
    .from(questions)
    .where(and(eq(questions.conversationId, conversationId), eq(questions.state, 'new')))
    .orderBy(desc(questions.askedAt), desc(questions.id))
    .limit(1)
  await db.update(questions).set({ entry, meant: by }).where(inArray(questions.id, newest))
}

/** Those that nobody decided on, newest first. */
export async function newQuestions(db: Reader, most: number): Promise<QuestionRow[]> {
  return db.select().from(questions).where(eq(questions.state, 'new')).orderBy(desc(questions.askedAt), desc(questions.id)).limit(most)
}

export async function decideQuestions(db: Db, ids: string[], state: 'accepted' | 'ignored'): Promise<number> {
  if (ids.length === 0) return 0
  const rows = await db
    .update(questions)
    .set({ state })
    .where(and(inArray(questions.id, ids), eq(questions.state, 'new')))
    .returning({ id: questions.id })
  return rows.length
}

/** How often an answer of that confidence helped, in tenths. */
export async function thumbs(db: Reader): Promise<{ tenth: number; up: number; down: number }[]> {
  const tenth = sql<number>`least(9, floor(${questions.confidence} * 10))::int`
  const count = (up: boolean) => sql<number>`count(*) filter (where ${questions.helpful} = ${up})::int`
  return db
    .select({ tenth, up: count(true), down: count(false) })
    .from(questions)
    .where(isNotNull(questions.helpful))
    .groupBy(tenth)
    .orderBy(tenth)
}

/** Customers' words are not kept for ever. */
export async function forgetQuestions(db: Db, before: Date): Promise<void> {
  await db.delete(questions).where(lt(questions.askedAt, before))
}

/** What agents answered after these questions, by the question's id: a draft for the FAQ. Only the first words after each; what was taken back is none. */
export async function answersAfter(db: Reader, ids: readonly string[]): Promise<Map<string, string>> {
  if (ids.length === 0) return new Map()
  const rows = await db
    .selectDistinctOn([questions.id], { id: questions.id, text: messages.text })
    .from(questions)
    .innerJoin(messages, and(eq(messages.conversationId, questions.conversationId), gt(messages.createdAt, questions.askedAt)))
    .where(and(inArray(questions.id, [...ids]), eq(messages.author, 'agent'), ne(messages.text, ''), isNull(messages.recalledAt)))
    .orderBy(questions.id, messages.seq)
  return new Map(rows.map(({ id, text }) => [id, text]))
}
