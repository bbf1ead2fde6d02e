// One fitted message as one call of the Bot API. Pure but for the file, which comes opened. No parse_mode: words leave exactly as they are.
import type { Outbound, StoredFile } from '#core/connector.ts'
import { ConnectorError } from '#core/errors.ts'
import type { Button, MediaRef, Part } from '#core/message.ts'
import { type Method, mediaCall, messageIdOf, type Params } from '#platforms/telegram.ts'

export interface EncodedCall {
  method: Method
  params: Record<string, unknown>
}

/** Where the message goes and what it answers. */
export function envelopeOf(message: Outbound): { chat_id: string; reply_parameters?: Params<'sendMessage'>['reply_parameters'] } {
  const envelope = { chat_id: message.to.user }
  if (message.replyTo === undefined) return envelope
  // The customer may have deleted what we answer: the answer matters more than the quote.
  return { ...envelope, reply_parameters: { message_id: messageIdOf(message.replyTo), allow_sending_without_reply: true } }
}

/** The only part of a message: this channel is not multipart, so `adapt` gives one per message. */
export function onlyPart(message: Outbound): Part {
  const [part, ...rest] = message.parts
  if (!part || rest.length > 0) throw new ConnectorError('rejected', `a Telegram message has exactly one part, not ${message.parts.length}`)
  return part
}

export async function encode(part: Part, open: (ref: MediaRef) => Promise<StoredFile>): Promise<EncodedCall> {
  switch (part.type) {
    case 'text':
      return { method: 'sendMessage', params: { text: part.text } }
    case 'buttons':
      return { method: 'sendMessage', params: { text: part.text, reply_markup: keyboardOf(part.buttons) } }
    case 'media': {
      const [method, field] = mediaCall(part.kind, await open(part.media))
      return { method, params: { ...field, ...(part.caption !== undefined && { caption: part.caption }) } }
    }
    case 'location': {
      const place = { latitude: part.lat, longitude: part.lng }
      if (!part.title) return { method: 'sendLocation', params: place }
      // A venue is a place with a name; Telegram also demands an address.
      return { method: 'sendVenue', params: { ...place, title: part.title, address: `${part.lat},${part.lng}` } }
    }
    case 'unsupported':
      throw new ConnectorError('unsupported', `Telegram cannot carry "${part.what}"`)
  }
}

/** Two in a row while the labels are short enough to be read on a phone. */
const SHORT_LABEL = 16

export function keyboardOf(buttons: readonly Button[]): {
  inline_keyboard: ({ text: string; url: string } | { text: string; callback_data: string })[][]
} {
  const keys = buttons.map(({ id, label, url }) => (url === undefined ? { text: label, callback_data: id } : { text: label, url }))
  const width = buttons.every(({ label }) => displayWidth(label) <= SHORT_LABEL) ? 2 : 1
  const rows = []
  for (let index = 0; index < keys.length; index += width) rows.push(keys.slice(index, index + width))
  return { inline_keyboard: rows }
}

/** A Chinese character takes the room of two letters. */
function displayWidth(label: string): number {
  let width = 0
  for (const point of label) width += (point.codePointAt(0) as number) > 0x2e7f ? 2 : 1
  return width
}
