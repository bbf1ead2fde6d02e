// One fitted message as the body that WeCom takes. Files are uploaded before: what carries one names it by its id there.
import { shortId } from '#core/adapt.ts'
import type { Outbound, StoredFile } from '#core/connector.ts'
import { ConnectorError } from '#core/errors.ts'
import type { Button, MediaKind, MediaRef, Part } from '#core/message.ts'

export type KfType = 'image' | 'voice' | 'video' | 'file'

/** `{ msgtype: 'text', text: { … } }`. */
export type Content = { msgtype: string } & Record<string, unknown>

export interface Files {
  open(ref: MediaRef): Promise<StoredFile>
  upload(type: KfType, file: StoredFile): Promise<string>
}

/** The only part of a message: this channel is not multipart, so `adapt` gives one per message. */
export function onlyPart(message: Outbound): Part {
  const [part, ...rest] = message.parts
  if (!part || rest.length > 0) throw new ConnectorError('rejected', `a WeCom message has exactly one part, not ${message.parts.length}`)
  return part
}

const TYPES: Record<MediaKind, KfType> = { image: 'image', audio: 'voice', video: 'video', file: 'file' }

export async function encode(part: Part, files: Files): Promise<Content> {
  switch (part.type) {
    case 'text':
      return { msgtype: 'text', text: { content: part.text } }
    case 'buttons':
      return { msgtype: 'msgmenu', msgmenu: { head_content: part.text, list: part.buttons.map(entryOf) } }
    case 'media': {
      const type = TYPES[part.kind]
      return { msgtype: type, [type]: { media_id: await files.upload(type, await files.open(part.media)) } }
    }
    case 'location': {
      const place = { latitude: part.lat, longitude: part.lng }
      return { msgtype: 'location', location: { name: part.title ?? `${part.lat},${part.lng}`, address: '', ...place } }
    }
    case 'unsupported':
      throw new ConnectorError('unsupported', `WeCom cannot carry "${part.what}"`)
  }
}

function entryOf({ id, label, url }: Button): Record<string, unknown> {
  return url === undefined ? { type: 'click', click: { id, content: label } } : { type: 'view', view: { url, content: label } }
}

/** Ours, and so the same whenever it is sent again: at most 32 letters, digits, `_` and `-`, once for each account. */
export function msgidOf(key: string): string {
  const plain = key.replace(/^dlv_/, '').replaceAll('-', '')
  return /^[0-9a-zA-Z_]{1,32}$/.test(plain) ? plain : `k${shortId(key).slice(1)}`
}
