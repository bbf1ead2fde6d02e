// What the bot can do in a turn: answer, begin and go on with flows, suggest, miss, call a person. When it does which is in talk.ts.

import { cut } from '#core/adapt.ts'
import type { Button } from '#core/message.ts'
import { inLocale, phrase } from '#core/phrases.ts'
import type { BotEffect, BotState, BotTurn, HandoffEffect, HandoffReason } from './contract.ts'
import type { Match } from './faq.ts'
import { askAt, type Outcome, startFlow, type Waiting } from './flow.ts'
import { offerPage } from './page.ts'
import { buttonOf, partsOf, personButton, type Reply, told, type World } from './reply.ts'
import { type Called, calledByTopic, isRepeated } from './rules.ts'
import type { BotFile, FaqEntry } from './schema.ts'

export interface Shop {
  file: BotFile
  faq: Map<string, FaqEntry>
  greeting(world: World): Reply
  /** Ids of every button that the file can make, for ids that a channel shortened. */
  buttonIds(): Set<string>
}

const mostTried = 10
const mostCollected = 20
/** What is kept of a question to learn from it. */
export const QUESTION_MAX = 200
/** A second and third suggestion must be at least this like the first. */
const alike = 0.4

/** One turn while it is being made. */
export interface Turn {
  shop: Shop
  world: World
  kept: BotState
  reply: Reply
  handoff?: HandoffEffect
}

export function finish(turn: Turn): BotTurn {
  const { kept, reply } = turn
  const effects: BotEffect[] = []
  const parts = partsOf(reply)
  if (parts.length > 0) effects.push({ type: 'say', parts })
  effects.push(...reply.effects)
  if (turn.handoff) effects.push(turn.handoff)
  const choices = reply.buttons.filter(({ url }) => url === undefined)
  const some = <T>(list: readonly T[] | undefined) => list !== undefined && list.length > 0
  const state: BotState = {
    ...(kept.misses && { misses: kept.misses }),
    ...(choices.length > 0 && { choices }),
    ...(kept.flow && { flow: kept.flow }),
    ...(kept.paused && { paused: kept.paused }),
    ...(some(kept.tried) && { tried: kept.tried?.slice(-mostTried) }),
    ...(some(kept.answered) && { answered: kept.answered?.slice(-mostTried) }),
    ...(kept.collected && { collected: kept.collected }),
    ...(kept.suggested && { suggested: true }),
    ...(kept.restarted && kept.flow && { restarted: true }),
    ...(kept.returned && { returned: true }),
    ...(kept.origin && { origin: kept.origin }),
    ...(kept.promised && { promised: kept.promised }),
    ...(kept.asking && { asking: kept.asking }),
    ...(kept.last && { last: kept.last }),
  }
  return { state, effects }
}

export function greet(turn: Turn): undefined {
  const greeting = turn.shop.greeting(turn.world)
  turn.reply.texts.push(...greeting.texts)
  turn.reply.buttons.push(...greeting.buttons)
}

export function runOf(turn: Turn, vars: Record<string, string>) {
  return { flows: turn.shop.file.flows, world: turn.world, reply: turn.reply, vars: { ...vars } }
}

/** Answers with an entry, or begins a flow. `said` is what was typed for it, `confidence` how sure that was; absent for a press. */
export function follow(turn: Turn, id: string, said?: string, confidence?: number): undefined {
  turn.kept.misses = 0
  if (said === undefined && turn.kept.suggested) turn.reply.effects.push({ type: 'chosen', entry: id })
  delete turn.kept.last
  turn.kept.suggested = false
  if (id.startsWith('flow:')) return settle(turn, startFlow(id.slice(5), runOf(turn, {})), 'asked')
  const entry = turn.shop.faq.get(id.slice(4))
  if (!entry?.answer && !entry?.page) return missed(turn, id)
  const { file } = turn.shop
  const answered = turn.kept.answered ?? []
  turn.kept.answered = [...answered, entry.id].slice(-mostTried)
  turn.reply.effects.push({ type: 'answered', entry: entry.id })
  if (isRepeated(entry.id, answered, file)) {
    delete turn.kept.answered
    turn.reply.texts.push(phrase('bot.repeated', turn.world.context.locale))
    return toPerson(turn, 'repeated')
  }
  answer(turn, entry)
  if (said !== undefined && confidence !== undefined) askThumb(turn, { entry: id, text: shorten(said, QUESTION_MAX), confidence })
  const called = calledByTopic(entry.id, said, file, turn.world)
  if (called) callPerson(turn, called)
}

function answer(turn: Turn, entry: FaqEntry): undefined {
  const { world, reply } = turn
  const { locale } = world.context
  const parts = Array.isArray(entry.answer) ? entry.answer : entry.answer ? [{ text: entry.answer }] : []
  for (const part of parts) {
    if ('location' in part) {
      const { title, ...place } = part.location
      reply.others.push({ type: 'location', ...place, ...(title && { title: told(title, world) }) })
    } else {
      reply.texts.push(told(part.text, world))
      for (const button of part.buttons ?? []) reply.buttons.push(buttonOf(button, world, locale, (words) => told(words, world)))
    }
  }
  offerPage(turn, entry)
  offerReturn(turn)
  tried(turn, titleOf(entry, turn))
}

/** Own phrases are right by themselves: nothing can be learnt of those. */
function askThumb(turn: Turn, last: NonNullable<BotState['last']>): void {
  const { context } = turn.world
  if (!turn.shop.file.feedback.thumbs || !context.canPress || last.confidence === 1) return
  turn.kept.last = last
  turn.reply.buttons.push(
    { id: 'thumb:up', label: phrase('bot.thumb_up', context.locale) },
    { id: 'thumb:down', label: phrase('bot.thumb_down', context.locale) },
  )
}

/** What the customer thinks of the last answer. Each is asked about once. */
export function rated(turn: Turn, up: boolean): undefined {
  const { locale } = turn.world.context
  const { last } = turn.kept
  delete turn.kept.last
  turn.reply.texts.push(phrase(up || !last ? 'bot.thumb_thanks' : 'bot.thumb_sorry', locale))
  if (last) turn.reply.effects.push({ type: 'rated', ...last, up })
  if (last && !up) turn.reply.buttons.push(personButton(locale))
}

/** The way back to a flow that was left for something else. */
function offerReturn(turn: Turn): undefined {
  const { paused } = turn.kept
  if (!paused || !askAt(turn.shop.file.flows, paused)) return
  const flow = labelOf(turn, `flow:${paused.id}`) ?? paused.id
  turn.reply.buttons.push({ id: 'resume', label: phrase('bot.resume', turn.world.context.locale, { flow }) })
}

/** What a run of a flow means for the conversation. `reason` is why a person would be asked for. */
export function settle(turn: Turn, outcome: Outcome, reason: HandoffReason): undefined {
  delete turn.kept.flow
  collect(turn, outcome.type === 'waits' ? outcome.flow.vars : outcome.vars)
  if (outcome.type === 'waits') turn.kept.flow = outcome.flow
  else if (outcome.type === 'handoff') handOver(turn, outcome.failed ? 'failed' : reason, outcome.handoff)
  else {
    if (partsOf(turn.reply).length === 0) turn.reply.texts.push(phrase('bot.flow_ended', turn.world.context.locale))
    offerReturn(turn)
  }
}

/** What the customer told in flows, for whoever takes over. What webhooks answered is theirs to look up. */
function collect(turn: Turn, vars: Record<string, string>): void {
  const told = Object.entries(vars).filter(([name, value]) => value !== '' && !name.includes('.'))
  if (told.length === 0) return
  const all = { ...turn.kept.collected, ...Object.fromEntries(told.map(([name, value]) => [name, cut(value, 200, 'utf16')])) }
  turn.kept.collected = Object.fromEntries(Object.entries(all).slice(-mostCollected))
}

/** The way to a person: through the flow that the file names for it, where it has one. */
export function toPerson(turn: Turn, reason: HandoffReason = 'asked'): undefined {
  const vars = turn.kept.flow?.vars ?? {}
  delete turn.kept.flow
  const { then } = turn.shop.file.fallback
  if (!Object.hasOwn(turn.shop.file.flows, then)) return handOver(turn, reason, {})
  settle(turn, startFlow(then, runOf(turn, vars)), reason)
}

/** A rule calls a person. */
export function callPerson(turn: Turn, { reason, rule }: Called): undefined {
  const { say, note, skill, priority } = rule
  const { world } = turn
  const vars = turn.kept.flow?.vars ?? {}
  if (say) turn.reply.texts.push(told(say, world, vars))
  else if (reason === 'anger') turn.reply.texts.push(phrase('bot.sorry', world.context.locale))
  delete turn.kept.flow
  const filled = note && told(note, world, vars)
  handOver(turn, reason, { ...(skill && { skill }), ...(priority && { priority }), ...(filled && { note: filled }) })
}

const missing: readonly HandoffReason[] = ['misses', 'unsure']

function handOver(turn: Turn, reason: HandoffReason, handoff: Omit<HandoffEffect, 'type' | 'reason'>): undefined {
  const questions = turn.kept.tried ?? []
  const asked = missing.includes(reason) && questions.length > 0 ? phrase('note.tried', turn.world.context.locale, { questions }) : ''
  const note = [handoff.note, asked].filter(Boolean).join('\n')
  const { collected } = turn.kept
  turn.handoff = { type: 'handoff', reason, ...handoff, ...(note && { note }), ...(collected && { collected }) }
  turn.kept.misses = 0
  turn.kept.suggested = false
  delete turn.kept.paused
}

export function suggest(turn: Turn, text: string, match: Match): undefined {
  if (turn.shop.file.handoff.unsure === 'handoff') {
    tried(turn, shorten(text))
    return toPerson(turn, 'unsure')
  }
  // Offered twice in a row without a press: the offers do not help.
  if (turn.kept.suggested && miss(turn, text)) return toPerson(turn, 'misses')
  const { locale } = turn.world.context
  const best = match.ranked[0]?.score ?? 0
  const buttons = match.ranked
    .filter(({ score }) => score >= best * alike)
    .flatMap(({ id }): Button[] => {
      const label = labelOf(turn, id)
      return label === undefined ? [] : [{ id, label }]
    })
    .slice(0, 3)
  turn.reply.texts.push(phrase('bot.suggest', locale))
  turn.reply.buttons.push(...buttons)
  turn.kept.suggested = true
}

export function missed(turn: Turn, text: string): undefined {
  turn.kept.suggested = false
  if (miss(turn, text)) return toPerson(turn, 'misses')
  const { locale } = turn.world.context
  const { say } = turn.shop.file.fallback
  turn.reply.texts.push(say ? told(say, turn.world) : phrase('bot.fallback', locale))
}

/** Counts one; true when it was one too many. */
function miss(turn: Turn, text: string): boolean {
  turn.kept.misses = (turn.kept.misses ?? 0) + 1
  tried(turn, shorten(text))
  return turn.kept.misses >= turn.shop.file.fallback.after
}

export function shorten(text: string, most = 80): string {
  return cut(text.replaceAll(/\s+/g, ' ').trim(), most, 'utf16')
}

export function tried(turn: Turn, what: string): undefined {
  turn.kept.tried = [...(turn.kept.tried ?? []).filter((one) => one !== what), what].slice(-mostTried)
}

export function labelOf(turn: Turn, id: string): string | undefined {
  if (id.startsWith('faq:')) {
    const entry = turn.shop.faq.get(id.slice(4))
    return entry && titleOf(entry, turn)
  }
  const flow = turn.shop.file.flows[id.slice(5)]
  return flow && (flow.title ? inLocale(flow.title, turn.world.context.locale) : flow.trigger?.words[0])
}

function titleOf(entry: FaqEntry, turn: Turn): string {
  return questionLabel(entry, turn.world.context.locale)
}

/** What the button of an entry says: its title, else the first way of asking in the reader's language. */
export function questionLabel(entry: FaqEntry, locale: 'zh' | 'en'): string {
  const title = entry.title ?? entry.page?.title
  if (title) return inLocale(title, locale)
  return entry.ask.find((ask) => /\p{Script=Han}/u.test(ask) === (locale === 'zh')) ?? entry.ask[0] ?? entry.id
}

/** Leaves a flow for something else. A question can be come back to. */
export function leave(turn: Turn): Turn {
  const { flow } = turn.kept
  if (flow && flow.pending === undefined) turn.kept.paused = flow
  delete turn.kept.flow
  return turn
}

export function isPending(flow: Waiting | undefined): flow is Waiting & { pending: string } {
  return flow?.pending !== undefined
}
