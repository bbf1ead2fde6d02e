// The office behind the dev server: who has which conversation, and what each action does to it. In memory.
import { randomUUID } from 'node:crypto'
import type { Locale } from '#core/message.ts'
import type { ChatPart } from '#http/chat/protocol.ts'
import type {
  ActionReply,
  ActionRequest,
  ConsoleFrame,
  ConsoleMessage,
  ConversationDetail,
  ConversationPage,
  ConversationSummary,
  Me,
  TransferTo,
  View,
} from '#http/console/protocol.ts'
import { type DevConversation, type DevUser, makeConversations, makeFiles, makeUsers } from './data.ts'
import { newestOf } from './history.ts'
import { type DevTrouble, makeTrouble } from './trouble.ts'
import { type DevWork, makeWork } from './work.ts'

export class Refusal extends Error {
  readonly status: 400 | 401 | 403 | 404 | 409
  readonly code: string

  constructor(status: Refusal['status'], code: string, message: string) {
    super(message)
    this.status = status
    this.code = code
  }
}

export interface Office {
  users: DevUser[]
  files: ReturnType<typeof makeFiles>
  conversations: DevConversation[]
  trouble: DevTrouble
  work: DevWork
  listeners: Set<(frame: ConsoleFrame) => void>
  page(asked: Asked, me: DevUser): ConversationPage
  detail(id: string, me: DevUser, locale: Locale, from?: number): ConversationDetail
  act(id: string, request: ActionRequest, me: DevUser, locale: Locale): ActionReply
  me(user: DevUser): Me
  load(user: DevUser): number
  changed(conversation?: string): void
  close(): void
}

const PAGE = 30

export interface Asked {
  view: View
  q: string
  sort?: string
  cursor?: string
}

export function openOffice(now: number): Office {
  const conversations = makeConversations(now)
  const users = makeUsers()
  const files = makeFiles()
  const listeners: Office['listeners'] = new Set()
  const answered = new Map<string, ActionReply>()
  const timers = new Set<ReturnType<typeof setTimeout>>()
  const changed = (conversation?: string) => {
    for (const listener of listeners) listener({ type: 'changed', conversation })
  }
  const later = (ms: number, run: () => void) => {
    const timer = setTimeout(() => {
      timers.delete(timer)
      run()
    }, ms)
    timers.add(timer)
  }
  const find = (id: string) => {
    const found = conversations.find((one) => one.id === id)
    if (!found) throw new Refusal(404, 'not_found', id)
    return found
  }
  const load = (user: DevUser) => conversations.filter((one) => one.status === 'assigned' && one.agent?.id === user.id).length
  const shelf = makeWork(now)
  const work: Work = { users, files, later, changed }
  return {
    users,
    files,
    conversations,
    trouble: makeTrouble(now),
    work: shelf,
    listeners,
    load,
    changed,
    page: (asked, me) => pageOf(conversations, asked, me),
    detail: (id, me, locale, from) => ({
      ...detailOf(find(id), me, conversations, locale),
      ...newestOf(find(id).messages, from),
    }),
    me: meOf,
    act(id, request, me, locale) {
      const before = answered.get(request.clientId)
      if (before) return before
      const reply: ActionReply = shelf.act(find(id), request, me) ? { ok: true } : perform(find(id), request, me, work, locale)
      answered.set(request.clientId, reply)
      changed(id)
      return reply
    },
    close() {
      for (const timer of timers) clearTimeout(timer)
    },
  }
}

function meOf(user: DevUser): Me {
  const { id, name, publicName, role, presence, locale, skills } = user
  return {
    id,
    name,
    publicName,
    email: user.email ?? '',
    role,
    presence,
    locale,
    brand: { name: '纸船杂货' },
    skills,
    skillNames: {},
  }
}

const IN_VIEW: Record<View, (one: DevConversation, me: DevUser) => boolean> = {
  queue: (one) => one.status === 'queued',
  mine: (one, me) => (one.status === 'assigned' || one.status === 'snoozed') && one.agent?.id === me.id,
  open: (one) => one.status === 'assigned' || one.status === 'snoozed',
  bot: (one) => one.status === 'bot',
  resolved: (one) => one.status === 'resolved',
}

function pageOf(all: DevConversation[], { view, q, sort, cursor }: Asked, me: DevUser): ConversationPage {
  const words = q.toLowerCase()
  const rows = all
    .filter(
      (one) =>
        IN_VIEW[view](one, me) &&
        (!words ||
          JSON.stringify([one.customer.name, one.messages.map((message) => message.parts)])
            .toLowerCase()
            .includes(words)),
    )
    .map((one) => summaryOf(one, all, me))
  if (view === 'queue') rows.sort((a, b) => (a.place ?? 0) - (b.place ?? 0))
  else rows.sort((a, b) => Number(b.unanswered) - Number(a.unanswered) || b.lastMessageAt.localeCompare(a.lastMessageAt))
  if (sort === 'due') rows.sort((a, b) => (a.due?.leftMs ?? Number.MAX_VALUE) - (b.due?.leftMs ?? Number.MAX_VALUE))
  const start = Number(cursor ?? 0)
  const counts = Object.fromEntries(
    Object.entries(IN_VIEW).map(([name, test]) => [name, all.filter((one) => test(one, me)).length]),
  ) as Record<View, number>
  return { items: rows.slice(start, start + PAGE), cursor: start + PAGE < rows.length ? String(start + PAGE) : undefined, counts }
}

const RANK = { urgent: 0, high: 1, normal: 2, low: 3 }

function summaryOf(one: DevConversation, all: DevConversation[], me: DevUser): ConversationSummary {
  const last = one.messages.at(-1)
  const queue = all
    .filter((other) => other.status === 'queued')
    .sort((a, b) => RANK[a.priority] - RANK[b.priority] || (a.waitingSince ?? '').localeCompare(b.waitingSince ?? ''))
  const { id, status, version, customer, channel, skill, priority, agent, waitingSince, unanswered, snoozedUntil } = one
  const place = status === 'queued' ? queue.indexOf(one) + 1 : undefined
  const words = one.messages.filter((message) => message.author !== 'system').at(-1) ?? last
  return {
    id,
    status,
    version,
    customer,
    channel,
    skill,
    priority,
    agent,
    waitingSince,
    snoozedUntil,
    unanswered,
    due: status === 'resolved' || status === 'bot' || status === 'snoozed' ? undefined : one.due,
    place,
    can: canDo(one, me),
    preview: plain(words),
    previewBy: words?.author ?? 'system',
    lastMessageAt: last?.at ?? one.lastMessageAt,
  }
}

function plain(message: ConsoleMessage | undefined): string {
  const words = (part: ChatPart) =>
    part.type === 'media'
      ? [`[${part.media.name}]`, part.caption].filter(Boolean).join(' ')
      : 'text' in part
        ? part.text
        : part.type === 'location'
          ? `[${part.title}]`
          : `[${part.what}]`
  return (message?.parts.map(words).join(' ') ?? '').replace(/\s+/g, ' ')
}

function detailOf(one: DevConversation, me: DevUser, all: DevConversation[], locale: Locale): ConversationDetail {
  const { handoffText, ...rest } = one
  const handoff = handoffText && { reason: handoffText.reason[locale], note: handoffText.note[locale] || undefined, at: handoffText.at }
  return { ...rest, ...summaryOf(one, all, me), handoff }
}

/** As the server says it: `rightsOf` in src/http/console/view.ts. */
export function canDo({ status, agent }: Pick<DevConversation, 'status' | 'agent'>, me: DevUser): ConversationDetail['can'] {
  const own = agent?.id === me.id
  const mine = (status === 'assigned' || status === 'snoozed') && (own || me.role !== 'agent')
  const queued = status === 'queued'
  return {
    reply: status !== 'resolved',
    claim: status === 'bot' || queued || (status === 'snoozed' && own),
    release: mine,
    transfer: mine || queued,
    resolve: mine || queued || status === 'bot',
    reopen: status === 'resolved',
    toBot: mine || queued,
    snooze: mine,
  }
}

interface Work {
  users: DevUser[]
  files: Office['files']
  later(ms: number, run: () => void): void
  changed(conversation?: string): void
}

function perform(one: DevConversation, request: ActionRequest, me: DevUser, work: Work, locale: Locale): ActionReply {
  const zh = locale === 'zh'
  if (request.version !== undefined && request.version < one.version && request.type !== 'note') {
    const who = one.agent?.name ?? (zh ? '同事' : 'a colleague')
    throw new Refusal(
      409,
      'conflict',
      zh ? `${who}已经先处理了这个会话，你看到的是旧的状态。` : `${who} was faster: this conversation has changed since you looked.`,
    )
  }
  const step = (what: string) => one.trail.push({ at: new Date().toISOString(), what, who: me.name })
  const own = (patch: Partial<DevConversation>, what: string) => {
    Object.assign(one, patch, { version: one.version + 1 })
    step(what)
  }
  const agent = { id: me.id, name: me.name }
  const take = () => own({ status: 'assigned', agent, waitingSince: undefined, snoozedUntil: undefined }, 'claimed')
  switch (request.type) {
    case 'decline':
      one.offeredUntil = undefined
      return { ok: true }
    case 'accept':
    case 'claim':
      if (!canDo(one, me).claim)
        throw new Refusal(409, 'conflict', zh ? `${one.agent?.name}已经接手了。` : `${one.agent?.name} has it already.`)
      take()
      return { ok: true }
    case 'release':
      own({ status: 'queued', agent: undefined, waitingSince: new Date().toISOString() }, 'released')
      return { ok: true }
    case 'resolve':
      own({ status: 'resolved', waitingSince: undefined, unanswered: false, closeReason: request.reason }, 'resolved')
      return { ok: true }
    case 'reopen':
      own({ status: 'assigned', agent: { id: me.id, name: me.name } }, 'reopened')
      return { ok: true }
    case 'to_bot':
      own({ status: 'bot', agent: undefined, waitingSince: undefined }, 'to_bot')
      return { ok: true }
    case 'transfer':
      if (request.note) add(one, 'note', me, [{ type: 'text', text: request.note }])
      transfer(request.to, own, work)
      return { ok: true }
    case 'note':
      return { ok: true, message: add(one, 'note', me, partsOf(request, work)).id }
    case 'reply':
      return reply(one, me, partsOf(request, work), take, work, zh)
    case 'press':
      return press(one, request.id, me, take, work)
    case 'resend': {
      const message = one.messages.find((other) => other.id === request.message)
      if (message) deliver(one, message, work)
      return { ok: true }
    }
    default:
      return { ok: true } // Done before: see `work.ts`.
  }
}

function transfer(to: TransferTo, own: (patch: Partial<DevConversation>, what: string) => void, work: Work): void {
  if (!('agent' in to)) {
    const skill = 'skill' in to && { skill: to.skill }
    own({ status: 'queued', agent: undefined, waitingSince: new Date().toISOString(), ...skill }, 'transferred')
  } else {
    const agent = work.users.find((user) => user.id === to.agent)
    own({ status: 'assigned', agent: agent && { id: agent.id, name: agent.name } }, 'transferred')
  }
}

function partsOf(request: { text?: string; files?: string[] }, work: Work): ChatPart[] {
  const parts: ChatPart[] = request.text ? [{ type: 'text', text: request.text }] : []
  for (const id of request.files ?? []) {
    const file = work.files.get(id)
    if (!file) throw new Refusal(400, 'no_file', id)
    const kind = file.mime.startsWith('image/') ? 'image' : 'file'
    parts.push({
      type: 'media',
      kind,
      media: { id, name: file.name, mime: file.mime, bytes: file.body.length, url: `/console/api/files/${id}` },
    })
  }
  return parts
}

function add(one: DevConversation, author: ConsoleMessage['author'], me: DevUser, parts: ChatPart[]): ConsoleMessage {
  const message: ConsoleMessage = {
    id: `msg_${randomUUID()}`,
    seq: (one.messages.at(-1)?.seq ?? 0) + 1,
    author,
    name: me.name,
    parts,
    at: new Date().toISOString(),
  }
  one.messages.push(message)
  return message
}

function reply(one: DevConversation, me: DevUser, parts: ChatPart[], take: () => void, work: Work, zh: boolean): ActionReply {
  if (one.status === 'resolved') return { ok: false, code: 'resolved', message: zh ? '会话已解决。' : 'The conversation is resolved.' }
  if (one.status === 'queued') take()
  const message = add(one, 'agent', me, parts)
  if (one.agent?.id === me.id && one.status === 'assigned') {
    one.unanswered = false
    one.due = undefined
    deliver(one, message, work)
  } else {
    message.delivery = { state: 'held' }
    message.question = [
      { id: `send_as_me ${message.id}`, label: zh ? '以我的名义发送' : 'Send as me' },
      { id: `take_over ${message.id}`, label: zh ? '接手并发送' : 'Take over & send' },
      { id: `keep_note ${message.id}`, label: zh ? '保留为备注' : 'Keep as note' },
    ]
  }
  return { ok: true, message: message.id }
}

function press(one: DevConversation, id: string, me: DevUser, take: () => void, work: Work): ActionReply {
  const [command, target] = id.split(' ')
  const message = one.messages.find((other) => other.id === target || (!target && other.question))
  if (!message) throw new Refusal(404, 'not_found', id)
  message.question = undefined
  if (command === 'keep_note') {
    message.author = 'note'
    message.delivery = undefined
    return { ok: true }
  }
  if (command === 'take_over') take()
  message.name = me.name
  deliver(one, message, work)
  return { ok: true }
}

function deliver(one: DevConversation, message: ConsoleMessage, work: Work): void {
  message.delivery = { state: 'pending' }
  const steps: [number, 'sent' | 'delivered'][] = [
    [250, 'sent'],
    [700, 'delivered'],
  ]
  for (const [ms, state] of steps) {
    work.later(ms, () => {
      message.delivery = { state }
      work.changed(one.id)
    })
  }
}
