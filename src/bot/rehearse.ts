// Conversations as data: what a customer says, and what the bot must answer. Played against the bot alone, so that an admin can try
// an edited bot.yaml before it serves anybody.
import { z } from 'zod'
import { type Path, type Problem, problemAt, type Reading, readDocument, type SourceDocument } from '#core/document.ts'
import { type Button, plainText, type Text } from '#core/message.ts'
import { detectLocale } from '#core/phrases.ts'
import type { Bot, BotContext, BotInput, BotState, CallEffect, HandoffEffect } from './contract.ts'
import { phraseKey } from './normalize.ts'
import { duration, name, text } from './schema-parts.ts'

const answer = z.union([z.literal('fails'), z.record(z.string(), z.unknown()), z.array(z.unknown())])
const line = z.union([
  z.strictObject({ customer: z.string() }).describe('Types this.'),
  z.strictObject({ bot: z.union([text, z.array(text).min(1)]) }).describe('Says something that holds this, or all of these.'),
  z.strictObject({ press: text }).describe('Presses the button with these words.'),
  z.strictObject({ wait: duration('1s', '30d') }).describe('So much time passes.'),
  z.strictObject({ webhooks: z.record(name, answer) }).describe('What webhooks answer from here on.'),
  z.strictObject({
    expect: z.strictObject({
      handoff: z.union([z.boolean(), name]).optional().describe('true, false, or the skill that is asked for.'),
      reason: z.string().optional(),
      priority: z.string().optional(),
      buttons: z.array(text).optional().describe('Buttons with these words are offered.'),
      tags: z.array(name).optional(),
      collected: z.record(z.string(), z.string()).optional(),
    }),
  }),
])
const conversation = z.strictObject({
  name: z.string().min(1),
  at: z.string().optional().describe('When it takes place: 2026-03-02T10:00:00+08:00.'),
  locale: z.enum(['zh', 'en']).default('zh'),
  visitor: z.enum(['new', 'returning']).default('new'),
  channel: z.string().default('web'),
  source: z.string().optional(),
  page: z.string().optional(),
  campaign: z.string().optional(),
  customer: z.strictObject({ name: z.string().optional(), tags: z.array(name).default([]) }).prefault({}),
  webhooks: z.record(name, answer).default({}).describe('What they answer, or fails.'),
  talk: z.array(line).min(1),
})
const testFile = z.strictObject({ version: z.literal(1), tests: z.array(conversation).min(1) })
export type TestFile = z.output<typeof testFile>
type Conversation = z.output<typeof conversation>

export interface Rehearsed {
  name: string
  /** What was not as the file says, at its line. */
  problem?: Problem
  /** Everything that was said. */
  lines: string[]
}

export function readTests(source: string, file: string): Reading<TestFile> {
  return readDocument(source, file, testFile)
}

/** Plays each conversation; the first line that does not hold ends it. `brand` as in frontdesk.yaml. */
export function rehearse(bot: Bot, file: TestFile, document: SourceDocument, brand: string): Rehearsed[] {
  return file.tests.map((test, index) => play(bot, test, document, ['tests', index], brand))
}

interface Stage {
  bot: Bot
  test: Conversation
  context: BotContext
  state: BotState
  webhooks: Conversation['webhooks']
  /** What the bot said since the customer's last words. */
  heard: string[]
  buttons: Button[]
  handoff?: HandoffEffect
  tags: Set<string>
  waits: { key: string; at: number }[]
  turns: number
  lines: string[]
}

function play(bot: Bot, test: Conversation, document: SourceDocument, path: Path, brand: string): Rehearsed {
  const stage = begin(bot, test, brand)
  for (const [at, one] of test.talk.entries()) {
    const wrong = step(stage, one)
    if (wrong) return { name: test.name, lines: stage.lines, problem: problemAt(document, [...path, 'talk', at], wrong) }
  }
  return { name: test.name, lines: stage.lines }
}

function begin(bot: Bot, test: Conversation, brand: string): Stage {
  const { source, page, campaign } = test
  const context: BotContext = {
    now: new Date(test.at ?? '2026-03-02T10:00:00+08:00'),
    locale: test.locale,
    channel: { id: test.channel, type: test.channel },
    visitor: test.visitor,
    customer: test.customer,
    origin: { source, page, campaign },
    brand: { name: brand },
    greeted: true,
  }
  const stage: Stage = {
    bot,
    test,
    context,
    state: {},
    webhooks: test.webhooks,
    heard: [],
    buttons: [],
    tags: new Set(test.customer.tags),
    waits: [],
    turns: 0,
    lines: [],
  }
  const greeting = bot.greet(context)
  stage.heard.push(plainText(greeting))
  stage.buttons = greeting.flatMap((part) => (part.type === 'buttons' ? part.buttons : []))
  stage.lines.push(`bot: ${plainText(greeting)}`)
  return stage
}

/** What is wrong with this line; undefined when it holds. */
function step(stage: Stage, one: Conversation['talk'][number]): Text | undefined {
  if ('customer' in one) return say(stage, one.customer)
  if ('press' in one) return press(stage, one.press)
  if ('bot' in one) return hear(stage, [one.bot].flat())
  if ('webhooks' in one) stage.webhooks = { ...stage.webhooks, ...one.webhooks }
  else if ('wait' in one) return pass(stage, one.wait)
  else return check(stage, one.expect)
  return undefined
}

function say(stage: Stage, words: string): Text | undefined {
  stage.lines.push(`customer: ${words}`)
  stage.context.locale = detectLocale(words, stage.context.locale, { known: stage.turns > 0 })
  return talk(stage, { type: 'message', parts: words ? [{ type: 'text', text: words }] : [] })
}

function press(stage: Stage, words: string): Text | undefined {
  const button = stage.buttons.find(({ label }) => phraseKey(label) === phraseKey(words))
  if (!button) {
    const list = stage.buttons.map(({ label }) => label)
    return {
      zh: `没有按钮 "${words}"；现有：${list.join('、') || '无'}`,
      en: `there is no button "${words}"; offered: ${list.join(', ') || 'none'}`,
    }
  }
  stage.lines.push(`customer: [${button.label}]`)
  return talk(stage, { type: 'press', id: button.id, label: button.label })
}

function talk(stage: Stage, input: BotInput): Text | undefined {
  if (stage.handoff) return { zh: '已经转人工，机器人不再回答', en: 'a person has the conversation: the bot answers no more' }
  stage.heard = []
  return turn(stage, input)
}

/** One turn, and what webhooks answer to it. */
function turn(stage: Stage, input: BotInput): Text | undefined {
  const { context } = stage
  const { state, effects } = stage.bot.turn(stage.state, input, {
    ...context,
    turn: `t${stage.turns++}`,
    customer: { ...context.customer, tags: [...stage.tags] },
  })
  stage.state = state
  let wrong: Text | undefined
  for (const effect of effects) {
    if (effect.type === 'say') {
      const words = plainText(effect.parts)
      stage.heard.push(words)
      stage.lines.push(`bot: ${words.replaceAll('\n', ' ')}`)
      stage.buttons = effect.parts.flatMap((part) => (part.type === 'buttons' ? part.buttons : []))
    } else if (effect.type === 'handoff') {
      stage.handoff = effect
      stage.lines.push(`→ ${effect.reason}${effect.skill ? ` (${effect.skill})` : ''}`)
    } else if (effect.type === 'tag') {
      for (const tag of [...effect.conversation, ...effect.customer]) stage.tags.add(tag)
      for (const tag of effect.remove) stage.tags.delete(tag)
    } else if (effect.type === 'rate') {
      stage.heard.push(effect.text)
      stage.lines.push(`bot: ${effect.text}`)
    } else if (effect.type === 'wait') stage.waits.push({ key: effect.key, at: context.now.getTime() + effect.ms })
    else if (effect.type === 'call') wrong ??= call(stage, effect)
  }
  return wrong
}

function call(stage: Stage, { key, webhook }: CallEffect): Text | undefined {
  const answers = Object.hasOwn(stage.webhooks, webhook) ? stage.webhooks[webhook] : undefined
  if (answers === undefined) {
    return {
      zh: `流程会调用 ${webhook}：请在 webhooks 里写它的应答，或写 fails`,
      en: `the flow calls ${webhook}: say under webhooks what it answers, or fails`,
    }
  }
  stage.lines.push(`→ ${webhook}`)
  return turn(stage, { type: 'called', key, answer: answers === 'fails' ? { ok: false, why: 'fails' } : { ok: true, data: answers } })
}

function pass(stage: Stage, ms: number): Text | undefined {
  stage.context.now = new Date(stage.context.now.getTime() + ms)
  stage.heard = []
  for (;;) {
    const due = stage.waits.findIndex(({ at }) => at <= stage.context.now.getTime())
    const [one] = due < 0 ? [] : stage.waits.splice(due, 1)
    if (!one) return undefined
    const wrong = turn(stage, { type: 'due', key: one.key })
    if (wrong) return wrong
  }
}

function hear(stage: Stage, wanted: string[]): Text | undefined {
  const at = stage.heard.findIndex((words) => wanted.every((one) => words.includes(one)))
  if (at >= 0) {
    stage.heard.splice(0, at + 1)
    return undefined
  }
  const said = stage.heard.join(' / ') || '—'
  const words = wanted.map((one) => `"${one}"`).join(' + ')
  return { zh: `机器人没有说 ${words}，而是：${said}`, en: `the bot did not say ${words}, but: ${said}` }
}

function check(stage: Stage, wanted: Extract<Conversation['talk'][number], { expect: unknown }>['expect']): Text | undefined {
  const { handoff } = stage
  const found: [what: string, wanted: unknown, is: unknown][] = []
  if (typeof wanted.handoff === 'boolean') found.push(['handoff', wanted.handoff, handoff !== undefined])
  if (typeof wanted.handoff === 'string') found.push(['handoff', wanted.handoff, handoff?.skill])
  if (wanted.reason !== undefined) found.push(['reason', wanted.reason, handoff?.reason])
  if (wanted.priority !== undefined) found.push(['priority', wanted.priority, handoff?.priority])
  for (const label of wanted.buttons ?? []) {
    found.push([
      'buttons',
      label,
      stage.buttons.some((one) => one.label === label) ? label : stage.buttons.map((one) => one.label).join(', '),
    ])
  }
  for (const tag of wanted.tags ?? []) found.push(['tags', tag, stage.tags.has(tag) ? tag : [...stage.tags].join(', ')])
  for (const [key, value] of Object.entries(wanted.collected ?? {})) found.push([key, value, stage.state.collected?.[key]])
  const wrong = found.find(([, expected, is]) => expected !== is)
  if (!wrong) return undefined
  const [what, expected, is] = wrong
  return { zh: `${what} 应为 ${expected}，实际是 ${is ?? '无'}`, en: `${what}: expected ${expected}, found ${is ?? 'none'}` }
}
