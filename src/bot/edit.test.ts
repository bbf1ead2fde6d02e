import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { readBot } from './check.ts'
import { addEntry, addPhrases, type Edited } from './edit.ts'

const FILE = `# The shop's bot
version: 1
faq:
  # Where is it?
  - id: shipping   # asked most
    ask: [多久发货, "how long is shipping"] # both languages
    answer: 24 小时内发货。
  - id: returns
    ask:
      - 怎么退货   # the words of most
      - how to return

    answer: |
      签收后 7 天内可退。
      运费由我们承担。

# Flows come later
fallback: { after: 2 }
`
const sourceOf = (edited: Edited) => ('source' in edited ? edited.source : JSON.stringify(edited.problem))

/** The lines that are new, and whether all others are still there. */
function added(before: string, after: string): string[] {
  const old = before.split('\n')
  const lines = after.split('\n')
  const kept = old.filter((line) => !lines.includes(line))
  expect(kept.length).toBeLessThanOrEqual(1)
  return lines.filter((line) => !old.includes(line))
}

test('a phrase goes to the end of its list, in its style, and nothing else moves', () => {
  expect(added(FILE, sourceOf(addPhrases(FILE, 'shipping', ['几天能到', 'when will it "come"?'])))).toEqual([
    '    ask: [多久发货, "how long is shipping", "几天能到", "when will it \\"come\\"?"] # both languages',
  ])
  expect(added(FILE, sourceOf(addPhrases(FILE, 'returns', ['不想要了: 怎么办', '怎么退货'])))).toEqual(['      - "不想要了: 怎么办"'])
})

test('an entry goes to the end of the list, before what comes after it', () => {
  const after = sourceOf(addEntry(FILE, { id: 'invoice', title: '发票', ask: ['怎么开发票'], answer: '在订单页申请。\n次日开出。' }))
  expect(added(FILE, after)).toEqual([
    '  - id: invoice',
    '    title: "发票"',
    // `ask:` stands there already, in another entry.
    '      - "怎么开发票"',
    '    answer: "在订单页申请。\\n次日开出。"',
  ])
  expect(after.indexOf('id: invoice')).toBeLessThan(after.indexOf('# Flows come later'))
  const reading = readBot(after, 'bot.yaml')
  expect('value' in reading && reading.value.faq.map(({ id }) => id)).toEqual(['shipping', 'returns', 'invoice'])
})

test('a list in brackets, a file without a FAQ, and a file without a line break at its end', () => {
  const entry = { id: 'b', title: 'B', ask: ['bb'], answer: 'yes' }
  const inline = 'version: 1\nfaq: [{ id: a, ask: [aa], answer: no }, ]'
  for (const source of [inline, 'version: 1', 'version: 1\nfaq:\n- id: a\n  ask: [aa]\n  answer: no']) {
    const reading = readBot(sourceOf(addEntry(source, entry)), 'bot.yaml')
    expect('value' in reading && reading.value.faq.at(-1)?.id, source).toBe('b')
  }
})

test('in brackets over several lines, with comments, a phrase and an entry are read as such', () => {
  const source =
    'version: 1\nfaq: [\n  { id: a, ask: [\n    x, # said by most\n    y, # ] and by some\n  ], answer: z } # the only one\n]\n'
  const after = sourceOf(addEntry(sourceOf(addPhrases(source, 'a', ['new'])), { id: '2024', title: 'B', ask: ['bb'], answer: 'yes' }))
  const reading = readBot(after, 'bot.yaml')
  expect('value' in reading && reading.value.faq.map(({ id, ask }) => [id, ask])).toEqual([
    ['a', ['x', 'y', 'new']],
    ['2024', ['bb']],
  ])
  for (const comment of ['# said by most', '# ] and by some', '# the only one']) expect(after).toContain(comment)
})

test('comments behind the last phrase, or before the bracket, neither move nor swallow what is added', () => {
  const answer = '\n    answer: yes\n'
  const lists = ['\n      - aa # the last', ' [\n      aa, # one\n      bb # the last\n      # and no more\n    ]', ' [aa, bb, ]', ' []']
  const sources = lists.map((list) => `version: 1\nfaq:\n  - id: a\n    ask:${list}${answer}`)
  for (const source of sources) {
    const after = sourceOf(addPhrases(source, 'a', ['new: one', 'two']))
    const reading = readBot(after, 'bot.yaml')
    expect('value' in reading && reading.value.faq[0]?.ask.slice(-2), after).toEqual(['new: one', 'two'])
    for (const comment of source.match(/#.*/g) ?? []) expect(after.split('\n').some((line) => line.endsWith(comment))).toBe(true)
  }
})

test('what is not there is said, not guessed', () => {
  expect(addPhrases(FILE, 'gone', ['x'])).toMatchObject({ problem: { en: expect.stringContaining('"gone"') } })
  expect(addPhrases(FILE, 'shipping', ['多久发货'])).toEqual({ source: FILE })
})

test('every entry of the sample takes a phrase and stays what it was', () => {
  let source = readFileSync(new URL('../../config/bot.yaml', import.meta.url), 'utf8')
  const before = readBot(source, 'bot.yaml')
  if (!('value' in before)) throw new Error('the sample does not read')
  for (const { id } of before.value.faq) source = sourceOf(addPhrases(source, id, [`一个新的问法 ${id}`]))
  const after = readBot(source, 'bot.yaml')
  expect('value' in after && after.value.faq.map(({ id, ask, ...rest }) => ({ id, ask: ask.slice(0, -1), ...rest }))).toEqual(
    before.value.faq,
  )
})
