import { readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { parse } from 'yaml'
import { z } from 'zod'
import { formatProblem } from '#core/document.ts'
import { type KnownNames, readBot } from './check.ts'
import { botSchema } from './schema.ts'

const path = (name: string) => new URL(`../../${name}`, import.meta.url)
const sample = readFileSync(path('config/bot.yaml'), 'utf8')

function problems(source: string, known: KnownNames = {}): string[] {
  const reading = readBot(`version: 1\n${source}`, 'bot.yaml', known)
  return 'problems' in reading ? reading.problems.map((problem) => formatProblem(problem, 'en')) : []
}

function warnings(source: string, known: KnownNames = {}): string[] {
  return readBot(`version: 1\n${source}`, 'bot.yaml', known).warnings.map((warning) => formatProblem(warning, 'en'))
}

const flow = (steps: string) =>
  `flows: { a: { steps: [${steps}], trigger: { words: [aa] } }, b: { steps: [{ say: hi }], trigger: { words: [bb] } } }`

test('the sample file has neither problems nor warnings', () => {
  const reading = readBot(sample, 'config/bot.yaml', { skills: [] })
  expect(reading).toMatchObject({ warnings: [] })
  expect('problems' in reading).toBe(false)
})

test('the published JSON Schema is the one that this code checks with', () => {
  expect(JSON.parse(readFileSync(path('schema/bot.schema.json'), 'utf8'))).toEqual(JSON.parse(JSON.stringify(botSchema())))
})

test('the JSON Schema takes the sample file and refuses a mistyped key deep inside it', () => {
  const schema = z.fromJSONSchema(botSchema() as Parameters<typeof z.fromJSONSchema>[0])
  expect(schema.safeParse(parse(sample)).success).toBe(true)
  expect(schema.safeParse(parse(sample.replace('match:', 'mach:'))).success).toBe(false)
})

describe('a mistake is told with its place', () => {
  test.each([
    ['a goto', flow('{ goto: bb }'), 'bot.yaml:2:31 flows.a.steps.0.goto: no flow named "bb"; did you mean "b"?'],
    ['a key of a step', flow('{ say: hi, butons: [x] }'), 'bot.yaml:2:34 flows.a.steps.0: unknown key "butons"; did you mean "buttons"?'],
    ['a verb', flow('{ gotoo: b }'), 'bot.yaml:2:25 flows.a.steps.0: unknown key "gotoo"; did you mean "goto"?'],
    [
      'a priority',
      flow('{ handoff: { priority: hihg } }'),
      'bot.yaml:2:46 flows.a.steps.0.handoff.priority: expected one of "low"|"normal"|"high"|"urgent", found "hihg"; did you mean "high"?',
    ],
    [
      'a choice',
      flow('{ ask: x, say: y, choices: { ok: bb } }'),
      'bot.yaml:2:56 flows.a.steps.0.choices.ok: no flow named "bb"; did you mean "b"?',
    ],
    [
      'the fallback',
      'fallback: { then: agent }\nflows: { to_agent: { steps: [{ say: x }] } }',
      'bot.yaml:2:19 fallback.then: no flow named "agent"; did you mean "to_agent"?',
    ],
    [
      'hours',
      'defaults: { hours: ofice }\nhours: { office: { timezone: UTC, open: {} } }',
      'bot.yaml:2:20 defaults.hours: no calendar named "ofice"; did you mean "office"?',
    ],
    [
      'hours of a when',
      'greetings: [{ when: { hours: close }, say: x }]',
      'bot.yaml:2:30 greetings.0.when.hours: no calendar named "close"; did you mean "closed"?',
    ],
    [
      'a zone',
      'hours: { o: { timezone: Shanghai, open: {} } }',
      'bot.yaml:2:25 hours.o.timezone: unknown time zone; expected one like Asia/Shanghai',
    ],
    [
      'a time',
      'hours: { o: { timezone: UTC, open: { mon: 9-18 } } }',
      'bot.yaml:2:43 hours.o.open.mon: a range of times is written "09:00-18:00"',
    ],
    [
      'a day',
      'hours: { o: { timezone: UTC, open: { mo-fr: "09:00-18:00" } } }',
      'bot.yaml:2:38 hours.o.open.mo-fr: days are written mon, mon-fri or sat,sun',
    ],
    [
      'a date',
      'hours: { o: { timezone: UTC, open: {}, closed: ["2026-02-30"] } }',
      'bot.yaml:2:49 hours.o.closed.0: a date is written "2026-10-01" or "2026-10-01..2026-10-07"',
    ],
    [
      'an id twice',
      'faq: [{ id: a, ask: [x], answer: y }, { id: a, ask: [z], answer: y }]',
      'bot.yaml:2:45 faq.1.id: the id "a" is there twice',
    ],
    [
      'a phrase twice',
      'faq: [{ id: a, ask: [X?], answer: y }, { id: b, ask: [x], answer: y }]',
      'bot.yaml:2:55 faq.1.ask.0: "x" belongs to faq a already (line 2): one phrase has one answer',
    ],
    ['an entry without answer', 'faq: [{ id: a, ask: [x] }]', 'bot.yaml:2:7 faq.0: needs an answer or an article'],
    ['an empty text', 'faq: [{ id: a, ask: [x], answer: {} }]', 'bot.yaml:2:34 faq.0.answer: needs at least one language: zh or en'],
    [
      'a loop',
      'flows: { a: { steps: [{ say: x }, { goto: b }] }, b: { steps: [{ goto: a }] } }',
      'bot.yaml:2:43 flows.a.steps.1.goto: this leads back to "a" without a question (ask) on the way',
    ],
    [
      'an ask twice',
      flow('{ ask: x, say: y }, { ask: x, say: z }'),
      'bot.yaml:2:50 flows.a.steps.1.ask: another step of this flow is "x" already (line 2): give one of them an id of its own',
    ],
    [
      'a reserved name',
      'flows: { end: { steps: [{ say: x }] } }',
      'bot.yaml:2:10 flows.end: a flow cannot be named "end": the word has a meaning of its own',
    ],
    [
      'a pattern',
      flow('{ ask: x, say: y, match: "(a+)+$" }'),
      'bot.yaml:2:48 flows.a.steps.0.match: this regular expression can take very long',
    ],
    [
      'a button',
      'greetings: [{ say: x, buttons: [{ label: y, faq: z }] }]',
      'bot.yaml:2:50 greetings.0.buttons.0.faq: no FAQ entry named "z"',
    ],
    ['a version', 'defaults: { confidence: 3 }', 'bot.yaml:2:25 defaults.confidence: must be at most 0.99'],
  ])('%s', (_, source, expected) => {
    expect(problems(source)[0]?.split('\n')[0]).toBe(expected)
  })

  test('a skill that frontdesk.yaml has not', () => {
    const source = flow('{ handoff: { skill: aftersale } }')
    expect(problems(source, { skills: ['aftersales'] })[0]).toContain('skill: no skill named "aftersale"; did you mean "aftersales"?')
    expect(problems(source)).toEqual([])
  })

  test('a missing version', () => {
    const reading = readBot('faq: []', 'bot.yaml')
    expect('problems' in reading && reading.problems.map((problem) => formatProblem(problem, 'zh'))).toEqual([
      'bot.yaml:1:1 version: 缺少这一项（应为 1）',
    ])
  })
})

describe('what is only doubtful is a warning', () => {
  test.each([
    [
      'an article',
      'faq: [{ id: a, ask: [x], article: guide }]',
      'there is no article "guide" in the knowledge base; this entry is not used',
    ],
    ['a flow without an entrance', 'flows: { a: { steps: [{ say: x }] } }', 'flows.a: nothing leads to this flow'],
    [
      'a case that no choice brings',
      flow('{ ask: x, say: y, choices: [{ label: Late, value: late }] }, { switch: x, cases: { latte: [{ say: z }] } }'),
      'no choice of "x" has the value "latte"; did you mean "late"?',
    ],
    ['a variable', flow('{ ask: order_no, say: x }, { say: "{{oder_no}}" }'), 'no variable named "oder_no"; did you mean "order_no"?'],
    ['hours that never close', 'greetings: [{ when: { hours: closed }, say: x }]', 'never closed'],
  ])('%s', (_, source, expected) => {
    expect(problems(source)).toEqual([])
    expect(warnings(source).join('\n')).toContain(expected)
  })

  test('and none is given for what is known', () => {
    expect(warnings(flow('{ call: lookup, save: order }, { say: "{{order.state}}" }'), { webhooks: ['lookup'] })).toEqual([])
    expect(problems(flow('{ ask: x, say: y }, { goto: a }'))).toEqual([])
  })
})
