// Who speaks, on one line: nobody's name can look like somebody else's words.
import { cut } from '#core/adapt.ts'
import type { Author, Locale, Text } from '#core/message.ts'
import { phrase } from '#core/phrases.ts'

const NOTE: Text = { zh: '[内部备注]', en: '[Internal note]' }

/** `客户 王小明`. */
export function speaker(author: Author, name: string, locale: Locale): string {
  const role = phrase(`author.${author}`, locale)
  const shown = oneLine(name)
  const mark = author === 'note' ? NOTE[locale] : role
  // Who has no name of their own comes with the name of the role.
  return cut(shown === role ? mark : `${mark} ${shown}`.trim(), 100, 'utf16')
}

export function oneLine(text: string): string {
  return text.replace(/\s+/g, ' ').trim()
}
