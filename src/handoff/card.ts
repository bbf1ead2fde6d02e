// What an agent must know of a conversation at a glance, as data: each desk draws it in its own way.
import { cut } from '#core/adapt.ts'
import type { Left } from '#core/allowance.ts'
import type { Card, CardLine } from '#core/desk.ts'
import type { Author, Button, Locale } from '#core/message.ts'
import { phrase, phrases } from '#core/phrases.ts'

/** Time left, what the customer wants meanwhile, how it ended. */
export interface Standing {
  /** What people owe, the most pressing first. */
  terms?: { term: 'firstReply' | 'nextReply' | 'resolution'; leftMs: number; runs: boolean }[]
  /** What the customer wants who waits, and where. */
  wait?: { choice?: 'stay' | 'message' | 'callback' | 'elsewhere'; contact?: { value: string } }
  closing?: { by: 'agent' | 'customer' | 'bot' | 'system'; why: 'resolved' | 'left' | 'idle' | 'ended'; code?: string }
  /** What the customer said of a low score. */
  comment?: string
}

export interface CardSource extends Standing {
  conversation: string
  status: Card['status']
  customer: string
  channel: string
  channelType?: string
  agent?: string
  skill?: string
  priority: 'low' | 'normal' | 'high' | 'urgent'
  queuedAt?: Date
  /** Of the customer and the conversation. */
  tags?: string[]
  handoff?: { reason: string; note?: string; tried?: string[]; collected?: Record<string, string> }
  score?: number
  /** Until when it is put off, as the house's clocks show it. */
  snoozed?: string
  closeReason?: string
  /** How many messages the platform still takes, where it counts them. */
  left?: Left
  history: { author: Author; name: string; text: string; at: Date }[]
  /** Skills that it can be transferred to. */
  skills: string[]
  /** What people see of a skill; absent: its own id. */
  skillName?(id: string): string
  url?: string
}

const LINES = 12
const LINE_MAX = 200

export function buildCard(source: CardSource, locale: Locale): Card {
  return {
    conversation: source.conversation,
    title: cut(phrase('card.title', locale, { customer: source.customer, channel: source.channel }), 100, 'utf16'),
    facts: facts(source, locale),
    history: source.history
      .slice(-LINES)
      .map((line): CardLine => ({ ...line, name: line.name || phrase(`author.${line.author}`, locale), text: shorten(line.text) })),
    buttons: buttons(source, locale),
    status: source.status,
    ...(source.skill && { skill: source.skill }),
    ...(source.channelType && { channel: source.channelType }),
    ...(source.url && { url: source.url }),
  }
}

function facts(source: CardSource, locale: Locale): Card['facts'] {
  const rows: Card['facts'] = [
    [phrase('card.status', locale), phrase(`status.${source.status}`, locale)],
    [phrase('card.agent', locale), source.agent ?? phrase('card.nobody', locale)],
    [phrase('card.customer', locale), source.customer],
    [phrase('card.channel', locale), source.channel],
  ]
  if (source.skill) rows.push([phrase('card.skill', locale), source.skillName?.(source.skill) ?? source.skill])
  if (source.priority !== 'normal') rows.push([phrase('card.priority', locale), phrase(`priority.${source.priority}`, locale)])
  if (source.snoozed) rows.push([phrase('card.snoozed', locale), source.snoozed])
  if (source.closeReason) rows.push([phrase('card.close_reason', locale), shorten(source.closeReason)])
  const { handoff } = source
  const reason = `reason.${handoff?.reason}`
  if (reason in phrases) rows.push([phrase('card.reason', locale), phrase(reason as 'reason.asked', locale)])
  const collected = Object.entries(handoff?.collected ?? {}).map(([name, value]) => `${name}: ${value}`)
  if (collected.length > 0) rows.push([phrase('card.collected', locale), shorten(collected.join(' · '))])
  if (handoff?.tried?.length) rows.push([phrase('card.tried', locale), shorten(handoff.tried.slice(-3).join(' · '))])
  if (handoff?.note) rows.push([phrase('card.note', locale), shorten(handoff.note)])
  if (source.tags?.length) rows.push([phrase('card.tags', locale), shorten(source.tags.join(' · '))])
  if (source.left) rows.push([phrase('card.left', locale), leftWords(source.left, locale)])
  rows.push(...timeFacts(source, locale))
  if (source.score) rows.push(['CSAT', `${source.score}/5${source.comment ? `: ${shorten(source.comment)}` : ''}`])
  return rows
}

export function timeFacts({ terms, wait, closing }: Standing, locale: Locale): Card['facts'] {
  const rows: Card['facts'] = []
  if (wait?.choice && wait.choice !== 'stay') {
    rows.push([phrase('card.wants', locale), phrase(`wait.${wait.choice}`, locale, { contact: wait.contact?.value })])
  }
  if (terms?.length) rows.push([phrase('card.time', locale), terms.map((one) => termWords(one, locale)).join(' · ')])
  if (closing) rows.push([phrase('card.closed', locale), closing.code ?? phrase(`closed.${closing.why}`, locale)])
  return rows
}

function termWords({ term, leftMs, runs }: NonNullable<CardSource['terms']>[number], locale: Locale): string {
  const name = phrase(`term.${term}`, locale)
  const left = phrase('time.span', locale, { ms: Math.abs(leftMs) })
  if (leftMs <= 0) return phrase('sla.over', locale, { term: name, by: left })
  return phrase(runs ? 'sla.left' : 'sla.still', locale, { term: name, left })
}

/** In this machine's time, with its name: whoever reads it may be elsewhere. */
function leftWords({ messages, until }: Left, locale: Locale): string {
  if (messages === 0) return phrase('card.left_none', locale)
  const form = { month: 'numeric', day: 'numeric', hour: '2-digit', minute: '2-digit', hour12: false } as const
  const time = until.toLocaleString(locale === 'zh' ? 'zh-CN' : 'en-GB', form)
  const zone = new Intl.DateTimeFormat('en', { timeZoneName: 'short' }).formatToParts(until).find(({ type }) => type === 'timeZoneName')
  return phrase('card.left_some', locale, { messages, until: `${time} ${zone?.value ?? ''}`.trim() })
}

/** What can be done in this state, most wanted first. Ids are command lines. */
function buttons(source: CardSource, locale: Locale): Button[] {
  const button = (id: string, key: 'claim' | 'release' | 'resolve' | 'reopen' | 'to_bot'): Button => ({
    id,
    label: phrase(`button.${key}`, locale),
  })
  const transfers = source.skills
    .filter((skill) => skill !== source.skill)
    .slice(0, 3)
    .map(
      (skill): Button => ({
        id: `transfer ${skill}`,
        label: phrase('button.transfer_to', locale, { skill: source.skillName?.(skill) ?? skill }),
      }),
    )
  switch (source.status) {
    case 'bot':
    case 'queued':
      return [button('claim', 'claim'), button('resolve', 'resolve'), ...transfers]
    case 'assigned':
    case 'snoozed':
      return [button('resolve', 'resolve'), button('release', 'release'), button('bot', 'to_bot'), ...transfers]
    case 'resolved':
      return [button('reopen', 'reopen')]
  }
}

function shorten(text: string): string {
  const flat = text.replace(/\s+/g, ' ').trim()
  const letters = [...flat]
  return letters.length > LINE_MAX ? `${letters.slice(0, LINE_MAX - 1).join('')}…` : flat
}
