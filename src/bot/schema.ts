// The form of config/bot.yaml. Built once, when this module loads. What a form cannot say is in check.ts.
import { z } from 'zod'
import { duration, hours } from '#core/times.ts'
import type { Page } from './page.ts'
import { buttons, guard, name, text, words } from './schema-parts.ts'
import { handoffKeys, steps } from './schema-steps.ts'

export type { ButtonConfig, Guard, Words } from './schema-parts.ts'
export type { AskStep, CallStep, HandoffStep, Step, TagStep, WaitStep } from './schema-steps.ts'

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
    article: name.optional().describe('Answer with an article of the knowledge base; beside `answer`, behind a button.'),
  })
  .refine((entry) => entry.answer !== undefined || entry.article !== undefined, {
    params: { text: { zh: '需要 answer 或 article', en: 'needs an answer or an article' } },
  })
/** `page`: the article that it names, as the knowledge base holds it. */
export type FaqEntry = z.output<typeof faqEntry> & { page?: Page }

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
  feedback: z
    .strictObject({
      thumbs: z
        .boolean()
        .default(false)
        .describe('Asks under each answer whether it helped, where the channel has buttons; what customers say tunes the bot.'),
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
export type BotFile = Omit<z.output<typeof botFile>, 'faq'> & { faq: FaqEntry[] }

/** The JSON Schema that editors complete and check bot.yaml with; written to schema/bot.schema.json. */
export function botSchema(): Record<string, unknown> {
  const schema = z.toJSONSchema(botFile, { io: 'input', target: 'draft-7' })
  return { ...schema, title: 'bot.yaml', description: 'What the bot says and does. See docs/bot.md.' }
}
