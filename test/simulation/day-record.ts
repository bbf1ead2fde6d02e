// What happened in a day, written down by somebody who knows nothing of the pipeline: whose a conversation was at each moment, who said
// what, and what of it was seen at the customers' end and in the tools. Words carry a mark – [w12] – by which they are known again.
import type { DeskEvent } from '#core/event.ts'
import type { AuditRow, ConversationRow, Draft, EventRow } from '#store/rows.ts'
import type { EventResult } from '#store/schema.ts'
import type { Rules } from './rules.ts'
import type { World } from './world.ts'

/** One change of a conversation, and what was said with it. */
export interface Turn {
  at: number
  status: ConversationRow['status']
  agentId: string | null
  skill: string | null
  priority: ConversationRow['priority']
  said: ('customer' | 'agent')[]
}

/** c: a customer's words; w: an agent's, typed as if for the customer; n: a note. */
export interface Spoken {
  kind: 'c' | 'w' | 'n'
  by: string
  user: string
}

export interface Tally {
  held: number
  released: number
  talkOver: number
  leaked: number
  astray: number
  overCapacity: number
  transfers: number
  lapsed: number
  paused: number
  refused: number
}

export interface Book {
  rules: Rules
  turns: Map<string, Turn[]>
  audit: Map<string, AuditRow[]>
  spoken: Map<string, Spoken>
  /** Words that may reach the customer: their writer had the conversation, or somebody pressed that they go out. */
  accepted: Set<string>
  arrived: Map<string, number>
  /** In which tools words could be read. */
  seen: Map<string, Set<string>>
  tally: Tally
  /** When somebody was given a conversation last. */
  givenAt: number
  troubles: string[]
  /** Whoever plays the people hears of each turn. */
  onTurn: (draft: Draft, before: ConversationRow | undefined) => void
  atCustomer(text: string, user: string): string[]
  inTool(tool: string, text: string): void
}

const MARK = /\[([cwn]\d+)\]/g
const marksIn = (text: string): string[] => [...text.matchAll(MARK)].map(([, mark]) => mark as string)
const nothing = () => undefined

export function openBook(): Book {
  const tally: Tally = {
    held: 0,
    released: 0,
    talkOver: 0,
    leaked: 0,
    astray: 0,
    overCapacity: 0,
    transfers: 0,
    lapsed: 0,
    paused: 0,
    refused: 0,
  }
  const book: Book = {
    rules: undefined as never,
    turns: new Map(),
    audit: new Map(),
    spoken: new Map(),
    accepted: new Set(),
    arrived: new Map(),
    seen: new Map(),
    tally,
    givenAt: 0,
    troubles: [],
    onTurn: nothing,
    atCustomer(text, user) {
      const marks = marksIn(text)
      for (const mark of marks) {
        const said = book.spoken.get(mark)
        book.arrived.set(mark, (book.arrived.get(mark) ?? 0) + 1)
        if (said?.kind === 'n') tally.leaked += 1
        else if (!book.accepted.has(mark)) tally.talkOver += 1
        if (said?.user !== user) tally.astray += 1
      }
      return marks
    },
    inTool(tool, text) {
      for (const mark of marksIn(text)) book.seen.set(mark, (book.seen.get(mark) ?? new Set()).add(tool))
    },
  }
  book.rules = rulesOf(book)
  return book
}

function rulesOf(book: Book): Rules {
  const { tally } = book
  return {
    broken: undefined,
    acked: new Set(),
    comes: nothing,
    delivery: nothing,
    dropped: ({ originKey }) => void book.troubles.push(`${originKey} was told to nobody`),
    arrived: nothing,
    eventDone: (world, row, result) => judge(book, world, row, result),
    eventFailed: (_world, { externalId }, error, isDead) => void (isDead && book.troubles.push(`${externalId}: ${error}`)),
    saving: nothing,
    saved({ world, transaction }, drafts, before) {
      for (const draft of drafts) write(book, draft, world.ms, before.get(draft.conversation.id))
      for (const { newDecisions } of drafts) {
        tally.lapsed += newDecisions.filter(({ kind }) => kind === 'lapsed').length
        tally.paused += newDecisions.filter(({ kind }) => kind === 'paused').length
      }
      if (transaction?.loads) tally.overCapacity += tooMany(world, drafts)
    },
    agentSaved: nothing,
    givenUp: nothing,
    calm: nothing,
    quiet: nothing,
  }
}

function write(book: Book, draft: Draft, at: number, before: ConversationRow | undefined): void {
  const { id, status, agentId, skill, priority } = draft.conversation
  const said = draft.newMessages.flatMap(({ author }) => (author === 'customer' || author === 'agent' ? [author] : []))
  if (status === 'assigned' && before?.status !== 'assigned') book.givenAt = at
  const turns = book.turns.get(id) ?? []
  book.turns.set(id, turns)
  turns.push({ at, status, agentId, skill, priority, said })
  const audit = book.audit.get(id) ?? []
  book.audit.set(id, audit)
  audit.push(...draft.newAudit)
  book.onTurn(draft, before)
}

/** After a pass nobody whom it gave something has more than they may. */
function tooMany(world: World, drafts: Draft[]): number {
  const given = new Set(drafts.flatMap(({ conversation: { status, agentId } }) => (status === 'assigned' && agentId ? [agentId] : [])))
  const loads = new Map<string, number>()
  for (const { status, agentId } of world.conversations.values())
    if (status === 'assigned' && agentId && given.has(agentId)) loads.set(agentId, (loads.get(agentId) ?? 0) + 1)
  return [...loads].filter(([id, load]) => load > (world.agents.get(id)?.capacity ?? 0)).length
}

/** What an agent typed may go out if it is theirs to say at that moment. */
function judge({ accepted, spoken, tally }: Book, world: World, { source, payload }: EventRow, result: EventResult): void {
  if (source !== 'desk') return
  const event = payload as DeskEvent
  if (!result.ok && result.code !== 'held') tally.refused += 1
  if (!result.ok && result.code === 'held') tally.held += 1
  const line = event.type === 'button' ? event.command : event.type === 'command' ? event.line : ''
  if (line.startsWith('/transfer') && result.ok) tally.transfers += 1
  const [, message] = /^\/?held (?:take|send) (\S+)/.exec(line) ?? []
  if (message && result.ok) {
    const rows = [...world.messages.values()].flatMap((all) => all.filter(({ id }) => id === message))
    for (const mark of marksIn(rows[0]?.text ?? '')) accepted.add(mark)
    tally.released += 1
  }
  const text = event.type === 'message' ? event.parts.map((part) => (part.type === 'text' ? part.text : '')).join('') : ''
  if (text.startsWith('/transfer') && result.ok) tally.transfers += 1
  for (const mark of marksIn(text)) {
    const { kind, by, user } = spoken.get(mark) ?? {}
    const theirs = [...world.conversations.values()].some((row) => row.userKey === user && row.status === 'assigned' && row.agentId === by)
    if (kind === 'w' && theirs) accepted.add(mark)
  }
}
