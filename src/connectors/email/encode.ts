// One fitted message as one letter, whatever carries it.
import type { Outbound, Recall, StoredFile } from '#core/connector.ts'
import { ConnectorError } from '#core/errors.ts'
import type { MediaRef, Part } from '#core/message.ts'
import type { Letter } from '#platforms/mail/compose.ts'
import { idsOf } from '#platforms/mail/headers.ts'
import { ownId, plainSubject, readThread, type Thread } from './thread.ts'

export interface Writer {
  address: string
  name?: string
  textMax: number
  /** What we answer. */
  recall?: Pick<Recall, 'last'>
  replyTo?(key: string): Promise<string | undefined>
}

/** A chain of ids names its first one and so many of the newest: all of them would grow without end. */
const CHAIN = 20

export async function encode(message: Outbound, writer: Writer, open: (ref: MediaRef) => Promise<StoredFile>): Promise<Letter> {
  const { key, to, parts, sender } = message
  if (to.user.endsWith('.invalid')) throw new ConnectorError('recipient_gone', 'the mail named nobody to answer to / 来信没有可回复的地址')
  const domain = writer.address.split('@')[1] ?? ''
  const thread = readThread(to.thread)
  const answered = thread && (await answeredMail(writer, to))
  const name = sender?.name ?? writer.name
  const media = parts.filter((part) => part.type === 'media')
  const files: StoredFile[] = []
  for (const part of media) files.push(await open(part.media))
  const replyTo = await writer.replyTo?.(key)
  return {
    key,
    from: { ...(name && { name }), address: writer.address },
    to: to.user,
    ...(replyTo && { replyTo }),
    subject: subjectOf(message.subject, answered?.subject || thread?.subject),
    text: textOf(parts, writer.textMax),
    messageId: ownId(key, thread, domain),
    headers: {
      ...(thread && chainOf(thread, answered, domain)),
      // Nobody signed it, so it is the bot's or the house's: other machines must not answer it (RFC 3834).
      ...(!sender && {
        'Auto-Submitted': 'auto-replied',
        'X-Auto-Response-Suppress': 'All',
        Precedence: 'bulk',
        'X-Loop': writer.address,
      }),
    },
    files,
    automatic: !sender,
  }
}

interface Answered {
  id: string
  references: string[]
  subject: string
}

/** The last mail of this thread that the customer wrote. */
async function answeredMail({ recall }: Writer, to: Outbound['to']): Promise<Answered | undefined> {
  const last = await recall?.last(to)
  const raw = (last?.raw ?? {}) as { messageId?: unknown; references?: unknown; subject?: unknown }
  const [id] = idsOf(String(raw.messageId ?? ''))
  if (!id) return undefined
  const references = Array.isArray(raw.references) ? idsOf(raw.references.join(' ')) : []
  return { id, references, subject: plainSubject(String(raw.subject ?? '')) }
}

function chainOf(thread: Thread, answered: Answered | undefined, domain: string): Record<string, string> {
  const own = ownId('thread', thread, domain)
  const chain = [...new Set([thread.root, ...(answered?.references ?? []), ...(answered ? [answered.id] : [])])].filter((id) => id !== own)
  const kept = chain.length > CHAIN ? [...chain.slice(0, 1), ...chain.slice(1 - CHAIN)] : chain
  return { 'In-Reply-To': answered?.id ?? thread.root, References: [...kept, own].join(' ') }
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
