// What the customer said or pressed, or what came of a call, in the order in which it can mean something.

import { shortId } from '#core/adapt.ts'
import type { Button, Part } from '#core/message.ts'
import { phrase } from '#core/phrases.ts'
import { asksAssistant, assist, assisted, unsure } from './assist.ts'
import type { BotInput } from './contract.ts'
import type { Match } from './faq.ts'
import { type Accepted, askAt, choiceOf, freeReply, isFree, resumeFlow, resumePending, retryAsk, startFlow, type Waiting } from './flow.ts'
import { smallTalkOf, wantsOut, wantsPerson } from './intents.ts'
import { showPage } from './page.ts'
import { personButton } from './reply.ts'
import { calledBy } from './rules.ts'
import type { AskStep } from './schema.ts'
import { callPerson, follow, greet, isPending, leave, rated, runOf, settle, type Turn, toPerson } from './turn.ts'

export function onMessage(turn: Turn, parts: readonly Part[]): undefined {
  const text = parts
    .flatMap((part) =>
      part.type === 'text' || part.type === 'buttons' ? [part.text] : part.type === 'media' && part.caption ? [part.caption] : [],
    )
    .join('\n')
    .trim()
  const kind = parts.find((part) => part.type !== 'text')?.type
  if (!text && kind && !(turn.kept.flow && takesFile(turn))) return askForWords(turn, kind)
  onText(turn, text || `[${kind ?? ''}]`)
}

/** A question that takes any reply takes a picture too: 'please send a photo of the damage'. */
function takesFile(turn: Turn): boolean {
  const step = turn.kept.flow && askAt(turn.shop.file.flows, turn.kept.flow)
  return step !== undefined && isFree(step)
}

function askForWords(turn: Turn, kind: Part['type']): undefined {
  const { locale } = turn.world.context
  turn.reply.texts.push(phrase(kind === 'media' || kind === 'location' ? 'bot.words_please' : 'bot.words_please_only', locale))
  turn.reply.buttons.push(personButton(locale))
}

function onText(turn: Turn, text: string): undefined {
  const { flow } = turn.kept
  const asks = flow !== undefined && !isPending(flow)
  const offered = asks ? undefined : offeredChoice(turn, text)
  if (offered) return onPress(turn, offered.id, offered.label)
  const match = turn.world.matcher.match(text)
  if (asks) return inFlow(turn, flow, { text }, match)
  if (match.confidence < 1 && goesBack(turn, text)) return
  const called = calledBy(text, turn.shop.file, turn.world, { inFlow: false, returned: turn.kept.returned === true })
  if (called && !smallTalkOf(text)) return callPerson(turn, called)
  if (match.confidence === 1) return follow(turn, match.ranked[0]?.id ?? '', text)
  if (sayPleasantry(turn, text)) return
  if (wantsPerson(text)) return toPerson(turn)
  if (flow && wantsOut(text)) return cancelled(turn)
  if (isSure(turn, match)) return follow(turn, match.ranked[0]?.id ?? '', text, match.confidence)
  if (flow?.calling) return looking(turn)
  if (asksAssistant(turn, match)) return assist(turn, text, match)
  unsure(turn, text, match)
}

/** A webhook is being asked for them: nothing to be sorry for yet. */
function looking(turn: Turn): undefined {
  turn.reply.texts.push(phrase('bot.looking', turn.world.context.locale))
}

/** `2` or a label, on channels where buttons are a numbered list. Before anything is offered, the greeting's buttons count. */
function offeredChoice(turn: Turn, text: string): Button | undefined {
  const { kept, world } = turn
  const choices = kept.choices ?? (world.context.greeted ? turn.shop.greeting(world).buttons : [])
  const plain = text
    .normalize('NFKC')
    .trim()
    .replace(/[.。、)]$/, '')
  const byNumber = /^\d{1,2}$/.test(plain) ? choices[Number(plain) - 1] : undefined
  return byNumber ?? choices.find(({ label }) => label.toLowerCase() === text.trim().toLowerCase())
}

function sayPleasantry(turn: Turn, text: string): boolean {
  const { locale, greeted } = turn.world.context
  const talk = smallTalkOf(text)
  if (!talk) return false
  if (talk === 'thanks') turn.reply.texts.push(phrase('bot.welcome', locale))
  else if (talk === 'bye') turn.reply.texts.push(phrase('bot.bye', locale))
  else if (greeted) {
    turn.reply.texts.push(phrase('bot.hello', locale))
    turn.reply.buttons.push(...turn.shop.greeting(turn.world).buttons)
  } else greet(turn)
  turn.kept.suggested = false
  return true
}

/** Sure enough to act; a flow asks something of the customer and so needs more. */
function isSure(turn: Turn, match: Match): boolean {
  const id = match.ranked[0]?.id ?? ''
  if (match.zone !== 'answer') return false
  if (!id.startsWith('flow:')) return true
  return match.confidence >= (turn.shop.file.flows[id.slice(5)]?.trigger?.min_confidence ?? 0.6)
}

export function onPress(turn: Turn, pressed: string, label?: string): undefined {
  const id = pressed.startsWith('#') ? longId(turn, pressed) : pressed
  const waiting = turn.kept.flow
  const step = waiting && askAt(turn.shop.file.flows, waiting)
  if (waiting && step && choiceOf(step, { press: pressed })) return inFlow(turn, waiting, { press: pressed })
  if (id === 'resume' && turn.kept.paused) return comeBack(turn, turn.kept.paused)
  if (id?.startsWith('say:')) return onText(leave(turn), id.slice(4))
  if (id === 'handoff') return toPerson(turn)
  if (id === 'thumb:up' || id === 'thumb:down') return rated(turn, id === 'thumb:up')
  if (id?.startsWith('faq:') && turn.shop.faq.has(id.slice(4))) return follow(leaveUnlessPending(turn), id)
  const read = id?.startsWith('article:') ? turn.shop.faq.get(id.slice(8)) : undefined
  if (read?.page) return showPage(turn, read)
  if (id?.startsWith('flow:') && Object.hasOwn(turn.shop.file.flows, id.slice(5))) return follow(leave(turn), id)
  // Made by somebody else's menu (WeChat, a bot's keyboard): its words are what was meant.
  const foreign = label && !/^(?:#|choice:|faq:|flow:|article:)/.test(pressed)
  if (foreign) return onText(turn, label)
  const { locale } = turn.world.context
  turn.reply.texts.push(phrase('button.expired', locale))
  if (step && waiting) again(turn, step, waiting)
}

function longId(turn: Turn, short: string): string | undefined {
  const known = [...(turn.kept.choices ?? []).map(({ id }) => id), ...turn.shop.buttonIds()]
  return known.find((id) => shortId(id) === short)
}

/** What waits for a webhook or for its time goes on by itself, whatever is answered meanwhile. */
function leaveUnlessPending(turn: Turn): Turn {
  return isPending(turn.kept.flow) ? turn : leave(turn)
}

/** Shows the question of the flow again without counting a try: an old button is no reply. */
function again(turn: Turn, step: AskStep, waiting: Waiting): undefined {
  const outcome = retryAsk({ ...step, retry: { max: waiting.tries + 1, say: step.say } }, waiting, 'handoff', '', runOf(turn, waiting.vars))
  if (outcome.type === 'waits') turn.kept.flow = { ...outcome.flow, tries: waiting.tries }
}

/** Back to the question of a flow that was left. */
function comeBack(turn: Turn, paused: Waiting): undefined {
  delete turn.kept.paused
  delete turn.kept.flow
  const step = askAt(turn.shop.file.flows, paused)
  if (!step) return stepGone(turn, paused)
  again(turn, step, paused)
}

/** The customer asked something else in between, and now gives the reply that the flow waited for. */
function goesBack(turn: Turn, text: string): boolean {
  const { paused } = turn.kept
  const step = paused && !turn.kept.flow ? askAt(turn.shop.file.flows, paused) : undefined
  if (!paused || !step || isFree(step)) return false
  const accepted = choiceOf(step, { text }) ?? freeReply(step, text)
  if (!accepted) return false
  delete turn.kept.paused
  settle(turn, resumeFlow(paused, accepted, runOf(turn, paused.vars)), 'flow')
  return true
}

function inFlow(turn: Turn, waiting: Waiting, said: { text: string } | { press: string }, match?: Match): undefined {
  const { file } = turn.shop
  const step = askAt(file.flows, waiting)
  if (!step) return stepGone(turn, waiting)
  const run = runOf(turn, waiting.vars)
  const resume = (accepted: Accepted): undefined => {
    delete turn.kept.restarted
    settle(turn, resumeFlow(waiting, accepted, run), 'flow')
  }
  const choice = choiceOf(step, said)
  if (choice) return resume(choice)
  if (!('text' in said) || !match) return
  const { text } = said
  const top = match.ranked[0]?.id ?? ''
  const exact = match.confidence === 1
  if (wantsPerson(text) || (exact && top === `flow:${file.fallback.then}`)) return toPerson(turn)
  if (wantsOut(text)) return cancelled(turn)
  const free = isFree(step)
  const reply = free && exact ? undefined : freeReply(step, text)
  if (reply) return resume(reply)
  const called = calledBy(text, file, turn.world, { inFlow: true, returned: false })
  if (called) return callPerson(turn, called)
  if (exact || (isSure(turn, match) && top !== `flow:${waiting.id}`)) {
    turn.reply.texts.push(phrase('bot.flow_left', turn.world.context.locale))
    return follow(leave(turn), top, text)
  }
  const sorry = phrase(step.choices ? 'bot.choose' : 'bot.retry', turn.world.context.locale)
  settle(turn, retryAsk(step, waiting, file.fallback.then, sorry, run), 'flow')
}

/** The file was edited under a running conversation: the flow begins again once, then a person takes over. */
function stepGone(turn: Turn, waiting: Waiting): undefined {
  if (turn.kept.restarted || !Object.hasOwn(turn.shop.file.flows, waiting.id)) return toPerson(turn, 'failed')
  turn.kept.restarted = true
  settle(turn, startFlow(waiting.id, runOf(turn, waiting.vars)), 'flow')
}

function cancelled(turn: Turn): undefined {
  delete turn.kept.flow
  delete turn.kept.paused
  turn.reply.texts.push(phrase('bot.flow_cancelled', turn.world.context.locale))
}

/** What a flow waited for came. Anything else that comes late (the flow was left, a second answer) changes nothing: false. */
export function onCame(turn: Turn, input: Extract<BotInput, { type: 'called' | 'due' }>): boolean {
  const { flow, asking } = turn.kept
  if (asking?.key === input.key) {
    assisted(turn, asking.text, input.type === 'called' && input.answer.ok ? input.answer.data : undefined)
    return true
  }
  if (!isPending(flow) || flow.pending !== input.key) return false
  const came = input.type === 'due' ? 'due' : input.answer.ok ? { data: input.answer.data } : { why: input.answer.why }
  const outcome = resumePending(flow, came, runOf(turn, flow.vars))
  if (outcome) settle(turn, outcome, 'flow')
  else stepGone(turn, flow)
  return true
}
