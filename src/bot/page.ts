// An article of the knowledge base as the bot's answer: a short one as it stands, a long one by its beginning and a button for the rest.
import { inLocale } from '#core/locale.ts'
import type { Text } from '#core/message.ts'
import { phrase } from '#core/phrases.ts'
import type { FaqEntry } from './schema.ts'
import type { Turn } from './turn.ts'

export interface Page {
  id: string
  title: Partial<Text>
  text: Partial<Text>
}

/** Longer is more than somebody reads in a chat who may have meant something else. */
const WHOLE_MAX = 600
const BEGINNING_MAX = 300

/** The entries with the article that each names, where there is one. */
export function withPages<E extends FaqEntry>(faq: readonly E[], pages: readonly Page[]): E[] {
  const byId = new Map(pages.map((page) => [page.id, page]))
  return faq.map((entry) => {
    const page = entry.article === undefined ? undefined : byId.get(entry.article)
    return page ? { ...entry, page } : entry
  })
}

/** After an answer of the entry's own, which then is the summary, only the button. */
export function offerPage(turn: Turn, { id, answer, page }: FaqEntry): void {
  if (!page) return
  const { locale } = turn.world.context
  const title = inLocale(page.title, locale)
  const text = inLocale(page.text, locale)
  const isWhole = answer === undefined && [...text].length <= WHOLE_MAX
  if (answer === undefined) turn.reply.texts.push([title, isWhole ? text : beginningOf(text)].filter(Boolean).join('\n\n'))
  if (!isWhole) turn.reply.buttons.push({ id: `article:${id}`, label: phrase('bot.read_article', locale) })
}

/** The whole of it, however long: channels that take less get it in pieces. */
export function showPage(turn: Turn, { page }: FaqEntry): undefined {
  const { locale } = turn.world.context
  if (page) turn.reply.texts.push([inLocale(page.title, locale), inLocale(page.text, locale)].filter(Boolean).join('\n\n'))
}

/** Whole paragraphs, else whole sentences. */
function beginningOf(text: string): string {
  const paragraphs = text.split(/\n{2,}/)
  let shown = ''
  for (const paragraph of paragraphs) {
    const longer = shown === '' ? paragraph : `${shown}\n\n${paragraph}`
    if ([...longer].length > BEGINNING_MAX) break
    shown = longer
  }
  if (shown !== '') return shown
  const letters = [...(paragraphs[0] ?? '')].slice(0, BEGINNING_MAX).join('')
  const end = Math.max(...['。', '！', '？', '. ', '! ', '? '].map((mark) => letters.lastIndexOf(mark) + mark.trim().length))
  return end > BEGINNING_MAX / 3 ? letters.slice(0, end) : `${letters.trimEnd()}…`
}
