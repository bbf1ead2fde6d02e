// What a command asks the store for, loaded before anything is decided: most ask for nothing.
import type { DeskEvent } from '#core/event.ts'
import { writtenText } from '#core/message.ts'
import { type Command, parseCommand, parseLine } from '#handoff/commands.ts'
import { instantOf, wallOf } from '#handoff/when.ts'
import type { Db } from '#store/database.ts'
import { lastDecisions } from '#store/decisions.ts'
import { type CustomerView, type DayView, readCustomer, readDay } from '#store/desk-views.ts'
import { type ListedFollowup, type MacroUse, openFollowups, readMacroUses } from '#store/followups.ts'
import { type QueueView, readQueue } from '#store/queue.ts'
import type { ConversationRow, DecisionRow } from '#store/rows.ts'
import type { House } from './house.ts'

export interface Looked {
  queue?: QueueView
  customer?: CustomerView
  day?: DayView
  followups?: ListedFollowup[]
  uses?: ReadonlyMap<string, MacroUse>
  decisions?: DecisionRow[]
}

/** The command that an event is, whichever way the tool gave it. */
export function commandOf(event: DeskEvent): Command | undefined {
  const parsed =
    event.type === 'message'
      ? parseLine(writtenText(event.parts))
      : event.type === 'command'
        ? parseCommand(event.line)
        : event.type === 'button'
          ? parseCommand(event.command)
          : undefined
  return parsed?.type === 'command' ? parsed : undefined
}

const ASKS = new Set<Command['name']>(['queue', 'customer', 'stats', 'todo', 'done', 'followup', 'macro', 'why'])

export function asksStore(event: DeskEvent): boolean {
  const command = commandOf(event)
  return command !== undefined && ASKS.has(command.name)
}

export async function lookFor(
  db: Db,
  event: DeskEvent,
  agentId: string,
  conversation: ConversationRow | undefined,
  house: House,
): Promise<Looked> {
  const name = commandOf(event)?.name
  const lists = name === 'todo' || name === 'done' || name === 'followup' || name === 'stats'
  return {
    ...(name === 'queue' && { queue: await readQueue(db, agentId, house.routing.vip) }),
    ...(name === 'customer' && conversation && { customer: await readCustomer(db, conversation.customerId, conversation.id) }),
    ...(name === 'stats' && { day: await readDay(db, agentId, startOfDay(house)) }),
    ...(lists && { followups: await openFollowups(db, agentId) }),
    ...(name === 'why' && conversation && { decisions: await lastDecisions(db, conversation.id) }),
    ...(name === 'macro' && { uses: await readMacroUses(db, agentId) }),
  }
}

function startOfDay({ clock, timezone = 'UTC' }: House): Date {
  return instantOf({ ...wallOf(clock.now(), timezone), hour: 0, minute: 0 }, timezone)
}
