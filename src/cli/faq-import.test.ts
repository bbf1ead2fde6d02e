import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeEach, describe, expect, test } from 'vitest'
import writeXlsx from 'write-excel-file/node'
import { MOST, readFaq } from '#bot/faq-files.ts'
import type { Environment } from '../node/environment.ts'
import { tasks } from './faq.ts'
import type { Screen } from './screen.ts'

const folder = mkdtempSync(join(tmpdir(), 'frontdesk-import-'))
const config = join(folder, 'config')
afterAll(() => rmSync(folder, { recursive: true }))
beforeEach(() => {
  rmSync(config, { recursive: true, force: true })
  cpSync(fileURLToPath(new URL('../../config', import.meta.url)), config, { recursive: true })
})

const inConfig = (name: string) => readFileSync(join(config, name), 'utf8')
const entriesOf = (name: string) => readFaq(name, inConfig(name)).map((one) => ('entry' in one ? one.entry : one.wrong.en))

async function excel(name: string, ...sheets: { sheet: string; rows: unknown[][] }[]): Promise<string> {
  const path = join(folder, name)
  const data = sheets.map(({ sheet, rows }) => ({ sheet, data: rows.map((row) => row.map((value) => ({ value }))) }))
  writeFileSync(path, await writeXlsx(data as never).toBuffer())
  return path
}

function text(name: string, bytes: Uint8Array | string): string {
  const path = join(folder, name)
  writeFileSync(path, bytes)
  return path
}

/** Runs the command as the house does, and gives what it said. */
async function bring(file: string, more: Record<string, unknown> = {}): Promise<{ ok: boolean; said: string }> {
  const lines: string[] = []
  const screen = {
    locale: 'en',
    say: (words: { en: string } | string) => lines.push(typeof words === 'string' ? words : words.en),
    mark: (_mark: string, words: string) => lines.push(words),
    result: () => undefined,
  } as unknown as Screen
  const env = { config, variables: {} } as unknown as Environment
  try {
    return { ok: await tasks.import.run({ args: { file, ...more }, env, screen }), said: lines.join('\n') }
  } catch (error) {
    return { ok: false, said: String(error) }
  }
}

const HEAD = ['编号', '问法', '答案', '英文答案']

describe('an Excel file', () => {
  test('is written as a CSV beside bot.yaml, which names it; every other line of bot.yaml stays', async () => {
    const before = inConfig('bot.yaml')
    const rows = [
      HEAD,
      ['gift', '能包装吗|送礼怎么办', '可以，\n"免费"。', null],
      [null, null, null, null],
      [2024, '几几年的', '今年的', null],
    ]
    const file = await excel('常见问题.xlsx', { sheet: '说明', rows: [['请勿删除']] }, { sheet: '问答', rows })
    expect(await bring(file)).toEqual({ ok: true, said: '2 entries are in 常见问题.csv (2 new, 0 gone)' })
    expect(entriesOf('常见问题.csv')).toMatchObject([
      { id: 'gift', ask: ['能包装吗', '送礼怎么办'], answer: '可以，\n"免费"。' },
      { id: '2024', ask: ['几几年的'] },
    ])
    expect(inConfig('bot.yaml')).toBe(`${before}\nfaq_files: [常见问题.csv]\n`)
  })

  test('is taken again only on request, and what is new and gone is told', async () => {
    const row = (id: string) => [id, `${id}怎么办`, '好', null]
    await bring(await excel('a.xlsx', { sheet: 'S', rows: [HEAD, row('a1'), row('a2')] }))
    const again = await excel('a.xlsx', { sheet: 'S', rows: [HEAD, row('a2'), row('a3')] })
    expect(await bring(again)).toMatchObject({ ok: false, said: expect.stringContaining('--replace') })
    expect(await bring(again, { check: true })).toMatchObject({ said: '2 entries can be imported (1 new, 1 gone); nothing was written' })
    expect(entriesOf('a.csv')).toMatchObject([{ id: 'a1' }, { id: 'a2' }])
    expect(await bring(again, { replace: true })).toMatchObject({ ok: true, said: '2 entries are in a.csv (1 new, 1 gone)' })
    expect(inConfig('bot.yaml').match(/a\.csv/g)).toHaveLength(1)
  })

  test('with a mistake changes nothing, and each is named by its row', async () => {
    const before = inConfig('bot.yaml')
    const known = /- id: (\S+)/.exec(before)?.[1] as string
    const wrong = await excel('b.xlsx', { sheet: 'S', rows: [HEAD, ['b1', '问', '两\n行', null], ['b2', '没有答案', null, null]] })
    expect(await bring(wrong)).toMatchObject({ ok: false, said: expect.stringContaining('b.xlsx:3 ') })
    const twice = await excel('c.xlsx', { sheet: 'S', rows: [HEAD, ['c1', '问', '两\n行', null], [known, '另一个问法', '答', null]] })
    expect(await bring(twice)).toMatchObject({ ok: false, said: expect.stringMatching(/c\.xlsx:3:1: the id ".*" is there twice/) })
    expect(inConfig('bot.yaml')).toBe(before)
    expect(() => inConfig('c.csv')).toThrow('ENOENT')
  })

  test('without such a table, without the named sheet, too old or broken is refused in words', async () => {
    const other = await excel('d.xlsx', { sheet: 'Prices', rows: [['article', 'price']] })
    expect((await bring(other)).said).toContain('no sheet has the columns ask and answer in its first row. Its sheets: Prices')
    expect((await bring(other, { sheet: 'x' })).said).toContain('has no sheet "x"')
    expect((await bring(text('old.xls', Buffer.from('d0cf11e0a1b11ae1', 'hex')))).said).toContain('save it as .xlsx')
    expect((await bring(text('broken.xlsx', 'PK\u0003\u0004 and no more'))).said).toContain('cannot be read')
    expect((await bring(join(folder, 'gone.xlsx'))).said).toContain('ENOENT')
  })
})

test.each([
  ['GB18030, as Excel in Chinese saves it', Buffer.from('cecab7a82cb4f0b0b80ac4dcbfaac6b1c2f02cbfc9d2d40a', 'hex')],
  ['UTF-16, as Excel saves "Unicode text"', Buffer.from('\uFEFF问法\t答案\n能开票吗\t可以\n', 'utf16le')],
  ['UTF-8', Buffer.from('问法,答案\n能开票吗,可以\n')],
])('a CSV in %s is written in UTF-8', async (_name, bytes) => {
  expect(await bring(text('invoice.csv', bytes))).toMatchObject({ ok: true })
  expect(entriesOf('invoice.csv')).toEqual([{ id: '能开票吗', ask: ['能开票吗'], answer: '可以' }])
})

test('Markdown is taken as it is', async () => {
  const source = '## 可以刻字吗 {#engrave}\n可以。\n'
  expect(await bring(text('more.md', source), { as: 'faq.md' })).toMatchObject({ ok: true })
  expect(inConfig('faq.md')).toBe(source)
})

test('a name that bot.yaml cannot have is refused before anything is written', async () => {
  const file = text('x.csv', 'ask,answer\na,b\n')
  expect((await bring(file, { as: '../y.csv' })).said).toContain('a file is named like faq.csv')
})

test.each(['csv', 'xlsx'])(
  'a .%s of more questions than are read is refused and not cut; of as many as are read each is taken',
  async (ending) => {
    const before = inConfig('bot.yaml')
    const rows = (count: number) => Array.from({ length: count }, (_, n) => [`q${n}`, `第${n}个问题`, '好', null])
    const table = (count: number) => {
      const all = [HEAD, ...rows(count)]
      return ending === 'xlsx'
        ? excel('many.xlsx', { sheet: 'S', rows: all })
        : text('many.csv', all.map((cells) => cells.join(',')).join('\n'))
    }
    expect(await bring(await table(MOST + 1))).toEqual({
      ok: false,
      said: expect.stringContaining(`many.${ending} has ${MOST + 1} entries, and ${MOST} is the most: split it into several files`),
    })
    expect(inConfig('bot.yaml')).toBe(before)
    expect(() => inConfig('many.csv')).toThrow('ENOENT')
    expect(await bring(await table(MOST), { check: true })).toMatchObject({ ok: true, said: expect.stringContaining(`${MOST} entries`) })
  },
)
