// The flow engine: runs steps until one waits for a reply, ends, or hands over. Pure: it returns what to keep.
import { shortId } from '#core/adapt.ts'
import type { Button } from '#core/message.ts'
import { inLocale } from '#core/phrases.ts'
import type { BotEffect, BotState } from './contract.ts'
import { phraseKey } from './normalize.ts'
import { maxMatched } from './pattern.ts'
import { buttonOf, holds, type Reply, told, type World } from './reply.ts'
import type { AskStep, Flow, Step, Words } from './schema.ts'

export type Waiting = NonNullable<BotState['flow']>
export type Handoff = Omit<Extract<BotEffect, { type: 'handoff' }>, 'type' | 'reason'>

/** How a run ended: it waits for a reply, is over, or a person is to go on. What was said is in the reply. */
export type Outcome =
  | { type: 'waits'; flow: Waiting }
  | { type: 'ended' }
  | { type: 'handoff'; handoff: Handoff; vars: Record<string, string> }

export interface CustomerReply {
  text?: string
  /** Id of a pressed button. */
  press?: string
}

interface Frame {
  steps: readonly Step[]
  at: number
}

interface Run {
  flows: Record<string, Flow>
  world: World
  reply: Reply
  vars: Record<string, string>
}

/** A loop without a question is refused when the file is read; this is for what slips through (guards that change). */
const maxSteps = 200

export function startFlow(id: string, run: Run): Outcome {
  const flow = Object.hasOwn(run.flows, id) ? run.flows[id] : undefined
  if (!flow) return { type: 'handoff', handoff: {}, vars: run.vars }
  return advance([{ steps: flow.steps, at: 0 }], id, run)
}

/** The question at which a conversation stands, or undefined when an edited file has it no more. */
export function askAt(flows: Record<string, Flow>, waiting: Waiting): AskStep | undefined {
  const frame = stackAt(flows, waiting)?.at(-1)
  const step = frame?.steps[frame.at]
  return step && 'ask' in step ? step : undefined
}

/** Goes on after a reply that fits. */
export function resumeFlow(waiting: Waiting, accepted: Accepted, run: Run): Outcome {
  const stack = stackAt(run.flows, waiting) ?? []
  const top = stack.at(-1)
  const step = top?.steps[top.at]
  if (!top || !step || !('ask' in step)) return { type: 'ended' }
  top.at++
  run.vars[step.ask] = accepted.value
  const target = accepted.to ?? 'next'
  return target === 'next' ? advance(stack, waiting.id, run) : jump(target, run)
}

/** Asks once more, or gives up after `retry.max` times. */
export function retryAsk(step: AskStep, waiting: Waiting, fallback: string, sorry: string, run: Run): Outcome {
  const max = step.retry?.max ?? 2
  if (waiting.tries >= max) return jump(step.retry?.then ?? fallback, run)
  run.reply.texts.push(step.retry?.say ? told(step.retry.say, run.world, run.vars) : `${sorry}\n${told(step.say, run.world, run.vars)}`)
  run.reply.buttons.push(...choiceButtons(step, run))
  return { type: 'waits', flow: { ...waiting, tries: waiting.tries + 1, vars: run.vars } }
}

export interface Accepted {
  value: string
  /** Where the choice leads: a flow, next, end or handoff. */
  to?: string
}

/** The choice that a reply means: its button, its number or its label in either language. */
export function choiceOf(step: AskStep, reply: CustomerReply): Accepted | undefined {
  const choices = choicesOf(step)
  const text = (reply.text ?? '').normalize('NFKC').trim()
  const key = phraseKey(text)
  const found = choices.find(({ label, value }, index) => {
    const id = choiceId(value)
    if (reply.press !== undefined) return reply.press === id || reply.press === shortId(id)
    const labels = typeof label === 'string' ? [label] : [label.zh, label.en]
    return text === String(index + 1) || (key !== '' && [...labels, value].some((one) => one !== undefined && phraseKey(one) === key))
  })
  return found && { value: found.value, ...(found.to && { to: found.to }) }
}

/** What a free reply is kept as, when it fits. Full-width digits from Chinese keyboards are digits. */
export function freeReply(step: AskStep, text: string): Accepted | undefined {
  if (step.choices) return undefined
  const value = text.normalize('NFKC').trim()
  if (!value) return undefined
  if (step.match === undefined) return { value: value.slice(0, 1000).toWellFormed() }
  return value.length <= maxMatched && new RegExp(step.match, 'u').test(value) ? { value } : undefined
}

export function isFree(step: AskStep): boolean {
  return step.match === undefined && step.choices === undefined
}

export function stepId(step: AskStep): string {
  return step.id ?? step.ask
}

function choicesOf(step: AskStep): { label: Words; value: string; to?: string }[] {
  if (!step.choices) return []
  if (!Array.isArray(step.choices)) return Object.entries(step.choices).map(([label, to]) => ({ label, value: label, to }))
  return step.choices.map(({ label, value, then }) => ({ label, value: value ?? inLocale(label, 'zh'), to: then }))
}

function choiceId(value: string): string {
  return `choice:${value}`
}

function choiceButtons(step: AskStep, run: Run): Button[] {
  return choicesOf(step).map(({ label, value }) => ({ id: choiceId(value), label: told(label, run.world, run.vars) }))
}

function stackAt(flows: Record<string, Flow>, waiting: Waiting): Frame[] | undefined {
  const flow = Object.hasOwn(flows, waiting.id) ? flows[waiting.id] : undefined
  return flow && search(flow.steps, waiting.step)
}

function search(steps: readonly Step[], id: string): Frame[] | undefined {
  for (const [at, step] of steps.entries()) {
    if ('ask' in step && stepId(step) === id) return [{ steps, at }]
    for (const inner of innerSteps(step)) {
      const found = search(inner, id)
      // The step that holds it is done when its inner steps are.
      if (found) return [{ steps, at: at + 1 }, ...found]
    }
  }
  return undefined
}

export function innerSteps(step: Step): Step[][] {
  if ('switch' in step) return [...Object.values(step.cases), ...(step.default ? [step.default] : [])]
  return 'call' in step && step.failed ? [step.failed] : []
}

function jump(target: string, run: Run): Outcome {
  if (target === 'end') return { type: 'ended' }
  return target === 'handoff' ? { type: 'handoff', handoff: {}, vars: run.vars } : startFlow(target, run)
}

function advance(start: Frame[], id: string, run: Run): Outcome {
  let stack = start
  let flow = id
  for (let count = 0; count < maxSteps; count++) {
    const frame = stack.at(-1)
    if (!frame) return { type: 'ended' }
    const step = frame.steps[frame.at++]
    if (!step) stack.pop()
    else if (holds(step.when, run.world)) {
      if ('goto' in step) {
        const next = Object.hasOwn(run.flows, step.goto) ? run.flows[step.goto] : undefined
        if (!next) return jump(step.goto, run)
        flow = step.goto
        stack = [{ steps: next.steps, at: 0 }]
      } else {
        const outcome = perform(step, flow, run)
        if (outcome && 'type' in outcome) return outcome
        if (outcome) stack.push({ steps: outcome.enter, at: 0 })
      }
    }
  }
  return { type: 'handoff', handoff: {}, vars: run.vars }
}

function perform(step: Exclude<Step, { goto: string }>, flow: string, run: Run): Outcome | { enter: Step[] } | undefined {
  const { world, reply, vars } = run
  if ('ask' in step) {
    reply.texts.push(told(step.say, world, vars))
    reply.buttons.push(...choiceButtons(step, run))
    return { type: 'waits', flow: { id: flow, step: stepId(step), tries: 0, vars } }
  }
  if ('say' in step) {
    reply.texts.push(told(step.say, world, vars))
    for (const button of step.buttons ?? [])
      reply.buttons.push(buttonOf(button, world, world.context.locale, (words) => told(words, world, vars)))
    return undefined
  }
  if ('set' in step) {
    for (const [name, value] of Object.entries(step.set)) vars[name] = told(value, world, vars)
    return undefined
  }
  if ('switch' in step) {
    const value = Object.hasOwn(vars, step.switch) ? (vars[step.switch] as string) : ''
    const enter = Object.hasOwn(step.cases, value) ? step.cases[value] : step.default
    return enter && { enter }
  }
  // No webhook answers inside a conversation yet, so the way for a failed call is taken: the file says what then.
  if ('call' in step) return step.failed && { enter: step.failed }
  const { skill, priority, note } = step.handoff
  const filled = note && told(note, world, vars)
  return { type: 'handoff', handoff: { ...(skill && { skill }), ...(priority && { priority }), ...(filled && { note: filled }) }, vars }
}
