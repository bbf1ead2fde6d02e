// biome-ignore-all lint/suspicious/noTemplateCurlyInString: ${NAME} is the syntax of variables in the files under test
import { describe, expect, test } from 'vitest'
import { z } from 'zod'
import { formatProblem, problemAt, type ReadOptions, readDocument } from './document.ts'
import { noting } from './document-words.ts'
import { duration } from './times.ts'

const words = z.union([z.string(), z.strictObject({ zh: z.string(), en: z.string() })])
type Step = { say: unknown } | { call: string; save?: string; failed?: Step[] } | { ask: string; say: unknown }
const step: z.ZodType<Step> = z.lazy(() =>
  z.union([
    z.strictObject({ ask: z.string(), say: words }),
    z.strictObject({ say: words, buttons: z.array(z.string()).optional() }),
    z.strictObject({ call: z.string(), save: z.string().optional(), failed: z.array(step).optional() }),
  ]),
)
const channel = z.discriminatedUnion('type', [
  z.strictObject({ type: z.literal('telegram'), token: z.string() }),
  z.strictObject({ type: z.literal('web'), title: words.optional() }),
])
const schema = z.strictObject({
  version: z.literal(1).optional(),
  priority: z.enum(['low', 'normal', 'high', 'urgent']).optional(),
  port: z.coerce.number().int().min(1).optional(),
  answer: words.optional(),
  channels: z.array(channel).optional(),
  flows: z.record(z.string(), z.strictObject({ steps: z.array(step).min(1) })).optional(),
})

function problems(source: string, options: ReadOptions = {}, locale: 'zh' | 'en' = 'en'): string[] {
  const reading = readDocument(source, 'bot.yaml', schema, options)
  return 'problems' in reading ? reading.problems.map((problem) => formatProblem(problem, locale)) : []
}

describe('a file that is right', () => {
  test('gives its value', () => {
    const reading = readDocument('version: 1\nport: 80\n', 'bot.yaml', schema)
    expect(reading).toMatchObject({ value: { version: 1, port: 80 }, warnings: [] })
  })

  test('gives places, also for what only the caller can check', () => {
    const reading = readDocument('channels:\n  - type: web\n    title: hi\n', 'bot.yaml', schema)
    if (!('value' in reading)) throw new Error('not read')
    expect(reading.document.at(['channels', 0, 'title'])).toEqual({ line: 3, column: 12 })
    expect(reading.document.at(['channels', 0, 'title'], 'key')).toEqual({ line: 3, column: 5 })
    expect(reading.document.at(['channels', 0, 'absent', 'deeper'])).toEqual({ line: 2, column: 5 })
    const problem = problemAt(reading.document, ['channels', 0, 'type'], { zh: '不行', en: 'no' })
    expect(formatProblem(problem, 'zh')).toBe('bot.yaml:2:11 channels.0.type: 不行')
  })
})

describe('a mistake is told at its place', () => {
  test.each([
    ['an unknown key, at the key', 'prioritty: low', 'bot.yaml:1:1: unknown key "prioritty"; did you mean "priority"?'],
    [
      'a near miss of a word',
      'priority: hihg',
      'bot.yaml:1:11 priority: expected one of "low"|"normal"|"high"|"urgent", found "hihg"; did you mean "high"?',
    ],
    [
      'a key of the right verb only',
      'flows:\n  a:\n    steps:\n      - call: x\n        saev: y\n',
      'bot.yaml:5:9 flows.a.steps.0: unknown key "saev"; did you mean "save"?',
    ],
    [
      'a step inside a step',
      'flows:\n  a:\n    steps:\n      - call: x\n        failed:\n          - say: hi\n            butons: []\n',
      'bot.yaml:7:13 flows.a.steps.0.failed.0: unknown key "butons"; did you mean "buttons"?',
    ],
    ['a mistyped verb', 'flows: { a: { steps: [{ sya: hi }] } }', 'bot.yaml:1:25 flows.a.steps.0: unknown key "sya"; did you mean "say"?'],
    [
      'a missing key, at what should hold it',
      'channels:\n  - type: telegram\n',
      'bot.yaml:2:5 channels.0.token: is missing (expected text)',
    ],
    [
      'an unknown type',
      'channels:\n  - type: telegrm\n',
      'bot.yaml:2:11 channels.0.type: expected one of "telegram"|"web", found "telegrm"; did you mean "telegram"?',
    ],
    ['a missing type', 'channels:\n  - token: x\n', 'bot.yaml:2:5 channels.0.type: is missing (expected one of "telegram"|"web")'],
    ['a missing language', 'answer: { zh: 好 }', 'bot.yaml:1:9 answer.en: is missing (expected text)'],
    ['the wrong kind', 'channels: 5', 'bot.yaml:1:11 channels: expected a list, found a number'],
    ['the wrong kind where two are possible', 'answer: [1]', 'bot.yaml:1:9 answer: expected text or keys with values, found a list'],
    ['a number out of range', 'port: 0', 'bot.yaml:1:7 port: must be at least 1'],
    ['an empty list', 'flows: { a: { steps: [] } }', 'bot.yaml:1:22 flows.a.steps: must have at least 1 entry'],
    ['an empty file', '', 'bot.yaml:1:1: expected keys with values, found nothing'],
  ])('%s', (_, source, expected) => {
    const [first, ...more] = problems(source)
    expect(first?.split('\n')[0]).toBe(expected)
    expect(more).toEqual([])
  })

  test('several mistakes come in the order of the file', () => {
    expect(problems('port: x\npriority: no\nverzion: 1\n').map((text) => text.split(' ')[0])).toEqual([
      'bot.yaml:1:7',
      'bot.yaml:2:11',
      'bot.yaml:3:1:',
    ])
  })

  test('quotes that are too many or that would not help are told as such', () => {
    const kinds = z.strictObject({ n: z.number().optional(), wait: duration('1m', '1d').optional(), name: z.string().optional() })
    const said = (source: string) => {
      const reading = readDocument(source, 'a.yaml', kinds)
      return 'problems' in reading ? reading.problems.map((problem) => formatProblem(problem, 'en')) : []
    }
    expect(said('n: "993"')).toEqual(['a.yaml:1:4 n: expected a number, found text\n    take the quotes away'])
    expect(said('wait: 15')).toEqual(['a.yaml:1:7 wait: expected text, found a number\n    a time like 30s, 15m, 2h or 1d'])
    expect(said('wait: 15min')).toEqual(['a.yaml:1:7 wait: a time like 30s, 15m, 2h or 1d'])
    expect(problems('version: "1"')[0]).toBe('bot.yaml:1:10 version: expected 1, found "1"\n    take the quotes away')
    expect(problems('answer: { zh: , en: hi }')[0]).toMatch(/^bot.yaml:1:\d+ answer.zh: expected text, found nothing$/)
    expect(said('name: 15')).toEqual(['a.yaml:1:7 name: expected text, found a number\n    put it in quotes'])
  })

  test('a part that a schema parses by itself is told of like any other', () => {
    const inner = z.strictObject({ port: z.number(), color: z.string().optional() })
    const outer = z.strictObject({
      part: z.looseObject({}).transform((value, context) => {
        const parsed = inner.safeParse(value, noting)
        for (const issue of parsed.error?.issues ?? []) context.issues.push({ ...issue, input: value } as never)
        return parsed.data
      }),
    })
    const reading = readDocument('part: { port: "1", colour: red }', 'a.yaml', outer)
    expect('problems' in reading && reading.problems.map((problem) => formatProblem(problem, 'en').split('\n')[0])).toEqual([
      'a.yaml:1:15 part.port: expected a number, found text',
      'a.yaml:1:20 part: unknown key "colour"; did you mean "color"?',
    ])
  })

  test('in Chinese too', () => {
    expect(problems('port: 1\nanswer: { zh: 1, en: a }', {}, 'zh')[0]).toContain('请给它加引号')
    expect(problems('prioritty: low', {}, 'zh')).toEqual(['bot.yaml:1:1: 未知的键 "prioritty"；您是不是想写 "priority"？'])
  })
})

describe('YAML itself', () => {
  test('shows the first syntax error only, with the line and a caret', () => {
    const found = problems('flows:\n  a:\n    steps:\n      - say: 1\n     - say: 2\n   b: 3\n')
    expect(found).toHaveLength(1)
    expect(found[0]).toContain('bot.yaml:5:')
    expect(found[0]).toContain('     - say: 2')
    expect(found[0]).toContain('^')
  })

  test.each([
    ['an ASCII comma that ends a text', 'answer: { zh: 您好, 欢迎光临, en: hi }', 'quote the text'],
    ['text that begins with braces', 'answer: {{customer.name}},欢迎回来', 'text that begins with {{'],
    ['braces alone', 'answer: {{customer.name}}', 'text that begins with {{'],
    ['a full-width colon', 'port: 1\nanswer\uff1a您好\n', 'full-width colon'],
    ['a tab', 'flows:\n\ta: 1\n', 'use spaces'],
    ['a key twice', 'port: 1\nport: 2\n', 'twice'],
    ['a quote that is not closed, where it begins', 'port: 1\nanswer: "您好\npriority: low\n', 'bot.yaml:2:9: this quote is not closed'],
    ['a key out of line', 'channels:\n  - type: web\n   title: a\n', 'begins where the other keys of its entry do'],
    ['a bracket that is not closed', 'channels: [\nport: 1\n', 'a ] is missing'],
    ['a star without quotes', 'answer: [*]', 'a * by itself is quoted'],
    ['a full-width comma between keys', 'channels:\n  - { type: web\uff0c title: a }\n', 'full-width comma'],
    ['a full-width colon that became part of a key', 'port\uff1a{ a: 1 }', 'full-width colon'],
    ['an alias to nothing', 'answer: *nobody\n', 'anchors or aliases'],
  ])('explains %s', (_, source, expected) => {
    expect(problems(source).join('\n')).toContain(expected)
  })

  test('does not expand aliases without bound', () => {
    const lines = ['a: &a [x, x, x, x, x, x, x, x, x, x]']
    for (const [name, before] of ['ba', 'cb', 'dc', 'ed', 'fe', 'gf'].map((pair) => [pair[0], pair[1]])) {
      lines.push(`${name}: &${name} [${Array(10).fill(`*${before}`).join(', ')}]`)
    }
    expect(problems(lines.join('\n')).join()).toContain('aliases')
  })

  test('refuses a file above 2 MB', () => {
    expect(problems(`answer: ${'好'.repeat(700_000)}`)).toEqual(['bot.yaml:1:1: the file is larger than 2 MB'])
  })

  test('takes __proto__ as an unknown key, not as a prototype', () => {
    expect(problems('__proto__: { priority: low }')[0]).toContain('unknown key "__proto__"')
  })

  test('reads a file with a byte order mark and Windows line ends', () => {
    expect(problems('\uFEFFport: 1\r\npriority: hihg\r\n')[0]).toContain('bot.yaml:2:11')
  })
})

describe('variables of the environment', () => {
  const token = 'channels:\n  - type: telegram\n    token: ${TOKEN}\n'

  test('are put into texts', () => {
    const reading = readDocument(token, 'bot.yaml', schema, { env: { TOKEN: '1:a${B}' } })
    expect(reading).toMatchObject({ value: { channels: [{ token: '1:a${B}' }] } })
  })

  test('that are missing are named at their place', () => {
    expect(problems(token, { env: {} })[0]?.split('\n')[0]).toBe(
      'bot.yaml:3:12 channels.0.token: the environment variable TOKEN is not set',
    )
  })

  test('never show their value in a message', () => {
    const text = problems('priority: ${SECRET}\nport: ${SECRET}\n', { env: { SECRET: 'hunter22' } }).join('\n')
    expect(text).toContain('priority: expected one of')
    expect(text).not.toContain('hunter22')
  })

  test('do not reach what every object inherits', () => {
    expect(problems('answer: ${constructor}', { env: {} })[0]).toContain('constructor is not set')
  })

  test('stay as they are when doubled or when nothing is to be put in', () => {
    expect(readDocument('answer: a $${X} b', 'bot.yaml', schema, { env: {} })).toMatchObject({ value: { answer: 'a ${X} b' } })
    expect(readDocument('answer: a ${X} b', 'bot.yaml', schema)).toMatchObject({ value: { answer: 'a ${X} b' } })
  })
})
