// Talks to a bot and keeps its state, through JSON as the store does.
import { expect } from 'vitest'
import { createBot } from '#bot/bot.ts'
import { readBot } from '#bot/check.ts'
import type { Bot, BotContext, BotInput, BotState } from '#bot/contract.ts'
import { type Button, type Part, plainText } from '#core/message.ts'

export function botOf(source: string): Bot {
  const reading = readBot(source, 'bot.yaml')
  if ('problems' in reading) throw new Error(JSON.stringify(reading.problems))
  return createBot(reading.value)
}

export const CONTEXT: BotContext = {
  now: new Date('2026-03-02T02:00:00Z'),
  locale: 'zh',
  channel: { id: 'shop-web', type: 'web' },
  visitor: 'new',
  customer: {},
  brand: { name: '示例商城' },
  greeted: true,
}

export function talk(bot: Bot, context: Partial<BotContext> = {}, start: BotState = {}) {
  let state = start
  let turns = 0
  const send = (input: string | BotInput) => {
    const given: BotInput = typeof input === 'string' ? { type: 'message', parts: [{ type: 'text', text: input }] } : input
    const turn = bot.turn(state, given, { ...CONTEXT, turn: `t${turns++}`, ...context })
    state = JSON.parse(JSON.stringify(turn.state))
    const parts = turn.effects.flatMap((effect) => (effect.type === 'say' ? effect.parts : []))
    expect(turn.effects.filter(({ type }) => type === 'say').length).toBeLessThanOrEqual(1)
    const handoff = turn.effects.find((effect) => effect.type === 'handoff')
    return { text: plainText(parts), buttons: buttonsOf(parts), parts, handoff, effects: turn.effects }
  }
  return {
    get state() {
      return state
    },
    send,
    /** What the flow waits for answers. */
    answers: (data: unknown) => send({ type: 'called', key: state.flow?.pending ?? '', answer: { ok: true, data } }),
    fails: () => send({ type: 'called', key: state.flow?.pending ?? '', answer: { ok: false, why: 'HTTP 500' } }),
    passes: () => send({ type: 'due', key: state.flow?.pending ?? '' }),
  }
}

export function buttonsOf(parts: readonly Part[]): Button[] {
  return parts.flatMap((part) => (part.type === 'buttons' ? part.buttons : []))
}
