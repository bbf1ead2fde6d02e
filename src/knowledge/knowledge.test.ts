import { describe, expect, test } from 'vitest'
import { createMatcher } from '#bot/faq.ts'
import { readArticles } from './articles.ts'
import type { Library, Macro } from './contract.ts'
import { expand, readMacros } from './macros.ts'
import { readLibrary } from './read.ts'

const FILE = `macros:
  - key: hi
    aliases: [你好]
    category: { zh: 问候, en: Greetings }
    text: { zh: '您好{{customer.name|}}，我是 {{agent.name}}。', en: 'Hello {{customer.name|there}}, this is {{agent.name}}.' }
  - key: refund
    text: 订单 {{order}} 的退款 {{days|3}} 天内到账。
  - { key: two, text: '{{a}} and {{ b }}' }
`
const taken = (word: string) => word === 'note'
const macros = readMacros(FILE, 'macros.yaml', taken).macros
const macro = (key: string) => macros.find((one) => one.key === key) as Macro
const told = (problems: { line: number; column: number; message: { en: string } }[]) =>
  problems.map(({ line, column, message }) => `${line}:${column} ${message.en}`)

describe('a canned reply', () => {
  test('is filled in with what is known, in the language of the customer', () => {
    const values = { 'agent.name': 'Anna', 'customer.name': undefined }
    expect(expand(macro('hi'), { values, locale: 'zh' })).toEqual({ text: '您好，我是 Anna。', locale: 'zh', missing: [] })
    expect(expand(macro('hi'), { values, locale: 'en' })).toMatchObject({ text: 'Hello there, this is Anna.' })
    expect(expand(macro('hi'), { values: { ...values, 'customer.name': 'Li' }, locale: 'en' }).text).toContain('Hello Li')
  })

  test('with a variable that nobody gave names it, and has a place where it stands', () => {
    expect(expand(macro('refund'), { values: {}, locale: 'zh' })).toEqual({
      text: '订单 {{order}} 的退款 3 天内到账。',
      locale: 'zh',
      missing: ['order'],
    })
    expect(expand(macro('two'), { values: { a: ' ' }, locale: 'en' }).missing).toEqual(['a', 'b'])
    const odd = { ...macro('two'), text: { zh: '{{constructor}} {{__proto__}}' } }
    expect(expand(odd, { values: {}, locale: 'zh' }).missing).toEqual(['constructor', '__proto__'])
  })

  test('takes words without a name for the only variable that is missing, and for none of two', () => {
    expect(expand(macro('refund'), { values: {}, words: 'A12', locale: 'zh' }).text).toBe('订单 A12 的退款 3 天内到账。')
    expect(expand(macro('two'), { values: {}, words: 'x', locale: 'zh' }).missing).toEqual(['a', 'b'])
  })

  test('never fills in what a value says: values hold no variables', () => {
    const values = { order: '{{agent.name}}', 'agent.name': 'Anna' }
    expect(expand(macro('refund'), { values, locale: 'zh' }).text).toContain('{{agent.name}}')
  })
})

describe('macros.yaml', () => {
  test('tells each mistake with its place', () => {
    const wrong = `macros:
  - { key: hi, text: x }
  - { key: HI, text: '{{customer.nmae}}' }
  - { key: "a b", text: x }
`
    expect(told(readMacros(wrong, 'macros.yaml', taken).problems)).toEqual([expect.stringMatching(/^4:\d+ /)])
    expect(told(readMacros(wrong.replace('"a b"', 'ab'), 'macros.yaml', taken).problems)).toEqual([
      '3:12 "HI" stands twice',
      expect.stringMatching(/^3:\d+ unknown variable \{\{customer\.nmae\}\}/),
    ])
  })

  test('warns of words that are commands', () => {
    const { warnings, problems } = readMacros('macros: [{ key: note, text: x }]', 'macros.yaml', taken)
    expect(problems).toEqual([])
    expect(told(warnings)).toEqual([expect.stringContaining('/macro note')])
  })

  test('may be absent, or empty', () => {
    expect(readMacros('{}', 'macros.yaml', taken)).toMatchObject({ macros: [], problems: [] })
  })
})

describe('an article', () => {
  test('is a Markdown file with a title; two languages of one name are one article', () => {
    const { articles, problems } = readArticles([
      {
        name: 'articles/returns.zh.md',
        text: '---\ntitle: 退货流程\ntags: [售后, 退货]\nask: 怎么退货 | 退货运费谁出\n---\n**七天**内可退。\n见 [说明](https://a.example/x)。\n',
      },
      { name: 'articles/returns.en.md', text: '# How to return\r\n\r\nWithin seven days.\r\n' },
    ])
    expect(problems).toEqual([])
    expect(articles).toEqual([
      {
        id: 'returns',
        title: { zh: '退货流程', en: 'How to return' },
        text: { zh: '七天内可退。\n见 说明 https://a.example/x。', en: 'Within seven days.' },
        ask: ['怎么退货', '退货运费谁出'],
        tags: ['售后', '退货'],
      },
    ])
  })

  test.each([
    ['no title', 'text only', 1],
    ['no text', '# Title', 1],
    ['an open head', '---\ntitle: x\ntext', 1],
    ['an unknown key', '---\ntitle: x\ncolour: red\n---\ntext', 3],
  ])('with %s is told with its line', (_, text, line) => {
    expect(readArticles([{ name: 'articles/a.md', text }]).problems).toEqual([expect.objectContaining({ file: 'articles/a.md', line })])
  })
})

describe('the library', () => {
  const files: Record<string, string> = {
    'macros.yaml': FILE,
    'articles/returns.zh.md': '# 退货流程\n\n七天内可以无理由退货，退货运费由我们承担。\n',
    'articles/warranty.en.md': '# Warranty\n\nTwo years from the day of purchase.\n',
  }
  const reading = readLibrary(
    { read: (name) => files[name], list: () => ['returns.zh.md', 'warranty.en.md', 'notes.txt'] },
    {
      faq: [
        {
          id: 'faq:shipping',
          title: { zh: '多久发货' },
          text: { zh: '24 小时内发货。', en: 'Within a day.' },
          ask: ['什么时候发货', 'how long is shipping'],
          tags: [],
        },
      ],
      taken,
      matching(entries) {
        const matcher = createMatcher(entries)
        return { rank: (words) => matcher.match(words).ranked }
      },
    },
  )
  const library = (reading as { library: Library }).library
  const ids = (words: string) => library.search(words, 'zh', 3).map(({ id }) => id)

  test('finds articles and FAQ entries in both languages, by words that only stand in the text, too', () => {
    expect(ids('退货运费')[0]).toBe('returns')
    expect(ids('何时发货')[0]).toBe('faq:shipping')
    expect(ids('day of purchase')[0]).toBe('warranty')
    expect(ids('WARRANTY')[0]).toBe('warranty')
    expect(ids('')).toEqual([])
  })

  test('says in which language what it found is written', () => {
    expect(library.article('faq:shipping', 'en')).toMatchObject({ text: 'Within a day.', locale: 'en' })
    expect(library.article('warranty', 'zh')).toMatchObject({ title: 'Warranty', locale: 'en' })
    expect(library.article('gone', 'zh')).toBeUndefined()
  })

  test('knows canned replies by each of their words, however they are typed', () => {
    expect(library.macro('你好')?.key).toBe('hi')
    expect(library.macro('ＨＩ')?.key).toBe('hi')
    expect(library.macro('nobody')).toBeUndefined()
  })

  test('keeps mistakes of both files to itself: nothing is taken up', () => {
    const broken = readLibrary({ read: () => 'macros: 1', list: () => [] }, { faq: [], taken, matching: () => ({ rank: () => [] }) })
    expect(broken).toMatchObject({ problems: [expect.objectContaining({ file: 'macros.yaml' })] })
  })
})
