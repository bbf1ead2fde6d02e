import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, expect, test } from 'vitest'
import { frontdesk } from '../../test/support/cli.ts'
import { alikeWarnings } from './alike.ts'
import { tasks } from './faq.ts'
import { calibrationPicture, figuresOf, type Judged } from './faq-figures.ts'
import { entriesOf, readLines } from './faq-files.ts'

const folder = mkdtempSync(join(tmpdir(), 'frontdesk-faq-'))
afterAll(() => rmSync(folder, { recursive: true }))

function file(name: string, text: string): string {
  const path = join(folder, name)
  writeFileSync(path, text)
  return path
}

test('a bank is read line by line, with a byte order mark, empty lines and fields of others', () => {
  const path = file('bank.jsonl', '\ufeff{"text":"多久发货","label":"shipping_time"}\n\n{"text":"退货","label":"returns","n":1}\r\n')
  const lines = readLines(path)
  expect(entriesOf(lines, path, { titles: true })).toEqual([
    { id: 'shipping_time', titles: ['shipping time'], ask: ['多久发货'] },
    { id: 'returns', titles: ['returns'], ask: ['退货'] },
  ])
  expect(entriesOf(lines, path, { titles: false })[0]?.titles).toEqual([])
})

test.each([
  ['{"text":"a","label":"b"}\n{"text":', /bad\.jsonl:2: a line is expected/],
  ['["a"]', /bad\.jsonl:1: a line is expected/],
])('a line that is none is named', (text, message) => {
  expect(() => readLines(file('bad.jsonl', text))).toThrow(message)
})

test('a file that is not there and a bank without labels are refused in words', () => {
  expect(() => readLines(join(folder, 'none.jsonl'))).toThrow(/cannot be read/)
  expect(() => entriesOf([{ text: 'a' }], 'bank.jsonl', { titles: true })).toThrow(/needs a label/)
})

/** What was found first and second, how surely, and what would have been right. */
function judged(label: string | undefined, found: string[], confidence: number): Judged {
  const zone = confidence >= 0.5 ? 'answer' : confidence >= 0.3 ? 'suggest' : 'unknown'
  return { label, match: { ranked: found.map((id, at) => ({ id, score: 1 / (at + 1) })), confidence, zone } }
}

const four = [
  judged('a', ['a', 'b'], 0.9),
  judged('b', ['a', 'b'], 0.4),
  judged('c', ['a', 'b'], 0.6),
  judged(undefined, ['a', 'b'], 0.4),
  judged(undefined, [], 0),
]

test('figures are what they are called', () => {
  const figures = figuresOf(four)
  expect(figures).toMatchObject({ known: 3, unknown: 2, mrr: 0.5, auroc: 5.5 / 6, rejected: 1 })
  expect(figures.accuracy1).toBeCloseTo(1 / 3)
  expect(figures.accuracy3).toBeCloseTo(2 / 3)
  expect(figures.rightAt90).toBeCloseTo(1 / 3)
  expect(figures.answeredRight).toBeCloseTo(1 / 3)
  expect(figures.zones.answer).toEqual({ share: 0.4, right: 0.5 })
  expect(figures.zones.suggest).toEqual({ share: 0.4, right: 0.5 })
  expect(figures.zones.unknown).toEqual({ share: 0.2, right: 1 })
  expect(figures.calibration[4]).toMatchObject({ from: 0.4, count: 2, right: 0 })
})

test('no question at all is no reason to fail, and no share is made up without unknown ones', () => {
  expect(figuresOf([])).toMatchObject({ known: 0, accuracy1: 0, mrr: 0 })
  expect(figuresOf([judged('a', ['a'], 1)])).not.toHaveProperty('auroc')
})

test('the picture of the calibration is whole', () => {
  const picture = calibrationPicture(figuresOf(four), { title: '把握', confidence: 'x', right: 'y' })
  expect(picture).toMatch(/^<svg [\s\S]*<\/svg>\n$/)
  expect(picture.match(/<circle/g)).toHaveLength(4)
  expect(picture).not.toContain('NaN')
})

test('check names phrases of two entries that hardly differ, at their line', () => {
  const source = readFileSync(new URL('../../config/bot.yaml', import.meta.url), 'utf8')
  expect(alikeWarnings(source)).toEqual([])
  const [warning] = alikeWarnings(`version: 1
faq:
  - { id: a, ask: [when will my order be shipped, 多久发货], answer: A }
  - id: b
    ask:
      - can I change my order
      - when will my order be shipped to me
    answer: B
`)
  expect(warning).toMatchObject({ line: 7, message: { en: expect.stringContaining('"when will my order be shipped" of a') } })
})

test('every task on the FAQ is a command that people find', async () => {
  const { stdout, code } = await frontdesk(['faq', '--help'])
  expect(stdout.match(/^ {2}\w+(?= )/gm)?.map((name) => name.trim())).toEqual(Object.keys(tasks))
  expect(code).toBe(0)
})
