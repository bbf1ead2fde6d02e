// What several keys of bot.yaml are made of: names, texts, buttons, conditions, durations.
import { z } from 'zod'

export { duration, wrong } from '#core/times.ts'

export const name = z
  .string()
  // No \p{…}: the published schema is read by tools whose patterns know no Unicode classes.
  .regex(
    /^[A-Za-z0-9\u0080-\uffff][A-Za-z0-9_.\u0080-\uffff-]*$/,
    'letters of any language, digits, -, _ and dots, no blanks / 任何文字的字母、数字、-、_ 和点，不含空格',
  )
  .max(40)
export const text = z.string().min(1).max(4000)

/** A text for everybody, or one for each language. */
export const words = z
  .union([text, z.strictObject({ zh: text.optional(), en: text.optional() })])
  .refine((value) => typeof value === 'string' || value.zh !== undefined || value.en !== undefined, {
    params: { text: { zh: '至少写一种语言：zh 或 en', en: 'needs at least one language: zh or en' } },
  })
export type Words = z.output<typeof words>

const link = z.url({ protocol: /^https?$/ })
export const button = z
  .union([
    text,
    z.strictObject({ zh: text.optional(), en: text.optional() }),
    z.strictObject({ label: words, url: link.optional(), faq: name.optional(), flow: name.optional() }),
  ])
  .describe('The words of the button, which are what pressing it says; or label with url, faq or flow.')
export type ButtonConfig = z.output<typeof button>
export const buttons = z.array(button).max(10)

/** The name of something that a flow keeps. */
export const variable = z
  .string()
  .regex(/^[A-Za-z_][A-Za-z0-9_]*$/, 'a name of Latin letters, digits and _, like order_no / 由英文字母、数字和 _ 组成的名字，如 order_no')
/** The same, or a part of what a webhook answered: `order.status`. */
export const dotted = z
  .string()
  .regex(/^[A-Za-z_][A-Za-z0-9_]*(\.[A-Za-z0-9_]+)*$/, 'a name like order_no or order.status / 形如 order_no 或 order.status 的名字')
export const filled = z.union([z.string(), z.number(), z.boolean()]).transform(String)

const oneOrMore = z.union([text, z.array(text).min(1)])

export const guard = z
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
    page: oneOrMore.optional().describe('The page the chat stands on: /prices, or /products/* for all below.'),
    campaign: oneOrMore.optional().describe('The utm_campaign of the address that brought the customer.'),
    tag: z
      .union([name, z.array(name).min(1)])
      .optional()
      .describe('A tag of the customer or the conversation, or one of several.'),
    vars: z
      .record(dotted, z.union([filled, z.array(filled).min(1)]))
      .optional()
      .describe('What the flow keeps: { order.status: shipped }, or one of several values.'),
  })
  .describe('All that is written here must hold.')
export type Guard = z.output<typeof guard>
