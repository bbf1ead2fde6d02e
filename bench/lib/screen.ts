// What the terminal shows: a bar while it runs, tables at the end.

import { type Figure, meets, type PartResult } from './report.ts'
import { displayWidth } from './width.ts'

const BAR = 24

export interface Progress {
  plan(steps: number): void
  step(label: string): void
  end(): void
}

/** One line that is redrawn; where nobody looks (a pipe), one line for each step. */
export function progress(part: string, stream = process.stderr): Progress {
  let [steps, done] = [0, 0]
  const draw = (label: string) => {
    if (!stream.isTTY) {
      stream.write(`${label}\n`)
      return
    }
    const full = Math.min(BAR, Math.round((done / Math.max(steps, 1)) * BAR))
    stream.write(`\r\x1b[K${part.padEnd(12)} ${'█'.repeat(full)}${'░'.repeat(BAR - full)} ${label}`.slice(0, (stream.columns ?? 120) + 4))
  }
  return {
    plan(count) {
      steps = count
    },
    step(label) {
      draw(label)
      done += 1
    },
    end() {
      if (stream.isTTY) stream.write('\r\x1b[K')
    },
  }
}

export function show(results: PartResult[]): string {
  const figures = results.flatMap((result) => result.figures)
  const lines: string[] = []
  if (figures.length > 0) lines.push(table(figures.map(figureRow)), '')
  for (const { checks } of results) for (const { ok, title, detail } of checks) lines.push(`${ok ? '✓' : '✗'} ${title}: ${detail}`)
  for (const { part, details, notes, skipped } of results) {
    lines.push('')
    for (const [name, rows] of Map.groupBy(details, (detail) => detail.table))
      lines.push(`${part} · ${name}`, table(rows.map(({ row }) => row)), '')
    for (const note of notes) lines.push(`  ${note}`)
    if (skipped) lines.push(`  Not run: ${skipped}`)
  }
  return `${lines.join('\n')}\n`
}

function figureRow(figure: Figure): Record<string, string | number> {
  const { id, against, limit, ours, unit, ratio, target } = figure
  const met = meets(figure)
  const wanted = target ? `${target.at === 'least' ? '≥' : '≤'} ${target.value}` : ''
  return {
    figure: id,
    against,
    limit: short(limit),
    ours: short(ours),
    unit,
    ratio: short(ratio),
    wanted,
    '': met === undefined ? '' : met ? '✓' : '✗',
  }
}

/** A value without a measurement behind it (nothing was answered) is a dash. */
export function short(value: number): string {
  if (!Number.isFinite(value)) return '–'
  return value >= 100 ? String(Math.round(value)) : value.toFixed(2)
}

function table(rows: Record<string, string | number>[]): string {
  const columns = [...new Set(rows.flatMap((row) => Object.keys(row)))]
  const isNumber = (column: string) => rows.every((row) => /^[\d. ]*$/.test(String(row[column] ?? '')))
  const widths = columns.map((column) => Math.max(displayWidth(column), ...rows.map((row) => displayWidth(String(row[column] ?? '')))))
  const line = (cells: string[]) =>
    cells
      .map((cell, n) => {
        const room = ' '.repeat(Math.max(0, (widths[n] ?? 0) - displayWidth(cell)))
        return isNumber(columns[n] ?? '') ? room + cell : cell + room
      })
      .join('  ')
      .trimEnd()
  return [
    line(columns),
    line(widths.map((width) => '─'.repeat(width))),
    ...rows.map((row) => line(columns.map((column) => String(row[column] ?? '')))),
  ].join('\n')
}
