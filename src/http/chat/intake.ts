// What a visitor sends becomes an event like any other: committed, then acknowledged, once for each client id.
import { RequestError } from '#core/errors.ts'
import type { Inbound } from '#core/event.ts'
import { type Part, plainText } from '#core/message.ts'
import { findAttachment } from '#store/attachments.ts'
import { findEvent, storable } from '#store/events.ts'
import { channelEvents } from '../../pipeline.ts'
import { kindOf } from '../files.ts'
import type { HttpParts } from '../parts.ts'
import type { SendReply, SendRequest } from './protocol.ts'
import type { Visitor } from './visitor.ts'

/** Resolves after the commit. The same request again is answered the same; the same id with other words is refused. */
export async function takeIn(parts: HttpParts, visitor: Visitor, request: SendRequest, locale: string | undefined): Promise<SendReply> {
  const event = await eventOf(parts, visitor, request, locale)
  const [row] = channelEvents(visitor.channel, [event], parts.house())
  if (!row) throw new RequestError(400, 'invalid', 'nothing to send')
  const accepted = await parts.runner.accept([row])
  if (accepted.length === 0) {
    const before = await findEvent(parts.database.db, 'channel', visitor.channel, event.externalId)
    if (before && said(before.payload as Inbound) !== said(storable(event) as Inbound)) {
      throw new RequestError(409, 'reused', 'This clientId was used for other words.')
    }
  }
  return { clientId: request.clientId, accepted: true }
}

async function eventOf(
  parts: HttpParts,
  visitor: Visitor,
  request: SendRequest,
  locale: string | undefined,
): Promise<Inbound & { clientId: string }> {
  const { clientId, text, press, file } = request
  const head = {
    externalId: `${visitor.user}:${clientId}`,
    clientId,
    at: parts.clock.now(),
    from: { user: visitor.user },
    raw: null,
    ...(visitor.origin && { origin: visitor.origin }),
  }
  const sender = { locale, identities: [] }
  if (press) return { ...head, type: 'press', buttonId: press.id, label: press.label, sender }
  const words: Part[] = text === undefined ? [] : [{ type: 'text', text }]
  const files = file ? [await ownFile(parts, visitor, file)] : []
  return { ...head, type: 'message', messageId: clientId, parts: [...words, ...files], sender }
}

/** Only what this visitor uploaded: an id of somebody else's file is as unknown as one that never was. */
async function ownFile(parts: HttpParts, visitor: Visitor, file: { id: string; caption?: string }): Promise<Part> {
  const row = await findAttachment(parts.database.db, file.id)
  if (!row || row.sourceId !== visitor.channel || row.owner !== visitor.user)
    throw new RequestError(400, 'no_file', 'No such file. / 没有这个文件。')
  const { id, name, mime, bytes } = row
  return { type: 'media', kind: kindOf(mime), media: { id, name, mime, bytes }, caption: file.caption }
}

/** What a request says, in one form: the database gives keys back in another order. */
function said(event: Inbound): string {
  if (event.type === 'press') return `press ${event.buttonId}`
  if (event.type !== 'message') return ''
  return JSON.stringify(event.parts.map((part) => (part.type === 'media' ? [part.media.id, part.caption ?? ''] : [plainText([part])])))
}
