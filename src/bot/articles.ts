// What the bot answers, as articles: agents may send it, too.
import type { Text } from '#core/message.ts'
import type { BotFile, Words } from './schema.ts'

interface Article {
  id: string
  title: Partial<Text>
  text: Partial<Text>
  ask: string[]
  tags: string[]
}

const han = /\p{Script=Han}/u

/** Those of the entries that have words of their own; the first way of asking is the title of what has none. */
export function articlesOf({ faq }: Pick<BotFile, 'faq'>): Article[] {
  return faq.flatMap(({ id, title, ask, answer }) => {
    const texts = (Array.isArray(answer) ? answer : [{ text: answer }]).flatMap((part) => ('text' in part ? [both(part.text)] : []))
    const joined = (locale: keyof Text) => texts.flatMap((one) => one[locale] ?? []).join('\n\n')
    const text = { ...(joined('zh') && { zh: joined('zh') }), ...(joined('en') && { en: joined('en') }) }
    if (Object.keys(text).length === 0) return []
    const asked = { zh: ask.find((one) => han.test(one)) ?? ask[0], en: ask.find((one) => !han.test(one)) ?? ask[0] }
    return [{ id: `faq:${id}`, title: both(title ?? asked), text, ask, tags: [] }]
  })
}

function both(words: Words | undefined): Partial<Text> {
  if (typeof words !== 'string') return words ?? {}
  return han.test(words) ? { zh: words } : { en: words }
}
