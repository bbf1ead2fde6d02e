// What WeChat's fields say, in our words: for accounts and Mini Programs alike. Pure; whatever WeChat may add becomes something
// visible, never an exception.
import type { Identity, MediaKind, Part } from '#core/message.ts'
import { type Fields, field } from './push.ts'

/** WeChat gives a file out for three days. */
const FILE_MS = 3 * 24 * 3_600_000
/** What WeChat itself writes for a sticker and for whatever else it does not hand on. */
const NOT_HANDED_ON = /^【收到不支持的消息类型，暂无法显示】$/

/** Messages have an id. Events have none: two of one person in one second differ in what they are. */
export function externalIdOf(fields: Fields): string {
  const id = field(fields, 'MsgId')
  if (id) return id
  const [from, at, type] = [field(fields, 'FromUserName'), field(fields, 'CreateTime'), field(fields, 'MsgType')]
  const what =
    type === 'event' ? `${field(fields, 'Event').toLowerCase()}:${field(fields, 'EventKey')}` : `${type}:${field(fields, 'Content')}`
  return `${from}:${at}:${what}`.slice(0, 400)
}

export function timeOf(fields: Fields, now: Date): Date {
  const seconds = Number(field(fields, 'CreateTime'))
  return Number.isFinite(seconds) && seconds > 0 && seconds < 1e11 ? new Date(seconds * 1000) : now
}

/** Whose address it is: an openid is one person in one account. */
export function channelIdentity(openid: string): Identity {
  return { kind: 'channel', value: openid, verified: true }
}

/** What a message says. Never empty. */
export function partsOf(fields: Fields, at: Date): Part[] {
  const get = (name: string) => field(fields, name)
  const type = get('MsgType')
  switch (type) {
    case 'text':
      if (NOT_HANDED_ON.test(get('Content'))) return [{ type: 'unsupported', what: '表情 sticker' }]
      return get('Content').trim() ? [{ type: 'text', text: get('Content') }] : [{ type: 'unsupported', what: 'text' }]
    case 'image':
      return [file(fields, 'image', 'image.jpg', at)]
    case 'voice':
      return [file(fields, 'audio', `voice.${get('Format').toLowerCase() || 'amr'}`, at)]
    case 'video':
    case 'shortvideo':
      return [file(fields, 'video', 'video.mp4', at)]
    case 'location':
      return [placeOf(fields)]
    case 'link':
      return [lines(get('Title'), get('Description'), get('Url'), 'link')]
    case 'miniprogrampage':
      return [lines(`[小程序 Mini Program] ${get('Title')}`.trim(), get('PagePath'), '', 'miniprogrampage')]
    case 'file':
      // It comes from some clients, and WeChat gives such files to nobody.
      return [{ type: 'unsupported', what: `file ${get('Title')}`.trim() }]
    default:
      return [{ type: 'unsupported', what: type || 'message' }]
  }
}

function file(fields: Fields, kind: MediaKind, name: string, at: Date): Part {
  const id = field(fields, 'MediaId')
  if (!id) return { type: 'unsupported', what: kind }
  // What WeChat heard in a voice note, where the account has that switched on.
  const heard = kind === 'audio' ? field(fields, 'Recognition').trim() : ''
  const media = { id, name, ...(MIMES[name] && { mime: MIMES[name] }), expiresAt: new Date(at.getTime() + FILE_MS).toISOString() }
  return { type: 'media', kind, media, ...(heard && { caption: heard }) }
}

const MIMES: Record<string, string> = { 'voice.amr': 'audio/amr', 'voice.mp3': 'audio/mpeg', 'video.mp4': 'video/mp4' }

/** X is the latitude. */
function placeOf(fields: Fields): Part {
  const [lat, lng] = [Number(field(fields, 'Location_X')), Number(field(fields, 'Location_Y'))]
  const isPlace = field(fields, 'Location_X') !== '' && Math.abs(lat) <= 90 && Math.abs(lng) <= 180
  if (!isPlace) return { type: 'unsupported', what: 'location' }
  const title = field(fields, 'Label')
  return { type: 'location', lat, lng, ...(title && { title }) }
}

function lines(title: string, description: string, url: string, what: string): Part {
  const text = [title, description, url].filter(Boolean).join('\n')
  return text ? { type: 'text', text } : { type: 'unsupported', what }
}
