// One fitted message as one customer-service message. A file is handed to WeChat first, and then sent by the id that it was given.
import type { Outbound, Receipt, StoredFile } from '#core/connector.ts'
import { ConnectorError } from '#core/errors.ts'
import type { MediaKind, MediaRef, Part } from '#core/message.ts'
import { type UploadKind, type Wechat, WechatError } from './api.ts'
import { FILE_REFUSED, TYPING_REFUSED } from './errors.ts'

export interface Parcel {
  msgtype: 'text' | 'image' | 'voice' | 'video' | 'msgmenu'
  content: Record<string, unknown>
}

export interface SendParts {
  api: Wechat
  file(id: string): Promise<StoredFile>
  link?(ref: MediaRef): string | undefined
  now(): Date
}

export async function sendMessage(parts: SendParts, message: Outbound, signal: AbortSignal): Promise<Receipt> {
  const { msgtype, content } = await parcelOf(parts, onlyPart(message), signal)
  await parts.api.post('/cgi-bin/message/custom/send', { touser: message.to.user, msgtype, [msgtype]: content }, signal)
  // WeChat gives what we send no id.
  return { externalIds: [message.key], at: parts.now() }
}

/** Not channels of several parts: `adapt` gives one per message. */
export function onlyPart(message: Outbound): Part {
  const [part, ...rest] = message.parts
  if (!part || rest.length > 0) throw new ConnectorError('rejected', `a WeChat message has exactly one part, not ${message.parts.length}`)
  return part
}

async function parcelOf(parts: SendParts, part: Part, signal: AbortSignal): Promise<Parcel> {
  switch (part.type) {
    case 'text':
      return { msgtype: 'text', content: { content: part.text } }
    case 'buttons':
      return {
        msgtype: 'msgmenu',
        content: { head_content: part.text, list: part.buttons.map(({ id, label }) => ({ id, content: label })) },
      }
    case 'media':
      return mediaOf(parts, part.kind, part.media, signal)
    default:
      throw new ConnectorError('unsupported', `WeChat cannot carry "${part.type === 'unsupported' ? part.what : part.type}"`)
  }
}

const KINDS: Partial<Record<MediaKind, UploadKind>> = { image: 'image', audio: 'voice', video: 'video' }

async function mediaOf(parts: SendParts, kind: MediaKind, media: MediaRef, signal: AbortSignal): Promise<Parcel> {
  const type = KINDS[kind]
  if (!type) throw new ConnectorError('unsupported', `WeChat carries no ${kind}`)
  const stored = await parts.file(media.id)
  try {
    const id = await parts.api.upload(type, { ...stored, name: nameOf(stored) }, signal)
    return { msgtype: type, content: { media_id: id, ...(type === 'video' && { title: stored.name }) } }
  } catch (error) {
    // WeChat's pages name two limits for a picture, and it judges each video by itself: then the file goes as a link.
    const url = error instanceof WechatError && FILE_REFUSED.has(error.errcode) ? parts.link?.(media) : undefined
    if (!url) throw error
    return { msgtype: 'text', content: { content: `${stored.name}: ${url}` } }
  }
}

const ENDINGS: ReadonlyMap<string, string[]> = new Map([
  ['image/jpeg', ['.jpg', '.jpeg']],
  ['image/png', ['.png']],
  ['image/gif', ['.gif']],
  ['audio/amr', ['.amr']],
  ['audio/mpeg', ['.mp3']],
  ['audio/mp3', ['.mp3']],
  ['video/mp4', ['.mp4']],
])

/** WeChat judges a file by the end of its name. */
function nameOf({ name, mime }: StoredFile): string {
  const endings = ENDINGS.get(mime.split(';')[0]?.trim().toLowerCase() ?? '')
  const plain = name.toLowerCase()
  return !endings || endings.some((ending) => plain.endsWith(ending)) ? name : `${name}${endings[0]}`
}

/** Losing it is harmless: WeChat shows it only to who wrote within half a minute, and once in a quarter of one. */
export async function sendTyping(api: Wechat, paths: string[], user: string, signal: AbortSignal): Promise<void> {
  for (const [index, path] of paths.entries()) {
    try {
      await api.post(path, { touser: user, command: 'Typing' }, signal)
      return
    } catch (error) {
      if (error instanceof WechatError && TYPING_REFUSED.has(error.errcode)) return
      // WeChat's pages name two addresses: the next one is tried where this one is none.
      if (index === paths.length - 1 || !(error instanceof WechatError) || error.kind !== 'rejected') throw error
    }
  }
}
