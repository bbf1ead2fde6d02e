// Sentences with and without variables.
import type { Locale } from './message.ts'

export type Words<V> = Record<Locale, (vars: V) => string>

/** Words with variables. */
export function say<V>(words: Words<V>): Words<V> {
  return words
}
