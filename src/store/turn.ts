// In which order those who wait are served, and at which place each stands, for whoever looks. The same rules as the router's: what a customer
// was told last may be older, since places that grow are not announced.
import { eq, inArray, type SQL, sql } from 'drizzle-orm'
import type { Reader } from './database.ts'
import { conversations, customers, type Priority } from './schema.ts'

/** Whose tags let them go first, and as what they then count. */
export interface Vip {
  tags: readonly string[]
  priority: Priority
}

/** Among those who wait; with their customers joined. */
export function byTurn(vip: Vip): SQL[] {
  const own = rankOf(sql`${conversations.priority}`)
  const late = [sql`coalesce(${conversations.queuedAt}, ${conversations.openedAt})`, sql`${conversations.id} collate "C"`]
  if (vip.tags.length === 0) return [own, ...late]
  const tags = sql`array[${sql.join(
    vip.tags.map((tag) => sql`${tag}`),
    sql`, `,
  )}]::text[]`
  const isVip = sql`(${customers.tags} ?| ${tags} or ${conversations.tags} ?| ${tags})`
  const rank = sql`case when ${isVip} then least(${own}, ${rankOf(sql`${vip.priority}::text`)}) else ${own} end`
  return [rank, sql`${isVip} desc`, ...late]
}

function rankOf(priority: SQL): SQL {
  return sql`case ${priority} when 'urgent' then 0 when 'high' then 1 when 'normal' then 2 else 3 end`
}

/** Counted among those who ask for the same skill or for none; who asks for none waits for anybody, so everybody ahead counts for them. */
export async function readPlaces(db: Reader, ids: readonly string[], vip: Vip): Promise<Map<string, number>> {
  if (ids.length === 0) return new Map()
  const turn = sql`order by ${sql.join(byTurn(vip), sql`, `)}`
  const ahead = sql`rows between unbounded preceding and current row`
  const placed = db
    .select({
      id: conversations.id,
      place: sql<number>`case when ${conversations.skill} is null then row_number() over (${turn})
        else row_number() over (partition by ${conversations.skill} ${turn})
          + count(*) filter (where ${conversations.skill} is null) over (${turn} ${ahead}) end`.as('place'),
    })
    .from(conversations)
    .innerJoin(customers, eq(customers.id, conversations.customerId))
    .where(eq(conversations.status, 'queued'))
    .as('placed')
  const rows = await db
    .select()
    .from(placed)
    .where(inArray(placed.id, [...ids]))
  return new Map(rows.map(({ id, place }) => [id, Number(place)]))
}
