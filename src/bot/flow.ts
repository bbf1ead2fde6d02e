// The flow engine: runs steps until one waits for a reply, ends, or hands over. Pure: it returns what to keep.
import { shortId } from '#core/adapt.ts'
import type { Button } from '#core/message.ts'
import { inLocale } from '#core/phrases.ts'
import { kept } from './answer.ts'
import type { HandoffEffect, Standing } from './contract.ts'
import { phraseKey } from './normalize.ts'
import { maxMatched } from './pattern.ts'
import { buttonOf, holds, newKey, type Reply, told, type World } from './reply.ts'
import type { AskStep, CallStep, Flow, Step, TagStep, WaitStep, Words } from './schema.ts'

export type Waiting = Standing
export type Handoff = Omit<HandoffEffect, 'type' | 'reason'>

/** How a run ended: it waits, is over, or a person is to go on. What was said is in the reply. */
export type Outcome =
  | { type: 'waits'; flow: Waiting }
  | { type: 'ended'; vars: Record<string, string> }
  /** `failed`: nobody wrote it down like this; the flow could not go on. */
  | { type: 'handoff'; handoff: Handoff; vars: Record<string, string>; failed?: true }

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
  if (!flow) return broken(run)
  return advance([{ steps: flow.steps, at: 0 }], id, run)
}

/** The question at which a conversation stands, or undefined when an edited file has it no more. */
export function askAt(flows: Record<string, Flow>, waiting: Waiting): AskStep | undefined {
  const step = stepAt(stackAt(flows, waiting))
  return step && 'ask' in step ? step : undefined
}

function stepAt(stack: Frame[] | undefined): Step | undefined {
  const top = stack?.at(-1)
  return top?.steps[top.at]
}

/** What came of what a flow waited for: the answer of a webhook, or its time. Undefined when an edited file has the step no more. */
export function resumePending(waiting: Waiting, came: { data: unknown } | { why: string } | 'due', run: Run): Outcome | undefined {
  const stack = stackAt(run.flows, waiting)
  const top = stack?.at(-1)
  const step = stepAt(stack)
  if (!stack || !top || !step || !('call' in step || 'wait' in step)) return undefined
  top.at++
  if ('wait' in step) return advance(stack, waiting.id, run)
  if (came !== 'due' && 'data' in came) {
    run.vars = kept(run.vars, step.save, came.data)
    return advance(stack, waiting.id, run)
  }
  if (!step.failed) return broken(run)
  stack.push({ steps: step.failed, at: 0 })
  return advance(stack, waiting.id, run)
}

/** Nothing says how to go on. */
function broken(run: Run): Outcome {
  return { type: 'handoff', handoff: {}, vars: run.vars, failed: true }
}

/** Goes on after a reply that fits. */
export function resumeFlow(waiting: Waiting, accepted: Accepted, run: Run): Outcome {
  const stack = stackAt(run.flows, waiting) ?? []
  const top = stack.at(-1)
  const step = top?.steps[top.at]
  if (!top || !step || !('ask' in step)) return { type: 'ended', vars: run.vars }
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

/** Where a conversation may stand, and under which name. */
export function stepId(step: AskStep | CallStep | WaitStep): string {
  if (step.id !== undefined) return step.id
  return 'ask' in step ? step.ask : 'call' in step ? `call:${step.call}` : `wait:${step.wait}`
}

export function isStop(step: Step): step is AskStep | CallStep | WaitStep {
  return 'ask' in step || 'call' in step || 'wait' in step
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
    if (isStop(step) && stepId(step) === id) return [{ steps, at }]
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
  if (target === 'end') return { type: 'ended', vars: run.vars }
  return target === 'handoff' ? { type: 'handoff', handoff: {}, vars: run.vars } : startFlow(target, run)
}

function advance(start: Frame[], id: string, run: Run): Outcome {
  let stack = start
  let flow = id
  for (let count = 0; count < maxSteps; count++) {
    const frame = stack.at(-1)
    if (!frame) return { type: 'ended', vars: run.vars }
    const step = frame.steps[frame.at++]
    if (!step) stack.pop()
    else if (holds(step.when, run.world, run.vars)) {
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
  return broken(run)
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
  } else if ('set' in step) {
    for (const [name, value] of Object.entries(step.set)) vars[name] = told(value, world, vars)
  } else if ('switch' in step) {
    const value = Object.hasOwn(vars, step.switch) ? (vars[step.switch] as string) : ''
    const enter = Object.hasOwn(step.cases, value) ? step.cases[value] : step.default
    return enter && { enter }
  } else if ('tag' in step) tag(step, run)
  else if ('rate' in step) reply.effects.push({ type: 'rate', text: told(step.rate, world, vars) })
  else if ('handoff' in step) return handOver(step, run)
  else return pend(step, flow, run)
  return undefined
}

function handOver({ handoff: { skill, priority, note } }: Extract<Step, { handoff: unknown }>, { world, vars }: Run): Outcome {
  const filled = note && told(note, world, vars)
  return { type: 'handoff', handoff: { ...(skill && { skill }), ...(priority && { priority }), ...(filled && { note: filled }) }, vars }
}

/** A webhook's answer for which the file names no time. */
const CALL_MS = 10_000

/** The flow waits for something else than the customer. */
function pend(step: CallStep | WaitStep, flow: string, { world, reply, vars }: Run): Outcome {
  const key = newKey(world, reply)
  if ('wait' in step) reply.effects.push({ type: 'wait', key, ms: step.wait })
  else {
    const sent = Object.entries(step.with ?? {}).map(([name, value]) => [name, told(value, world, vars)])
    const timeoutMs = step.timeout ?? CALL_MS
    reply.effects.push({ type: 'call', key, webhook: step.call, flow, with: Object.fromEntries(sent), timeoutMs })
  }
  const calling = 'call' in step && { calling: true as const }
  return { type: 'waits', flow: { id: flow, step: stepId(step), tries: 0, vars, pending: key, ...calling } }
}

function tag({ tag: given }: TagStep, { world, reply }: Run): void {
  const list = (names: string | string[] | undefined) => (names === undefined ? [] : [names].flat())
  const { conversation, customer, remove } =
    typeof given === 'object' && !Array.isArray(given) ? given : { conversation: given, customer: undefined, remove: undefined }
  const effect = { type: 'tag' as const, conversation: list(conversation), customer: list(customer), remove: list(remove) }
  reply.effects.push(effect)
  for (const name of [...effect.conversation, ...effect.customer]) world.tags.add(name)
  for (const name of effect.remove) world.tags.delete(name)
}
