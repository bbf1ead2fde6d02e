// One page of a view. In its own order the store pages by the time of the last message; what falls due first is known to the house alone,
// so there a cursor is how many were given already.
import { RequestError } from '#core/errors.ts'
import type { Locale } from '#core/message.ts'
import { findSaid, type ListedRow, listConversations, listTimed, readListed, type View } from '#store/console.ts'
import { countViews } from '#store/counts.ts'
import type { AgentRow } from '#store/rows.ts'
import { readPlaces } from '#store/turn.ts'
import { dueFirst } from '../../pipeline/clocks.ts'
import type { HttpParts } from '../parts.ts'
import type { ConversationPage, FoundPage } from './protocol.ts'
import { sorts, views } from './schema.ts'
import { type Standing, summaryOf } from './view.ts'

const PAGE = 50
const TIMED: readonly View[] = ['queue', 'mine', 'open']

export async function pageOf(
  parts: HttpParts,
  actor: AgentRow,
  asked: (name: string) => string | undefined,
  locale: Locale,
): Promise<ConversationPage> {
  const { db } = parts.database
  const view = views.safeParse(asked('view') ?? 'queue')
  if (!view.success) throw new RequestError(400, 'invalid', 'view: one of queue, mine, open, bot, resolved')
  const sort = sorts.safeParse(asked('sort'))
  if (!sort.success) throw new RequestError(400, 'invalid', 'sort: due, or nothing')
  const search = wordsOf(asked('q'))
  const isDue = sort.data === 'due' && !search && TIMED.includes(view.data)
  const cursor = cursorOf(asked('cursor'), isDue)
  const { vip } = parts.house().routing
  const page = isDue
    ? await duePage(parts, actor, view.data, Number(cursor ?? 0))
    : await listConversations(db, actor, { view: view.data, ...(search && { search }), ...(cursor && { cursor }), limit: PAGE, vip })
  const items = (await withPlaces(parts, page.rows)).map((row) => summaryOf(parts, actor, row, locale))
  return { items, ...(page.cursor && { cursor: page.cursor }), counts: await countViews(db, actor) }
}

/** What somebody searches for, as the store can be asked for it. */
function wordsOf(asked: string | undefined): string | undefined {
  return asked?.replaceAll('\0', '').slice(0, 200)
}

const FOUND = 100

/** Where in one conversation the words stand by which it was found. */
export async function foundIn(parts: HttpParts, actor: AgentRow, id: string, asked: string | undefined): Promise<FoundPage | undefined> {
  const words = wordsOf(asked)
  if (!words) throw new RequestError(400, 'invalid', 'q: the words to look for. / q：要查找的文字。')
  const seqs = await findSaid(parts.database.db, actor, id, words, FOUND + 1)
  return seqs && { seqs: seqs.slice(0, FOUND), more: seqs.length > FOUND }
}

function cursorOf(cursor: string | undefined, isDue: boolean): string | undefined {
  if (!cursor) return undefined
  const isOurs = isDue ? /^\d{1,6}$/.test(cursor) : /^[12]\d{3}-\d\d-\d\dT[\d:.]+Z$/.test(cursor) && !Number.isNaN(Date.parse(cursor))
  if (!isOurs) throw new RequestError(400, 'invalid', 'cursor: take it from the page before')
  return cursor
}

async function duePage(parts: HttpParts, actor: AgentRow, view: View, from: number): Promise<{ rows: Rows; cursor?: string }> {
  const { db } = parts.database
  const house = parts.house()
  const order = dueFirst(await listTimed(db, actor, view, house.routing.vip), house)
  const rows = await readListed(
    db,
    actor,
    order.slice(from, from + PAGE).map(({ id }) => id),
  )
  return { rows, ...(from + PAGE < order.length && { cursor: String(from + PAGE) }) }
}

/** With the place that each has now: many more may have come before them since it was told. */
export async function withPlaces<R extends ListedRow>(parts: HttpParts, rows: R[]): Promise<(R & Standing)[]> {
  const waiting = rows.filter(({ conversation }) => conversation.status === 'queued').map(({ conversation }) => conversation.id)
  const places = await readPlaces(parts.database.db, waiting, parts.house().routing.vip)
  return rows.map((row) => ({ ...row, place: places.get(row.conversation.id) }))
}

type Rows = Awaited<ReturnType<typeof readListed>>
