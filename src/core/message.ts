// The words of a message. Everything a customer, a bot or an agent says is a list of parts.

/** The two languages in which every text that a person sees exists. */
export type Locale = 'zh' | 'en'

/** A text that a person sees, in every language of the product. */
export type Text = Record<Locale, string>

export type MediaKind = 'image' | 'audio' | 'video' | 'file'

/**
 * A handle for a file. What a connector decodes carries the platform's own handle; what the core stores and gives to
 * `send` and `post` carries an attachment id (`att_…`) that `Deps.file` opens.
 */
export interface MediaRef {
  id: string
  name?: string
  mime?: string
  bytes?: number
  /** ISO time after which the platform no longer gives the file out (WeChat three days, Telegram about an hour). */
  expiresAt?: string
}

/** `id` comes back in a press. With `url` the button opens that page instead. */
export interface Button {
  id: string
  label: string
  url?: string
}

export type Part =
  | { type: 'text'; text: string; format?: 'plain' | 'markdown' }
  /** `convert`: the channel takes it only in another form, and these words where that cannot be made after all. Only on its way out. */
  | { type: 'media'; kind: MediaKind; media: MediaRef; caption?: string; convert?: { instead: string } }
  | { type: 'buttons'; text: string; buttons: Button[] }
  | { type: 'location'; lat: number; lng: number; title?: string }
  /** A visible placeholder for what we cannot decode yet: unknown types are shown, never dropped. `what` is the platform's word. */
  | { type: 'unsupported'; what: string }

/** Where a reply goes. `thread` is for channels with topics or mail threads. */
export interface Address {
  user: string
  thread?: string
}

/** Who somebody is. Only verified identities may join two customers. */
export interface Identity {
  kind: 'channel' | 'email' | 'phone' | 'unionid' | 'external'
  value: string
  verified: boolean
}

/** Who said a message. `note` stays inside; `system` is the house itself ('you are third in the queue'). */
export type Author = 'customer' | 'bot' | 'agent' | 'system' | 'note'

/** What a message says in one line of plain text: for previews, cards, searches and the bot. */
export function plainText(parts: readonly Part[]): string {
  return parts.map(partText).filter(Boolean).join('\n')
}

/** Only what somebody wrote: names of files and our own words for places are nobody's language. */
export function writtenText(parts: readonly Part[]): string {
  return parts.flatMap((part) => (part.type === 'text' ? part.text : part.type === 'media' ? (part.caption ?? []) : [])).join('\n')
}

function partText(part: Part): string {
  switch (part.type) {
    case 'text':
    case 'buttons':
      return part.text
    case 'media':
      return [`[${part.media.name ?? part.kind}]`, part.caption].filter(Boolean).join(' ')
    case 'location':
      return `[${part.title ?? 'location'} ${part.lat},${part.lng}]`
    case 'unsupported':
      return `[${part.what}]`
  }
}
