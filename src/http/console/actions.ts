// What an agent does in the console takes the way of every desk: an event, committed, worked on in order; then its outcome.
import { RequestError } from '#core/errors.ts'
import type { DeskEvent } from '#core/event.ts'
import { type Part, plainText } from '#core/message.ts'
import { findAttachments } from '#store/attachments.ts'
import { findEvent, storable } from '#store/events.ts'
import type { AgentRow } from '#store/rows.ts'
import { deskEvents } from '../../pipeline.ts'
import { kindOf } from '../files.ts'
import type { HttpParts } from '../parts.ts'
import type { ActionReply, ActionRequest } from './protocol.ts'

const WAIT_MS = 10_000

export async function act(parts: HttpParts, agent: AgentRow, conversation: string, request: ActionRequest): Promise<ActionReply> {
  const desk = consoleDesk(parts)
  const event = await eventOf(parts, agent, conversation, request)
  const [row] = await deskEvents(parts.database.db, desk, [event], parts.house())
  if (!row) throw new RequestError(400, 'invalid', 'nothing to do')
  const outcome = parts.runner.settled(row.id, WAIT_MS)
  const accepted = await parts.runner.accept([row])
  if (accepted.length > 0) return reply(await outcome)
  const before = await findEvent(parts.database.db, 'desk', desk, event.externalId)
  if (before && done(before.payload) !== done(storable(event))) {
    throw new RequestError(409, 'reused', 'This clientId was used for something else. / 该 clientId 已用于其他操作。')
  }
  return reply(before?.result ?? (before && (await parts.runner.settled(before.id, WAIT_MS))) ?? undefined)
}

/** What an action does, in one form: the database gives keys back in another order. */
function done(event: unknown): string {
  const { type, thread, line, parts } = event as { type: string; thread: string; line?: string; parts?: Part[] }
  return JSON.stringify([
    type,
    thread,
    line ?? '',
    (parts ?? []).map((part) => (part.type === 'media' ? part.media.id : plainText([part]))),
  ])
}

/** Committed but not yet worked on: it will be, and the screen shows it then. */
function reply(result: ActionReply | undefined): ActionReply {
  return result ?? { ok: true }
}

/** The id under which the console is configured; it is there even when frontdesk.yaml names no desk. */
export function consoleDesk(parts: HttpParts): string {
  return [...parts.house().readers][0] ?? 'console'
}

async function eventOf(parts: HttpParts, agent: AgentRow, thread: string, request: ActionRequest): Promise<DeskEvent> {
  const head = {
    externalId: `${agent.id}:${request.clientId}`,
    at: parts.clock.now(),
    by: { id: agent.id, name: agent.name },
    raw: null,
    thread,
  }
  const { version, clientId: messageId } = request
  switch (request.type) {
    case 'reply':
      return {
        ...head,
        type: 'message',
        parts: await partsOf(parts, agent, request),
        messageId,
        ...(request.macro && { macro: request.macro }),
      }
    case 'note':
      return { ...head, type: 'command', line: `/note ${request.text ?? ''}`, parts: await partsOf(parts, agent, request), messageId }
    case 'transfer': {
      const to = 'agent' in request.to ? `@${request.to.agent}` : 'team' in request.to ? request.to.team : request.to.skill
      return { ...head, type: 'command', line: `/transfer ${to} ${request.note ?? ''}`, version }
    }
    case 'press':
      return { ...head, type: 'command', line: request.id, version }
    case 'resend':
      return { ...head, type: 'command', line: `/resend ${request.message}` }
    case 'to_bot':
      return { ...head, type: 'command', line: '/bot', version }
    // What is kept beside the words is no change of owner: whoever saw an older version may do it all the same.
    case 'tag': {
      const names = [...(request.add ?? []), ...(request.remove ?? []).map((one) => `-${one}`)]
      return { ...head, type: 'command', line: `/tag ${names.join(' ')}` }
    }
    case 'priority':
      return { ...head, type: 'command', line: `/priority ${request.priority}` }
    case 'followup':
      return { ...head, type: 'command', line: `/followup ${request.at} ${request.priority ? `!${request.priority} ` : ''}${request.text}` }
    case 'snooze':
      return { ...head, type: 'command', line: `/snooze ${request.until} ${request.note ?? ''}`, version }
    case 'resolve':
      return { ...head, type: 'command', line: `/resolve ${request.reason ?? ''}`, version }
    default:
      return { ...head, type: 'command', line: `/${request.type}`, version }
  }
}

/** Only files that this agent uploaded here. */
async function partsOf(parts: HttpParts, agent: AgentRow, request: { text?: string; files?: string[] }): Promise<Part[]> {
  const rows = await findAttachments(parts.database.db, request.files ?? [])
  const own = rows.filter((row) => row.source === 'desk' && row.owner === agent.id)
  if (own.length !== (request.files?.length ?? 0)) throw new RequestError(400, 'no_file', 'No such file. / 没有这个文件。')
  const files = own.map(
    (row): Part => ({ type: 'media', kind: kindOf(row.mime), media: { id: row.id, name: row.name, mime: row.mime, bytes: row.bytes } }),
  )
  const words: Part[] = request.text?.trim() ? [{ type: 'text', text: request.text }] : []
  if (words.length + files.length === 0) throw new RequestError(400, 'empty', 'Nothing to send. / 没有内容。')
  return [...words, ...files]
}
