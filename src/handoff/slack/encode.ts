// Cards, entries and forms as Slack's blocks. Words of people go into `rich_text`, where nothing is markup: no mention, no disguised
// link, no command can come of what a customer writes. `text` beside the blocks is what notifications show, with `&<>` escaped.
import { adapt, cut } from '#core/adapt.ts'
import type { Capabilities } from '#core/capabilities.ts'
import type { Card, CardLine, DeskEntry, Offer } from '#core/desk.ts'
import type { Author, Button, Locale, Part, Text } from '#core/message.ts'
import { phrase } from '#core/phrases.ts'
import { escapeText } from '#platforms/slack-text.ts'
import { commandHelp } from '../commands.ts'
import { oneLine } from '../speaker.ts'

const MB = 1024 * 1024
/** What a section takes; texts may be longer, blocks not. */
export const TEXT_MAX = 3000
/** Slack takes a gigabyte, but a file passes through our memory. */
export const FILE_MAX = 100 * MB
export const BUTTONS_MAX = 25
export const LABEL_MAX = 75
const SELECT_MAX = 100
const HISTORY_MAX = 2800
const NAME_MAX = 80

/** What a thread carries. No buttons: those that the bot offered the customer must not look like buttons for agents. */
const THREAD: Capabilities = {
  text: { max: TEXT_MAX, unit: 'utf16', markdown: false },
  media: { image: { maxBytes: FILE_MAX }, audio: { maxBytes: FILE_MAX }, video: { maxBytes: FILE_MAX }, file: { maxBytes: FILE_MAX } },
}

const WORDS = {
  history: { zh: '对话记录', en: 'History' },
  console: { zh: '控制台', en: 'Console' },
  transfer: { zh: '转给…', en: 'Transfer…' },
  resolve: { zh: '结单？', en: 'Resolve?' },
  resolveWhy: { zh: '客户会收到结束语，并被邀请评分。', en: 'The customer is told so and asked for a rating.' },
  yes: { zh: '结单', en: 'Resolve' },
  no: { zh: '再等等', en: 'Not yet' },
  note: { zh: '写备注…', en: 'Write a note…' },
  macro: { zh: '常用语…', en: 'Macro…' },
  noteTitle: { zh: '内部备注', en: 'Internal note' },
  macroTitle: { zh: '常用语', en: 'Macro' },
  noteLabel: { zh: '客户看不到', en: 'The customer does not see it' },
  macroLabel: { zh: '关键词，后面可加变量', en: 'Its keyword; variables may follow' },
  save: { zh: '保存', en: 'Save' },
  send: { zh: '发送', en: 'Send' },
  cancel: { zh: '取消', en: 'Cancel' },
  edited: { zh: '客户修改过', en: 'changed by the customer' },
  until: { zh: '请在此之前决定：', en: 'Decide until' },
  moved: { zh: '已转到', en: 'Moved to' },
} satisfies Record<string, Text>

export const NOTE_SHORTCUT = 'frontdesk_note'

/** Ids of choices that ask for a form first, and the command that the form becomes. */
export const FORM: ReadonlyMap<string, FormKind> = new Map([
  ['form:note', 'note'],
  ['form:macro', 'macro'],
])
export type FormKind = 'note' | 'macro'

export interface Block {
  type: string
  block_id?: string
  elements?: object[]
  text?: object
}

/** What `chat.postMessage` and `chat.update` take. */
export interface Shown {
  text: string
  blocks: Block[]
}

// ── Which blocks are ours ────────────────────────────────────────────────────────────────────────────────────────────

const CARD = 'frontdesk.card'
const THREAD_BLOCK = 'frontdesk.at:'

/** Is it a conversation's card? By this a deleted thread is told from any other deleted message. */
export function isCard(blocks: readonly unknown[] | undefined): boolean {
  return (blocks ?? []).some((block) => (block as Block | null)?.block_id === CARD)
}

/** Buttons away from the card carry their thread along. */
export function threadOfBlock(blockId: string | undefined): string | undefined {
  return blockId?.startsWith(THREAD_BLOCK) ? blockId.slice(THREAD_BLOCK.length) || undefined : undefined
}

// ── Who speaks ───────────────────────────────────────────────────────────────────────────────────────────────────────

const AUTHOR_ICONS: Record<Author, string> = {
  customer: ':bust_in_silhouette:',
  bot: ':robot_face:',
  agent: ':technologist:',
  system: ':bell:',
  note: ':lock:',
}
const CHANNEL_ICONS: Record<string, string> = {
  web: ':globe_with_meridians:',
  app: ':iphone:',
  email: ':email:',
  telegram: ':airplane:',
  wechat: ':speech_balloon:',
  'wechat-mini': ':speech_balloon:',
  'wecom-kf': ':briefcase:',
}

/** `王小明 · 客户`: on one line, so that nobody's name can look like somebody else's words. However long it is, the role stands behind it. */
export function speaker(author: Author, name: string, locale: Locale): string {
  const role = phrase(`author.${author}`, locale)
  const shown = oneLine(name)
  if (shown === role || shown === '') return role
  const rest = ` · ${role}`
  return `${cut(shown, NAME_MAX - rest.length, 'utf16')}${rest}`
}

/** With the scope chat:write.customize each message shows who speaks, as a message of their own would. */
export function dress({ author, name, channel }: DeskEntry, locale: Locale): { username: string; icon_emoji: string } {
  const icon = author === 'customer' ? CHANNEL_ICONS[channel ?? ''] : undefined
  return { username: speaker(author, name, locale), icon_emoji: icon ?? AUTHOR_ICONS[author] }
}

// ── Entries ──────────────────────────────────────────────────────────────────────────────────────────────────────────

/** The parts of an entry, each fit for one message of its own. */
export function entryParts(entry: DeskEntry, locale: Locale): Part[] {
  return adapt(entry.parts, THREAD, { locale }).flat()
}

export interface Manner {
  locale: Locale
  /** Written before the words where no name stands above them. */
  prefix?: string
  commands?: readonly Button[]
  /** Where the commands belong. */
  thread?: string
  edited?: boolean
}

export function wordsMessage(author: Author, words: string, manner: Manner): Shown {
  const { prefix, commands = [], thread = '', locale } = manner
  const head = prefix === undefined ? [] : [{ type: 'text', text: `${prefix}: `, style: { bold: true } }]
  const mark = manner.edited ? [{ type: 'text', text: ` (${WORDS.edited[locale]})`, style: { italic: true } }] : []
  // A note stands apart like a quote: nobody takes it for words to the customer.
  const type = author === 'note' ? 'rich_text_quote' : 'rich_text_section'
  const blocks: Block[] = [{ type: 'rich_text', elements: [{ type, elements: [...head, ...literal(words), ...mark] }] }]
  if (commands.length > 0) blocks.push(actions(commands, `${THREAD_BLOCK}${thread}`, locale))
  return { text: escapeText(cut(prefix === undefined ? words : `${prefix}: ${words}`, TEXT_MAX, 'utf16')), blocks }
}

const ADDRESS = /https?:\/\/[^\s<>"'`。，、；：！？（）【】《》“”]{3,2000}/gu

/** Addresses can be clicked and read as what they are; all else is text. Slack takes no empty element. */
function literal(text: string): object[] {
  const elements: object[] = []
  let at = 0
  for (const match of text.matchAll(ADDRESS)) {
    const url = match[0].replace(/[.,;:!?)\]]+$/, '')
    if (!URL.canParse(url)) continue
    if (match.index > at) elements.push({ type: 'text', text: text.slice(at, match.index) })
    elements.push({ type: 'link', url, text: url })
    at = match.index + url.length
  }
  if (at < text.length) elements.push({ type: 'text', text: text.slice(at) })
  return elements
}

// ── Cards ────────────────────────────────────────────────────────────────────────────────────────────────────────────

const STATUS_ICONS: Record<Card['status'], string> = { bot: '🤖', queued: '🟠', assigned: '🟢', snoozed: '💤', resolved: '✅' }

export function cardMessage(card: Card, locale: Locale): Shown {
  const title = `${STATUS_ICONS[card.status]} ${oneLine(card.title)}`
  const status = card.facts[0]?.[1] ?? ''
  const history = historyBlock(card.history, locale)
  const blocks: Block[] = [
    { type: 'header', block_id: CARD, text: { type: 'plain_text', text: cut(title, 150, 'utf16'), emoji: false } },
    ...factBlocks(card.facts),
    ...(history ? [history] : []),
    ...cardActions(card, locale),
  ]
  return { text: escapeText(cut(`${title} · ${oneLine(status)}`, TEXT_MAX, 'utf16')), blocks }
}

/** A card that asks one agent: whose buttons these are is written on them, and until when in the reader's own time. */
export function offerMessage({ card, buttons, thread, until }: Offer, locale: Locale): Shown {
  const { text, blocks } = cardMessage({ ...card, buttons: [] }, locale)
  const seconds = Math.floor(until.getTime() / 1000)
  const time = `⏳ ${WORDS.until[locale]} <!date^${seconds}^{time_secs}|${until.toISOString().slice(11, 19)} UTC>`
  // Not the conversation's card: whoever deletes it takes no thread away.
  const shown = blocks.filter(({ type }) => type !== 'actions').map(({ block_id: _card, ...block }) => block)
  const asked = buttons.length > 0 ? [actions(buttons, `${THREAD_BLOCK}${thread ?? ''}`, locale)] : []
  return { text, blocks: [...shown, { type: 'context', elements: [{ type: 'mrkdwn', text: time }] }, ...asked] }
}

/** The old card when the conversation went on in another channel. */
export function movedMessage(card: Card, channel: string, locale: Locale): Shown {
  const title = cut(`↪️ ${oneLine(card.title)}`, 150, 'utf16')
  const blocks: Block[] = [
    // No longer a card: whoever deletes it takes no thread away.
    { type: 'header', text: { type: 'plain_text', text: title, emoji: false } },
    { type: 'context', elements: [{ type: 'mrkdwn', text: `${WORDS.moved[locale]} <#${channel}>` }] },
  ]
  return { text: escapeText(`${title} · ${WORDS.moved[locale]}`), blocks }
}

/** Short facts share a line, two by two. Rich text like all words of people: tags and names are the customer's, too. */
function factBlocks(facts: Card['facts']): Block[] {
  if (facts.length === 0) return []
  const elements: object[] = []
  let isHalf = false
  for (const [n, [label, value]] of facts.entries()) {
    const shown = cut(oneLine(value), 300, 'utf16') || '–'
    const isShort = label.length + shown.length < 24
    if (n > 0) elements.push({ type: 'text', text: isHalf && isShort ? '   ·   ' : '\n' })
    isHalf = isShort && !(n > 0 && isHalf)
    elements.push({ type: 'text', text: `${oneLine(label)}  `, style: { bold: true } }, ...literal(shown))
  }
  return [{ type: 'rich_text', elements: [{ type: 'rich_text_section', elements }] }]
}

/** As much of the newest history as one block holds. */
function historyBlock(history: readonly CardLine[], locale: Locale): Block | undefined {
  const lines: object[][] = []
  let room = HISTORY_MAX
  for (const line of [...history].reverse()) {
    const [who, text] = [speaker(line.author, line.name, locale), cut(oneLine(line.text), 500, 'utf16')]
    room -= who.length + text.length + 3
    if (room < 0) break
    lines.unshift([{ type: 'text', text: `${who}: `, style: { bold: true } }, ...literal(`${text}\n`)])
  }
  if (lines.length === 0) return undefined
  const head = { type: 'text', text: `${WORDS.history[locale]}\n`, style: { italic: true } }
  return { type: 'rich_text', elements: [{ type: 'rich_text_section', elements: [head, ...lines.flat()] }] }
}

function cardActions(card: Card, locale: Locale): Block[] {
  const open = card.url === undefined ? [] : [{ id: 'open', label: WORDS.console[locale], url: card.url }]
  if (card.buttons.length === 0) return []
  const block = actions([...card.buttons, ...open], 'frontdesk.actions', locale)
  if (card.status === 'resolved') return [block]
  const macros = commandHelp.some(({ name, aliases }) => [name as string, ...aliases].includes('macro'))
  const options = [option(WORDS.note[locale], 'form:note'), ...(macros ? [option(WORDS.macro[locale], 'form:macro')] : [])]
  block.elements?.push({ type: 'overflow', action_id: 'frontdesk.more', options })
  return [block]
}

/** Buttons in a row; all transfers together in one list, so that any number of skills has room. */
function actions(buttons: readonly Button[], blockId: string, locale: Locale): Block {
  const transfers = buttons.filter(({ id }) => id.startsWith('transfer '))
  const others = buttons.filter((one) => !transfers.includes(one)).slice(0, BUTTONS_MAX - 2)
  const elements: object[] = others.map((one, n) => button(one, n, locale))
  if (transfers.length > 0) {
    elements.push({
      type: 'static_select',
      action_id: 'frontdesk.transfer',
      placeholder: plainText(WORDS.transfer[locale]),
      options: transfers.slice(0, SELECT_MAX).map(({ id, label }) => option(label, id)),
    })
  }
  return { type: 'actions', block_id: blockId, elements }
}

function button({ id, label, url }: Button, n: number, locale: Locale): object {
  const base = { type: 'button', action_id: `frontdesk.${n}`, text: plainText(label) }
  if (url !== undefined) return { ...base, url }
  if (id === 'claim') return { ...base, value: id, style: 'primary' }
  if (id !== 'resolve') return { ...base, value: id }
  const confirm = {
    title: plainText(WORDS.resolve[locale]),
    text: plainText(WORDS.resolveWhy[locale]),
    confirm: plainText(WORDS.yes[locale]),
    deny: plainText(WORDS.no[locale]),
  }
  return { ...base, value: id, confirm }
}

function option(label: string, value: string): object {
  return { text: plainText(label), value }
}

/** Slack refuses the whole message for one empty label. */
function plainText(text: string): object {
  return { type: 'plain_text', text: cut(oneLine(text), LABEL_MAX, 'utf16') || '–', emoji: false }
}

// ── Forms ────────────────────────────────────────────────────────────────────────────────────────────────────────────

export function formView(kind: FormKind, thread: string, locale: Locale): object {
  const isNote = kind === 'note'
  return {
    type: 'modal',
    callback_id: `frontdesk_${kind}`,
    private_metadata: thread,
    title: { ...plainText(WORDS[isNote ? 'noteTitle' : 'macroTitle'][locale]) },
    submit: plainText(WORDS[isNote ? 'save' : 'send'][locale]),
    close: plainText(WORDS.cancel[locale]),
    blocks: [
      {
        type: 'input',
        block_id: 'words',
        label: plainText(WORDS[isNote ? 'noteLabel' : 'macroLabel'][locale]),
        element: { type: 'plain_text_input', action_id: 'words', multiline: isNote, max_length: TEXT_MAX },
      },
    ],
  }
}
