// What only a look at whole flows shows: names, steps that are never reached, loops, places with one name, unknown variables.
import type { Path } from '#core/document.ts'
import type { Text } from '#core/message.ts'
import { nearest } from '#core/nearest.ts'
import { type Check, checkButtons, checkGuard, checkName, checkSkill, checkTarget, placeOf, report, unknownName, warn } from './finding.ts'
import { innerSteps, isStop, stepId } from './flow.ts'
import type { AskStep, Flow, Step } from './schema.ts'
import { slotsOf } from './template.ts'

export function checkFlows(check: Check): void {
  for (const [id, flow] of Object.entries(check.file.flows)) checkFlow(id, flow, check)
  checkLoops(check)
  checkUse(check)
  const names = variables(check)
  checkSlots(names, check)
  checkCases(check)
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

function walkAll(check: Check, visit: (step: Step, path: Path) => void): void {
  for (const [id, flow] of Object.entries(check.file.flows)) walk(flow.steps, ['flows', id, 'steps'], visit)
}

function checkFlow(id: string, flow: Flow, check: Check): void {
  const stops = new Map<string, Path>()
  walk(flow.steps, ['flows', id, 'steps'], (step, path, steps, index) => {
    checkGuard(step.when, [...path, 'when'], check)
    if (isStop(step)) {
      const name = stepId(step)
      const verb = 'ask' in step ? 'ask' : 'call' in step ? 'call' : 'wait'
      const other = stops.get(name)
      if (other) {
        const place = placeOf(check, other)
        report(check, [...path, verb], {
          zh: `这个流程里已经有一步叫 "${name}"（${place.zh}）：请给其中一步写上不同的 id`,
          en: `another step of this flow is "${name}" already (${place.en}): give one of them an id of its own`,
        })
      }
      stops.set(name, other ?? path)
    }
    if ('ask' in step) checkAsk(step, path, check)
    if ('say' in step && 'buttons' in step) checkButtons(step.buttons, [...path, 'buttons'], check)
    if ('goto' in step) checkTarget(step.goto, [...path, 'goto'], ['end', 'handoff'], check)
    if ('handoff' in step) checkSkill(step.handoff.skill, [...path, 'handoff', 'skill'], check)
    if ('call' in step)
      checkName(
        { zh: 'webhook（frontdesk.yaml 的 webhooks）', en: 'webhook in frontdesk.yaml' },
        step.call,
        check.known.webhooks,
        [...path, 'call'],
        check,
      )
    if (leaves(step) && index < steps.length - 1) {
      const place = placeOf(check, path)
      report(check, [...path.slice(0, -1), index + 1], {
        zh: `走不到这一步：${place.zh}的那一步总会离开这里`,
        en: `this step is never reached: the one on ${place.en} always leaves`,
      })
    }
  })
}

/** Does nothing ever go on behind this step? */
function leaves(step: Step): boolean {
  if (step.when) return false
  if ('goto' in step || 'handoff' in step) return true
  if ('ask' in step && step.choices) return targetsOf(step).every((target) => target !== undefined && target !== 'next')
  if (!('switch' in step) || !step.default) return false
  return innerSteps(step).every((inner) => inner.some(leaves))
}

function targetsOf({ choices }: AskStep): (string | undefined)[] {
  return Array.isArray(choices) ? choices.map(({ then }) => then) : Object.values(choices ?? {})
}

/** What a choice is kept as. */
function valuesOf({ choices }: AskStep): string[] {
  const labelOf = (label: string | { zh?: string; en?: string }) => (typeof label === 'string' ? label : (label.zh ?? label.en ?? ''))
  return Array.isArray(choices) ? choices.map(({ label, value }) => value ?? labelOf(label)) : Object.keys(choices ?? {})
}

function checkAsk(step: AskStep, path: Path, check: Check): void {
  checkTarget(step.retry?.then, [...path, 'retry', 'then'], ['end', 'handoff'], check)
  const words = ['next', 'end', 'handoff']
  const { choices } = step
  if (Array.isArray(choices)) {
    for (const [index, { then }] of choices.entries()) checkTarget(then, [...path, 'choices', index, 'then'], words, check)
    const values = valuesOf(step)
    values.forEach((value, index) => {
      if (values.indexOf(value) === index) return
      report(check, [...path, 'choices', index], {
        zh: `有两个选项的值都是 "${value}"`,
        en: `two choices have the value "${value}": nobody could tell them apart`,
      })
    })
  } else {
    for (const [label, target] of Object.entries(choices ?? {})) checkTarget(target, [...path, 'choices', label], words, check)
  }
  if (choices && step.match !== undefined) {
    report(check, [...path, 'match'], {
      zh: '有 choices 时只能选其中之一，match 不起作用；请删去一个',
      en: 'with choices only those are taken, so match does nothing; remove one of the two',
    })
  }
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

/** A flow that nothing leads to is forgotten, or its name is mistyped elsewhere. */
function checkUse(check: Check): void {
  const { file } = check
  const used = new Set<string | undefined>([file.fallback.then])
  const look = (value: unknown): void => {
    if (typeof value !== 'object' || value === null) return
    for (const [key, inner] of Object.entries(value)) {
      if (typeof inner === 'string' && (key === 'flow' || key === 'goto' || key === 'then')) used.add(inner)
      look(inner)
    }
  }
  look([file.greetings, file.faq, file.flows])
  walkAll(check, (step) => {
    if ('ask' in step) for (const target of targetsOf(step)) used.add(target)
  })
  for (const [id, flow] of Object.entries(file.flows)) {
    if (flow.trigger || used.has(id)) continue
    warn(check, ['flows', id], { zh: '没有任何地方会进入这个流程', en: 'nothing leads to this flow' }, 'key')
  }
}

interface Names {
  known: Set<string>
  /** With whatever stands behind a dot. */
  saved: Set<string>
}

function variables(check: Check): Names {
  const known = new Set(['brand.name', 'customer.name'])
  const saved = new Set<string>()
  walkAll(check, (step) => {
    if ('ask' in step) known.add(step.ask)
    if ('set' in step) for (const name of Object.keys(step.set)) known.add(name)
    if ('call' in step && typeof step.save === 'string') saved.add(step.save)
    if ('call' in step && typeof step.save === 'object') for (const name of Object.keys(step.save)) known.add(name)
  })
  return { known, saved }
}

/** `{{oder_no}}` would silently stay empty. */
function checkSlots({ known, saved }: Names, check: Check): void {
  const word: Text = { zh: '变量', en: 'variable' }
  const ask = (name: string, path: Path, of?: 'key') => {
    if (!known.has(name) && !saved.has(name.split('.')[0] ?? '')) warn(check, path, unknownName(word, name, [...known, ...saved]), of)
  }
  const look = (value: unknown, path: Path): void => {
    if (typeof value === 'string') for (const name of slotsOf(value)) ask(name, path)
    else if (typeof value === 'object' && value !== null) {
      for (const [key, inner] of Object.entries(value)) look(inner, [...path, Array.isArray(value) ? Number(key) : key])
    }
  }
  for (const part of ['greetings', 'faq', 'flows', 'fallback', 'handoff'] as const) look(check.file[part], [part])
  walkAll(check, (step, path) => {
    if ('switch' in step) ask(step.switch, [...path, 'switch'])
    for (const name of Object.keys(step.when?.vars ?? {})) ask(name, [...path, 'when', 'vars', name], 'key')
  })
}

/** A case that no choice can bring: mistyped, or left over. */
function checkCases(check: Check): void {
  const choices = new Map<string, Set<string>>()
  const open = new Set<string>()
  walkAll(check, (step) => {
    if ('ask' in step) {
      if (step.choices) choices.set(step.ask, new Set([...(choices.get(step.ask) ?? []), ...valuesOf(step)]))
      else open.add(step.ask)
    }
    if ('set' in step) for (const name of Object.keys(step.set)) open.add(name)
    if ('call' in step) for (const name of typeof step.save === 'object' ? Object.keys(step.save) : [step.save ?? '']) open.add(name)
  })
  walkAll(check, (step, path) => {
    const values = 'switch' in step && !open.has(step.switch) ? choices.get(step.switch) : undefined
    if (!('switch' in step) || !values) return
    for (const value of Object.keys(step.cases).filter((one) => !values.has(one))) {
      const meant = nearest(value, values)
      warn(
        check,
        [...path, 'cases', value],
        {
          zh: `没有值为 "${value}" 的选项${meant ? `；您是不是想写 "${meant}"？` : ''}`,
          en: `no choice of "${step.switch}" has the value "${value}"${meant ? `; did you mean "${meant}"?` : ''}`,
        },
        'key',
      )
    }
  })
}
