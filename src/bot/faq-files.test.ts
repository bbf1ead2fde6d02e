import { describe, expect, test } from 'vitest'
import { formatProblem } from '#core/document.ts'
import { readBot } from './check.ts'
import { readFaq } from './faq-files.ts'

const entries = (name: string, source: string) => readFaq(name, source).map((read) => ('entry' in read ? read.entry : read.wrong.en))

describe('CSV', () => {
  test('may be headed in Chinese', () => {
    expect(entries('a.csv', '编号,问法,答案\nx,怎么退,七天内')).toEqual([{ id: 'x', ask: ['怎么退'], answer: '七天内' }])
  })

  test('has a line of headings; ways of asking stand in one cell', () => {
    const source =
      '\uFEFFid,ask,answer_zh,answer_en,title\r\nship,多久发货|how long is shipping,24 小时,A day,发货\r\n,怎么退货,"七天内,""无理由""\n寄回",,\r\n,,,,\r\n'
    expect(entries('faq.csv', source)).toEqual([
      { id: 'ship', title: '发货', ask: ['多久发货', 'how long is shipping'], answer: { zh: '24 小时', en: 'A day' } },
      { id: '怎么退货', ask: ['怎么退货'], answer: { zh: '七天内,"无理由"\n寄回' } },
    ])
  })

  test('may use semicolons or tabs, as spreadsheets of other languages write it', () => {
    expect(entries('a.csv', 'ask;answer\nq;a, b')).toEqual([{ id: 'q', ask: ['q'], answer: 'a, b' }])
    expect(entries('a.csv', 'ask\tanswer\nq\ta')).toEqual([{ id: 'q', ask: ['q'], answer: 'a' }])
  })

  test('tells a line that is not whole, by its number in the file', () => {
    expect(readFaq('a.csv', 'ask,answer\n"a\nb",c\nd,\n')).toMatchObject([{ line: 2 }, { line: 4, wrong: { en: 'answer is missing' } }])
    expect(entries('a.csv', 'query,reply\na,b')[0]).toContain('the first line names the columns')
    expect(readFaq('a.csv', 'ask,answer\na,b\n\uFFFD\uFFFD,c')).toMatchObject([
      { line: 3, wrong: { en: expect.stringContaining('not UTF-8') } },
    ])
  })
})

test('Markdown: a heading is a question, the list below it other ways of asking, the rest the answer', () => {
  const source = `# Shop
Words before the first question.

## How long is shipping? {#ship}
- when do you ship
* 多久发货

Orders ship **within a day**.

\`\`\`
## no question
\`\`\`

### Payment
- WeChat Pay
- Cards

## Empty
`
  expect(entries('faq.md', source)).toEqual([
    {
      id: 'ship',
      title: 'How long is shipping?',
      ask: ['How long is shipping?', 'when do you ship', '多久发货'],
      answer: 'Orders ship **within a day**.\n\n```\n## no question\n```',
    },
    { id: 'payment', title: 'Payment', ask: ['Payment'], answer: '- WeChat Pay\n- Cards' },
  ])
})

describe('bot.yaml with faq_files', () => {
  const files: Record<string, string> = { 'a.csv': 'id,ask,answer\nship,多久发货,24 小时\n', 'b.md': '## 怎么退货 {#back}\n七天内\n' }
  const read = (source: string, more: Record<string, string> = {}) =>
    readBot(`version: 1\n${source}`, 'bot.yaml', {}, (name) => ({ ...files, ...more })[name])
  const told = (source: string, more: Record<string, string> = {}) => {
    const reading = read(source, more)
    return 'problems' in reading ? reading.problems.map((problem) => formatProblem(problem, 'en')) : []
  }

  test('has their entries behind its own, and flows may name them', () => {
    const reading = read(
      'faq_files: [a.csv, b.md]\nfaq: [{ id: own, ask: [自己的], answer: x }]\ngreetings: [{ say: hi, buttons: [{ label: B, faq: back }] }]',
    )
    expect('value' in reading && reading.value.faq.map(({ id }) => id)).toEqual(['own', 'ship', 'back'])
  })

  test('tells mistakes with the file and line where they are', () => {
    expect(told('faq_files: [gone.csv]')).toEqual(['bot.yaml:2:13 faq_files.0: there is no file "gone.csv" beside bot.yaml'])
    expect(told('faq_files: [../x.csv]')[0]).toContain('bot.yaml:2:13 faq_files.0')
    expect(told('faq_files: [faq.xlsx]')[0]).toContain('a file is named like faq.csv or faq.md')
    expect(told('faq_files: [a.csv, c.csv]', { 'c.csv': 'ask,answer\n,nothing\n' })).toEqual(['c.csv:2:1: ask is missing'])
    expect(told('faq_files: [a.csv]\nfaq: [{ id: ship, ask: [x], answer: y }]')).toEqual(['a.csv:2:1: the id "ship" is there twice'])
    expect(told('faq_files: [a.csv]\nfaq: [{ id: own, ask: [多久发货], answer: y }]')).toEqual([
      'a.csv:2:1: "多久发货" belongs to faq own already (bot.yaml:3): one phrase has one answer',
    ])
  })
})
