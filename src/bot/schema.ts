// The form of config/bot.yaml. Built once, when this module loads. What a form cannot say is in check.ts.
import { z } from 'zod'
import { parseClosed, parseDays, parseRanges, type Range } from './calendar.ts'
import { buttons, duration, guard, name, text, words, wrong } from './schema-parts.ts'
import { handoffKeys, steps } from './schema-steps.ts'

export type { ButtonConfig, Guard, Words } from './schema-parts.ts'
export type { AskStep, CallStep, HandoffStep, Step, TagStep, WaitStep } from './schema-steps.ts'

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

const greeting = z.strictObject({
  when: guard.optional(),
  say: words,
  buttons: buttons.optional(),
  questions: z.int().min(1).max(5).optional().describe('So many of the questions asked most, as buttons behind these.'),
})
export type Greeting = z.output<typeof greeting>

const answerPart = z.union([
  z.strictObject({ text: words, buttons: buttons.optional() }),
  z.strictObject({
    location: z.strictObject({ lat: z.number().min(-90).max(90), lng: z.number().min(-180).max(180), title: words.optional() }),
  }),
])
/** One question with its answer; also of a file that bot.yaml names. */
export const faqEntry = z
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
export type FaqEntry = z.output<typeof faqEntry>

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

const rule = z
  .strictObject({
    when: guard.optional(),
    words: z.array(text).min(1).optional().describe('The customer says one of these.'),
    topics: z.array(name).min(1).optional().describe('The customer asks for one of these FAQ entries.'),
    ...handoffKeys.shape,
    say: words.optional().describe('What the bot says before a person is called.'),
  })
  .refine((one) => one.when !== undefined || one.words !== undefined || one.topics !== undefined, {
    params: { text: { zh: '至少写 when、words、topics 之一', en: 'needs one of when, words and topics' } },
  })
export type Rule = z.output<typeof rule>

const handoff = z.strictObject({
  anger: z.boolean().default(true).describe('A person is called for a customer who swears or complains.'),
  anger_words: z.array(text).default([]).describe('Words that count as anger, besides those that the bot knows.'),
  repeated: z.int().min(0).max(10).default(3).describe('A person is called when the same question is asked so often; 0: never.'),
  unsure: z
    .enum(['suggest', 'handoff'])
    .default('suggest')
    .describe('When the bot is not sure what was meant: ask "did you mean", or call a person.'),
  rules: z.array(rule).max(100).default([]).describe('The first that fits calls a person.'),
  closed: z
    .enum(['queue', 'bot'])
    .default('queue')
    .describe('Outside of defaults.hours: queue, to be answered later; or the bot goes on and people get it when they open.'),
  back: z
    .strictObject({
      queue: duration('1m', '1d').optional().describe('Nobody took it for so long: the bot goes on.'),
      silent: duration('1m', '1d').optional().describe('The agent left the customer without an answer for so long.'),
      silent_to: z.enum(['queue', 'bot']).default('queue').describe('Where it goes then: to another agent, or to the bot.'),
    })
    .prefault({}),
})

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
  faq: z.array(faqEntry).max(5000).default([]),
  faq_files: z
    .array(
      z.string().refine((path) => /^[^./\\][^/\\]*\.(csv|md)$/i.test(path), {
        params: {
          text: {
            zh: '文件名应像 faq.csv 或 faq.md，与 bot.yaml 放在一起',
            en: 'a file is named like faq.csv or faq.md, and lies beside bot.yaml',
          },
        },
      }),
    )
    .max(50)
    .default([])
    .describe('More FAQ entries, from spreadsheets saved as CSV and from Markdown files beside this one.'),
  flows: z.record(name, flow).default({}),
  questions: z
    .strictObject({
      order: z
        .enum(['asked', 'file'])
        .default('asked')
        .describe('asked: those that customers ask most come first; file: as they stand here, and nothing is counted.'),
    })
    .prefault({}),
  handoff: handoff.prefault({}),
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

export function isTimezone(zone: string): boolean {
  try {
    return Boolean(new Intl.DateTimeFormat('en', { timeZone: zone }))
  } catch (error) {
    // Intl throws RangeError for a zone that it does not know.
    if (error instanceof RangeError) return false
    throw error
  }
}
