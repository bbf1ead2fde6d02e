// What the router decided of a conversation, and why: written down whenever it changes, told in words to whoever asks.

import { newId } from '#core/ids.ts'
import type { Locale, Text } from '#core/message.ts'
import { phrase } from '#core/phrases.ts'
import type { AgentRow, DecisionRow, Draft } from '#store/rows.ts'
import type { DecisionKind, DecisionWhy } from '#store/schema.ts'
import type { House } from './house.ts'

export function decide(draft: Draft, house: House, kind: DecisionKind, agentId: string | null, why: DecisionWhy = {}): void {
  const { conversation } = draft
  draft.newDecisions.push({ id: newId('dcn', house.clock), conversationId: conversation.id, at: house.clock.now(), kind, agentId, why })
}

/** One decision as a sentence. */
export function decisionText(
  { kind, agentId, why }: Pick<DecisionRow, 'kind' | 'agentId' | 'why'>,
  agents: Pick<AgentRow, 'id' | 'name'>[],
  locale: Locale,
): string {
  const nameOf = (id: string | null) => agents.find((one) => one.id === id)?.name ?? id ?? '?'
  const agent = nameOf(agentId)
  switch (kind) {
    case 'assigned':
      return phrase('why.assigned', locale, { agent, why: choiceText(why, locale) })
    case 'offered':
      return phrase('why.offered', locale, { agents: (why.asked ?? [agentId]).map(nameOf), why: choiceText(why, locale) })
    case 'waiting':
      return phrase('why.waiting', locale, { why: waitingText(why, locale) })
    case 'withdrawn':
      return phrase('why.withdrawn', locale)
    case 'missed':
      return phrase('why.missed', locale, { agents: (why.asked ?? [agentId]).map(nameOf) })
    default:
      return phrase(`why.${kind}`, locale, { agent })
  }
}

/** The last decisions, oldest first, each with its time of day. */
export function decisionLines(rows: DecisionRow[], agents: Pick<AgentRow, 'id' | 'name'>[], now: Date, locale: Locale): string {
  if (rows.length === 0) return phrase('why.nothing', locale)
  return rows
    .map((row) => `${phrase('why.ago', locale, { ms: now.getTime() - row.at.getTime() })} · ${decisionText(row, agents, locale)}`)
    .join('\n')
}

function choiceText(why: DecisionWhy, locale: Locale): string {
  const { able = 0, free = 0, last, helps, again, level, load = 0, dropped = [] } = why
  const reasons = [
    phrase('why.choice', locale, { able, free, load }),
    ...(last ? [phrase('why.last', locale)] : []),
    ...(helps ? [phrase('why.helps', locale)] : []),
    ...(again ? [phrase('why.again', locale)] : []),
    ...(level && level > 1 ? [phrase('why.level', locale, { level })] : []),
    ...(dropped.length > 0 ? [phrase('why.dropped', locale, { what: dropped })] : []),
  ]
  return reasons.join(locale === 'zh' ? '；' : '; ')
}

const hindrances: Record<string, Text> = {
  skill: { zh: '没有客服具备所需技能', en: 'nobody has the skill' },
  level: { zh: '没有客服达到所需级别', en: 'nobody has the skill well enough' },
  team: { zh: '所属团队没有具备技能的客服', en: 'nobody of the team has the skill' },
  language: { zh: '没有会客户语言的客服', en: "nobody who could speaks the customer's language" },
  wish: { zh: '没有同时具备附加技能的客服', en: 'nobody has the further skills that are still looked for' },
  declined: { zh: '合适的客服都已放回或拒绝', en: 'everybody who could gave it back or declined' },
  away: { zh: '合适的客服都不在线', en: 'everybody who could is away' },
  quiet: { zh: '合适的客服都没有动静', en: 'everybody who could went quiet' },
  shift: { zh: '合适的客服都不在班', en: 'everybody who could is off shift' },
  full: { zh: '合适的客服都已满', en: 'everybody who could is busy' },
  asked: { zh: '正在询问客服', en: 'somebody is being asked' },
  claim: { zh: '由客服自己接入', en: 'agents take conversations themselves' },
}

const counted: Record<string, Text> = {
  skill: { zh: '无此技能', en: 'without the skill' },
  level: { zh: '级别不够', en: 'below the level' },
  team: { zh: '不在团队', en: 'of other teams' },
  language: { zh: '语言不符', en: 'of other languages' },
  wish: { zh: '缺附加技能', en: 'without the further skills' },
  declined: { zh: '已放回', en: 'declined' },
  away: { zh: '不在线', en: 'away' },
  quiet: { zh: '久无动静或工具显示离开', en: 'without a sign of life, or away by their tool' },
  shift: { zh: '不在班', en: 'off shift' },
  full: { zh: '已满', en: 'busy' },
}

function waitingText({ reason = '', counts = {} }: DecisionWhy, locale: Locale): string {
  const list = Object.entries(counts).map(([key, n]) =>
    locale === 'zh' ? `${n} 人${counted[key]?.zh ?? key}` : `${n} ${counted[key]?.en ?? key}`,
  )
  const main = hindrances[reason]?.[locale] ?? reason
  if (list.length === 0) return main
  return locale === 'zh' ? `${main}（${list.join('，')}）` : `${main} (${list.join(', ')})`
}
