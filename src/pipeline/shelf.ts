// What agents take from the library while they write: articles that are found and sent, canned replies that are filled in.
import type { Locale, Part } from '#core/message.ts'
import { nearest } from '#core/nearest.ts'
import { phrase } from '#core/phrases.ts'
import type { Command } from '#handoff/commands.ts'
import type { Found, Macro } from '#knowledge/contract.ts'
import { expand, inWanted, titleOf } from '#knowledge/macros.ts'
import type { Draft } from '#store/rows.ts'
import type { EventResult, ShelfItem } from '#store/schema.ts'
import { type Acting, localeOf, refuse } from './acting.ts'
import { reply } from './draft.ts'
import type { House } from './house.ts'
import { claim, hold } from './owner.ts'
import { touch } from './presence.ts'

const MOST_FOUND = 3
const GIST = 140

export function search(acting: Acting, words: string, house: House): EventResult {
  const locale = localeOf(acting, house)
  const customers = acting.draft.conversation.locale
  const found = house.library?.search(words, customers, MOST_FOUND) ?? []
  if (found.length === 0) return { ok: true, message: phrase('kb.none', locale, { words }) }
  const token = shelve(
    acting,
    found.map(({ id }) => ({ article: id })),
  )
  acting.buttons = found.flatMap((_, n) => [
    { id: `send ${token}.${n + 1}`, label: phrase('button.send_n', locale, { n: n + 1 }) },
    { id: `show ${token}.${n + 1}`, label: phrase('button.show_n', locale, { n: n + 1 }) },
  ])
  const lines = found.map((one, n) => `${n + 1}. ${headOf(one, customers, locale)}\n${gist(one.text)}`)
  return { ok: true, message: [phrase('kb.found', locale, { words, send: phrase('kb.how', locale) }), ...lines].join('\n\n') }
}

/** Says so when there is nothing in the customer's language. */
function headOf({ title, locale: written, tags }: Found, wanted: Locale, locale: Locale): string {
  const other = written === wanted ? '' : ` (${phrase('kb.language', locale, { written })})`
  return `${title}${other}${tags.length > 0 ? ` · ${tags.join(' · ')}` : ''}`
}

function gist(text: string): string {
  const letters = [...text.replaceAll(/\s+/g, ' ')]
  return letters.length > GIST ? `${letters.slice(0, GIST - 1).join('')}…` : letters.join('')
}

/** Only the last list counts; its name is of the event that asked for it. */
function shelve({ draft, agent, eventId }: Acting, items: ShelfItem[]): string {
  const token = eventId.slice(-5)
  draft.conversation.shelves = { ...draft.conversation.shelves, [agent.id]: { token, items } }
  return token
}

/** What `2`, `k3f9a.2` or nothing mean on the agent's list. */
function taken({ draft, agent }: Acting, item: string, locale: Locale): ShelfItem | { refused: EventResult } {
  const shelf = draft.conversation.shelves?.[agent.id]
  if (!shelf) return { refused: refuse('no_list', phrase('list.none', locale)) }
  const [, token, number] = /^(?:([^.\s]+)\.)?(\d{1,3})?$/.exec(item) ?? []
  if (token !== undefined && token !== shelf.token) return { refused: refuse('old_list', phrase('list.old', locale)) }
  const at = number === undefined && shelf.items.length === 1 && item === '' ? 1 : Number(number)
  const found = shelf.items[at - 1]
  return found ?? { refused: refuse('which', phrase('list.which', locale, { most: shelf.items.length })) }
}

/** The whole text, for the agent alone. */
export function show(acting: Acting, item: string, house: House): EventResult {
  const locale = localeOf(acting, house)
  const wanted = taken(acting, item, locale)
  if ('refused' in wanted) return wanted.refused
  const text = textOf(acting, wanted, house)
  if ('refused' in text) return text.refused
  const shelf = acting.draft.conversation.shelves?.[acting.agent.id]
  const number = (shelf?.items.indexOf(wanted) ?? 0) + 1
  acting.buttons = [{ id: `send ${shelf?.token}.${number}`, label: phrase('button.send', locale) }]
  return { ok: true, message: [text.title, text.text].filter(Boolean).join('\n') }
}

export function send(acting: Acting, item: string, house: House): EventResult {
  const wanted = taken(acting, item, localeOf(acting, house))
  return 'refused' in wanted ? wanted.refused : sendItem(acting, wanted, house)
}

function sendItem(acting: Acting, item: ShelfItem, house: House): EventResult {
  const text = textOf(acting, item, house)
  if ('refused' in text) return text.refused
  const result = utter(acting, [{ type: 'text', text: text.text }], house)
  // What an agent sends for a question is what was meant by it.
  if (result.ok && 'article' in item) acting.draft.experience.push({ type: 'chosen', entry: item.article, by: 'agent' })
  if (result.ok && 'macro' in item) acting.draft.used.push({ macro: item.macro, agentId: acting.agent.id })
  return result
}

/** What is sent; with a variable that nobody gave there is nothing to send. */
function textOf(acting: Acting, item: ShelfItem, house: House): { title?: string; text: string } | { refused: EventResult } {
  const locale = localeOf(acting, house)
  const { conversation } = acting.draft
  const gone = { refused: refuse('gone', phrase('list.old', locale)) }
  if ('article' in item) {
    const article = house.library?.article(item.article, conversation.locale)
    if (!article) return gone
    const whole: Macro = { key: '', aliases: [], category: {}, title: {}, text: { [article.locale]: article.text } }
    const { text, missing } = expand(whole, { values: known(acting.draft, acting.agent.publicName, house), locale: article.locale })
    if (missing.length > 0) return { refused: refuse('missing', phrase('article.missing', locale, { missing })) }
    return { title: article.title, text }
  }
  const macro = house.library?.macro(item.macro)
  if (!macro) return gone
  const values = { ...known(acting.draft, acting.agent.publicName, house), ...item.values }
  const { text, missing } = expand(macro, { values, words: item.words, locale: conversation.locale })
  if (missing.length === 0) return { text }
  const usage = `/macro ${macro.key} ${missing.map((name) => `${name}=…`).join(' ')}`
  return { refused: refuse('missing', phrase('macro.missing', locale, { missing, usage })) }
}

/** What the house fills in by itself. A name that we made up is none. */
export function known(
  { customer, conversation }: Pick<Draft, 'customer' | 'conversation'>,
  agent: string,
  house: House,
): Record<string, string | undefined> {
  return {
    'customer.name': customer.named ? customer.name : undefined,
    'agent.name': agent,
    'brand.name': house.brand.name,
    channel: house.channels.get(conversation.channelId)?.title[conversation.locale],
    conversation: conversation.id,
  }
}

/** Where the tool has buttons it is looked at first; elsewhere, naming it is sending it. */
export function fillMacro(acting: Acting, command: Extract<Command, { name: 'macro' }>, house: House): EventResult {
  const locale = localeOf(acting, house)
  const { key, values, words } = command
  if (key === undefined) return { ok: true, message: listMacros(acting, house, locale) }
  const macro = house.library?.macro(key)
  if (!macro) {
    const names = (house.library?.macros ?? []).flatMap((one) => [one.key, ...one.aliases])
    const near = nearest(key, names)
    return refuse('no_macro', phrase('macro.unknown', locale, { key, near: near ? [near] : [] }))
  }
  const item: ShelfItem = { macro: macro.key, values, words }
  if (!house.desks.get(acting.deskId)?.buttons) return sendItem(acting, item, house)
  const text = textOf(acting, item, house)
  if ('refused' in text) return text.refused
  const token = shelve(acting, [item])
  acting.buttons = [{ id: `send ${token}.1`, label: phrase('button.send', locale) }]
  return { ok: true, message: phrase('macro.preview', locale, { text: text.text }) }
}

/** By category, as the file has them; with how often each is used. */
function listMacros({ looked }: Acting, house: House, locale: Locale): string {
  const macros = house.library?.macros ?? []
  if (macros.length === 0) return phrase('macro.none', locale)
  const groups = Map.groupBy(macros, (macro) => inWanted(macro.category, locale)?.text ?? phrase('macro.other', locale))
  const lines = [...groups].flatMap(([category, list]) => [
    `【${category}】`,
    ...list.map((macro) => {
      const use = looked?.uses?.get(macro.key)
      return `${[macro.key, ...macro.aliases].join(' / ')} — ${titleOf(macro, locale)} (${use?.mine ?? 0}/${use?.all ?? 0})`
    }),
  ])
  return [phrase('macro.list', locale), ...lines].join('\n')
}

/**
 * Words that the agent chose and did not type: they reach the customer as typed ones would, or are held as those would be. The
 * thread they were chosen in shows them, too.
 */
function utter(acting: Acting, parts: Part[], house: House): EventResult {
  const { draft, agent } = acting
  const { status, agentId } = draft.conversation
  const isOwn = agentId === agent.id
  if (status === 'queued' || (status === 'snoozed' && isOwn)) {
    touch(agent, 'online', house, acting.receivedAt)
    claim(draft, agent, house, { quiet: true, cause: acting.eventId })
  } else if (status !== 'assigned' || !isOwn) return hold(acting, { parts, via: acting.deskId }, house)
  return { ok: true, message: reply(draft, agent, { parts }, house).id }
}
