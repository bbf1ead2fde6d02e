// Every sentence that the house itself says, to customers and to agents, in both languages. What admins write is in config/.
import type { Locale } from './message.ts'
import { forAgents } from './phrases-agent.ts'
import { forCustomers } from './phrases-customer.ts'
import { forWork } from './phrases-work.ts'
import type { Words } from './words.ts'

export { detectLocale, inLocale, localeOf } from './locale.ts'

export const phrases = { ...forCustomers, ...forAgents, ...forWork }
export type Phrases = typeof phrases
export type PhraseKey = keyof Phrases
type Vars<K extends PhraseKey> = Phrases[K] extends Words<infer V> ? [vars: V] : []

/** A sentence of the catalogue: `phrase('queue.place', 'zh', { place: 3, minutes: 3 })`. */
export function phrase<K extends PhraseKey>(key: K, locale: Locale, ...vars: Vars<K>): string {
  const words: string | ((vars: never) => string) = phrases[key][locale]
  return typeof words === 'string' ? words : words(vars[0] as never)
}
