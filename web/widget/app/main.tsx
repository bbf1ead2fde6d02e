// The chat window: puts the parts together and joins them to the page around it.
import { effect, signal } from '@preact/signals'
import { render } from 'preact'
import { useEffect } from 'preact/hooks'
import type { ToApp } from '../bridge.ts'
import { connection, hasSession, logOut, markSeen, speakAgain, startChat, wake } from './chat.ts'
import { palette } from './colour.ts'
import { Composer } from './composer.tsx'
import { Conversation } from './conversation.tsx'
import { addFiles } from './files.ts'
import { Header, Strip } from './header.tsx'
import { listenToHost, tellHost } from './host.ts'
import { place, store, storePrefix } from './net.ts'
import { announcement, askedColour, askedLocale, loaded, locale, open, seen, session, started, unread, words } from './state.ts'

/** The grounds on which the brand colour stands as words; the same values as in app.css. */
const GROUND = { light: '#eff1f5', dark: '#262a32' }
const dragging = signal(false)

function App() {
  useDrop()
  return (
    <div class="app" inert={!open.value}>
      <Header />
      <Strip />
      <Conversation />
      <Composer />
      <p class="hidden" aria-live="polite" dir="auto">
        {announcement.value}
      </p>
      {dragging.value && (
        <div class="drop" aria-hidden="true">
          <p>{words.value.drop}</p>
        </div>
      )}
    </div>
  )
}

function useDrop() {
  useEffect(() => {
    let depth = 0
    const show = (change: number) => {
      depth = Math.max(0, depth + change)
      dragging.value = depth > 0 && loaded.value
    }
    const hasFiles = (event: DragEvent) => event.dataTransfer?.types.includes('Files') ?? false
    const listeners: Partial<Record<keyof DocumentEventMap, (event: DragEvent) => void>> = {
      dragenter: (event) => hasFiles(event) && show(1),
      dragleave: (event) => hasFiles(event) && show(-1),
      dragover: (event) => event.preventDefault(),
      drop: (event) => {
        event.preventDefault()
        show(-depth)
        if (loaded.value) addFiles([...(event.dataTransfer?.files ?? [])])
      },
    }
    const entries = Object.entries(listeners) as [string, EventListener][]
    for (const [name, listener] of entries) document.addEventListener(name, listener)
    return () => {
      for (const [name, listener] of entries) document.removeEventListener(name, listener)
    }
  }, [])
}

function paint(): void {
  const dark = matchMedia('(prefers-color-scheme: dark)').matches
  const { accent, onAccent, accentText } = palette(askedColour.value ?? session.value?.brand.color, dark ? GROUND.dark : GROUND.light)
  const style = document.documentElement.style
  style.setProperty('--accent', accent)
  style.setProperty('--on-accent', onAccent)
  style.setProperty('--accent-text', accentText)
}

function heed(message: ToApp): void {
  if (message.type === 'logout') {
    logOut()
    return
  }
  store.load(message.kept)
  const before = locale.value
  askedLocale.value = message.locale ?? place.locale
  askedColour.value = message.color ?? place.color
  open.value = message.open
  if (message.open || hasSession()) startChat()
  if (message.open) markSeen()
  if (locale.value !== before) speakAgain()
}

function joinPage(): void {
  effect(paint)
  matchMedia('(prefers-color-scheme: dark)').addEventListener('change', paint)
  effect(() => {
    document.documentElement.lang = locale.value
    document.title = [session.value?.brand.name, words.value.title].filter(Boolean).join(' · ')
  })
  effect(() => {
    // Before there is a session nobody here knows the shop's: the button keeps the one that it has.
    const known = askedColour.value !== undefined || session.value !== undefined
    const color = known ? palette(askedColour.value ?? session.value?.brand.color, GROUND.light).accent : undefined
    // Before the history is here nobody knows whether there is one.
    const active = loaded.value ? started.value : undefined
    tellHost({ type: 'info', unread: unread.value, active, color, locale: locale.value })
  })
  document.addEventListener('keydown', (event) => {
    if (event.key === 'Escape' && !event.isComposing) tellHost({ type: 'close' })
  })
  document.addEventListener('visibilitychange', () => {
    if (document.hidden) return
    wake()
    markSeen()
  })
  window.addEventListener('online', wake)
  window.addEventListener('offline', () => connection.drop())
  window.addEventListener('storage', (event) => {
    // Another tab of the same visitor: it read what is new, or it logged out.
    if (event.key === `${storePrefix}seen`) seen.value = Math.max(seen.value, store.get<number>('seen') ?? 0)
    if (event.key === `${storePrefix}session` && event.newValue === null) location.reload()
  })
}

askedLocale.value = place.locale
askedColour.value = place.color
joinPage()
render(<App />, document.getElementById('app') as HTMLElement)
if (place.embedded) {
  listenToHost(heed)
  tellHost({ type: 'ready' })
} else {
  open.value = true
  startChat()
}
