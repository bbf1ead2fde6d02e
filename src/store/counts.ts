// How many conversations each view has, for everybody who has the console open and at each change: what grows with the years must not be
// counted through.
import { and, isNull, type SQL, sql } from 'drizzle-orm'
import { type Actor, inView, reasonsOf, type View, visibleTo } from './console.ts'
import { type Db, transact } from './database.ts'
import { conversations } from './schema.ts'

/** What is with the bot or over is counted to here and no further: one more means that there are more. */
export const MOST_COUNTED = 99

export async function countViews(db: Db, actor: Actor): Promise<Record<View, number>> {
  return transact(db, async (tx) => {
    const { rows } = await tx.execute<Record<View, number>>(
      sql`select ${present('queue', actor)} as queue, ${present('mine', actor)} as mine, ${present('open', actor)} as open,
        ${piled('bot', actor)} as bot, ${piled('resolved', actor)} as resolved`,
    )
    return rows[0] ?? { queue: 0, mine: 0, open: 0, bot: 0, resolved: 0 }
  })
}

/** What people have to do with now: as many as there are. */
function present(view: View, actor: Actor): SQL {
  return sql`(select count(*)::int from ${conversations} where ${and(inView(view, actor), visibleTo(actor))})`
}

/**
 * Each reason to see something is looked up by itself, so that an index has it: with `or` between them all would be read. A conversation that
 * is seen for two reasons counts once.
 */
function piled(view: View, actor: Actor): SQL {
  const reasons = actor.role === 'agent' ? reasonsOf(actor) : [sql`true`]
  const of = (reason: SQL) =>
    sql`(select id from ${conversations} where ${and(inView(view, actor), isNull(conversations.archivedAt), reason)} limit ${MOST_COUNTED + 1})`
  const all = sql.join(reasons.map(of), sql` union `)
  return sql`(select least(count(*), ${MOST_COUNTED + 1})::int from (${all}) as seen)`
}
