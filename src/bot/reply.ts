// What the bot says in one turn, gathered into one message: channels charge and rank by the message.

import { type Calendar, isOpenAt } from '#core/hours.ts'
import type { Button, Locale, Part } from '#core/message.ts'
import { inLocale, phrase } from '#core/phrases.ts'
import type { BotContext, BotEffect } from './contract.ts'
import type { Matcher } from './faq.ts'
import { wantsPerson } from './intents.ts'
import type { ButtonConfig, Guard, Words } from './schema.ts'
import { fill } from './template.ts'

export interface Reply {
  texts: string[]
  buttons: Button[]
  /** What stands by itself: a place on the map. */
  others: Part[]
  /** What is done besides. */
  effects: BotEffect[]
}

/** Everything that a turn looks at. */
export interface World {
  context: BotContext
  /** Of the customer and the conversation, with what this turn adds. */
  tags: Set<string>
  matcher: Matcher
  calendars: Record<string, Calendar>
  /** The calendar of defaults.hours. */
  office?: Calendar
}

export function newReply(): Reply {
  return { texts: [], buttons: [], others: [], effects: [] }
}

/** A key for something that comes back later, as no other turn makes it. */
export function newKey(world: World, reply: Reply): string {
  return `${world.context.turn ?? ''}#${reply.effects.length}`
}

export function partsOf(reply: Reply): Part[] {
  const text = reply.texts.filter(Boolean).join('\n\n')
  if (reply.buttons.length > 0) return [{ type: 'buttons', text, buttons: reply.buttons }, ...reply.others]
  return text ? [{ type: 'text', text }, ...reply.others] : reply.others
}

/** A text of the config's in the reader's language, filled in. */
export function told(words: Words, world: World, vars: Record<string, string> = {}): string {
  const { context } = world
  return fill(inLocale(words, context.locale), (name) => {
    if (Object.hasOwn(vars, name)) return vars[name]
    if (name === 'brand.name') return context.brand.name
    return name === 'customer.name' ? context.customer.name : undefined
  })
}

/** The button of a config: its words do what the same words typed would do. */
export function buttonOf(config: ButtonConfig, world: Pick<World, 'matcher'>, locale: Locale, fillIn: (words: Words) => string): Button {
  if (typeof config === 'object' && 'label' in config) {
    const label = fillIn(config.label)
    if (config.url) return { id: `say:${label}`, label, url: config.url }
    if (config.faq) return { id: `faq:${config.faq}`, label }
    return { id: config.flow ? `flow:${config.flow}` : idOf(label, world.matcher), label }
  }
  const label = typeof config === 'string' ? fillIn(config) : inLocale(config, locale)
  return { id: idOf(label, world.matcher), label }
}

function idOf(label: string, matcher: Matcher): string {
  const match = matcher.match(label)
  if (match.confidence === 1 && match.ranked[0]) return match.ranked[0].id
  return wantsPerson(label) ? 'handoff' : `say:${label}`
}

export function personButton(locale: Locale): Button {
  return { id: 'handoff', label: phrase('bot.person', locale) }
}

/** Does everything hold that a `when` names? `vars` are what a flow keeps. */
export function holds(guard: Guard | undefined, world: World, vars: Record<string, string> = {}): boolean {
  if (!guard) return true
  const { context } = world
  const origin = context.origin ?? {}
  return (
    (guard.visitor === undefined || guard.visitor === context.visitor) &&
    (guard.locale === undefined || guard.locale === context.locale) &&
    isAmong(guard.channel, [context.channel.id, context.channel.type]) &&
    isAmong(guard.source, [origin.source]) &&
    isAmong(guard.campaign, [origin.campaign]) &&
    isAmong(guard.tag, [...world.tags]) &&
    (guard.page === undefined || [guard.page].flat().some((page) => isPage(page, origin.page))) &&
    Object.entries(guard.vars ?? {}).every(([name, wanted]) => isAmong(wanted, [Object.hasOwn(vars, name) ? vars[name] : ''])) &&
    (guard.hours === undefined || isHour(guard.hours, world))
  )
}

function isAmong(wanted: string | string[] | undefined, given: (string | undefined)[]): boolean {
  return wanted === undefined || [wanted].flat().some((one) => given.includes(one))
}

/** `/products/*` is that page and all below it; an address with its host is compared as a whole. No pattern, so nothing can take long. */
function isPage(wanted: string, page: string | undefined): boolean {
  if (page === undefined) return false
  const path = /^[a-z]+:/i.test(wanted) ? page : page.replace(/^[a-z]+:\/\/[^/]*/i, '') || '/'
  const bare = path.replace(/[?#].*$/, '')
  if (!wanted.endsWith('*')) return bare.replace(/\/$/, '') === wanted.replace(/\/$/, '')
  const stem = wanted.slice(0, -1)
  return bare.startsWith(stem) || (stem.endsWith('/') && bare === stem.slice(0, -1))
}

function isHour(hours: string, world: World): boolean {
  const { now } = world.context
  if (hours === 'open' || hours === 'closed') return isOpenAt(world.office, now) === (hours === 'open')
  const calendar = Object.hasOwn(world.calendars, hours) ? world.calendars[hours] : undefined
  return calendar !== undefined && isOpenAt(calendar, now)
}
