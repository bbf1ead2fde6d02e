// The form of config/bot.yaml. Built once, when this module loads. What a form cannot say is in check.ts.
import { z } from 'zod'
import { parseClosed, parseDays, parseRanges, type Range } from './calendar.ts'
import { patternProblem } from './pattern.ts'

const name = z
  .string()
  // No \p{…}: the published schema is read by tools whose patterns know no Unicode classes.
  .regex(/^[A-Za-z0-9\u0080-\uffff][A-Za-z0-9_.\u0080-\uffff-]*$/)
  .max(40)
const text = z.string().min(1).max(4000)

/** A text for everybody, or one for each language. */
const words = z
  .union([text, z.strictObject({ zh: text.optional(), en: text.optional() })])
  .refine((value) => typeof value === 'string' || value.zh !== undefined || value.en !== undefined, {
    params: { text: { zh: '至少写一种语言：zh 或 en', en: 'needs at least one language: zh or en' } },
  })
export type Words = z.output<typeof words>

const link = z.url({ protocol: /^https?$/ })
const button = z
  .union([
    text,
    z.strictObject({ zh: text.optional(), en: text.optional() }),
    z.strictObject({ label: words, url: link.optional(), faq: name.optional(), flow: name.optional() }),
  ])
  .describe('The words of the button, which are what pressing it says; or label with url, faq or flow.')
export type ButtonConfig = z.output<typeof button>

const guard = z
  .strictObject({
    visitor: z.enum(['new', 'returning']).optional(),
    channel: z
      .union([name, z.array(name).min(1)])
      .optional()
      .describe('Type or id of a channel, or several.'),
    hours: name.optional().describe('open or closed (of defaults.hours), or the name of a calendar that must be open.'),
    locale: z.enum(['zh', 'en']).optional(),
    source: z
      .union([z.string(), z.array(z.string()).min(1)])
      .optional()
      .describe('What the link or QR code said where the customer came from.'),
  })
  .describe('All that is written here must hold.')
export type Guard = z.output<typeof guard>

const time = z.string().transform((value, context): Range[] => {
  const ranges = parseRanges(value)
  if (ranges) return ranges
  return wrong(context, { zh: '时间段应写成 "09:00-18:00"', en: 'a range of times is written "09:00-18:00"' })
})

const hours = z.strictObject({
  timezone: z.string().refine(isTimezone, {
    params: { text: { zh: '不认识的时区，应像 Asia/Shanghai', en: 'unknown time zone; expected one like Asia/Shanghai' } },
  }),
  open: z
    .record(
      z.string().refine((days) => parseDays(days) !== undefined, {
        params: { text: { zh: '星期应写成 mon、mon-fri 或 sat,sun', en: 'days are written mon, mon-fri or sat,sun' } },
      }),
      z.union([time, z.array(time).transform((lists) => lists.flat())]),
    )
    .describe('Days and their ranges of times: mon-fri: "09:00-12:00, 13:30-18:00".'),
  closed: z
    .array(
      z.string().refine((value) => parseClosed(value) !== undefined, {
        params: {
          text: {
            zh: '日期应写成 "2026-10-01" 或 "2026-10-01..2026-10-07"',
            en: 'a date is written "2026-10-01" or "2026-10-01..2026-10-07"',
          },
        },
      }),
    )
    .default([]),
})
export type Hours = z.output<typeof hours>

const greeting = z.strictObject({ when: guard.optional(), say: words, buttons: z.array(button).max(10).optional() })
export type Greeting = z.output<typeof greeting>

const answerPart = z.union([
  z.strictObject({ text: words, buttons: z.array(button).max(10).optional() }),
  z.strictObject({
    location: z.strictObject({ lat: z.number().min(-90).max(90), lng: z.number().min(-180).max(180), title: words.optional() }),
  }),
])
const faq = z
  .strictObject({
    id: name,
    title: words.optional().describe('What its button says; also one more way of asking.'),
    ask: z.array(text).min(1).describe('Ways of asking, in any language; five or more are good.'),
    answer: z.union([words, z.array(answerPart).min(1)]).optional(),
    article: name.optional().describe('Answer from the knowledge base.'),
  })
  .refine((entry) => entry.answer !== undefined || entry.article !== undefined, {
    params: { text: { zh: '需要 answer 或 article', en: 'needs an answer or an article' } },
  })
export type FaqEntry = z.output<typeof faq>

const id = name.optional().describe('Keeps its place in running conversations when steps around it change.')
const when = guard.optional()
// biome-ignore lint/suspicious/noThenProperty: `then` is a word of the file, and these objects are schemas that nobody awaits
const choice = z.strictObject({ label: words, value: text.optional(), then: name.optional().describe('A flow, next or end.') })
const duration = z.string().regex(/^\d{1,5}(ms|s|m)$/)
const variable = z.string().regex(/^[A-Za-z_][A-Za-z0-9_]*$/)
const filled = z.union([z.string(), z.number(), z.boolean()]).transform(String)

export type Step = SayStep | AskStep | CallStep | SwitchStep | HandoffStep | GotoStep | SetStep
export type SayStep = z.output<typeof sayStep>
export type AskStep = z.output<typeof askStep>
export type CallStep = z.output<typeof callKeys> & { failed?: Step[] }
export type SwitchStep = z.output<typeof switchKeys> & { cases: Record<string, Step[]>; default?: Step[] }
export type HandoffStep = z.output<typeof handoffStep>
export type GotoStep = z.output<typeof gotoStep>
export type SetStep = z.output<typeof setStep>

// The FIRST key of each is its verb.
const askStep = z.strictObject({
  ask: variable.describe('The name under which the reply is kept.'),
  say: words,
  match: z
    .string()
    .max(200)
    .transform((source, context) => {
      const problem = patternProblem(source)
      return problem ? wrong(context, problem.text, problem.hint) : source
    })
    .optional()
    .describe('A regular expression that the reply must match.'),
  choices: z
    .union([z.record(z.string().min(1), name), z.array(choice).min(1).max(10)])
    .optional()
    .describe('Labels with where they lead (a flow, next or end), or a list of { label, value, then }.'),
  retry: z
    // biome-ignore lint/suspicious/noThenProperty: `then` is a word of the file, and these objects are schemas that nobody awaits
    .strictObject({ max: z.number().int().min(0).max(10).default(2), say: words.optional(), then: name.optional() })
    .optional()
    .describe('How often a reply that does not fit is asked for again, with which words, and where to go then.'),
  when,
  id,
})
const callKeys = z.strictObject({
  call: name.describe('A webhook of frontdesk.yaml.'),
  with: z.record(variable, filled).optional(),
  save: variable.optional(),
  timeout: duration.optional(),
  when,
  id,
})
const switchKeys = z.strictObject({ switch: z.string().regex(/^[A-Za-z_][A-Za-z0-9_.]*$/), when, id })
const handoffStep = z.strictObject({
  handoff: z.strictObject({
    skill: name.optional(),
    priority: z.enum(['low', 'normal', 'high', 'urgent']).optional(),
    note: words.optional(),
  }),
  when,
  id,
})
const gotoStep = z.strictObject({ goto: name.describe('A flow, or end.'), when, id })
const setStep = z.strictObject({ set: z.record(variable, filled), when, id })
const sayStep = z.strictObject({ say: words, buttons: z.array(button).max(10).optional(), when, id })

const step: z.ZodType<Step> = z
  .lazy(() =>
    byVerb([
      askStep,
      z.strictObject({ ...callKeys.shape, failed: steps.optional() }),
      z.strictObject({ ...switchKeys.shape, cases: z.record(z.string(), steps), default: steps.optional() }),
      handoffStep,
      gotoStep,
      setStep,
      sayStep,
    ]),
  )
  .meta({ id: 'step' })
const steps = z.array(step).min(1).max(200)

const flow = z.strictObject({
  title: words.optional(),
  trigger: z
    .strictObject({
      words: z.array(text).min(1),
      min_confidence: z
        .number()
        .min(0)
        .max(1)
        .optional()
        .describe('Default 0.6: a flow asks things, so the bot should be surer than for an answer.'),
    })
    .optional(),
  steps,
})
export type Flow = z.output<typeof flow>

export const botFile = z.strictObject({
  version: z.literal(1),
  defaults: z
    .strictObject({
      locale: z.enum(['zh', 'en', 'zh-CN', 'zh-TW', 'zh-HK', 'en-US', 'en-GB']).default('zh'),
      hours: name.optional(),
      confidence: z.number().min(0.05).max(0.99).default(0.5),
    })
    .prefault({}),
  hours: z.record(name, hours).default({}),
  greetings: z.array(greeting).default([]),
  faq: z.array(faq).max(5000).default([]),
  flows: z.record(name, flow).default({}),
  fallback: z
    .strictObject({
      after: z.number().int().min(1).max(20).default(2),
      say: words.optional(),
      // biome-ignore lint/suspicious/noThenProperty: `then` is a word of the file, and these objects are schemas that nobody awaits
      then: name.default('handoff').describe('A flow, or handoff.'),
    })
    .prefault({}),
})
export type BotFile = z.output<typeof botFile>

/** The JSON Schema that editors complete and check bot.yaml with; written to schema/bot.schema.json. */
export function botSchema(): Record<string, unknown> {
  const schema = z.toJSONSchema(botFile, { io: 'input', target: 'draft-7' })
  return { ...schema, title: 'bot.yaml', description: 'What the bot says and does. See docs/bot.md.' }
}

/**
 * A union that looks at the verb first, so that only the errors of the step that was meant are found: a plain union would report
 * `{ ask, say, retry: wrong }` as a `say` with unknown keys.
 */
function byVerb<const O extends readonly [z.ZodObject, ...z.ZodObject[]]>(options: O): z.ZodUnion<O> {
  const union = z.union(options)
  const { parse } = union._zod
  const chosen: typeof parse = (payload, context) => {
    const given = payload.value
    const isVerb = (option: z.ZodObject) =>
      typeof given === 'object' && given !== null && Object.hasOwn(given, Object.keys(option.shape)[0] ?? '')
    return (options.find(isVerb) ?? { _zod: { run: parse } })._zod.run(payload, context)
  }
  union._zod.parse = chosen
  union._zod.run = chosen
  return union
}

function wrong(context: z.RefinementCtx, words: { zh: string; en: string }, hint?: { zh: string; en: string }): never {
  context.addIssue({ code: 'custom', params: { text: words, hint } })
  return z.NEVER
}

function isTimezone(zone: string): boolean {
  try {
    return Boolean(new Intl.DateTimeFormat('en', { timeZone: zone }))
  } catch (error) {
    // Intl throws RangeError for a zone that it does not know.
    if (error instanceof RangeError) return false
    throw error
  }
}
