// What those who wait are told: their place, how long it may take, that they are not forgotten, and what they may do instead.
import { phrase } from '#core/phrases.ts'
import type { Placed, RoutableAgent } from '#router/contract.ts'
import { estimateWaits } from '#router/estimate.ts'
import type { Pace } from '#store/pace.ts'
import type { ConversationRow, Draft } from '#store/rows.ts'
import { choices } from './choices.ts'
import { say } from './draft.ts'
import { isOpenFor } from './hours.ts'
import { type House, isAsync, isSparing } from './house.ts'

export type Told = Placed & { least?: number | undefined }

export interface Telling {
  placed: Told
  what: What
}

/** `nobody`: there is nobody who could come. Then neither 'next' nor 'soon' would be true, and the place is told again when somebody is back. */
type What = 'first' | 'nobody' | 'moved' | 'soothe'

/** Who chose to be answered later waits for no place. */
const STAYS = new Set([undefined, 'stay'])

/** Less and less often, then no more: whoever waits for hours does not want it every few minutes. */
const MOST_SOOTHED = 3

export function whatToTell(
  conversation: Pick<ConversationRow, 'toldPlace' | 'wait' | 'channelId' | 'queuedAt' | 'openedAt' | 'skill'>,
  placed: Pick<Placed, 'place'>,
  isServed: boolean,
  house: House,
): What | undefined {
  const { toldPlace, wait, channelId, queuedAt } = conversation
  const { queue } = house.service
  if (!STAYS.has(wait?.choice) || wait?.asking) return undefined
  if (toldPlace === null) return isServed ? 'first' : 'nobody'
  // Where each word costs something one is all: what comes next is the answer.
  if (isSparing(house, channelId) || !isServed) return undefined
  if (toldPlace === 0) return isOpenFor(house, conversation.skill) ? 'first' : undefined
  // Places that grow (somebody urgent came) are not announced.
  if (queue.place && isNearer(placed.place, toldPlace)) return 'moved'
  const since = new Date(wait?.toldAt ?? queuedAt ?? conversation.openedAt).getTime()
  const soothed = wait?.soothed ?? 0
  if (soothed >= MOST_SOOTHED) return undefined
  return house.clock.now().getTime() - since >= queue.soothe * 2 ** soothed && isOpenFor(house, conversation.skill) ? 'soothe' : undefined
}

/**
 * Near the front each step is news; to be told of each of them with hundreds ahead is none, and whenever one of a thousand was served nearly a
 * thousand messages would go out.
 */
function isNearer(place: number, told: number): boolean {
  return told - place >= Math.max(1, Math.floor(told / 10))
}

export function tellPlace(draft: Draft, what: What, placed: Told, house: House): void {
  const { conversation } = draft
  const { locale } = conversation
  const { queue } = house.service
  const now = house.clock.now()
  const cause = `place:${conversation.id}:${conversation.version}:${placed.place}`
  if (what === 'nobody') {
    const kept = queue.place ? phrase('queue.place_kept', locale, placed) : ''
    const nobody = isAsync(house, conversation.channelId) ? 'queue.received' : 'queue.nobody'
    tellNobody(draft, [phrase(nobody, locale), kept].filter(Boolean).join('\n'), house, cause)
    return
  }
  const minutes = queue.wait ? placed.minutes : undefined
  const vars = { place: placed.place, minutes, ...(queue.wait && placed.least !== undefined && { least: placed.least }) }
  conversation.toldPlace = placed.place
  conversation.toldMinutes = minutes ?? null
  const { soothed = 0 } = conversation.wait ?? {}
  conversation.wait = { ...conversation.wait, toldAt: now.toISOString(), ...(what === 'soothe' && { soothed: soothed + 1 }) }
  const isLeft = isAsync(house, conversation.channelId)
  const start = phrase(isLeft ? 'queue.received' : 'queue.start', locale)
  const before = what === 'first' ? start : what === 'soothe' ? phrase('queue.wait', locale) : ''
  // “One moment” is for those who sit and wait.
  const known = what === 'moved' ? 'queue.moved' : isLeft && minutes === undefined ? 'queue.place_kept' : 'queue.place'
  const place = queue.place ? phrase(known, locale, vars) : ''
  const text = [before, place].filter(Boolean).join('\n')
  const buttons = what === 'first' && queue.choices ? choices(conversation, house) : []
  if (buttons.length > 0) conversation.wait = { ...conversation.wait, offered: buttons.map(({ id }) => id) }
  const once = what === 'soothe' ? `soothe:${conversation.id}:${conversation.version}:${now.getTime()}` : cause
  say(draft, 'system', [buttons.length > 0 ? { type: 'buttons', text, buttons } : { type: 'text', text }], house, once)
}

/** That nobody is there now, and what can be done about it. */
export function tellNobody(draft: Draft, text: string, house: House, cause: string): void {
  const { conversation } = draft
  conversation.toldPlace = 0
  const buttons = house.service.queue.choices ? choices(conversation, house).filter(({ id }) => id !== 'wait:stay') : []
  conversation.wait = { toldAt: house.clock.now().toISOString(), ...(buttons.length > 0 && { offered: buttons.map(({ id }) => id) }) }
  say(draft, 'system', [buttons.length > 0 ? { type: 'buttons', text, buttons } : { type: 'text', text }], house, cause)
}

export interface Facts {
  agents: RoutableAgent[]
  pace: Pace
  handlingMinutes: number[]
}

/**
 * Of those who are told something, the places with the wait that should hold in four of five cases: whole minutes, rounded so that it
 * holds no less.
 */
export function withWaits(
  placed: readonly Placed[],
  isTold: (conversation: string) => boolean,
  { agents, pace, handlingMinutes }: Facts,
  house: House,
): Told[] {
  const here = agents.filter(({ presence, offShift }) => presence === 'online' && !offShift)
  const waits = estimateWaits(
    {
      queue: placed.map(({ conversation, skill, priority }) => ({ conversation, skill, priority })),
      agents: here.map(({ id, skills, capacity }) => ({
        skills: [...skills.keys()],
        capacity: typeof capacity === 'number' ? capacity : capacity.chat + capacity.async,
        busy: pace.busy.get(id) ?? [],
      })),
      lengths: handlingMinutes,
      arrivals: pace.arrivals,
      window: pace.window,
    },
    house.clock.random,
    isTold,
  )
  const told = placed.filter(({ conversation }) => isTold(conversation))
  return told.map(({ minutes: _, ...one }): Told => {
    const wait = waits.get(one.conversation)
    // Across a closing time nobody can promise minutes.
    if (!wait || !staysOpen(one.skill, wait.high, house)) return one
    const high = Math.max(1, Math.ceil(wait.high))
    const low = Math.floor(wait.low)
    return { ...one, minutes: high, ...(low > 0 && low < high && { least: low }) }
  })
}

function staysOpen(skill: string | null, minutes: number, house: House): boolean {
  return isOpenFor(house, skill) && isOpenFor(house, skill, new Date(house.clock.now().getTime() + minutes * 60_000))
}
