// One fitted message as one letter, whatever carries it.
import type { Outbound, StoredFile } from '#core/connector.ts'
import { ConnectorError } from '#core/errors.ts'
import type { MediaRef, Part } from '#core/message.ts'
import { ownId, readThread } from './thread.ts'

export interface Letter {
  /** Our delivery's id: the same letter has the same key. */
  key: string
  from: { name?: string; address: string }
  to: string
  subject: string
  text: string
  messageId: string
  /** Besides the above: what keeps threads together, and says that a machine wrote it. */
  headers: Record<string, string>
  files: StoredFile[]
}

export interface Writer {
  address: string
  name?: string
  textMax: number
}

export async function encode(message: Outbound, writer: Writer, open: (ref: MediaRef) => Promise<StoredFile>): Promise<Letter> {
  const { key, to, parts, sender } = message
  const domain = writer.address.split('@')[1] ?? ''
  const thread = readThread(to.thread)
  const name = sender?.name ?? writer.name
  const media = parts.filter((part) => part.type === 'media')
  const files: StoredFile[] = []
  for (const part of media) files.push(await open(part.media))
  return {
    key,
    from: { ...(name && { name }), address: writer.address },
    to: to.user,
    subject: subjectOf(message.subject, thread?.subject),
    text: textOf(parts, writer.textMax),
    messageId: ownId(key, thread, domain),
    headers: {
      ...(thread && { 'In-Reply-To': thread.root, References: `${thread.root} ${ownId('thread', thread, domain)}` }),
      // Nobody signed it, so it is the bot's or the house's: other machines must not answer it (RFC 3834).
      ...(!sender && { 'Auto-Submitted': 'auto-replied', 'X-Auto-Response-Suppress': 'All' }),
    },
    files,
  }
}

function subjectOf(given: string | undefined, ofThread: string | undefined): string {
  if (given) return given.replaceAll(/\p{Cc}+/gu, ' ').trim()
  return ofThread ? `Re: ${ofThread}` : 'Re:'
}

/** Parts stand apart, but a text that was too long for one part goes on in the next. */
function textOf(parts: readonly Part[], textMax: number): string {
  let text = ''
  let isFull = true
  for (const part of parts) {
    const words = wordsOf(part)
    if (words === '') continue
    text += isFull ? words : `\n\n${words}`
    isFull = words.length >= textMax
  }
  return text
}

function wordsOf(part: Part): string {
  if (part.type === 'text') return part.text
  if (part.type === 'media') return part.caption ?? ''
  throw new ConnectorError('unsupported', `a mail cannot carry "${part.type}"`)
}
