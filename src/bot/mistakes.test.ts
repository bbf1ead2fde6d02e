// Mistakes that people make in bot.yaml, each made in the example of docs/examples/orders: every one is told with the line where it
// was made, and with words that help.
import { readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { formatProblem, type Problem } from '#core/document.ts'
import { readBot } from './check.ts'

const example = readFileSync(new URL('../../docs/examples/orders/bot.yaml', import.meta.url), 'utf8')
const known = { skills: ['aftersales'], webhooks: ['order_lookup'], channels: ['web', 'telegram'] }

function find(source: string): Problem[] {
  const reading = readBot(source, 'bot.yaml', known)
  return [...('problems' in reading ? reading.problems : []), ...reading.warnings]
}

/** The line in which two texts begin to differ. */
function firstDifference(before: string, after: string): number {
  const [a, b] = [before.split('\n'), after.split('\n')]
  return b.findIndex((line, n) => line !== a[n]) + 1
}

test('the example has no mistake', () => {
  expect(find(example)).toEqual([])
})

type Mistake = [what: string, from: string, to: string, told: string]

const errors: Mistake[] = [
  // What the parser of YAML says.
  ['a full-width colon', 'save: order', 'save： order', 'full-width colon'],
  ['a tab', '        save: order', '\tsave: order', 'tabs are not allowed'],
  ['a key without its blank', 'timeout: 5s', 'timeout:5s', 'lacks a colon, or text is not quoted'],
  [
    'a quote that is not closed',
    'answer: { zh: "付款后 24 小时内发货。"',
    'answer: { zh: "付款后 24 小时内发货。',
    'before it a quote or bracket is missing',
  ],
  ['a key twice', '        save: order', '        save: order\n        save: order', 'the same key is there twice'],
  // What the form says.
  ['another version', 'version: 1', 'version: 2', 'expected 1'],
  ['a key of the file', 'fallback:', 'falback:', 'unknown key "falback"; did you mean "fallback"?'],
  ['a key of a greeting', '    questions: 2', '    question: 2', 'unknown key "question"; did you mean "questions"?'],
  ['too many questions', 'questions: 2', 'questions: 20', 'must be at most 5'],
  ['a key of a condition', 'when: { page: /orders/* }', 'when: { pages: /orders/* }', 'unknown key "pages"; did you mean "page"?'],
  ['an unquoted comma in braces', '{ zh: "想查哪一单？", en', '{ zh: 想, 查哪一单？, en', 'quote the text'],
  ['text that begins with braces', 'note: "{{order_no}}"', 'note: {{order_no}}', 'quote the text'],
  ['a verb', '- call: order_lookup', '- cal: order_lookup', 'unknown key "cal"; did you mean "call"?'],
  ['a key of a step', '        save: order', '        saev: order', 'unknown key "saev"; did you mean "save"?'],
  ['a time that is none', 'timeout: 5s', 'timeout: 5', 'expected text, found a number'],
  ['a time too long to wait for', 'timeout: 5s', 'timeout: 5m', 'must be between 1s and 2m'],
  ['a name with a blank', 'ask: order_no', 'ask: order no', 'a name of Latin letters'],
  ['a pattern that is none', "match: '^[Ss][Oo]\\d{8}$'", "match: '^[Ss][Oo\\d{8}$'", 'not a regular expression'],
  ['a pattern that can hang', "match: '^[Ss][Oo]\\d{8}$'", "match: '^(\\w+)+$'", 'this regular expression can take very long'],
  ['a look-around', "match: '^[Ss][Oo]\\d{8}$'", "match: '^(?=SO)\\w+$'", 'look-around'],
  ['a priority', 'priority: high', 'priority: hihg', 'did you mean "high"?'],
  [
    'a rule without a condition',
    '{ topics: [refund], when: { tag: vip }, priority: high }',
    '{ priority: high }',
    'needs one of when, words and topics',
  ],
  ['a zone', 'timezone: Asia/Shanghai', 'timezone: Shanghai', 'expected one like Asia/Shanghai'],
  ['a range of times', '"09:00-18:00"', '"9-18"', 'a range of times is written "09:00-18:00"'],
  [
    'an entry without an answer',
    '    answer: { zh: "付款后 24 小时内发货。", en: "Orders ship within 24 hours." }\n',
    '',
    'needs an answer or an article',
  ],
  ['an empty text', '{ zh: "正在备货，今天发出。", en: "Being packed; it ships today." }', '{}', 'needs at least one language'],
  // What only the whole file shows.
  ['a calendar', 'hours: office }', 'hours: ofice }', 'no calendar named "ofice"; did you mean "office"?'],
  [
    'a flow behind goto',
    '          - goto: to_agent\n      - switch',
    '          - goto: to_agnet\n      - switch',
    'no flow named "to_agnet"; did you mean "to_agent"?',
  ],
  ['a flow behind a choice', 'value: "no", then: to_agent', 'value: "no", then: to_agents', 'did you mean "to_agent"?'],
  [
    'a flow behind retry',
    'then: to_agent }\n      - call',
    'then: agent }\n      - call',
    'no flow named "agent"; did you mean "to_agent"?',
  ],
  ['the flow of the fallback', 'fallback: { after: 2, then: to_agent }', 'fallback: { after: 2, then: agents }', 'no flow named "agents"'],
  [
    'a webhook',
    '- call: order_lookup',
    '- call: order_lokup',
    'no webhook in frontdesk.yaml named "order_lokup"; did you mean "order_lookup"?',
  ],
  ['a skill', 'skill: aftersales', 'skill: after-sale', 'no skill named "after-sale"; did you mean "aftersales"?'],
  ['a topic', 'topics: [refund]', 'topics: [refunds]', 'no FAQ entry named "refunds"; did you mean "refund"?'],
  ['a channel', 'when: { page: /orders/* }', 'when: { channel: wep }', 'no channel named "wep"; did you mean "web"?'],
  [
    'one phrase of two entries',
    'ask: [怎么退款, ',
    'ask: [多久发货, 怎么退款, ',
    '"多久发货" belongs to faq shipping already (line 17): one phrase has one answer',
  ],
  ['one phrase of an entry and a flow', 'words: [人工, ', 'words: [怎么退款, 人工, ', '"怎么退款" belongs to faq refund already (line 21)'],
  ['an id twice', '  - id: refund', '  - id: shipping', 'the id "shipping" is there twice'],
  [
    'a step that is never reached',
    '          - goto: to_agent\n      - switch',
    '          - goto: to_agent\n          - say: x\n      - switch',
    'this step is never reached: the one on line 38 always leaves',
  ],
  [
    'a greeting that is never used',
    '  - when: { page: /orders/* }\n    say',
    '  - say',
    'this greeting is never used: the one on line 8 has no when',
  ],
  [
    'a loop without a question',
    'steps: [{ handoff: { skill: aftersales, note: "{{order_no}}" } }]',
    'steps: [{ say: x }, { goto: to_agent }]',
    'this leads back to "to_agent" without a question',
  ],
  [
    'a question with the name of another',
    'ask: solved',
    'ask: order_no',
    'another step of this flow is "order_no" already (line 28): give one of them an id of its own',
  ],
  ['two choices with one value', 'value: "no", then: to_agent', 'value: "yes", then: to_agent', 'two choices have the value "yes"'],
  [
    'choices and a pattern',
    '        choices:',
    '        match: x\n        choices:',
    'with choices only those are taken, so match does nothing',
  ],
  ['a flow with a reserved name', '  order_status:', '  end:', 'a flow cannot be named "end"'],
  // What is only doubtful.
  [
    'a variable in a text',
    'with: { order_no: "{{order_no}}" }',
    'with: { order_no: "{{oder_no}}" }',
    'no variable named "oder_no"; did you mean "order_no"?',
  ],
  ['a variable of a switch', 'switch: order.status', 'switch: oder.status', 'no variable named "oder.status"'],
  ['a variable of a condition', 'vars: { order.level', 'vars: { oder.level', 'no variable named "oder.level"'],
  [
    'a flow that nothing leads to',
    '    trigger: { words: [查订单, 我的订单到哪了, 查物流, track my order, where is my order] }\n',
    '',
    'nothing leads to this flow',
  ],
]

/** Where the mistake is something that is missing, or makes another place wrong, the line is named. */
const elsewhere: Record<string, number> = {
  'a greeting that is never used': 10,
  'an entry without an answer': 15,
  'a flow that nothing leads to': 24,
}

describe('a mistake in the example is told with its line and a useful hint', () => {
  test.each(errors)('%s', (what, from, to, told) => {
    const source = example.replace(from, () => to)
    expect(source).not.toBe(example)
    const line = elsewhere[what] ?? firstDifference(example, source)
    const found = find(source).filter((problem) => problem.line === line)
    expect(found.map((problem) => formatProblem(problem, 'en')).join('\n')).toContain(told)
    // In Chinese, too, and not the same words.
    for (const problem of found) expect(formatProblem(problem, 'zh')).toMatch(/\p{Script=Han}/u)
  })

  test('there are forty of them and more', () => {
    expect(errors.length).toBeGreaterThanOrEqual(40)
  })
})
