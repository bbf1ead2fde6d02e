// What agents reach for while they write: canned replies (macros) and articles. What the pipeline and the console know of them.
import type { Locale, Text } from '#core/message.ts'

/** In one language, or in both. */
export type Wording = Partial<Text>

export interface Macro {
  key: string
  /** Other words that name it. */
  aliases: string[]
  category: Wording
  title: Wording
  text: Wording
}

export interface Article {
  id: string
  title: Wording
  text: Wording
  /** Other ways of asking for it. */
  ask: string[]
  tags: string[]
}

/** A text in the language that was wanted, or in the one there is. */
export interface Told {
  text: string
  locale: Locale
}

export interface Expanded extends Told {
  /** Variables that nobody gave, in order: with one of them there is nothing to send. */
  missing: string[]
}

export interface Found {
  id: string
  title: string
  text: string
  /** Not the customer's language, where there is no other. */
  locale: Locale
  tags: string[]
}

export interface Library {
  macros: Macro[]
  /** By its key or another of its words. */
  macro(word: string): Macro | undefined
  articles: Article[]
  article(id: string, locale: Locale): Found | undefined
  /** The best first. Without words: none. */
  search(words: string, locale: Locale, most: number): Found[]
}
