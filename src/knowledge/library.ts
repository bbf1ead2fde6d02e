// Canned replies and articles in one place. How articles are found is the bot's matcher, which is given: rooms of one level do not meet.
import type { Locale } from '#core/message.ts'
import type { Article, Found, Library, Macro } from './contract.ts'
import { inWanted } from './macros.ts'

export interface Matching {
  /** Ids, the best first, with how alike they are. */
  rank(words: string): { id: string; score: number }[]
}

/** What the matcher learns of an article: its titles, its ways of asking, and the first sentences of its text. */
export function entryOf({ id, title, text, ask }: Article): { id: string; titles: string[]; ask: string[] } {
  const titles = [title.zh, title.en].filter((one) => one !== undefined)
  const sentences = [text.zh, text.en].flatMap((one) => (one ?? '').split(/[\n。！？!?;；]|\.\s/).slice(0, SENTENCES))
  const said = sentences.map((one) => one.trim()).filter((one) => one.length >= 4 && one.length <= 200)
  return { id, titles, ask: [...new Set([...ask, ...said])] }
}

/** Of each language: further down articles go into detail that belongs to many. */
const SENTENCES = 12

export function createLibrary(macros: Macro[], articles: Article[], matching: Matching): Library {
  const byWord = new Map(macros.flatMap((macro) => [macro.key, ...macro.aliases].map((word) => [word.toLowerCase(), macro])))
  const byId = new Map(articles.map((article) => [article.id, article]))
  const plain = articles.map((article) => ({ id: article.id, ...haystacks(article) }))
  return {
    macros,
    articles,
    macro: (word) => byWord.get(word.normalize('NFKC').toLowerCase()),
    article: (id, locale) => found(byId.get(id), locale),
    search(words, locale, most) {
      const wanted = fold(words)
      if (wanted === '') return []
      const scores = new Map(matching.rank(words).map(({ id, score }, n) => [id, score + 1 / (n + 2)]))
      // Words that stand there as they are typed count, however few of them the matcher makes something of.
      for (const { id, head, body } of plain) {
        if (head.includes(wanted)) scores.set(id, (scores.get(id) ?? 0) + 2)
        else if (body.includes(wanted)) scores.set(id, (scores.get(id) ?? 0) + 0.5)
      }
      const best = [...scores].filter(([id]) => byId.has(id)).sort(([, a], [, b]) => b - a)
      return best.slice(0, most).flatMap(([id]) => found(byId.get(id), locale) ?? [])
    },
  }
}

function found(article: Article | undefined, locale: Locale): Found | undefined {
  const text = article && inWanted(article.text, locale)
  if (!text) return undefined
  const title = inWanted(article.title, text.locale)?.text ?? article.id
  return { id: article.id, title, text: text.text, locale: text.locale, tags: article.tags }
}

function haystacks({ title, text, ask, tags }: Article): { head: string; body: string } {
  return { head: fold([title.zh, title.en, ...ask, ...tags].join('\n')), body: fold([text.zh, text.en].join('\n')) }
}

function fold(text: string): string {
  return text.normalize('NFKC').toLowerCase().replaceAll(/\s+/g, ' ').trim()
}
