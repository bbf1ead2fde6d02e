// Cards, in Feishu's card JSON 1.0. Not 2.0, although it is newer: cards of 1.0 can be pressed for thirty days and not only for
// fourteen, every client since 3.7 shows them (2.0 wants 7.20 and else shows a request to upgrade), an attribute that a client does not
// know is passed over instead of refusing the card, and `action` puts buttons and a select in one row. `update_multi` must be said
// before and after, or the card can never be changed. All words are `plain_text`: what a customer writes can become no link, no
// mention and no command.
import { cut } from '#core/adapt.ts'
import type { Card, CardLine } from '#core/desk.ts'
import type { Button, Locale, Text } from '#core/message.ts'
import { oneLine, speaker } from '../speaker.ts'

export type CardJson = Record<string, unknown>

/** A message with a card is at most 30 KB, escapes included. */
const MAX_BYTES = 28_000
const LINE_MAX = 500
const TITLES_MAX = 100

const WORDS = {
  history: { zh: '对话记录', en: 'History' },
  earlier: { zh: '（更早的内容请在控制台查看）', en: '(earlier lines are in the console)' },
  console: { zh: '在控制台打开', en: 'Open in console' },
  transfer: { zh: '转给…', en: 'Transfer…' },
  sure: { zh: '确定结单吗？', en: 'Resolve this conversation?' },
  sureWhy: { zh: '客户会收到结束语。', en: 'The customer is told that it is over.' },
  open: { zh: '打开客服群', en: 'Open the group' },
} satisfies Record<string, Text>

const COLOURS: Record<Card['status'], string> = {
  bot: 'turquoise',
  queued: 'orange',
  assigned: 'blue',
  snoozed: 'purple',
  resolved: 'grey',
}

/** Where the buttons belong: unknown only for the first card, whose message is the topic. */
export interface Placed {
  locale: Locale
  thread?: string
}

/** The card with as much of the newest history as one message holds. */
export function cardJson(card: Card, placed: Placed): CardJson {
  for (let lines = card.history.length; ; lines = Math.floor(lines / 2)) {
    const json = drawn(card, card.history.slice(card.history.length - lines), placed)
    if (lines === 0 || sizeOf(json) <= MAX_BYTES) return json
  }
}

function drawn(card: Card, history: readonly CardLine[], placed: Placed): CardJson {
  const { locale } = placed
  const elements: unknown[] = [{ tag: 'div', fields: card.facts.map(([label, value]) => fact(label, value)) }]
  if (history.length > 0) {
    const lines = history.map((line) => `${speaker(line.author, line.name, locale)}: ${cut(oneLine(line.text), LINE_MAX, 'utf16')}`)
    if (history.length < card.history.length) lines.unshift(WORDS.earlier[locale])
    elements.push({ tag: 'hr' }, plain(`${WORDS.history[locale]}\n${lines.join('\n')}`))
  }
  const actions = actionsOf(card.buttons, placed)
  if (card.url) actions.push({ tag: 'button', text: words(WORDS.console[locale]), type: 'default', url: card.url })
  if (actions.length > 0) elements.push({ tag: 'hr' }, { tag: 'action', layout: 'flow', actions })
  return shell(card.title, COLOURS[card.status], elements)
}

/** One entry on a card of its own: a note, or words with something to press under them. */
export function entryCard(title: string, colour: 'yellow' | 'blue' | 'grey', text: string, buttons: readonly Button[], placed: Placed) {
  const actions = actionsOf(buttons, placed)
  const elements: unknown[] = [plain(text)]
  if (actions.length > 0) elements.push({ tag: 'action', layout: 'flow', actions })
  return shell(title, colour, elements)
}

/** What only one agent is told, in private: with the way back to the group. */
export function privateCard(title: string, text: string, buttons: readonly Button[], placed: Placed, group: string): CardJson {
  const open = { tag: 'button', text: words(WORDS.open[placed.locale]), type: 'default', url: group }
  const actions = [...actionsOf(buttons, placed), open]
  return shell(title, 'yellow', [plain(text), { tag: 'action', layout: 'flow', actions }])
}

function shell(title: string, template: string, elements: unknown[]): CardJson {
  return {
    config: { wide_screen_mode: true, update_multi: true },
    header: { title: words(cut(oneLine(title), TITLES_MAX, 'utf16')), template },
    elements,
  }
}

/** Buttons as buttons; transfers as one select, since there may be many. */
function actionsOf(buttons: readonly Button[], placed: Placed): unknown[] {
  const transfers = buttons.filter(({ id, url }) => url === undefined && /^transfer\s/.test(id))
  const others = buttons.filter((button) => !transfers.includes(button))
  const actions: unknown[] = others.map((button, index) => buttonJson(button, index === 0, placed))
  if (transfers.length > 0) {
    const options = transfers.map(({ id, label }) => ({ text: words(label), value: id }))
    // A select's own value names only the topic: which option was taken comes beside it.
    actions.push({ tag: 'select_static', placeholder: words(WORDS.transfer[placed.locale]), value: value('', placed), options })
  }
  return actions
}

function buttonJson({ id, label, url }: Button, isFirst: boolean, placed: Placed): unknown {
  const button = { tag: 'button', text: words(label), type: isFirst ? 'primary' : 'default' }
  if (url !== undefined) return { ...button, url }
  const confirm = id === 'resolve' && { confirm: { title: words(WORDS.sure[placed.locale]), text: words(WORDS.sureWhy[placed.locale]) } }
  return { ...button, value: value(id, placed), ...confirm }
}

/** `c` is the command line, `t` the topic. */
function value(command: string, { thread }: Placed): Record<string, string> {
  return { ...(command && { c: command }), ...(thread !== undefined && { t: thread }) }
}

function fact(label: string, text: string): unknown {
  return { is_short: true, text: words(`${oneLine(label)}: ${cut(oneLine(text), 300, 'utf16')}`) }
}

function plain(text: string): unknown {
  return { tag: 'div', text: words(text) }
}

function words(content: string): { tag: 'plain_text'; content: string } {
  return { tag: 'plain_text', content }
}

function sizeOf(json: CardJson): number {
  return new TextEncoder().encode(JSON.stringify(JSON.stringify(json))).length
}

/** Said at the head of what only one agent sees. */
export function forOne(name: string | undefined, locale: Locale): string {
  const zh = name ? `只给 ${oneLine(name)} 的提示` : '只给您的提示'
  return { zh, en: name ? `Only for ${oneLine(name)}` : 'Only for you' }[locale]
}

/** Said at the head of a question whether somebody takes a conversation. */
export function offered(card: Card, seconds: number, locale: Locale): string {
  const facts = card.facts.map(([label, text]) => `${oneLine(label)}: ${oneLine(text)}`)
  const last = card.history.slice(-3).map((line) => `${speaker(line.author, line.name, locale)}: ${cut(oneLine(line.text), 200, 'utf16')}`)
  const end = { zh: `请在 ${seconds} 秒内答复。`, en: `Please answer within ${seconds} seconds.` }[locale]
  return cut([...facts, ...last, end].join('\n'), 3000, 'utf16')
}
