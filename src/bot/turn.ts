// One turn of the bot: what the customer said or pressed, in the order in which it can mean something.
import { cut, shortId } from '#core/adapt.ts'
import type { Button, Part } from '#core/message.ts'
import { inLocale, phrase } from '#core/phrases.ts'
import type { BotEffect, BotState, BotTurn, HandoffReason } from './contract.ts'
import type { Match } from './faq.ts'
import { type Accepted, askAt, choiceOf, freeReply, isFree, type Outcome, resumeFlow, retryAsk, startFlow, type Waiting } from './flow.ts'
import { smallTalkOf, wantsOut, wantsPerson } from './intents.ts'
import { buttonOf, partsOf, personButton, type Reply, told, type World } from './reply.ts'
import type { AskStep, BotFile, FaqEntry } from './schema.ts'

/** `suggested`: the last turn only offered questions. `restarted`: the flow was begun again because its step was gone. */
export interface KeptState extends BotState {
  suggested?: boolean
  restarted?: boolean
}

export interface Shop {
  file: BotFile
  faq: Map<string, FaqEntry>
  greeting(world: World): Reply
  /** Ids of every button that the file can make, for ids that a channel shortened. */
  buttonIds(): Set<string>
}

const maxTried = 10
/** A second and third suggestion must be at least this like the first. */
const alike = 0.4

/** One turn while it is being made. */
export interface Turn {
  shop: Shop
  world: World
  kept: KeptState
  reply: Reply
  handoff?: Extract<BotEffect, { type: 'handoff' }>
}

export function finish(turn: Turn): BotTurn {
  const { kept, reply } = turn
  const effects: BotEffect[] = []
  const parts = partsOf(reply)
  if (parts.length > 0) effects.push({ type: 'say', parts })
  if (turn.handoff) effects.push(turn.handoff)
  const choices = reply.buttons.filter(({ url }) => url === undefined)
  const state: KeptState = {
    ...(kept.misses && { misses: kept.misses }),
    ...(choices.length > 0 && { choices }),
    ...(kept.flow && { flow: kept.flow }),
    ...(kept.tried && kept.tried.length > 0 && { tried: kept.tried.slice(-maxTried) }),
    ...(kept.suggested && { suggested: true }),
    ...(kept.restarted && kept.flow && { restarted: true }),
  }
  return { state, effects }
}

export function greet(turn: Turn): undefined {
  const greeting = turn.shop.greeting(turn.world)
  turn.reply.texts.push(...greeting.texts)
  turn.reply.buttons.push(...greeting.buttons)
}

export function onMessage(turn: Turn, parts: readonly Part[]): undefined {
  const text = parts
    .flatMap((part) =>
      part.type === 'text' || part.type === 'buttons' ? [part.text] : part.type === 'media' && part.caption ? [part.caption] : [],
    )
    .join('\n')
    .trim()
  const kind = parts.find((part) => part.type !== 'text')?.type
  if (!text && kind && !(turn.kept.flow && takesFile(turn))) return askForWords(turn, kind)
  onText(turn, text || `[${kind ?? ''}]`)
}

/** A question that takes any reply takes a picture too: 'please send a photo of the damage'. */
function takesFile(turn: Turn): boolean {
  const step = turn.kept.flow && askAt(turn.shop.file.flows, turn.kept.flow)
  return step !== undefined && isFree(step)
}

function askForWords(turn: Turn, kind: Part['type']): undefined {
  const { locale } = turn.world.context
  turn.reply.texts.push(phrase(kind === 'media' || kind === 'location' ? 'bot.words_please' : 'bot.words_please_only', locale))
  turn.reply.buttons.push(personButton(locale))
}

export function onText(turn: Turn, text: string): undefined {
  const offered = turn.kept.flow ? undefined : offeredChoice(turn, text)
  if (offered) return onPress(turn, offered.id, offered.label)
  const match = turn.world.matcher.match(text)
  if (turn.kept.flow) return inFlow(turn, turn.kept.flow, { text }, match)
  if (match.confidence === 1) return follow(turn, match.ranked[0]?.id ?? '')
  if (sayPleasantry(turn, text)) return
  if (wantsPerson(text)) return toPerson(turn)
  if (isSure(turn, match)) return follow(turn, match.ranked[0]?.id ?? '')
  if (match.zone !== 'unknown') return suggest(turn, text, match)
  missed(turn, text)
}

/** `2` or a label, on channels where buttons are a numbered list. Before anything is offered, the greeting's buttons count. */
function offeredChoice(turn: Turn, text: string): Button | undefined {
  const { kept, world } = turn
  const choices = kept.choices ?? (world.context.greeted ? turn.shop.greeting(world).buttons : [])
  const plain = text
    .normalize('NFKC')
    .trim()
    .replace(/[.。、)]$/, '')
  const byNumber = /^\d{1,2}$/.test(plain) ? choices[Number(plain) - 1] : undefined
  return byNumber ?? choices.find(({ label }) => label.toLowerCase() === text.trim().toLowerCase())
}

function sayPleasantry(turn: Turn, text: string): boolean {
  const { locale, greeted } = turn.world.context
  const talk = smallTalkOf(text)
  if (!talk) return false
  if (talk === 'thanks') turn.reply.texts.push(phrase('bot.welcome', locale))
  else if (talk === 'bye') turn.reply.texts.push(phrase('bot.bye', locale))
  else if (greeted) {
    turn.reply.texts.push(phrase('bot.hello', locale))
    turn.reply.buttons.push(...turn.shop.greeting(turn.world).buttons)
  } else greet(turn)
  turn.kept.suggested = false
  return true
}

/** Sure enough to act; a flow asks something of the customer and so needs more. */
function isSure(turn: Turn, match: Match): boolean {
  const id = match.ranked[0]?.id ?? ''
  if (match.zone !== 'answer') return false
  if (!id.startsWith('flow:')) return true
  return match.confidence >= (turn.shop.file.flows[id.slice(5)]?.trigger?.min_confidence ?? 0.6)
}

export function onPress(turn: Turn, pressed: string, label?: string): undefined {
  const id = pressed.startsWith('#') ? longId(turn, pressed) : pressed
  const waiting = turn.kept.flow
  const step = waiting && askAt(turn.shop.file.flows, waiting)
  if (waiting && step && choiceOf(step, { press: pressed })) return inFlow(turn, waiting, { press: pressed })
  if (id?.startsWith('say:')) return onText(leftFlow(turn), id.slice(4))
  if (id === 'handoff') return toPerson(turn)
  if (id?.startsWith('faq:') && turn.shop.faq.has(id.slice(4))) return follow(leftFlow(turn), id)
  if (id?.startsWith('flow:') && Object.hasOwn(turn.shop.file.flows, id.slice(5))) return follow(leftFlow(turn), id)
  // Made by somebody else's menu (WeChat, a bot's keyboard): its words are what was meant.
  const foreign = label && !/^(?:#|choice:|faq:|flow:)/.test(pressed)
  if (foreign) return onText(turn, label)
  const { locale } = turn.world.context
  turn.reply.texts.push(phrase('button.expired', locale))
  if (step && waiting) again(turn, step, waiting)
}

function longId(turn: Turn, short: string): string | undefined {
  const known = [...(turn.kept.choices ?? []).map(({ id }) => id), ...turn.shop.buttonIds()]
  return known.find((id) => shortId(id) === short)
}

function leftFlow(turn: Turn): Turn {
  delete turn.kept.flow
  return turn
}

/** Shows the question of the flow again without counting a try: an old button is no reply. */
function again(turn: Turn, step: AskStep, waiting: Waiting): undefined {
  const outcome = retryAsk({ ...step, retry: { max: waiting.tries + 1, say: step.say } }, waiting, 'handoff', '', runOf(turn, waiting.vars))
  if (outcome.type === 'waits') turn.kept.flow = { ...outcome.flow, tries: waiting.tries }
}

function runOf(turn: Turn, vars: Record<string, string>) {
  return { flows: turn.shop.file.flows, world: turn.world, reply: turn.reply, vars: { ...vars } }
}

function inFlow(turn: Turn, waiting: Waiting, said: { text: string } | { press: string }, match?: Match): undefined {
  const { file } = turn.shop
  const step = askAt(file.flows, waiting)
  if (!step) return stepGone(turn, waiting)
  const run = runOf(turn, waiting.vars)
  const resume = (accepted: Accepted): undefined => {
    delete turn.kept.restarted
    settle(turn, resumeFlow(waiting, accepted, run), 'flow')
  }
  const choice = choiceOf(step, said)
  if (choice) return resume(choice)
  if (!('text' in said) || !match) return
  const { text } = said
  const top = match.ranked[0]?.id ?? ''
  const exact = match.confidence === 1
  if (wantsPerson(text) || (exact && top === `flow:${file.fallback.then}`)) return toPerson(turn)
  if (wantsOut(text)) return cancelled(turn)
  const free = isFree(step)
  const reply = free && exact ? undefined : freeReply(step, text)
  if (reply) return resume(reply)
  if (exact || (isSure(turn, match) && top !== `flow:${waiting.id}`)) {
    turn.reply.texts.push(phrase('bot.flow_left', turn.world.context.locale))
    return follow(leftFlow(turn), top)
  }
  const sorry = phrase(step.choices ? 'bot.choose' : 'bot.retry', turn.world.context.locale)
  settle(turn, retryAsk(step, waiting, file.fallback.then, sorry, run), 'flow')
}

/** The file was edited under a running conversation: the flow begins again once, then a person takes over. */
function stepGone(turn: Turn, waiting: Waiting): undefined {
  if (turn.kept.restarted || !Object.hasOwn(turn.shop.file.flows, waiting.id)) return toPerson(turn, 'flow')
  turn.kept.restarted = true
  settle(turn, startFlow(waiting.id, runOf(turn, waiting.vars)), 'flow')
}

function cancelled(turn: Turn): undefined {
  leftFlow(turn).reply.texts.push(phrase('bot.flow_cancelled', turn.world.context.locale))
}

/** Answers with an entry, or begins a flow. */
function follow(turn: Turn, id: string): undefined {
  turn.kept.misses = 0
  turn.kept.suggested = false
  if (id.startsWith('flow:')) return settle(turn, startFlow(id.slice(5), runOf(turn, {})), 'asked')
  const entry = turn.shop.faq.get(id.slice(4))
  if (!entry?.answer) return missed(turn, id)
  const { world, reply } = turn
  const parts = typeof entry.answer === 'object' && Array.isArray(entry.answer) ? entry.answer : [{ text: entry.answer }]
  for (const part of parts) {
    if ('location' in part) {
      const { title, ...place } = part.location
      reply.others.push({ type: 'location', ...place, ...(title && { title: told(title, world) }) })
    } else {
      reply.texts.push(told(part.text, world))
      const { locale } = world.context
      for (const button of part.buttons ?? []) reply.buttons.push(buttonOf(button, world, locale, (words) => told(words, world)))
    }
  }
  tried(turn, titleOf(entry, turn))
}

/** What a run of a flow means for the conversation. `reason` is why a person would be asked for. */
function settle(turn: Turn, outcome: Outcome, reason: HandoffReason): undefined {
  delete turn.kept.flow
  if (outcome.type === 'waits') turn.kept.flow = outcome.flow
  else if (outcome.type === 'handoff') handOver(turn, reason, outcome.handoff)
  else if (partsOf(turn.reply).length === 0) turn.reply.texts.push(phrase('bot.flow_ended', turn.world.context.locale))
}

/** The way to a person: through the flow that the file names for it, where it has one. */
function toPerson(turn: Turn, reason: HandoffReason = 'asked'): undefined {
  const vars = turn.kept.flow?.vars ?? {}
  delete turn.kept.flow
  const { then } = turn.shop.file.fallback
  if (!Object.hasOwn(turn.shop.file.flows, then)) return handOver(turn, reason, {})
  settle(turn, startFlow(then, runOf(turn, vars)), reason)
}

function handOver(turn: Turn, reason: HandoffReason, handoff: Omit<NonNullable<Turn['handoff']>, 'type' | 'reason'>): undefined {
  const questions = turn.kept.tried ?? []
  const asked = reason === 'misses' && questions.length > 0 ? phrase('note.tried', turn.world.context.locale, { questions }) : ''
  const note = [handoff.note, asked].filter(Boolean).join('\n')
  turn.handoff = { type: 'handoff', reason, ...handoff, ...(note && { note }) }
  turn.kept.misses = 0
  turn.kept.suggested = false
}

function suggest(turn: Turn, text: string, match: Match): undefined {
  // Offered twice in a row without a press: the offers do not help.
  if (turn.kept.suggested && miss(turn, text)) return toPerson(turn, 'misses')
  const { locale } = turn.world.context
  const best = match.ranked[0]?.score ?? 0
  const buttons = match.ranked
    .filter(({ score }) => score >= best * alike)
    .flatMap(({ id }) => {
      const label = labelOf(turn, id)
      return label === undefined ? [] : [{ id, label }]
    })
    .slice(0, 3)
  turn.reply.texts.push(phrase('bot.suggest', locale))
  turn.reply.buttons.push(...buttons)
  turn.kept.suggested = true
}

function missed(turn: Turn, text: string): undefined {
  turn.kept.suggested = false
  if (miss(turn, text)) return toPerson(turn, 'misses')
  const { locale } = turn.world.context
  const { say } = turn.shop.file.fallback
  turn.reply.texts.push(say ? told(say, turn.world) : phrase('bot.fallback', locale))
}

/** Counts one; true when it was one too many. */
function miss(turn: Turn, text: string): boolean {
  turn.kept.misses = (turn.kept.misses ?? 0) + 1
  tried(turn, cut(text.replaceAll(/\s+/g, ' '), 80, 'utf16'))
  return turn.kept.misses >= turn.shop.file.fallback.after
}

function tried(turn: Turn, what: string): undefined {
  turn.kept.tried = [...(turn.kept.tried ?? []).filter((one) => one !== what), what].slice(-maxTried)
}

function labelOf(turn: Turn, id: string): string | undefined {
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
  if (entry.title) return inLocale(entry.title, locale)
  return entry.ask.find((ask) => /\p{Script=Han}/u.test(ask) === (locale === 'zh')) ?? entry.ask[0] ?? entry.id
}
