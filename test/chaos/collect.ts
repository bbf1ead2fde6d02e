// Reads what is there in the end: at the platforms, in the customers' chats, and in the house's own books.
import { sql } from 'drizzle-orm'
import type { ChatMessage, MessagePage } from '#http/chat/protocol.ts'
import { GROUP } from '../support/house.ts'
import type { Bench } from './bench.ts'
import type { Arrived, History, Shown, Twice } from './history.ts'
import { bearer, type Load, type Visitor } from './loader.ts'

export const PLACES: Record<string, Twice> = { web: 'never', app: 'key', tg: 'marked', group: 'harmless' }

/** What a customer on Telegram hears, and in the app, what a topic shows, what an agent wrote in the console. */
const HEARD = /[问答]\d+-\d+/
const APP = /用\d+-\d+/
const TOPIC = /说\d+-\d+/
const CONSOLE = /复\d+-\d+/

const WORDS: Record<string, RegExp> = { tg: HEARD, app: APP, group: TOPIC }

/** The chats of the visitors, read while the house runs; the rest when it has ended. Ends all houses. */
export async function collect(bench: Bench, { said, visitors }: Load, kills: number): Promise<History> {
  const web = (await Promise.all(visitors.map((visitor) => readChat(bench, visitor)))).flat()
  for (const house of bench.houses) await house.stop()
  const stored = await bench.place.look<{ id: string }>(
    sql`select coalesce(external_id, client_id) as id from messages where coalesce(external_id, client_id) is not null`,
  )
  const shown: Shown[] = web.map(({ token, place }) => ({ token, place, state: 'sent', automatic: false, possiblyTwice: false }))
  return {
    kills,
    places: PLACES,
    said,
    stored: stored.map(({ id }) => id),
    arrived: [...web, ...arrivals(bench), ...inApp(bench)],
    shown: [...unique(shown), ...(await deliveries(bench))],
  }
}

/** The bot's answer belongs to the question before it. */
async function readChat(bench: Bench, visitor: Visitor): Promise<Arrived[]> {
  let question: string | undefined
  return (await readPages(bench, visitor)).flatMap((message) => {
    if (message.author === 'customer') question = message.clientId
    const token = message.author === 'bot' ? question : CONSOLE.exec(textOf(message))?.[0]
    return token ? [{ token, place: 'web', key: message.id }] : []
  })
}

/** A page at a time, as the widget reads. */
export async function readPages({ client }: Pick<Bench, 'client'>, visitor: Visitor): Promise<ChatMessage[]> {
  const messages: ChatMessage[] = []
  for (let after = 0, more = true; more; ) {
    const page = await client.get<MessagePage>(`/chat/v1/web/messages?after=${after}`, bearer(visitor))
    messages.push(...page.messages)
    after = page.cursor
    more = page.more
  }
  return messages
}

function textOf({ parts }: ChatMessage): string {
  return parts.map((part) => ('text' in part ? part.text : '')).join(' ')
}

/** What Telegram took, in the order in which it took it. Lines that waited may be shown as one. */
function arrivals({ providers }: Bench): Arrived[] {
  return providers.calls().flatMap(({ ok, method, params }) => {
    if (!ok || method !== 'sendMessage') return []
    const inGroup = String(params.chat_id) === String(GROUP)
    const tokens = String(params.text).matchAll(new RegExp(inGroup ? TOPIC : HEARD, 'g'))
    return [...tokens].map(([token]) => ({ token, place: inGroup ? 'group' : 'tg' }))
  })
}

/** Under the ids by which the company's server knows a copy. */
function inApp({ providers }: Bench): Arrived[] {
  return providers.appCalls().flatMap(({ ok, id, event }) => {
    const token = ok ? APP.exec(String(event.text))?.[0] : undefined
    return token ? [{ token, place: 'app', key: id }] : []
  })
}

async function deliveries({ place }: Bench): Promise<Shown[]> {
  const rows = await place.look<{ place: string; state: string; automatic: boolean; twice: boolean; text: string | null }>(sql`
    select target_id as place, state, automatic, possibly_twice as twice, payload->'parts'->0->>'text' as text
    from deliveries where op in ('send', 'post') and target_id in ('tg', 'group', 'app') order by position`)
  return rows.flatMap(({ place: at, state, automatic, twice, text }) => {
    const token = (WORDS[at] ?? HEARD).exec(text ?? '')?.[0]
    return token ? [{ token, place: at, state, automatic, possiblyTwice: twice }] : []
  })
}

/** That something arrived twice is said by what arrived, not by two entries of what is shown. */
function unique(list: Shown[]): Shown[] {
  return [...new Map(list.map((one) => [`${one.place} ${one.token}`, one])).values()]
}
