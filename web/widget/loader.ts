// The one script that a site includes: a chat button in a closed shadow root, and the chat itself in an iframe of our
// origin, made on the first opening (or at once when this browser has a conversation, so that unread messages show).
// Styles go in by adoptedStyleSheets and the CSSOM, so the site's policy needs no 'unsafe-inline'.
import type { HostEvent, Marked, ToApp, ToHost } from './bridge.ts'
import css from './loader.css'

type Api = ((...call: unknown[]) => void) & { q?: ArrayLike<unknown>[]; ready?: true }
type Listener = (detail?: unknown) => void
type Settings = Record<string, string | undefined>

declare global {
  interface Window {
    frontdesk?: Api
  }
}

const WORDS = {
  zh: ['打开在线客服', '关闭在线客服', '在线客服', '条未读消息'],
  en: ['Open chat', 'Close chat', 'Live chat', 'unread'],
} as const
const icon = (path: string) =>
  `<svg viewBox="0 0 24 24" width="30" height="30" fill="none" stroke="currentColor" stroke-width="1.9" stroke-linecap="round" stroke-linejoin="round"><path d="${path}"/></svg>`
const CHAT = icon(
  'M4 11.5C4 7.4 7.6 4 12 4s8 3.4 8 7.5-3.6 7.5-8 7.5c-1 0-2-.2-2.9-.5L4.5 20l1.2-3.6A7 7 0 0 1 4 11.5zM8.7 11.5h.01M12 11.5h.01M15.3 11.5h.01',
)

// `currentScript` is null in a module; the second way finds the tag then.
const script = (document.currentScript ?? document.querySelector('script[data-channel]')) as HTMLScriptElement
const settings: Settings = { ...script.dataset }
const channel = encodeURIComponent(settings.channel ?? 'web')
const app = new URL(`widget/${channel}`, script.src)
const key = `frontdesk:${channel}`
/** What one page leaves for the next. */
const known: { color?: string; active?: boolean; kept?: Record<string, string> } = recall()
/** The server puts the colours of its chats here, by channel. Who serves this file as it was built says nothing of them. */
const colours: Record<string, string> = JSON.parse('{"frontdesk":"colours"}')
if (colours.frontdesk !== 'colours') known.color = colours[channel]
const listeners: Record<string, Listener[]> = {}
const phone = matchMedia('(max-width: 560px), (max-height: 480px)')
const view = window.visualViewport

const root = document.createElement('div')
const shadow = root.attachShadow({ mode: 'closed' })
const sheet = new CSSStyleSheet()
sheet.replaceSync(css)
shadow.adoptedStyleSheets = [sheet]
// Our own constant markup; nothing of the page or of a person goes in here.
shadow.innerHTML = `<button type="button"><span>${CHAT}</span><span class="down">${icon('m5.5 9.5 6.5 6 6.5-6')}</span><b></b></button>`
const button = shadow.querySelector('button') as HTMLButtonElement
const badge = shadow.querySelector('b') as HTMLElement

let frame: HTMLIFrameElement | undefined
let ready = false
let loggingOut = false
let isOpen = false
let unread = 0
let language: string | undefined
/** What the page's own style said before a phone's chat stopped it from scrolling; undefined while it scrolls. */
let overflow: string | undefined

function emit(name: HostEvent, detail?: unknown): void {
  for (const listener of listeners[name] ?? []) listener(detail)
}

function tell(message: ToApp): void {
  if (ready) frame?.contentWindow?.postMessage({ frontdesk: 1, ...message } satisfies Marked<ToApp>, app.origin)
}

function tellState(): void {
  tell({ type: 'state', open: isOpen, locale: settings.locale, color: settings.color, kept: known.kept ?? {} })
}

function paint(): void {
  const locale = /^zh/i.test(settings.locale ?? language ?? navigator.language) ? 'zh' : 'en'
  const [open, close, title, news] = WORDS[locale]
  const color = settings.color ?? known.color
  if (color) root.style.setProperty('--accent', color)
  root.lang = locale
  root.className = `${settings.position ?? ''}${isOpen ? ' open' : ''}`
  button.style.color = readable(getComputedStyle(button).backgroundColor)
  button.ariaLabel = isOpen ? close : unread ? `${open} (${unread} ${news})` : open
  button.ariaExpanded = `${isOpen}`
  badge.hidden = isOpen || !unread
  badge.textContent = unread > 99 ? '99+' : `${unread}`
  if (frame) frame.title = title
}

function mount(): void {
  if (frame) return
  const place = { origin: location.origin, page: location.href.split('#')[0], title: document.title, referrer: document.referrer }
  const { locale, color } = settings
  const hash = new URLSearchParams(Object.entries({ ...place, locale, color }).flatMap(([name, value]) => (value ? [[name, value]] : [])))
  frame = document.createElement('iframe')
  frame.src = `${app}#${hash}`
  shadow.prepend(frame)
}

/** On a phone the chat is the page: nothing scrolls behind it, and it ends where the keyboard begins. */
function stretch(): void {
  const full = isOpen && phone.matches
  const html = document.documentElement.style
  if (full) {
    overflow ??= html.overflow
    html.overflow = 'hidden'
  } else if (overflow !== undefined) {
    html.overflow = overflow
    overflow = undefined
  }
  if (!frame) return
  frame.style.height = full && view ? `${view.height}px` : ''
  frame.style.top = full && view ? `${view.offsetTop}px` : ''
}

function show(open: boolean): void {
  if (open === isOpen) return
  isOpen = open
  if (open) mount()
  paint()
  stretch()
  tellState()
  const target = open ? frame : button
  target?.focus({ preventScroll: true })
  emit(open ? 'open' : 'close')
}

function hear(message: ToHost): void {
  if (message.type === 'ready') {
    ready = true
    tellState()
    if (loggingOut) tell({ type: 'logout' })
    emit('ready')
  } else if (message.type === 'close') show(false)
  else if (message.type === 'event') emit(message.name, message.detail)
  else if (message.type === 'keep') {
    // An undefined text leaves the stored JSON by itself.
    known.kept = { ...known.kept, [message.key]: message.text as string }
    remember()
  } else {
    const before = unread
    known.color = message.color ?? known.color
    known.active = message.active ?? known.active
    language = message.locale
    unread = message.unread
    remember()
    paint()
    if (unread !== before) emit('unread', unread)
  }
}

const commands: Record<string, (...rest: never[]) => void> = {
  open: () => show(true),
  close: () => show(false),
  toggle: () => show(!isOpen),
  set: (change: Settings) => {
    Object.assign(settings, change)
    paint()
    tellState()
  },
  on: (name: HostEvent, listener: Listener) => {
    listeners[name] = [...(listeners[name] ?? []), listener]
    if (name === 'ready' && ready) listener()
  },
  logout: () => {
    known.active = false
    known.kept = {}
    unread = 0
    remember()
    paint()
    // The token is in our origin's storage: only the app can wipe it, so it is loaded for that if need be.
    mount()
    loggingOut = !ready
    tell({ type: 'logout' })
  },
}

/** The page may forbid storage: then every page begins without a badge, and the chat still works. */
function recall(): typeof known {
  try {
    return JSON.parse(localStorage.getItem(key) ?? '{}') as typeof known
  } catch {
    return {}
  }
}

function remember(): void {
  try {
    localStorage.setItem(key, JSON.stringify(known))
  } catch (error) {
    console.debug(error)
  }
}

/** White or black, whichever can be read on `rgb(r, g, b)` (WCAG luminance; above 0.183 white falls below 4.5). */
function readable(background: string): string {
  const [r = 0, g = 0, b = 0] = (background.match(/[\d.]+/g) ?? []).map((part) => (Number(part) / 255) ** 2.2)
  return 0.2126 * r + 0.7152 * g + 0.0722 * b > 0.183 ? '#000' : '#fff'
}

function start(): void {
  document.body.append(root)
  paint()
  if (known.active) mount()
  const waiting = window.frontdesk?.q ?? []
  const api: Api = (name, ...rest) => commands[name as string]?.(...(rest as never[]))
  api.ready = true
  window.frontdesk = api
  for (const call of waiting) api(...Array.from(call))
}

// A page that includes us twice has one button all the same.
if (!window.frontdesk?.ready) {
  window.addEventListener('message', (event) => {
    if (event.origin === app.origin && event.source === frame?.contentWindow && event.data?.frontdesk === 1) hear(event.data as ToHost)
  })
  button.onclick = () => show(!isOpen)
  button.onkeydown = (event) => {
    if (event.key === 'Escape') show(false)
  }
  for (const target of [view, phone]) for (const name of ['resize', 'scroll', 'change']) target?.addEventListener(name, stretch)
  if (document.body) start()
  else document.addEventListener('DOMContentLoaded', start)
}
