// Everything that agents may reach for, from the config folder: macros.yaml, articles/*.md, and the FAQ that the bot has read already.
import type { Problem } from '#core/document.ts'
import { readArticles } from './articles.ts'
import type { Article, Library } from './contract.ts'
import { createLibrary, entryOf, type Matching } from './library.ts'
import { readMacros } from './macros.ts'

export const MACROS = 'macros.yaml'
export const ARTICLES = 'articles'

export interface Sources {
  /** The text of a file of the config folder; undefined when there is none. */
  read(name: string): string | undefined
  /** Names of the files in a folder of it. Absent: there are no folders here. */
  list?(folder: string): string[]
}

export interface Joined {
  /** What the bot answers, as articles. */
  faq: Article[]
  /** Where they are read already. */
  pages?: ReturnType<typeof readPages>
  /** Is this word a command? */
  taken(word: string): boolean
  /** Learns the entries; called when somebody searches for the first time. */
  matching(entries: ReturnType<typeof entryOf>[]): Matching
}

export type LibraryReading = { library: Library; warnings: Problem[] } | { problems: Problem[]; warnings: Problem[] }

/** The Markdown files, before anything is known of the bot: its entries name them. */
export function readPages({ read, list }: Sources): ReturnType<typeof readArticles> {
  const names = (list?.(ARTICLES) ?? []).filter((name) => /\.md$/i.test(name)).sort()
  return readArticles(names.map((name) => ({ name: `${ARTICLES}/${name}`, text: read(`${ARTICLES}/${name}`) ?? '' })))
}

export function readLibrary(sources: Sources, { faq, pages = readPages(sources), taken, matching }: Joined): LibraryReading {
  const { read } = sources
  const { macros, problems, warnings } = readMacros(read(MACROS) ?? '{}', MACROS, taken)
  if (problems.length + pages.problems.length > 0) return { problems: [...problems, ...pages.problems], warnings }
  const articles = [...faq, ...pages.articles]
  let learnt: Matching | undefined
  const lazily: Matching = {
    rank(words) {
      learnt ??= matching(articles.map(entryOf))
      return learnt.rank(words)
    },
  }
  return { library: createLibrary(macros, articles, lazily), warnings }
}
