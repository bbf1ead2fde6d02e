// The web chat as a visitor sees it.
import type { ChatMessage } from '#http/chat/protocol.ts'

export type { ChatMessage } from '#http/chat/protocol.ts'

export const chatWords = ({ parts }: ChatMessage): string =>
  parts.map((part) => ('text' in part ? part.text : part.type === 'media' ? (part.caption ?? part.media.name) : '')).join('\n')
