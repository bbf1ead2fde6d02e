// The language of the screen: chosen here, else the account's, else the browser's.
import type { Locale } from '#core/message.ts'
import { browserMemory, createStore, useStore } from './store.ts'
import { en, type Words } from './words.en.ts'
import { zh } from './words.zh.ts'

const KEY = 'frontdesk.locale'

export function localeOf(chosen: string | null | undefined, browser: string): Locale {
  if (chosen === 'zh' || chosen === 'en') return chosen
  return /^zh\b/i.test(browser) ? 'zh' : 'en'
}

export const locale = createStore<Locale>(localeOf(browserMemory.read(KEY), globalThis.navigator?.language ?? 'zh'))

export function words(): Words {
  return locale.get() === 'zh' ? zh : en
}

export function useWords(): Words {
  return useStore(locale) === 'zh' ? zh : en
}

export function chooseLocale(next: Locale): void {
  browserMemory.write(KEY, next)
  locale.set(next)
}

/** The account's language, unless this browser was told another one. */
export function offerLocale(account: Locale): void {
  if (browserMemory.read(KEY) === null) locale.set(account)
}

export function followLocale(root: HTMLElement): void {
  const apply = () => {
    root.lang = locale.get() === 'zh' ? 'zh-CN' : 'en'
  }
  apply()
  locale.subscribe(apply)
}
