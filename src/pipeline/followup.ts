// What agents mean to do later: a list of their own, and a reminder in their own tool at its time.
import { cut } from '#core/adapt.ts'
import { newId } from '#core/ids.ts'
import type { Button, Locale } from '#core/message.ts'
import { phrase } from '#core/phrases.ts'
import { levelNamed } from '#handoff/commands.ts'
import type { ListedFollowup } from '#store/followups.ts'
import type { AgentRow, Draft, FollowupRow } from '#store/rows.ts'
import type { EventResult } from '#store/schema.ts'
import { type Acting, localeOf, refuse, shownTime } from './acting.ts'
import { later, toDesk } from './draft.ts'
import type { House } from './house.ts'
import { timeIn } from './snooze.ts'

const MOST = 200
const TEXT_MAX = 500
const BUTTONS = 5

/** `tomorrow 9:00 !high call back`. */
export function followUp(acting: Acting, line: string, house: House): EventResult {
  const { draft, agent, deskId, looked } = acting
  const locale = localeOf(acting, house)
  const when = timeIn('followup', line, house, locale)
  if ('code' in when) return when
  const open = looked?.followups ?? []
  if (open.length >= MOST) return refuse('full', phrase('followup.full', locale))
  const [, mark = '', rest = ''] = /^(?:[!！]([^\s:：,，]+)[\s:：,，]*)?([\s\S]*)$/.exec(when.rest) ?? []
  const level = levelNamed(mark)
  const text = cut((level ? rest : when.rest).trim(), TEXT_MAX, 'utf16')
  const row: FollowupRow = {
    id: newId('fup', house.clock),
    agentId: agent.id,
    conversationId: draft.conversation.id,
    number: Math.max(0, ...open.map(({ followup }) => followup.number)) + 1,
    deskId,
    text: text || draft.customer.name,
    priority: level ?? 'normal',
    dueAt: when.at,
    createdAt: house.clock.now(),
    remindedAt: null,
    doneAt: null,
  }
  draft.followups.push(row)
  later(draft, house, when.at, { type: 'reminded', followup: row.id })
  const words = { n: row.number, at: shownTime(when.at, house, locale), text: row.text }
  return { ok: true, message: phrase('followup.set', locale, words) }
}

/** At its time, in the tool where it was asked for, or where the agent can be reached about this customer. The console shows it too. */
export function remind(draft: Draft, followup: FollowupRow | undefined, house: House): boolean {
  const agent = draft.agents.find(({ id }) => id === followup?.agentId)
  if (!followup || !agent || followup.doneAt || followup.remindedAt) return false
  draft.followups.push({ ...followup, remindedAt: house.clock.now() })
  const isReached = (deskId: string) =>
    house.desks.has(deskId) && agent.identities[deskId] !== undefined && draft.threads.some((thread) => thread.deskId === deskId)
  const deskId = [followup.deskId, ...house.desks.keys()].find(isReached)
  if (deskId === undefined) return true
  const locale = house.desks.get(deskId)?.locale ?? house.locale
  toDesk(draft, house, deskId, 'whisper', {
    whom: { id: agent.identities[deskId] ?? '', name: agent.name },
    text: phrase('followup.due', locale, { n: followup.number, text: followup.text, customer: draft.customer.name }),
    buttons: [{ id: `done ${followup.id}`, label: phrase('button.done', locale) }],
    thread: draft.threads.find((thread) => thread.deskId === deskId)?.threadKey,
  })
  return true
}

/** The list, and a button for each of the first. */
export function listFollowups(list: ListedFollowup[], house: House, locale: Locale): { message: string; buttons: Button[] } {
  if (list.length === 0) return { message: phrase('followup.empty', locale), buttons: [] }
  const now = house.clock.now()
  const lines = list.map(({ followup: { number, dueAt, text, priority }, customer }) => {
    const late = dueAt <= now ? ` · ${phrase('followup.late', locale)}` : ''
    const level = priority === 'normal' ? '' : ` · ${phrase(`priority.${priority}`, locale)}`
    return `${number}. ${shownTime(dueAt, house, locale)}${late}${level} · ${customer} · ${text}`
  })
  const buttons = list
    .slice(0, BUTTONS)
    .map(({ followup: { id, number } }) => ({ id: `done ${id}`, label: phrase('button.done_n', locale, { n: number }) }))
  return { message: [phrase('followup.list', locale, { count: list.length }), ...lines].join('\n'), buttons }
}

/** Ticks off one of the agent's own. */
export function finish(
  list: ListedFollowup[],
  item: string,
  agent: AgentRow,
  house: House,
  locale: Locale,
): { row?: FollowupRow; result: EventResult } {
  const found = list.find(({ followup: { id, number, agentId } }) => agentId === agent.id && (id === item || String(number) === item))
  if (!found) {
    const words = item.startsWith('fup_') ? phrase('followup.already', locale) : phrase('followup.gone', locale, { item })
    return { result: refuse('gone', words) }
  }
  const row = { ...found.followup, doneAt: house.clock.now() }
  return { row, result: { ok: true, message: phrase('followup.done', locale, { n: row.number, text: row.text }) } }
}
