// A table of questions and answers, however somebody's spreadsheet saved it: Excel's own file, or text in whatever encoding.
import readXlsx from 'read-excel-file/node'
import { cellsOf, isTable, type Row } from '#bot/faq-files.ts'
import { reason } from '#core/errors.ts'
import { Refusal } from './task.ts'

/** What such files begin with: a ZIP archive, and the one of Excel before 2007. */
const [ZIP, OLD] = ['504b0304', 'd0cf11e0']

/** The rows of the table in `bytes`. `sheet`: which one of an Excel file; else the first that has the columns. */
export async function tableOf(bytes: Buffer, name: string, sheet: string | undefined): Promise<Row[]> {
  const magic = bytes.subarray(0, 4).toString('hex')
  if (magic === OLD) {
    throw new Refusal({
      zh: `${name} 是旧版 Excel（.xls）：请在 Excel 中另存为 .xlsx`,
      en: `${name} is of an old Excel (.xls): save it as .xlsx there`,
    })
  }
  if (magic !== ZIP) return cellsOf(textOf(bytes))
  const sheets = await sheetsOf(bytes, name)
  const found = sheet === undefined ? sheets.find(({ rows }) => isTable(rows)) : sheets.find((one) => one.name === sheet)
  if (found) return found.rows
  const names = sheets.map((one) => one.name).join(', ')
  throw new Refusal(
    sheet === undefined
      ? {
          zh: `${name}：没有一张表的第一行有 ask（问法）和 answer（答案）这两列。工作表：${names}`,
          en: `${name}: no sheet has the columns ask and answer in its first row. Its sheets: ${names}`,
        }
      : { zh: `${name} 里没有工作表“${sheet}”。有：${names}`, en: `${name} has no sheet "${sheet}". It has: ${names}` },
  )
}

async function sheetsOf(bytes: Buffer, name: string): Promise<{ name: string; rows: Row[] }[]> {
  try {
    const sheets = await readXlsx(bytes)
    return sheets.map(({ sheet, data }) => ({
      name: sheet,
      rows: data.map((cells, at) => ({ line: at + 1, cells: cells.map(wordsOf) })),
    }))
  } catch (error) {
    throw new Refusal({ zh: `${name} 读不了：${reason(error)}`, en: `${name} cannot be read: ${reason(error)}` })
  }
}

function wordsOf(cell: unknown): string {
  if (cell === null || cell === undefined) return ''
  return cell instanceof Date ? cell.toISOString().slice(0, 10) : String(cell)
}

/** UTF-8 where it is that; else by its mark UTF-16; else what Excel in Chinese writes. */
export function textOf(bytes: Buffer): string {
  const mark = bytes.subarray(0, 2).toString('hex')
  if (mark === 'fffe' || mark === 'feff') return new TextDecoder(mark === 'fffe' ? 'utf-16le' : 'utf-16be').decode(bytes)
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes)
  } catch {
    return new TextDecoder('gb18030').decode(bytes)
  }
}
