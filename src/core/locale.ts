// Which of our two languages somebody uses.
import type { Locale, Text } from './message.ts'

const latinWord = /(?<![\p{L}\p{N}])\p{Script=Latin}{2,}(?![\p{L}\p{N}])/gu

/**
 * The language of a text: Chinese characters decide, then Latin words; anything else (numbers, order numbers, emoji) tells nothing.
 * Of somebody whose language is known one Latin word tells nothing either: 'OK' and 'iPhone' are written in Chinese, too.
 */
export function detectLocale(text: string, fallback: Locale, { known = false }: { known?: boolean } = {}): Locale {
  if (/\p{Script=Han}/u.test(text)) return 'zh'
  const words = text.match(latinWord)?.length ?? 0
  return words > (known ? 1 : 0) ? 'en' : fallback
}

/** Our language for a BCP 47 tag as platforms give it (`zh-hans`, `zh_CN`, `en-GB`), or undefined for another one. */
export function localeOf(tag: string | undefined): Locale | undefined {
  const language = tag?.toLowerCase().split(/[-_]/)[0]
  return language === 'zh' || language === 'en' ? language : undefined
}

/** A text of an admin's, in the language of the reader where it is written in that, else in the other. */
export function inLocale(text: string | Partial<Text>, locale: Locale): string {
  if (typeof text === 'string') return text
  return text[locale] ?? text.zh ?? text.en ?? ''
}

/** A platform's number stands before both, and is what its own documents are searched by. */
function withCode(zh: string, en: string): string {
  const [code] = /^\d{3,}\b/.exec(en) ?? []
  return code === undefined || zh.includes(code) ? zh : `${zh}（${code}）`
}

/** Messages of the lower floors say the same twice: English, then Chinese, on two lines or around a slash. */
export function inTongue(message: string, locale: Locale): string {
  for (const between of ['\n', ' / ']) {
    const [en, zh, ...more] = message.split(between)
    if (en === undefined || zh === undefined || more.length > 0 || /\p{Script=Han}/u.test(en) || !/\p{Script=Han}/u.test(zh)) continue
    return locale === 'zh' ? withCode(zh, en) : en
  }
  return message
}
