// `frontdesk faq import`: questions and answers from somebody's spreadsheet, checked whole, then written as a CSV beside bot.yaml.
import { readFileSync } from 'node:fs'
import { basename, extname } from 'node:path'
import { readBot } from '#bot/check.ts'
import { addFaqFile } from '#bot/edit.ts'
import { MOST, type Read, type Row, readFaq, readTable } from '#bot/faq-files.ts'
import { formatProblem } from '#core/document.ts'
import { reason } from '#core/errors.ts'
import type { Locale, Text } from '#core/message.ts'
import { type ConfigSource, loadConfig, namesOf, type Settings } from '../config.ts'
import { readConfigFolder } from '../node/environment.ts'
import { tableOf, textOf } from './faq-table.ts'
import type { Screen } from './screen.ts'
import { defineTask, Refusal } from './task.ts'

/** A longer list helps nobody. */
const SHOWN = 20

export const bring = defineTask({
  args: {
    file: { type: 'positional', required: true },
    sheet: { type: 'string', valueHint: 'name' },
    as: { type: 'string', valueHint: 'faq.csv' },
    replace: { type: 'boolean' },
    check: { type: 'boolean' },
  },
  describe: {
    file: { zh: '.xlsx、.csv（任何编码）或 .md', en: 'an .xlsx, a .csv in any encoding, or an .md' },
    sheet: {
      zh: 'Excel 的哪一张工作表（默认：第一张有 ask 和 answer 列的）',
      en: 'which sheet of an Excel file; else the first with the columns',
    },
    as: { zh: '写成配置目录里的这个文件（默认：与原文件同名）', en: "how it is named beside bot.yaml; else as the file's own name" },
    replace: { zh: '覆盖以前导入的同名文件', en: 'replace what was imported under this name before' },
    check: { zh: '只检查，什么也不写', en: 'only look: write nothing' },
  },
  examples: [
    [
      'npx frontdesk faq import 常见问题.xlsx',
      { zh: '检查每一行，再写入 常见问题.csv 和 faq_files', en: 'checks each row, then writes the CSV and names it in faq_files' },
    ],
    [
      'npx frontdesk faq import questions.xlsx --replace',
      { zh: '表格改过之后再导入一次', en: 'once more, after the spreadsheet has changed' },
    ],
  ],
  async run({ args, env, screen }) {
    const source = readConfigFolder(env)
    const loaded = loadConfig(source)
    if ('problems' in loaded) throw new Refusal({ zh: '配置有误，请先运行 check', en: 'the config has mistakes: run check first' })
    const brought = await read(args.file, args.sheet)
    if (brought.found.length > MOST) throw new Refusal(tooMany(args.file, brought.found.length))
    const name = args.as ?? `${basename(args.file, extname(args.file)).replace(/^\.+/, '')}${brought.ending}`
    const before = source.read(name)
    if (before !== undefined && !args.replace && !args.check) throw new Refusal(there(name))
    const wrong = brought.found.flatMap((one) => ('wrong' in one ? [`${args.file}:${one.line} ${one.wrong[screen.locale]}`] : []))
    if (wrong.length > 0) return refuse(wrong, screen)
    const edited = addFaqFile(source.read('bot.yaml') ?? 'version: 1\n', name)
    if ('problem' in edited) throw new Refusal(edited.problem)
    const mistakes = mistakesIn(edited.source, args.file, { ...brought, name }, source, loaded.config.settings, screen.locale)
    if (mistakes.length > 0) return refuse(mistakes, screen)
    const ids = brought.found.flatMap((one) => ('entry' in one ? [one.entry.id] : []))
    const known = new Set(before === undefined ? [] : readFaq(name, before).flatMap((one) => ('entry' in one ? [one.entry.id] : [])))
    const counts = {
      entries: ids.length,
      added: ids.filter((id) => !known.has(id)).length,
      gone: [...known].filter((id) => !ids.includes(id)).length,
    }
    if (!args.check) {
      // First what is named, then its name: a house that reads between the two misses nothing.
      write(source, name, brought.text)
      if (edited.source !== source.read('bot.yaml')) write(source, 'bot.yaml', edited.source)
    }
    screen.mark('ok', told(counts, name, args.check === true)[screen.locale])
    screen.result({ ok: true, file: name, ...counts, written: !args.check })
    return true
  },
})

function told({ entries, added, gone }: { entries: number; added: number; gone: number }, name: string, isCheck: boolean): Text {
  return isCheck
    ? {
        zh: `${entries} 条都可以导入（新增 ${added}，删去 ${gone}）；什么也没有写`,
        en: `${entries} entries can be imported (${added} new, ${gone} gone); nothing was written`,
      }
    : {
        zh: `${entries} 条已写入 ${name}（新增 ${added}，删去 ${gone}）`,
        en: `${entries} entries are in ${name} (${added} new, ${gone} gone)`,
      }
}

/** What is beyond would be left out when the file is read. */
function tooMany(path: string, count: number): Text {
  return {
    zh: `${path} 有 ${count} 条，最多 ${MOST} 条：请分成几个文件`,
    en: `${path} has ${count} entries, and ${MOST} is the most: split it into several files`,
  }
}

function there(name: string): Text {
  return {
    zh: `配置目录里已有 ${name}：用 --replace 覆盖，或用 --as 换个名字`,
    en: `the config folder has a ${name} already: --replace takes its place, --as gives another name`,
  }
}

/** What the file holds: its entries, and as what it is written. */
async function read(
  path: string,
  sheet: string | undefined,
): Promise<Pick<Written, 'text' | 'rowOf'> & { found: Read[]; ending: '.csv' | '.md' }> {
  const bytes = bytesOf(path)
  if (/\.(md|markdown)$/i.test(path)) {
    const text = textOf(bytes)
    return { found: readFaq('.md', text), text, rowOf: (line) => line, ending: '.md' }
  }
  const rows = await tableOf(bytes, basename(path), sheet)
  return { found: readTable(rows), ...csvOf(rows), ending: '.csv' }
}

function bytesOf(path: string): Buffer {
  try {
    return readFileSync(path)
  } catch (error) {
    throw new Refusal({ zh: `读不了 ${path}：${reason(error)}`, en: `${path} cannot be read: ${reason(error)}` })
  }
}

interface Written {
  name: string
  text: string
  /** Which line of what somebody gave us a line of `text` comes from. */
  rowOf(line: number): number
}

/** RFC 4180, in UTF-8 with the mark by which Excel knows it. */
function csvOf(rows: readonly Row[]): Pick<Written, 'text' | 'rowOf'> {
  const cell = (text: string) => (/[",;\t\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text)
  const from = new Map<number, number>()
  const lines: string[] = []
  for (const { line, cells } of rows.filter((row) => row.cells.some((text) => text.trim() !== ''))) {
    from.set(lines.length + 1, line)
    lines.push(...cells.map(cell).join(',').split('\n'))
  }
  return { text: `\uFEFF${lines.join('\n')}\n`, rowOf: (line) => from.get(line) ?? line }
}

/** Of the whole bot.yaml as it would be: an id that is there twice, two entries with one phrase … */
function mistakesIn(
  bot: string,
  given: string,
  { name, text, rowOf }: Written,
  source: ConfigSource,
  settings: Settings,
  locale: Locale,
): string[] {
  const reading = readBot(bot, 'bot.yaml', namesOf(settings), (file) => (file === name ? text : source.read(file)))
  if (!('problems' in reading)) return []
  return reading.problems.map((problem) =>
    formatProblem(problem.file === name ? { ...problem, file: given, line: rowOf(problem.line) } : problem, locale),
  )
}

function refuse(mistakes: string[], screen: Screen): boolean {
  for (const mistake of mistakes.slice(0, SHOWN)) screen.mark('bad', mistake)
  if (mistakes.length > SHOWN) screen.say({ zh: `……还有 ${mistakes.length - SHOWN} 处`, en: `… and ${mistakes.length - SHOWN} more` })
  screen.say({ zh: '什么也没有写。', en: 'Nothing was written.' })
  screen.result({ ok: false, mistakes })
  return false
}

function write(source: ConfigSource, name: string, text: string): void {
  try {
    source.write?.(name, text)
  } catch (error) {
    throw new Refusal({ zh: `写不了 ${name}：${reason(error)}`, en: `${name} cannot be written: ${reason(error)}` })
  }
}
