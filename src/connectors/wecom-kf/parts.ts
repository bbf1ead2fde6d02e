// A message's content as parts. Lenient: a field of an odd shape counts as absent.
import type { MediaKind, MediaRef, Part } from '#core/message.ts'
import type { Item } from './decode.ts'

/** WeCom gives a file out for three days. */
const KEEP_MS = 3 * 24 * 3_600_000

type Fields = Record<string, unknown>

export function partsOf(item: Item): Part[] {
  const content = fieldsOf(item[item.msgtype])
  switch (item.msgtype) {
    case 'text':
      return [{ type: 'text', text: str(content.content) ?? '' }]
    case 'image':
      return media(item, 'image', content)
    case 'voice':
      return media(item, 'audio', content, 'audio/amr')
    case 'video':
      return media(item, 'video', content, 'video/mp4')
    case 'file':
      return media(item, 'file', content)
    case 'location':
      return place(content)
    case 'link':
      return lines(item, content.title, content.desc, content.url)
    case 'miniprogram':
      return named(item, content.title, content.pagepath)
    case 'channels_shop_product':
      return named(item, content.title, content.sales_price, content.shop_nickname)
    case 'channels_shop_order':
      return named(item, content.order_id, content.product_titles, content.price_wording, content.state)
    case 'channels':
      return named(item, content.nickname, content.title)
    case 'merged_msg':
      return merged(item, content)
    case 'msgmenu':
      return menu(item, content)
    default:
      return [{ type: 'unsupported', what: item.msgtype }]
  }
}

function fieldsOf(value: unknown): Fields {
  return typeof value === 'object' && value !== null ? (value as Fields) : {}
}

function str(value: unknown): string | undefined {
  return typeof value === 'string' && value !== '' ? value : typeof value === 'number' ? String(value) : undefined
}

function media(item: Item, kind: MediaKind, content: Fields, mime?: string): Part[] {
  const id = str(content.media_id)
  if (!id) return [{ type: 'unsupported', what: item.msgtype }]
  const ref: MediaRef = { id }
  const name = str(content.filename) ?? str(content.file_name)
  if (name) ref.name = name
  if (mime) ref.mime = mime
  if (item.send_time !== undefined) ref.expiresAt = new Date(item.send_time * 1000 + KEEP_MS).toISOString()
  return [{ type: 'media', kind, media: ref }]
}

function place({ latitude, longitude, name, address }: Fields): Part[] {
  const [lat, lng] = [Number(latitude), Number(longitude)]
  const title = [str(name), str(address)].filter(Boolean).join(', ')
  if (latitude === undefined || longitude === undefined || Number.isNaN(lat) || Number.isNaN(lng)) {
    return title ? [{ type: 'text', text: title }] : [{ type: 'unsupported', what: 'location' }]
  }
  return [{ type: 'location', lat, lng, ...(title && { title }) }]
}

function lines(item: Item, ...values: unknown[]): Part[] {
  const text = values
    .map(str)
    .filter((line) => line !== undefined)
    .join('\n')
  return text ? [{ type: 'text', text }] : [{ type: 'unsupported', what: item.msgtype }]
}

/** What only WeChat can show, with as much of it as is words. */
function named(item: Item, ...values: unknown[]): Part[] {
  const shown = lines(item, ...values)
  return shown[0]?.type === 'text' ? [{ type: 'unsupported', what: item.msgtype }, ...shown] : shown
}

/** A bundle of forwarded messages: its title, and each as far as it is text. `msg_content` is JSON in a string. */
function merged(item: Item, { title, item: entries }: Fields): Part[] {
  const said = (Array.isArray(entries) ? entries : []).map((one) => {
    const { sender_name: name, msgtype, msg_content: content } = fieldsOf(one)
    return `${str(name) ?? '?'}: ${wordsIn(content) ?? `[${str(msgtype) ?? '?'}]`}`
  })
  return lines(item, title, ...said)
}

function wordsIn(content: unknown): string | undefined {
  if (typeof content !== 'string') return undefined
  try {
    return str(fieldsOf(fieldsOf(JSON.parse(content)).text).content)
  } catch {
    return undefined // Not JSON, against the documentation: named by its type.
  }
}

function menu(item: Item, { head_content: head, list, tail_content: tail }: Fields): Part[] {
  const labels = (Array.isArray(list) ? list : []).map((one) => {
    const { type, ...rest } = fieldsOf(one)
    return str(fieldsOf(rest[str(type) ?? '']).content)
  })
  return lines(item, head, ...labels, tail)
}
