// Entries as messages of a topic. Words go as `post`, not as `text`: in a text message Feishu reads `<at user_id="all">`, `**`, `<b>` and
// `[words](address)`, so that a customer could ping the whole group or hide where a link leads; in a post a text tag is shown as it is.
import { adapt } from '#core/adapt.ts'
import type { Capabilities } from '#core/capabilities.ts'
import type { DeskEntry } from '#core/desk.ts'
import type { Button, MediaKind, Part } from '#core/message.ts'
import { speaker } from '../speaker.ts'
import { entryCard, type Placed } from './card.ts'

const MB = 1024 * 1024
export const FILE_MAX = 30 * MB
export const TEXT_MAX = 4000
/** A post is at most 30 KB, escapes included. */
const POST_MAX = 28_000

const PICTURES = ['image/jpeg', 'image/png', 'image/gif', 'image/webp', 'image/bmp']

/**
 * What a topic carries. No buttons: those that the bot offered the customer must not look like buttons for agents, so they are a list.
 * TIFF and HEIC go as files: as pictures Feishu would turn them into JPEG.
 */
export const TOPIC: Capabilities = {
  text: { max: TEXT_MAX, unit: 'utf16', markdown: false },
  media: {
    image: { maxBytes: 10 * MB, mimes: PICTURES },
    // Feishu plays only OPUS as a voice note; other sound has no player and is a file.
    audio: { maxBytes: FILE_MAX, mimes: ['audio/ogg', 'audio/opus'] },
    video: { maxBytes: FILE_MAX, mimes: ['video/mp4'] },
    file: { maxBytes: FILE_MAX },
  },
}

export interface Message {
  kind: 'post' | 'interactive'
  content: unknown
}

export type Outgoing = Message | { kind: 'media'; media: MediaKind; id: string }

/** One message for each; commands stand under the last words. */
export function entryMessages(entry: DeskEntry, placed: Placed): Outgoing[] {
  const { locale } = placed
  const who = speaker(entry.author, entry.name, locale)
  // A note has its own look: a yellow card that says at its head what it is. So it needs no name before its words.
  const isNote = entry.author === 'note'
  const parts = adapt(entry.parts, TOPIC, { locale, ...(!isNote && { sender: { name: who } }) }).flat()
  const lastWords = entry.commands?.length ? parts.findLastIndex((part) => part.type === 'text') : -1
  const messages = parts.map((part, index): Outgoing => {
    if (part.type === 'media') return { kind: 'media', media: part.kind, id: part.media.id }
    const text = textOf(part)
    const commands = index === lastWords ? (entry.commands ?? []) : []
    if (isNote) return card(who, 'yellow', text, commands, placed)
    if (commands.length > 0) return card(who, entry.author === 'system' ? 'grey' : 'blue', afterName(text, who), commands, placed)
    return post(text, who)
  })
  // A note of files only would look like everybody's.
  if (isNote && !messages.some((message) => message.kind !== 'media')) messages.unshift(card(who, 'yellow', '⬇︎', [], placed))
  return messages
}

function card(title: string, colour: 'yellow' | 'blue' | 'grey', text: string, commands: readonly Button[], placed: Placed): Message {
  return { kind: 'interactive', content: entryCard(title, colour, text, commands, placed) }
}

function textOf(part: Part): string {
  // `adapt` leaves nothing else in a topic.
  return part.type === 'text' || part.type === 'buttons' ? part.text : ''
}

function afterName(text: string, who: string): string {
  return text.startsWith(`${who}: `) ? text.slice(who.length + 2) : text
}

interface Node {
  tag: 'text' | 'at'
  text?: string
  user_id?: string
  style?: string[]
}

/** A post in plain words; the name at its head is bold. */
export function post(text: string, who = ''): Message {
  const named = who !== '' && text.startsWith(`${who}:`)
  const head: Node[] = named ? [{ tag: 'text', text: who, style: ['bold'] }] : []
  const rest = (named ? text.slice(who.length) : text).toWellFormed()
  const paragraphs = rest.split('\n').map((line): Node[] => (line === '' ? [] : [{ tag: 'text', text: line }]))
  const lines: Node[][] = [[...head, ...(paragraphs[0] ?? [])], ...paragraphs.slice(1)]
  // A text of line ends only would be longer in brackets than Feishu takes.
  return { kind: 'post', content: postOf(sizeOf(postOf(lines)) <= POST_MAX ? lines : [[...head, { tag: 'text', text: rest }]]) }
}

/** Words in the topic for one person, who is pinged: only where they cannot be told in private. */
export function postTo(openId: string, name: string, text: string): Message {
  const lines = text.split('\n').map((line): Node[] => (line === '' ? [] : [{ tag: 'text', text: line }]))
  const head: Node[] = [
    { tag: 'at', user_id: openId },
    { tag: 'text', text: `${name ? ` ${name}` : ''}: ` },
  ]
  return { kind: 'post', content: postOf([[...head, ...(lines[0] ?? [])], ...lines.slice(1)]) }
}

function postOf(content: Node[][]): unknown {
  // Clients show the language that there is.
  return { zh_cn: { content } }
}

function sizeOf(json: unknown): number {
  return new TextEncoder().encode(JSON.stringify(JSON.stringify(json))).length
}

/** How a file is uploaded and sent: what its upload is called must fit what its message is called. */
export function fileForm(kind: MediaKind, mime: string): { upload: 'image' | 'opus' | 'mp4' | 'stream'; message: string } {
  switch (kind) {
    case 'image':
      return { upload: 'image', message: 'image' }
    case 'audio':
      return { upload: 'opus', message: 'audio' }
    case 'video':
      return mime.startsWith('video/mp4') ? { upload: 'mp4', message: 'media' } : { upload: 'stream', message: 'file' }
    case 'file':
      return { upload: 'stream', message: 'file' }
  }
}
