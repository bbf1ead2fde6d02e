// Makes a bot of a checked file. The bot is pure: same file, state, input and context give the same turn.
import { localeOf, phrase } from '#core/phrases.ts'
import { openingAt, openingText } from './calendar.ts'
import type { Bot, BotContext, BotInput, BotState, BotTurn } from './contract.ts'
import { createMatcher, type Matcher, type MatcherEntry } from './faq.ts'
import { innerSteps } from './flow.ts'
import { buttonOf, holds, newReply, partsOf, type Reply, told, type World } from './reply.ts'
import type { BotFile, ButtonConfig, FaqEntry, Flow, Step, Words } from './schema.ts'
import { finish, greet, type KeptState, onMessage, onPress, questionLabel, type Shop, type Turn } from './turn.ts'

export interface BotOptions {
  /** Another way of finding entries; by default the bot's own. Ids are `faq:<id>` and `flow:<id>`. */
  matcher?: (entries: MatcherEntry[], options: { answer: number }) => Matcher
}

export function createBot(file: BotFile, options: BotOptions = {}): Bot {
  // An entry that only names an article has nothing to say until the knowledge base holds it: it is not used.
  const faq = new Map(file.faq.filter((entry) => entry.answer !== undefined).map((entry) => [entry.id, entry]))
  const matcher = (options.matcher ?? createMatcher)(entriesOf(faq, file.flows), { answer: file.defaults.confidence })
  const office = file.defaults.hours === undefined ? undefined : file.hours[file.defaults.hours]
  const world = (context: BotContext, source?: string): World => ({
    context,
    matcher,
    calendars: file.hours,
    ...(office && { office }),
    ...(source !== undefined && { source }),
  })
  let ids: Set<string> | undefined
  const shop: Shop = {
    file,
    faq,
    greeting: (of) => greetingOf(file, of),
    buttonIds: () => {
      ids ??= buttonIds(file, faq, matcher)
      return ids
    },
  }
  return {
    greet: (context) => partsOf(greetingOf(file, world(context))),
    questions: (context, count) =>
      [...faq.values()].slice(0, count).map((entry) => ({ id: `faq:${entry.id}`, label: questionLabel(entry, context.locale) })),
    turn: (state, input, context) =>
      takeTurn({ shop, world: world(context, sourceOf(input)), kept: keptOf(state), reply: newReply() }, input),
    hours(now, locale = localeOf(file.defaults.locale) ?? 'zh') {
      if (!office) return { open: true }
      const { open, opensAt } = openingAt(office, now)
      return { open, ...(opensAt && { opensAt, text: openingText(opensAt, now, office.timezone, locale) }) }
    },
  }
}

function takeTurn(turn: Turn, input: BotInput): BotTurn {
  if (input.type === 'arrive') {
    delete turn.kept.flow
    greet(turn)
  } else if (input.type === 'press') onPress(turn, input.id, input.label)
  else onMessage(turn, input.parts)
  return finish(turn)
}

function sourceOf(input: BotInput): string | undefined {
  return input.type === 'arrive' ? input.source : undefined
}

function greetingOf(file: BotFile, world: World): Reply {
  const reply = newReply()
  const rule = file.greetings.find((greeting) => holds(greeting.when, world))
  reply.texts.push(rule ? told(rule.say, world) : phrase('bot.hello', world.context.locale))
  for (const button of rule?.buttons ?? []) reply.buttons.push(buttonOf(button, world, world.context.locale, (words) => told(words, world)))
  return reply
}

function entriesOf(faq: Map<string, FaqEntry>, flows: Record<string, Flow>): MatcherEntry[] {
  const texts = (words: Words | undefined) =>
    typeof words === 'string' ? [words] : Object.values(words ?? {}).filter((text) => text !== undefined)
  return [
    ...[...faq.values()].map(({ id, title, ask }) => ({ id: `faq:${id}`, titles: texts(title), ask })),
    ...Object.entries(flows).flatMap(([id, flow]) =>
      flow.trigger ? [{ id: `flow:${id}`, titles: texts(flow.title), ask: flow.trigger.words }] : [],
    ),
  ]
}

/** State comes from the store and may be of an older shape: what does not fit is left out, never an error. */
function keptOf(state: BotState): KeptState {
  const raw = typeof state === 'object' && state !== null ? (state as KeptState) : {}
  const flow = raw.flow
  const choices = Array.isArray(raw.choices)
    ? raw.choices.filter((one) => typeof one?.id === 'string' && typeof one.label === 'string')
    : []
  const isFlow = typeof flow?.id === 'string' && typeof flow.step === 'string'
  const vars = Object.entries(flow?.vars ?? {}).filter(([, value]) => typeof value === 'string')
  return {
    misses: Number.isInteger(raw.misses) ? raw.misses : 0,
    ...(choices.length > 0 && { choices }),
    ...(isFlow && {
      flow: { id: flow.id, step: flow.step, tries: Number.isInteger(flow.tries) ? flow.tries : 0, vars: Object.fromEntries(vars) },
    }),
    tried: Array.isArray(raw.tried) ? raw.tried.filter((one) => typeof one === 'string') : [],
    ...(raw.suggested === true && { suggested: true }),
    ...(raw.restarted === true && { restarted: true }),
  }
}

function buttonIds(file: BotFile, faq: Map<string, FaqEntry>, matcher: Matcher): Set<string> {
  const ids = new Set(['handoff', ...[...faq.keys()].map((id) => `faq:${id}`), ...Object.keys(file.flows).map((id) => `flow:${id}`)])
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
