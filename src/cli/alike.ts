// Phrases of two FAQ entries that hardly differ, as warnings with their lines: customers who say one get the other's answer.
import { type KnownNames, readBot } from '#bot/check.ts'
import { alikePhrases } from '#bot/faq/alike.ts'
import { type Problem, problemAt } from '#core/document.ts'

/** `known`: what bot.yaml may name of frontdesk.yaml. */
export function alikeWarnings(source: string, known: KnownNames = {}): Problem[] {
  const reading = readBot(source, 'bot.yaml', known)
  if (!('value' in reading)) return []
  const { faq } = reading.value
  const found = alikePhrases(faq.map(({ ask }, index) => ({ id: String(index), titles: [], ask })))
  return found.map(({ id, text, other }) => {
    const path = ['faq', Number(id), 'ask', faq[Number(id)]?.ask.indexOf(text) ?? 0]
    const owner = faq[Number(other.id)]?.id ?? ''
    return problemAt(reading.document, path, {
      zh: `"${text}" 和问答 ${owner} 的 "${other.text}" 几乎一样，机器人分不清该答哪个`,
      en: `"${text}" is nearly the same as "${other.text}" of ${owner}: the bot cannot tell which answer is meant`,
    })
  })
}
