// Makes a bot of a checked file. The bot is pure: same file, state, input and context give the same turn.
import type { Button } from '#core/message.ts'
import { localeOf, phrase } from '#core/phrases.ts'
import { knowledgeOf } from './assist.ts'
import type { Bot, BotContext, BotInput, BotState, BotTurn, Standing, WayBack } from './contract.ts'
import { createMatcher, type Matcher, type MatcherEntry } from './faq.ts'
import { innerSteps } from './flow.ts'
import { buttonOf, holds, newReply, partsOf, type Reply, told, type World } from './reply.ts'
import type { BotFile, ButtonConfig, FaqEntry, Flow, Step, Words } from './schema.ts'
import { onCame, onMessage, onPress } from './talk.ts'
import { finish, greet, questionLabel, type Shop, type Turn } from './turn.ts'

export interface BotOptions {
  /** Another way of finding entries; by default the bot's own. Ids are `faq:<id>` and `flow:<id>`. */
  matcher?: (entries: MatcherEntry[], options: { answer: number }) => Matcher
}

export function createBot(file: BotFile, options: BotOptions = {}): Bot {
  // An entry that only names an article has nothing to say until the knowledge base holds it: it is not used.
  const faq = new Map(file.faq.filter((entry) => entry.answer !== undefined || entry.page !== undefined).map((entry) => [entry.id, entry]))
  const matcher = (options.matcher ?? createMatcher)(entriesOf(faq, file.flows), { answer: file.defaults.confidence })
  const { hours: officeName } = file.defaults
  const world = (context: BotContext): World => {
    const calendars = { ...context.calendars, ...file.hours }
    const office = officeName === undefined ? undefined : calendars[officeName]
    return {
      context,
      tags: new Set([...(context.customer.tags ?? []), ...(context.tags ?? [])]),
      matcher,
      calendars,
      ...(office && { office }),
    }
  }
  const questions = (context: BotContext, count: number) => mostAsked(faq, file, context).slice(0, count)
  let ids: Set<string> | undefined
  const shop: Shop = {
    file,
    faq,
    greeting: (of) => greetingOf(file, of, questions),
    buttonIds: () => {
      ids ??= buttonIds(file, faq, matcher)
      return ids
    },
  }
  return {
    greet: (context) => partsOf(greetingOf(file, world(context), questions)),
    questions,
    turn: (state, input, context) => takeTurn({ shop, world: world(context), kept: keptOf(state), reply: newReply() }, input, state),
    knowledge: (locale = localeOf(file.defaults.locale) ?? 'zh') => knowledgeOf(faq, file, locale),
    back: backOf(file),
    counts: file.questions.order === 'asked',
    calendars: file.hours,
    ...(officeName !== undefined && { office: officeName }),
  }
}

function takeTurn(turn: Turn, input: BotInput, before: BotState): BotTurn {
  switch (input.type) {
    case 'arrive':
      delete turn.kept.flow
      greet(turn)
      break
    case 'press':
      onPress(turn, input.id, input.label)
      break
    case 'message':
      onMessage(turn, input.parts)
      break
    default:
      if (!onCame(turn, input)) return { state: before, effects: [] }
  }
  return finish(turn)
}

type Questions = (context: BotContext, count: number) => Button[]

function greetingOf(file: BotFile, world: World, questions: Questions): Reply {
  const { context } = world
  const reply = newReply()
  const rule = file.greetings.find((greeting) => holds(greeting.when, world))
  reply.texts.push(rule ? told(rule.say, world) : phrase('bot.hello', context.locale))
  for (const button of rule?.buttons ?? []) reply.buttons.push(buttonOf(button, world, context.locale, (words) => told(words, world)))
  const most = rule?.questions ?? 0
  const asked = most > 0 ? questions(context, most + reply.buttons.length) : []
  reply.buttons.push(...asked.filter(({ id }) => !reply.buttons.some((button) => button.id === id)).slice(0, most))
  return reply
}

/** As customers ask them lately; until then, and where the admin wants it so, as they stand in the file. */
function mostAsked(faq: Map<string, FaqEntry>, file: BotFile, { asked, locale }: BotContext): Button[] {
  const entries = [...faq.values()]
  const count = ({ id }: FaqEntry) => asked?.get(id) ?? 0
  if (asked && asked.size > 0 && file.questions.order === 'asked') entries.sort((a, b) => count(b) - count(a))
  return entries.map((entry) => ({ id: `faq:${entry.id}`, label: questionLabel(entry, locale) }))
}

function backOf({ handoff: { closed, back } }: BotFile): WayBack {
  return {
    closed,
    silentTo: back.silent_to,
    ...(back.queue !== undefined && { queueMs: back.queue }),
    ...(back.silent !== undefined && { silentMs: back.silent }),
  }
}

function entriesOf(faq: Map<string, FaqEntry>, flows: Record<string, Flow>): MatcherEntry[] {
  const texts = (words: Words | undefined) =>
    typeof words === 'string' ? [words] : Object.values(words ?? {}).filter((text) => text !== undefined)
  return [
    ...[...faq.values()].map(({ id, title, ask, page }) => ({ id: `faq:${id}`, titles: texts(title ?? page?.title), ask })),
    ...Object.entries(flows).flatMap(([id, flow]) =>
      flow.trigger ? [{ id: `flow:${id}`, titles: texts(flow.title), ask: flow.trigger.words }] : [],
    ),
  ]
}

/** State comes from the store and may be of an older shape: what does not fit is left out, never an error. */
function keptOf(state: BotState): BotState {
  const raw: BotState = typeof state === 'object' && state !== null ? state : {}
  const choices = Array.isArray(raw.choices)
    ? raw.choices.filter((one) => typeof one?.id === 'string' && typeof one.label === 'string')
    : []
  const flow = standingOf(raw.flow)
  const paused = standingOf(raw.paused)
  const collected = textsOf(raw.collected)
  return {
    misses: Number.isInteger(raw.misses) ? raw.misses : 0,
    ...(choices.length > 0 && { choices }),
    ...(flow && { flow }),
    ...(paused && { paused }),
    ...(collected && { collected }),
    tried: listOf(raw.tried),
    answered: listOf(raw.answered),
    ...(raw.suggested === true && { suggested: true }),
    ...(raw.restarted === true && { restarted: true }),
    ...(raw.returned === true && { returned: true }),
    ...(raw.origin && { origin: raw.origin }),
    ...(raw.promised && { promised: raw.promised }),
    ...(typeof raw.last?.entry === 'string' &&
      typeof raw.last.text === 'string' &&
      typeof raw.last.confidence === 'number' && { last: raw.last }),
    ...(typeof raw.asking?.key === 'string' && typeof raw.asking.text === 'string' && { asking: raw.asking }),
  }
}

function standingOf(raw: Standing | undefined): Standing | undefined {
  if (typeof raw?.id !== 'string' || typeof raw.step !== 'string') return undefined
  return {
    id: raw.id,
    step: raw.step,
    tries: Number.isInteger(raw.tries) ? raw.tries : 0,
    vars: textsOf(raw.vars) ?? {},
    ...(typeof raw.pending === 'string' && { pending: raw.pending }),
    ...(raw.calling === true && { calling: true }),
  }
}

function textsOf(raw: Record<string, string> | undefined): Record<string, string> | undefined {
  const texts = Object.entries(raw ?? {}).filter(([, value]) => typeof value === 'string')
  return texts.length > 0 ? Object.fromEntries(texts) : undefined
}

function listOf(raw: string[] | undefined): string[] {
  return Array.isArray(raw) ? raw.filter((one) => typeof one === 'string') : []
}

function buttonIds(file: BotFile, faq: Map<string, FaqEntry>, matcher: Matcher): Set<string> {
  const ids = new Set([
    'handoff',
    'resume',
    'thumb:up',
    'thumb:down',
    ...[...faq.keys()].map((id) => `faq:${id}`),
    ...[...faq.values()].flatMap(({ id, page }) => (page ? [`article:${id}`] : [])),
    ...Object.keys(file.flows).map((id) => `flow:${id}`),
  ])
  const configs: ButtonConfig[] = [
    ...file.greetings.flatMap((greeting) => greeting.buttons ?? []),
    ...file.faq.flatMap(({ answer }) =>
      Array.isArray(answer) ? answer.flatMap((part) => ('buttons' in part ? (part.buttons ?? []) : [])) : [],
    ),
    ...Object.values(file.flows).flatMap((flow) =>
      allSteps(flow.steps).flatMap((step) => ('say' in step && 'buttons' in step ? (step.buttons ?? []) : [])),
    ),
  ]
  for (const config of configs) {
    for (const locale of ['zh', 'en'] as const) {
      ids.add(
        buttonOf(config, { matcher }, locale, (words) =>
          typeof words === 'string' ? words : (words[locale] ?? words.zh ?? words.en ?? ''),
        ).id,
      )
    }
  }
  return ids
}

function allSteps(steps: readonly Step[]): Step[] {
  return steps.flatMap((step) => [step, ...innerSteps(step).flatMap(allSteps)])
}
