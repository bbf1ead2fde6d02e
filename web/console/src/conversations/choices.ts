// What the library offers for some words: canned replies by category, then articles. Pure.
import type { ArticleItem, MacroItem } from '#http/console/protocol.ts'
import type { Words } from '../words.en.ts'

export interface Choice {
  id: string
  group: string
  title: string
  text: string
  missing: string[]
  /** What to know before it is sent. */
  notes: string[]
  /** A canned reply's. */
  key?: string
  uses?: MacroItem['uses']
}

export function choicesOf(
  macros: readonly MacroItem[],
  articles: readonly ArticleItem[],
  words: string,
  customers: 'zh' | 'en',
  t: Words,
): Choice[] {
  const wanted = fold(words)
  const fits = (macro: MacroItem) =>
    fold([macro.key, ...macro.aliases, macro.title, macro.category ?? '', macro.text].join('\n')).includes(wanted)
  const named = (macro: MacroItem) => [macro.key, ...macro.aliases].some((word) => fold(word).startsWith(wanted))
  const found = macros.filter(fits)
  // Whoever types a keyword means the reply that has it.
  const ordered = wanted === '' ? found : [...found.filter(named), ...found.filter((macro) => !named(macro))]
  const all = [
    ...ordered.map(
      ({ key, title, text, missing, category, uses }): Choice => ({
        id: `macro-${key}`,
        group: category ?? t.otherMacros,
        title,
        text,
        missing,
        key,
        uses,
        notes: missing.length > 0 ? [t.fillIn(missing.join(', '))] : [],
      }),
    ),
    ...articles.map(
      ({ id, title, text, missing, tags, locale }): Choice => ({
        id: `article-${id}`,
        group: t.articles,
        title: [title, ...tags.map((tag) => `#${tag}`)].join(' '),
        text,
        missing,
        notes: [...(locale === customers ? [] : [t.onlyIn[locale]]), ...(missing.length > 0 ? [t.fillIn(missing.join(', '))] : [])],
      }),
    ),
  ]
  // As they stand on screen, so that the arrows go down the list.
  return groupsOf(all).flatMap(([, rows]) => rows)
}

/** In the order in which they come; a category that comes twice is one group. */
export function groupsOf(choices: readonly Choice[]): [group: string, choices: Choice[]][] {
  return [...Map.groupBy(choices, ({ group }) => group)]
}

export function fold(text: string): string {
  return text.normalize('NFKC').toLowerCase().trim()
}

/** The first place that is still to be filled in. */
export function holeIn(text: string): { name: string; from: number; to: number } | undefined {
  const found = /\{\{\s*([^{}|]+?)\s*(?:\|[^{}]*)?\}\}/.exec(text)
  return found ? { name: found[1] ?? '', from: found.index, to: found.index + found[0].length } : undefined
}
