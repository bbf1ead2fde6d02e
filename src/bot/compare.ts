// What customers said, under two bots: what would change. Pure: whatever a bot would send, call or wait for stays undone.
import { plainText } from '#core/message.ts'
import { detectLocale } from '#core/phrases.ts'
import type { Bot, BotContext, BotEffect, BotInput, BotState } from './contract.ts'

/** A conversation as it was: the customer's words and when they came. */
export interface Said {
  id: string
  context: Omit<BotContext, 'now' | 'brand' | 'greeted' | 'turn'>
  words: { text: string; at: Date }[]
}

/** What a bot made of one message. */
export interface Made {
  /** `answer refund`, `flow order_status`, `suggest`, `miss`, `person asked`, `call order_lookup`, `say`. */
  what: string
  says: string
}

export interface Compared {
  id: string
  /** The first message that is treated another way; undefined where nothing changes. */
  change?: { words: string; before: Made | undefined; after: Made | undefined }
  before: Made[]
  after: Made[]
}

export function compare(said: Said, before: Bot, after: Bot, brand: string): Compared {
  const [old, now] = [play(said, before, brand), play(said, after, brand)]
  const at = said.words.findIndex((_, n) => old[n]?.what !== now[n]?.what || old[n]?.says !== now[n]?.says)
  const words = said.words[at]?.text
  return { id: said.id, before: old, after: now, ...(words !== undefined && { change: { words, before: old[at], after: now[at] } }) }
}

/** Until a person has it: from there on no bot answers. */
function play({ context, words }: Said, bot: Bot, brand: string): Made[] {
  const made: Made[] = []
  let state: BotState = {}
  let { locale } = context
  for (const [n, { text, at }] of words.entries()) {
    locale = detectLocale(text, locale, { known: n > 0 })
    const before = state
    const effects: BotEffect[] = []
    const take = (input: BotInput) => {
      const around = { ...context, locale, now: at, turn: `t${n}.${effects.length}`, brand: { name: brand }, greeted: true }
      const turn = bot.turn(state, input, around)
      state = turn.state
      effects.push(...turn.effects)
    }
    take({ type: 'message', parts: [{ type: 'text', text }] })
    // Nobody is asked again for the sake of a comparison: both bots go the way of a webhook that does not answer.
    for (let k = 0; k < MOST_CALLS && state.flow?.pending !== undefined && state.flow.calling; k++) {
      take({ type: 'called', key: state.flow.pending, answer: { ok: false, why: 'not asked' } })
    }
    const says = effects.flatMap((effect) => (effect.type === 'say' ? [plainText(effect.parts)] : [])).join('\n')
    made.push({ what: whatOf(effects, before, state), says })
    if (effects.some(({ type }) => type === 'handoff')) break
  }
  return made
}

const MOST_CALLS = 20

function whatOf(effects: readonly BotEffect[], before: BotState, after: BotState): string {
  for (const effect of effects.toReversed()) {
    if (effect.type === 'handoff') return `person ${effect.reason}`
    if (effect.type === 'answered') return `answer ${effect.entry}`
    if (effect.type === 'call') return `call ${effect.webhook}`
  }
  if (after.flow) return `flow ${after.flow.id}`
  if (after.suggested) return 'suggest'
  return (after.misses ?? 0) > (before.misses ?? 0) ? 'miss' : 'say'
}
