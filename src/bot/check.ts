// Reads bot.yaml: the form by its schema, then what only a look at the whole file shows. Every finding has its line.
import { type Path, type Problem, problemAt, type Reading, readDocument, type SourceDocument } from '#core/document.ts'
import type { Text } from '#core/message.ts'
import { nearest } from '#core/nearest.ts'
import { stepId } from './flow.ts'
import { phraseKey } from './normalize.ts'
import { type BotFile, type ButtonConfig, botFile, type Flow, type Guard, type Step } from './schema.ts'
import { slotsOf } from './template.ts'

/** Names that bot.yaml may use and other files define. Absent: not checked (skills), or none exist (webhooks, articles). */
export interface KnownNames {
  skills?: readonly string[]
  webhooks?: readonly string[]
  articles?: readonly string[]
}

export function readBot(source: string, file: string, known: KnownNames = {}): Reading<BotFile> {
  const reading = readDocument(source, file, botFile)
  if ('problems' in reading) return reading
  const check: Check = { file: reading.value, document: reading.document, known, problems: [], warnings: [...reading.warnings] }
  checkNames(check)
  checkFaq(check)
  for (const [id, flow] of Object.entries(check.file.flows)) checkFlow(id, flow, check)
  checkLoops(check)
  checkSlots(check)
  const byPlace = (a: Problem, b: Problem) => a.line - b.line || a.column - b.column
  const warnings = check.warnings.sort(byPlace)
  if (check.problems.length > 0) return { problems: check.problems.sort(byPlace), warnings, document: reading.document }
  return { ...reading, warnings }
}

interface Check {
  file: BotFile
  document: SourceDocument
  known: KnownNames
  problems: Problem[]
  warnings: Problem[]
}

/** Words with a meaning of their own where a flow could be named. */
const reserved = ['end', 'next', 'handoff']

function report(check: Check, path: Path, message: Text, options: { hint?: Text; of?: 'key' | 'value' } = {}): void {
  check.problems.push(problemAt(check.document, path, message, options))
}

function warn(check: Check, path: Path, message: Text): void {
  check.warnings.push(problemAt(check.document, path, message))
}

function unknownName(what: Text, name: string, known: readonly string[]): Text {
  const meant = nearest(name, known)
  return {
    zh: `没有叫 "${name}" 的${what.zh}${meant ? `；您是不是想写 "${meant}"？` : known.length > 0 ? `；可用：${known.join('、')}` : ''}`,
    en: `no ${what.en} named "${name}"${meant ? `; did you mean "${meant}"?` : known.length > 0 ? `; known: ${known.join(', ')}` : ''}`,
  }
}

const flowWord: Text = { zh: '流程', en: 'flow' }

function checkTarget(name: string | undefined, path: Path, words: readonly string[], check: Check): void {
  const known = [...Object.keys(check.file.flows), ...words]
  if (name !== undefined && !known.includes(name)) report(check, path, unknownName(flowWord, name, known))
}

function checkNames(check: Check): void {
  const { file } = check
  const calendars = Object.keys(file.hours)
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
  file.greetings.forEach((greeting, index) => {
    checkGuard(greeting.when, ['greetings', index, 'when'], check)
    checkButtons(greeting.buttons, ['greetings', index, 'buttons'], check)
  })
}

function checkGuard(guard: Guard | undefined, path: Path, check: Check): void {
  const { hours } = guard ?? {}
  if (hours === undefined) return
  const calendars = Object.keys(check.file.hours)
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

function checkButtons(buttons: readonly ButtonConfig[] | undefined, path: Path, check: Check): void {
  buttons?.forEach((button, index) => {
    if (typeof button !== 'object' || !('label' in button)) return
    checkTarget(button.flow, [...path, index, 'flow'], [], check)
    const ids = check.file.faq.map(({ id }) => id)
    if (button.faq !== undefined && !ids.includes(button.faq)) {
      report(check, [...path, index, 'faq'], unknownName({ zh: '问答', en: 'FAQ entry' }, button.faq, ids))
    }
  })
}

function checkFaq(check: Check): void {
  const ids = new Set<string>()
  const phrases = new Map<string, string>()
  const claim = (text: string, owner: string, path: Path) => {
    const key = phraseKey(text)
    if (key === '') report(check, path, { zh: '这句话里没有文字', en: 'there are no words in this phrase' })
    const other = phrases.get(key)
    if (other !== undefined && other !== owner) {
      report(check, path, {
        zh: `"${text}" 已经属于 ${other}：一种问法只能有一个答案`,
        en: `"${text}" belongs to ${other} already: one phrase has one answer`,
      })
    }
    phrases.set(key, other ?? owner)
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
    if (article !== undefined && !check.known.articles?.includes(article)) {
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

/** Every step with its place, those inside others too. */
function walk(steps: readonly Step[], path: Path, visit: (step: Step, path: Path, steps: readonly Step[], index: number) => void): void {
  steps.forEach((step, index) => {
    const own = [...path, index]
    visit(step, own, steps, index)
    if ('switch' in step) {
      for (const [value, inner] of Object.entries(step.cases)) walk(inner, [...own, 'cases', value], visit)
      if (step.default) walk(step.default, [...own, 'default'], visit)
    }
    if ('call' in step && step.failed) walk(step.failed, [...own, 'failed'], visit)
  })
}

function checkFlow(id: string, flow: Flow, check: Check): void {
  const asks = new Set<string>()
  walk(flow.steps, ['flows', id, 'steps'], (step, path, steps, index) => {
    checkGuard(step.when, [...path, 'when'], check)
    if ('ask' in step) {
      if (asks.has(stepId(step))) {
        report(check, [...path, 'ask'], {
          zh: `这个流程里已经有一步叫 "${stepId(step)}"：请给其中一步写上不同的 id`,
          en: `another step of this flow is "${stepId(step)}" already: give one of them an id of its own`,
        })
      }
      asks.add(stepId(step))
      checkTarget(step.retry?.then, [...path, 'retry', 'then'], ['end', 'handoff'], check)
      checkChoices(step.choices, [...path, 'choices'], check)
    }
    if ('say' in step && 'buttons' in step) checkButtons(step.buttons, [...path, 'buttons'], check)
    if ('goto' in step) checkTarget(step.goto, [...path, 'goto'], ['end', 'handoff'], check)
    if ('handoff' in step) checkSkill(step.handoff.skill, [...path, 'handoff', 'skill'], check)
    if ('call' in step && !check.known.webhooks?.includes(step.call)) {
      warn(check, [...path, 'call'], {
        zh: `没有叫 "${step.call}" 的 webhook，会走 failed 的步骤`,
        en: `there is no webhook "${step.call}"; the steps under failed are taken`,
      })
    }
    const leaves = ('goto' in step || 'handoff' in step) && !step.when
    if (leaves && index < steps.length - 1) {
      warn(check, [...path.slice(0, -1), index + 1], {
        zh: '前一步已离开这里，走不到这一步',
        en: 'this step is never reached: the one before it leaves',
      })
    }
  })
}

function checkChoices(choices: Extract<Step, { ask: string }>['choices'], path: Path, check: Check): void {
  const words = ['next', 'end', 'handoff']
  if (Array.isArray(choices)) {
    for (const [index, { then }] of choices.entries()) checkTarget(then, [...path, index, 'then'], words, check)
  } else {
    for (const [label, target] of Object.entries(choices ?? {})) checkTarget(target, [...path, label], words, check)
  }
}

function checkSkill(skill: string | undefined, path: Path, check: Check): void {
  const { skills } = check.known
  if (skill !== undefined && skills && !skills.includes(skill)) report(check, path, unknownName({ zh: '技能', en: 'skill' }, skill, skills))
}

/** Flows that lead round to themselves with no question on the way would run for ever. */
function checkLoops(check: Check): void {
  const leads = new Map<string, { to: string; path: Path }[]>()
  for (const [id, flow] of Object.entries(check.file.flows)) {
    const found: { to: string; path: Path }[] = []
    silentJumps(flow.steps, ['flows', id, 'steps'], found)
    leads.set(id, found)
  }
  const reaches = (from: string, goal: string, seen: Set<string>): boolean =>
    (leads.get(from) ?? []).some(({ to }) => to === goal || (!seen.has(to) && reaches(to, goal, seen.add(to))))
  for (const [id, jumps] of leads) {
    for (const { to, path } of jumps) {
      if (to !== id && !reaches(to, id, new Set([to]))) continue
      report(check, [...path, 'goto'], {
        zh: `流程会绕回 "${id}" 而中间没有提问（ask）`,
        en: `this leads back to "${id}" without a question (ask) on the way`,
      })
    }
  }
}

/** Jumps that can be reached without a reply of the customer's; true when the steps surely stop before their end. */
function silentJumps(steps: readonly Step[], path: Path, found: { to: string; path: Path }[]): boolean {
  for (const [index, step] of steps.entries()) {
    const own = [...path, index]
    if ('goto' in step) found.push({ to: step.goto, path: own })
    let stops = 'ask' in step || 'goto' in step || 'handoff' in step
    if ('switch' in step) {
      const branches = Object.entries(step.cases).map(([value, inner]) => silentJumps(inner, [...own, 'cases', value], found))
      stops = step.default !== undefined && silentJumps(step.default, [...own, 'default'], found) && branches.every(Boolean)
    }
    if ('call' in step && step.failed) silentJumps(step.failed, [...own, 'failed'], found)
    if (stops && !step.when) return true
  }
  return false
}

/** `{{oder_no}}` would silently stay empty. */
function checkSlots(check: Check): void {
  const known = new Set(['brand.name', 'customer.name'])
  const saved = new Set<string>()
  for (const flow of Object.values(check.file.flows)) {
    walk(flow.steps, [], (step) => {
      if ('ask' in step) known.add(step.ask)
      if ('set' in step) for (const name of Object.keys(step.set)) known.add(name)
      if ('call' in step && step.save) saved.add(step.save)
    })
  }
  const isKnown = (name: string) => known.has(name) || saved.has(name.split('.')[0] ?? '')
  const look = (value: unknown, path: Path): void => {
    if (typeof value === 'string') {
      for (const name of slotsOf(value).filter((slot) => !isKnown(slot))) {
        warn(check, path, unknownName({ zh: '变量', en: 'variable' }, name, [...known]))
      }
    } else if (typeof value === 'object' && value !== null) {
      for (const [key, inner] of Object.entries(value)) look(inner, [...path, Array.isArray(value) ? Number(key) : key])
    }
  }
  for (const part of ['greetings', 'faq', 'flows', 'fallback'] as const) look(check.file[part], [part])
}
