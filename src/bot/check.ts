// Reads bot.yaml: the form by its schema, then what only a look at the whole file shows. Every finding has its line.
import { type Path, type Problem, problemAt, type Reading, readDocument, type SourceDocument } from '#core/document.ts'
import type { Text } from '#core/message.ts'
import { checkFlows } from './check-flow.ts'
import { readFaq } from './faq-files.ts'
import {
  type Check,
  calendarsOf,
  checkButtons,
  checkGuard,
  checkName,
  checkSkill,
  checkTarget,
  faqWord,
  type KnownNames,
  placeOf,
  report,
  unknownName,
  warn,
} from './finding.ts'
import { phraseKey } from './normalize.ts'
import { withPages } from './page.ts'
import { type BotFile, botFile, type FaqEntry } from './schema.ts'

export type { KnownNames } from './finding.ts'

/** `read`: the text of a file beside it; absent, such files are not there. */
export function readBot(source: string, file: string, known: KnownNames = {}, read: ReadFile = () => undefined): Reading<BotFile> {
  const reading = readDocument(source, file, botFile)
  if ('problems' in reading) return reading
  const { document } = reading
  const more = readFiles(reading.value, document, read)
  const value = { ...reading.value, faq: [...reading.value.faq, ...more.entries] }
  const { problems, elsewhere } = more
  const check: Check = { file: value, document, elsewhere, known, problems, warnings: [...reading.warnings] }
  checkNames(check)
  checkFaq(check)
  checkRules(check)
  checkFlows(check)
  const byPlace = (a: Problem, b: Problem) => a.file.localeCompare(b.file) || a.line - b.line || a.column - b.column
  const warnings = check.warnings.sort(byPlace)
  if (check.problems.length > 0) return { problems: check.problems.sort(byPlace), warnings, document: reading.document }
  return { ...reading, value: { ...value, faq: withPages(value.faq, known.articles ?? []) }, warnings }
}

type ReadFile = (name: string) => string | undefined

/** The entries that other files hold, where each stands, and what is wrong in them. */
function readFiles(file: BotFile, document: SourceDocument, read: ReadFile) {
  const entries: FaqEntry[] = []
  const problems: Problem[] = []
  const elsewhere = new Map<number, { file: string; line: number }>()
  for (const [at, name] of file.faq_files.entries()) {
    const text = read(name)
    if (text === undefined) {
      const message = { zh: `${document.file} 旁边没有文件 "${name}"`, en: `there is no file "${name}" beside ${document.file}` }
      problems.push(problemAt(document, ['faq_files', at], message))
      continue
    }
    for (const found of readFaq(name, text)) {
      if ('wrong' in found) problems.push({ file: name, line: found.line, column: 1, path: '', message: found.wrong })
      else {
        elsewhere.set(file.faq.length + entries.length, { file: name, line: found.line })
        entries.push(found.entry)
      }
    }
  }
  return { entries, problems, elsewhere }
}

/** Words with a meaning of their own where a flow could be named. */
const reserved = ['end', 'next', 'handoff']

function checkNames(check: Check): void {
  const { file } = check
  const calendars = calendarsOf(check)
  const { hours } = file.defaults
  if (hours !== undefined && !calendars.includes(hours)) {
    report(check, ['defaults', 'hours'], unknownName({ zh: '工作时间表', en: 'calendar' }, hours, calendars))
  }
  for (const id of Object.keys(file.flows).filter((name) => reserved.includes(name))) {
    report(
      check,
      ['flows', id],
      { zh: `流程不能叫 "${id}"：这个词另有用途`, en: `a flow cannot be named "${id}": the word has a meaning of its own` },
      { of: 'key' },
    )
  }
  checkTarget(file.fallback.then, ['fallback', 'then'], ['handoff'], check)
  checkGreetings(check)
}

function checkGreetings(check: Check): void {
  const { greetings } = check.file
  greetings.forEach((greeting, index) => {
    checkGuard(greeting.when, ['greetings', index, 'when'], check)
    checkButtons(greeting.buttons, ['greetings', index, 'buttons'], check)
    if (greeting.when?.vars) {
      report(check, ['greetings', index, 'when', 'vars'], {
        zh: '欢迎语之前没有流程，也就没有变量',
        en: 'no flow ran before a greeting, so there are no variables',
      })
    }
  })
  const open = greetings.findIndex(({ when }) => when === undefined || Object.keys(when).length === 0)
  if (open < 0 || open === greetings.length - 1) return
  const place = placeOf(check, ['greetings', open])
  report(check, ['greetings', open + 1], {
    zh: `永远用不到：${place.zh}的欢迎语没有 when，对谁都适用；请把它放到最后`,
    en: `this greeting is never used: the one on ${place.en} has no when and fits everybody; put that one last`,
  })
}

function checkRules(check: Check): void {
  const { rules, closed } = check.file.handoff
  rules.forEach((rule, index) => {
    const path = ['handoff', 'rules', index]
    checkGuard(rule.when, [...path, 'when'], check)
    checkSkill(rule.skill, [...path, 'skill'], check)
    const ids = check.file.faq.map(({ id }) => id)
    for (const [at, topic] of (rule.topics ?? []).entries()) checkName(faqWord, topic, ids, [...path, 'topics', at], check)
    for (const [at, word] of (rule.words ?? []).entries()) {
      if (phraseKey(word) === '') report(check, [...path, 'words', at], wordless)
    }
  })
  if (closed === 'bot' && check.file.defaults.hours === undefined) {
    warn(check, ['handoff', 'closed'], {
      zh: '没有设置 defaults.hours，人工随时都在，这一项不起作用',
      en: 'defaults.hours is not set, so people always answer and this does nothing',
    })
  }
}

const wordless: Text = { zh: '这句话里没有文字', en: 'there are no words in this phrase' }
function checkFaq(check: Check): void {
  const ids = new Set<string>()
  const phrases = new Map<string, { owner: string; path: Path }>()
  const claim = (text: string, owner: string, path: Path) => {
    const key = phraseKey(text)
    if (key === '') {
      report(check, path, wordless)
      return
    }
    const other = phrases.get(key)
    if (other !== undefined && other.owner !== owner) {
      const place = placeOf(check, other.path)
      report(check, path, {
        zh: `"${text}" 已经属于 ${other.owner}（${place.zh}）：一种问法只能有一个答案`,
        en: `"${text}" belongs to ${other.owner} already (${place.en}): one phrase has one answer`,
      })
    }
    phrases.set(key, other ?? { owner, path })
  }
  check.file.faq.forEach((entry, index) => {
    if (ids.has(entry.id))
      report(check, ['faq', index, 'id'], { zh: `编号 "${entry.id}" 重复了`, en: `the id "${entry.id}" is there twice` })
    ids.add(entry.id)
    for (const [at, text] of entry.ask.entries()) claim(text, `faq ${entry.id}`, ['faq', index, 'ask', at])
    if (Array.isArray(entry.answer)) {
      entry.answer.forEach((part, at) => {
        if ('buttons' in part) checkButtons(part.buttons, ['faq', index, 'answer', at, 'buttons'], check)
      })
    }
    const { article } = entry
    if (article !== undefined && !check.known.articles?.some(({ id }) => id === article)) {
      const unused = entry.answer === undefined
      warn(check, ['faq', index, 'article'], {
        zh: `知识库里没有文章 "${article}"${unused ? '，这条问答不会被使用' : ''}`,
        en: `there is no article "${article}" in the knowledge base${unused ? '; this entry is not used' : ''}`,
      })
    }
  })
  for (const [id, flow] of Object.entries(check.file.flows)) {
    for (const [at, text] of (flow.trigger?.words ?? []).entries()) claim(text, `flow ${id}`, ['flows', id, 'trigger', 'words', at])
  }
}
