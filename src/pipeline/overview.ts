// What agents ask to read: the queue, their customer, their day, the commands. For the asking agent alone.
import type { BotState } from '#bot/contract.ts'
import type { Locale } from '#core/message.ts'
import { phrase } from '#core/phrases.ts'
import { maskContact } from '#core/redact.ts'
import { type CommandName, commandHelp } from '#handoff/commands.ts'
import type { DayView } from '#store/desk-views.ts'
import type { ListedFollowup } from '#store/followups.ts'
import type { QueuedLine, QueueView } from '#store/queue.ts'
import type { AgentRow } from '#store/rows.ts'
import { type Acting, localeOf, shownDay, shownTime } from './acting.ts'
import { type House, skillName } from './house.ts'
import { shownTags } from './sorting.ts'

const LINES = 10

/** Whom the agent could serve, each at its place; and whom the agent has. */
export function queueWords(queue: QueueView | undefined, agent: AgentRow, house: House, locale: Locale): string {
  const able = queue?.waiting.filter(({ skill }) => skill === null || agent.role !== 'agent' || agent.skills.includes(skill)) ?? []
  const mine = queue?.mine ?? []
  if (able.length + mine.length === 0) return phrase('whisper.queue_empty', locale)
  const now = house.clock.now()
  const line = (one: QueuedLine, n?: number) => {
    const waits = one.at
      ? phrase('queue.waits', locale, { minutes: Math.max(0, Math.floor((now.getTime() - one.at.getTime()) / 60_000)) })
      : ''
    const about = [
      one.skill ? skillName(house, one.skill) : '',
      one.priority === 'normal' ? '' : phrase(`priority.${one.priority}`, locale),
      one.status === 'queued' ? waits : phrase(`status.${one.status}`, locale),
      one.status === 'snoozed' && one.at ? shownTime(one.at, house, locale) : '',
    ]
    return `${n === undefined ? '·' : `${n}.`} ${[one.customer, ...about].filter(Boolean).join(' · ')}`
  }
  const some = (lines: string[]) =>
    lines.length > LINES ? [...lines.slice(0, LINES), phrase('queue.more', locale, { count: lines.length - LINES })] : lines
  return [
    phrase('queue.list', locale, { waiting: able.length, mine: mine.length }),
    ...some(able.map((one, n) => line(one, n + 1))),
    ...(mine.length > 0 ? [phrase('queue.mine', locale), ...some(mine.map((one) => line(one)))] : []),
  ].join('\n')
}

export function seesContacts({ contactsFor }: House, deskId: string, { role }: Pick<AgentRow, 'role'>): boolean {
  return contactsFor?.get(deskId)?.includes(role) ?? true
}

export function customerWords(acting: Acting, house: House): string {
  const locale = localeOf(acting, house)
  const { draft, looked } = acting
  const { customer, conversation } = draft
  const view = looked?.customer
  const { origin } = conversation.botState as BotState
  const seen = seesContacts(house, acting.deskId, acting.agent) ? (value: string) => value : maskContact
  const known = (view?.identities ?? []).map(({ channelId, kind, value, verified }) => {
    const title = house.channels.get(channelId)?.title[locale] ?? channelId
    return `${kind === 'channel' ? title : kind}: ${seen(value)}${verified ? ' ✓' : ''}`
  })
  const before = (view?.before ?? []).map(({ channelId, status, skill, openedAt, closing, csatScore }) =>
    [
      shownDay(openedAt, house, locale),
      house.channels.get(channelId)?.title[locale] ?? channelId,
      skill ? skillName(house, skill) : '',
      phrase(`status.${status}`, locale),
      closing?.code ?? '',
      csatScore ? `CSAT ${csatScore}/5` : '',
    ]
      .filter(Boolean)
      .join(' · '),
  )
  const days = {
    first: shownDay(customer.firstSeenAt, house, locale),
    last: shownTime(customer.lastSeenAt, house, locale),
    total: view?.total ?? 1,
  }
  return [
    phrase('customer.head', locale, { name: customer.name, tags: shownTags(draft) }),
    phrase('customer.seen', locale, days),
    origin?.page ? phrase('customer.from', locale, { page: origin.page }) : '',
    origin?.source ? phrase('customer.source', locale, { source: origin.source }) : '',
    ...known.map((line) => `· ${line}`),
    ...before.map((line) => `– ${line}`),
  ]
    .filter(Boolean)
    .join('\n')
}

export function dayWords(day: DayView | undefined, followups: ListedFollowup[], house: House, locale: Locale): string {
  const { taken = 0, resolved = 0, messages = 0, firstReply = null, score = null, rated = 0 } = day ?? {}
  const now = house.clock.now()
  const late = followups.filter(({ followup }) => followup.dueAt <= now).length
  return [
    phrase('day.words', locale, { taken, resolved, messages }),
    firstReply === null ? '' : phrase('day.first', locale, { minutes: Math.max(1, Math.round(Number(firstReply))) }),
    score === null ? '' : phrase('day.score', locale, { score: Number(score).toFixed(1), rated }),
    followups.length > 0 ? phrase('day.todo', locale, { count: followups.length, late }) : '',
  ]
    .filter(Boolean)
    .join('\n')
}

export function helpWords(about: CommandName | undefined, locale: Locale): string {
  const help = commandHelp.find(({ name }) => name === about)
  if (help) {
    const { usage, text, aliases, examples = [] } = help
    return [
      `${usage} — ${text[locale]}`,
      aliases.length > 0 ? phrase('help.aliases', locale, { aliases: aliases.map((alias) => `/${alias}`) }) : '',
      examples.length > 0 ? phrase('help.examples', locale, { examples }) : '',
    ]
      .filter(Boolean)
      .join('\n')
  }
  const shown = commandHelp.filter(({ name }) => name !== 'held' && name !== 'resend')
  return [phrase('help.intro', locale), ...shown.map(({ usage, text }) => `${usage} — ${text[locale]}`)].join('\n')
}
