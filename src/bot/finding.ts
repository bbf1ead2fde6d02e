// What the checks of bot.yaml share: how a finding is told, and the checks of what stands in many places.
import { type Path, type Problem, problemAt, type SourceDocument } from '#core/document.ts'
import type { Text } from '#core/message.ts'
import { nearest } from '#core/nearest.ts'
import type { Page } from './page.ts'
import type { BotFile, ButtonConfig, Guard } from './schema.ts'

/** Names that bot.yaml may use and other files define. Absent: not checked; only of articles there are none then. */
export interface KnownNames {
  skills?: readonly string[]
  webhooks?: readonly string[]
  /** Ids of channels, and their types. */
  channels?: readonly string[]
  articles?: readonly Page[]
  /** Calendars of frontdesk.yaml. */
  calendars?: readonly string[]
}

export interface Check {
  file: BotFile
  document: SourceDocument
  /** Entries of the FAQ that stand in other files, by their position. */
  elsewhere: ReadonlyMap<number, { file: string; line: number }>
  known: KnownNames
  problems: Problem[]
  warnings: Problem[]
}

function elsewhere(check: Check, path: Path): { file: string; line: number } | undefined {
  return path[0] === 'faq' ? check.elsewhere.get(Number(path[1])) : undefined
}

/** A line of another file has no column and no keys. */
function problemOf(check: Check, path: Path, message: Text, options: Parameters<typeof problemAt>[3]): Problem {
  const other = elsewhere(check, path)
  return other ? { ...other, column: 1, path: '', message } : problemAt(check.document, path, message, options)
}

/** Where something stands that is called the same already: both are told. */
export function placeOf(check: Check, path: Path): Text {
  const other = elsewhere(check, path)
  const { line } = other ?? check.document.at(path)
  if (other || check.elsewhere.size > 0)
    return { zh: `${other?.file ?? check.document.file}:${line}`, en: `${other?.file ?? check.document.file}:${line}` }
  return { zh: `第 ${line} 行`, en: `line ${line}` }
}

export function report(check: Check, path: Path, message: Text, options: { hint?: Text; of?: 'key' | 'value' } = {}): void {
  check.problems.push(problemOf(check, path, message, options))
}

export function warn(check: Check, path: Path, message: Text, of?: 'key'): void {
  check.warnings.push(problemOf(check, path, message, { of }))
}

export function unknownName(what: Text, name: string, known: readonly string[]): Text {
  const meant = nearest(name, known)
  return {
    zh: `没有叫 "${name}" 的${what.zh}${meant ? `；您是不是想写 "${meant}"？` : known.length > 0 ? `；可用：${known.join('、')}` : ''}`,
    en: `no ${what.en} named "${name}"${meant ? `; did you mean "${meant}"?` : known.length > 0 ? `; known: ${known.join(', ')}` : ''}`,
  }
}

const flowWord: Text = { zh: '流程', en: 'flow' }

export const faqWord: Text = { zh: '问答', en: 'FAQ entry' }

/** A name that the file does not have, with what it may be: a mistake. */
export function checkName(what: Text, name: string | undefined, known: readonly string[] | undefined, path: Path, check: Check): void {
  if (name !== undefined && known && !known.includes(name)) report(check, path, unknownName(what, name, known))
}

export function checkTarget(name: string | undefined, path: Path, words: readonly string[], check: Check): void {
  const known = [...Object.keys(check.file.flows), ...words]
  if (name !== undefined && !known.includes(name)) report(check, path, unknownName(flowWord, name, known))
}

/** Its own calendars, and those of frontdesk.yaml. */
export function calendarsOf({ file, known }: Check): string[] {
  return [...new Set([...Object.keys(file.hours), ...(known.calendars ?? [])])]
}

export function checkGuard(guard: Guard | undefined, path: Path, check: Check): void {
  const { hours, channel } = guard ?? {}
  for (const [at, one] of (channel === undefined ? [] : [channel].flat()).entries()) {
    const place = Array.isArray(channel) ? [...path, 'channel', at] : [...path, 'channel']
    checkName({ zh: '渠道', en: 'channel' }, one, check.known.channels, place, check)
  }
  if (hours === undefined) return
  const calendars = calendarsOf(check)
  if (hours !== 'open' && hours !== 'closed' && !calendars.includes(hours)) {
    report(check, [...path, 'hours'], unknownName({ zh: '工作时间表', en: 'calendar' }, hours, ['open', 'closed', ...calendars]))
  }
  if (hours === 'closed' && check.file.defaults.hours === undefined) {
    warn(check, [...path, 'hours'], {
      zh: '没有设置 defaults.hours，永远不会是“closed”',
      en: 'defaults.hours is not set, so it is never closed',
    })
  }
}

export function checkButtons(buttons: readonly ButtonConfig[] | undefined, path: Path, check: Check): void {
  buttons?.forEach((button, index) => {
    if (typeof button !== 'object' || !('label' in button)) return
    checkTarget(button.flow, [...path, index, 'flow'], [], check)
    const ids = check.file.faq.map(({ id }) => id)
    checkName(faqWord, button.faq, ids, [...path, index, 'faq'], check)
  })
}

export function checkSkill(skill: string | undefined, path: Path, check: Check): void {
  checkName({ zh: '技能', en: 'skill' }, skill, check.known.skills, path, check)
}
