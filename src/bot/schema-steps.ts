// The steps of a flow. Each is told by its verb, which is its FIRST key.
import { z } from 'zod'
import { patternProblem } from './pattern.ts'
import { buttons, dotted, duration, filled, guard, name, text, variable, words, wrong } from './schema-parts.ts'

const id = name.optional().describe('Keeps its place in running conversations when steps around it change.')
const when = guard.optional()
// biome-ignore lint/suspicious/noThenProperty: `then` is a word of the file, and these objects are schemas that nobody awaits
const fullChoice = z.strictObject({ label: words, value: text.optional(), then: name.optional().describe('A flow, next or end.') })
/** A text alone is a label. */
const choice = z.union([text.transform((label): z.output<typeof fullChoice> => ({ label })), fullChoice])

export type Step = SayStep | AskStep | CallStep | SwitchStep | HandoffStep | GotoStep | SetStep | TagStep | WaitStep | RateStep
export type SayStep = z.output<typeof sayStep>
export type AskStep = z.output<typeof askStep>
export type CallStep = z.output<typeof callKeys> & { failed?: Step[] }
export type SwitchStep = z.output<typeof switchKeys> & { cases: Record<string, Step[]>; default?: Step[] }
export type HandoffStep = z.output<typeof handoffStep>
export type GotoStep = z.output<typeof gotoStep>
export type SetStep = z.output<typeof setStep>
export type TagStep = z.output<typeof tagStep>
export type WaitStep = z.output<typeof waitStep>
export type RateStep = z.output<typeof rateStep>

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
    .describe('Labels with where they lead (a flow, next or end), or a list of labels and { label, value, then }.'),
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
  with: z.record(variable, filled).optional().describe('What is sent: names with texts, {{variables}} filled in.'),
  save: z
    .union([variable, z.record(variable, dotted)])
    .optional()
    .describe('The name under which all of the answer is kept (order.status …), or names with the paths to keep.'),
  timeout: duration('1s', '2m').optional().describe('How long the customer waits for the answer. Default 10s.'),
  when,
  id,
})
const switchKeys = z.strictObject({ switch: dotted, when, id })
/** How a person is called. */
export const handoffKeys = z.strictObject({
  skill: name.optional(),
  priority: z.enum(['low', 'normal', 'high', 'urgent']).optional(),
  note: words.optional(),
})
const handoffStep = z.strictObject({ handoff: handoffKeys, when, id })
const gotoStep = z.strictObject({ goto: name.describe('A flow, or end.'), when, id })
const setStep = z.strictObject({ set: z.record(variable, filled), when, id })
const sayStep = z.strictObject({ say: words, buttons: buttons.optional(), when, id })

const tags = z.union([name, z.array(name).min(1).max(10)])
const tagStep = z.strictObject({
  tag: z
    .union([
      name,
      z.array(name).min(1).max(10),
      z.strictObject({ conversation: tags.optional(), customer: tags.optional(), remove: tags.optional() }),
    ])
    .describe('Tags for the conversation; or { conversation, customer, remove }.'),
  when,
  id,
})
const waitStep = z.strictObject({
  wait: duration('1s', '7d').describe('Goes on after that time: 30s, 10m, 2h, 1d.'),
  when,
  id,
})
const rateStep = z.strictObject({
  rate: words.describe('The words that ask how it was; the answers are one to five.'),
  when,
  id,
})

const step: z.ZodType<Step> = z
  .lazy(() =>
    byVerb([
      askStep,
      z.strictObject({ ...callKeys.shape, failed: steps.optional() }),
      z.strictObject({ ...switchKeys.shape, cases: z.record(z.string(), steps), default: steps.optional() }),
      handoffStep,
      gotoStep,
      setStep,
      tagStep,
      waitStep,
      rateStep,
      sayStep,
    ]),
  )
  .meta({ id: 'step' })
export const steps = z.array(step).min(1).max(200)

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
