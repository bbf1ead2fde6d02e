// Light, dark or as the system has it. `public/theme.js` does the same once, before the first paint.
import { browserMemory, createStore } from './store.ts'

export type Theme = 'system' | 'light' | 'dark'
const KEY = 'frontdesk.theme'

export function themeOf(stored: string | null): Theme {
  return stored === 'light' || stored === 'dark' ? stored : 'system'
}

export const theme = createStore<Theme>(themeOf(browserMemory.read(KEY)))

export function chooseTheme(next: Theme): void {
  browserMemory.write(KEY, next === 'system' ? null : next)
  theme.set(next)
}

export function followTheme(root: HTMLElement, media: MediaQueryList): void {
  const apply = () => {
    const choice = theme.get()
    root.dataset.theme = choice === 'system' ? (media.matches ? 'dark' : 'light') : choice
  }
  apply()
  theme.subscribe(apply)
  media.addEventListener('change', apply)
}
