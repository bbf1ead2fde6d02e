// What agents write in Feishu, as parts. Pure. A message's `content` is JSON in a string, of another shape for each kind; what nobody
// can carry on is shown as a placeholder, never dropped.
import type { Part } from '#core/message.ts'
import { recordOf, type Told } from '#platforms/feishu/api.ts'
import { parseJson } from '#platforms/json.ts'

export interface Mention {
  /** How it stands in the words: `@_user_1`. */
  key: string
  openId: string
  name: string
}

export interface Received {
  messageId: string
  kind: string
  content: string
  mentions: Mention[]
}

/** A handle for a file within a message: Feishu gives a file out only together with the message that it came in. */
function fileHandle(messageId: string, key: string, type: 'image' | 'file'): string {
  return `${messageId}/${type}/${key}`
}

export function readHandle(id: string): { message: string; type: 'image' | 'file'; key: string } | undefined {
  const [, message, type, key] = /^([^/]+)\/(image|file)\/(.+)$/.exec(id) ?? []
  return message && key && (type === 'image' || type === 'file') ? { message, type, key } : undefined
}

/** Words first, as they stand; then files in their order. Empty for what the platform itself says in the group. */
export function partsOf(received: Received): Part[] {
  const content = contentOf(received.content)
  const handle = (key: unknown, type: 'image' | 'file') => fileHandle(received.messageId, String(key ?? ''), type)
  const name = typeof content.file_name === 'string' && content.file_name !== '' ? { name: content.file_name } : {}
  switch (received.kind) {
    case 'text':
      return words(plainLinks(named(String(content.text ?? ''), received.mentions)))
    case 'post':
      return postParts(content, received)
    case 'image':
      return [{ type: 'media', kind: 'image', media: { id: handle(content.image_key, 'image') } }]
    case 'file':
      return [{ type: 'media', kind: 'file', media: { id: handle(content.file_key, 'file'), ...name } }]
    case 'audio':
      // Voice notes are OPUS in an OGG file.
      return [{ type: 'media', kind: 'audio', media: { id: handle(content.file_key, 'file'), name: 'voice.ogg', mime: 'audio/ogg' } }]
    case 'media':
      return [{ type: 'media', kind: 'video', media: { id: handle(content.file_key, 'file'), mime: 'video/mp4', ...name } }]
    case 'location':
      return place(content)
    case 'system':
      return []
    default:
      return [{ type: 'unsupported', what: labelOf(received.kind, content) }]
  }
}

function contentOf(text: string): Told {
  try {
    return recordOf(parseJson(text))
  } catch {
    return {} // Each kind then finds nothing, and shows at least that something came.
  }
}

function words(text: string): Part[] {
  return text.trim() === '' ? [] : [{ type: 'text', text }]
}

/** `@_user_1` becomes `@安娜`: an id is nobody's name, and a name pings nobody elsewhere. */
function named(text: string, mentions: readonly Mention[]): string {
  const byKey = new Map(mentions.map((mention) => [mention.key, mention.name]))
  return text.replace(/@_(?:user_\d+|all)/g, (key) => {
    const name = byKey.get(key) ?? (key === '@_all' ? '所有人' : undefined)
    return name === undefined ? key : `@${name}`
  })
}

/** Feishu writes a link into text as `[words](address)`. */
function plainLinks(text: string): string {
  return text.replace(/\[([^\]\n]+)\]\(((?:https?:\/\/|mailto:)[^\s)]+)\)/g, (_all, label: string, address: string) => link(label, address))
}

function link(label: string, address: string): string {
  const bare = address.replace(/^mailto:/, '')
  return label === '' || label === address || label === bare ? bare : `${label} (${bare})`
}

function postParts(given: Told, received: Received): Part[] {
  const content = inItsLanguage(given)
  const files: Part[] = []
  const names = new Map(received.mentions.map((mention) => [mention.key, mention.name]))
  const lines = (Array.isArray(content.content) ? content.content : []).map((line: unknown) =>
    (Array.isArray(line) ? line : []).map((node: unknown) => nodeText(recordOf(node), received.messageId, names, files)).join(''),
  )
  const title = typeof content.title === 'string' && content.title !== '' ? [content.title] : []
  // A line that held only a picture is no empty line of words.
  const text = [...title, ...lines].join('\n').replace(/\n{3,}/g, '\n\n')
  return [...words(text.trim()), ...files]
}

/** Events bring a post bare; as it was sent it stands under its language, and so may the history have it. */
function inItsLanguage(content: Told): Told {
  if (Array.isArray(content.content)) return content
  return (
    Object.values(content)
      .map(recordOf)
      .find((one) => Array.isArray(one.content)) ?? content
  )
}

function nodeText(node: Told, messageId: string, names: ReadonlyMap<string, string>, files: Part[]): string {
  const text = typeof node.text === 'string' ? node.text : ''
  switch (node.tag) {
    case 'a':
      return link(text, String(node.href ?? ''))
    case 'at': {
      const key = String(node.user_id ?? '')
      const name = String(node.user_name ?? '') || names.get(key) || (key === '@_all' || key === 'all' ? '所有人' : key)
      return `@${name}`
    }
    case 'img':
      files.push({ type: 'media', kind: 'image', media: { id: fileHandle(messageId, String(node.image_key ?? ''), 'image') } })
      return ''
    case 'media':
      files.push({
        type: 'media',
        kind: 'video',
        media: { id: fileHandle(messageId, String(node.file_key ?? ''), 'file'), mime: 'video/mp4' },
      })
      return ''
    case 'emotion':
      return `[${String(node.emoji_type ?? 'emoji')}]`
    case 'hr':
      return '———'
    case 'text':
    case 'code_block':
    case 'md':
      return text
    default:
      return text || `[${String(node.tag ?? '?')}]`
  }
}

function place(content: Told): Part[] {
  const [lat, lng] = [Number(content.latitude), Number(content.longitude)]
  const title = typeof content.name === 'string' && content.name !== '' ? { title: content.name } : {}
  if (!Number.isFinite(lat) || !Number.isFinite(lng)) return [{ type: 'unsupported', what: 'location' }]
  return [{ type: 'location', lat, lng, ...title }]
}

/** The platform's word, with what it tells besides: `vote 午饭吃什么`. */
function labelOf(kind: string, content: Told): string {
  const detail = [content.file_name, content.topic, content.summary, content.text].find((one) => typeof one === 'string' && one !== '')
  return [kind || 'message', detail].filter(Boolean).join(' ').slice(0, 200)
}
