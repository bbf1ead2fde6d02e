// The session and its history: started once, renewed when the server forgets the token, wiped at log-out.
import { batch } from '@preact/signals'
import type { ChatMessage, MessagePage, ServerFrame, Session } from '#http/chat/protocol.ts'
import { ApiError } from './api.ts'
import { backoffMs } from './backoff.ts'
import { Connection } from './connection.ts'
import { endOfOlder, NO_HISTORY, openedWith, withNews, withOlder } from './history.ts'
import { tellHost } from './host.ts'
import { startMarks } from './marks.ts'
import { api, place, store } from './net.ts'
import { forgetOutbox, restoreSending, sendEchoed, startSending } from './sending.ts'
import * as state from './state.ts'

/** The server's word is that typing lasts six seconds. */
const TYPING_MS = 6_000

let cursor = 0
/** Where edits and retractions of what is on screen stand; a socket tells of them by itself. */
let changes: string | undefined
/** Rises when a history is forgotten: what was asked for before belongs to nobody. */
let era = 0
let running = false
let endMarks: () => void = () => undefined
let typingTimer: ReturnType<typeof setTimeout> | undefined

export const connection = new Connection({
  api,
  token: () => state.session.value?.token ?? '',
  cursor: () => cursor,
  changes: () => changes,
  onFrame,
  onPage,
  onState: (next) => {
    state.link.value = next
  },
  renew,
  random: Math.random,
  idle: () => !state.open.value || document.hidden,
})

export const hasSession = () => store.get<Session>('session') !== undefined

/** Begins, or begins again after a log-out. Calling it twice is calling it once. */
export function startChat(): void {
  if (running) return
  running = true
  const known = store.get<Session>('session')
  batch(() => {
    state.session.value = known
    state.loaded.value = false
    state.seen.value = store.get<number>('seen') ?? 0
    state.draft.value ||= store.get<string>('draft') ?? ''
    restoreSending()
  })
  startSending((request) => connection.send(request))
  endMarks = startMarks((word) => connection.seen(word))
  void begin(known !== undefined, 0)
}

/** Until it works: a chat window without a session can do nothing. */
async function begin(returning: boolean, attempt: number): Promise<void> {
  try {
    await renew()
    if (returning) await readHistory()
    batch(() => {
      state.loaded.value = true
      state.startProblem.value = undefined
    })
    if (running) connection.start()
  } catch (error) {
    if (!(error instanceof ApiError)) throw error
    state.startProblem.value = error.final ? error.message : ''
    if (running && !error.final)
      beginAgain = { returning, timer: setTimeout(() => begin(returning, attempt + 1), backoffMs(attempt, Math.random())) }
    else beginAgain = { returning, timer: undefined }
  }
}

let beginAgain: { returning: boolean; timer: ReturnType<typeof setTimeout> | undefined } | undefined

/** The network came back, the page is in front again, or the visitor pressed 'try again'. */
export function wake(): void {
  connection.wake()
  if (!running || !beginAgain || state.startProblem.value === undefined) return
  clearTimeout(beginAgain.timer)
  void begin(beginAgain.returning, 0)
}

/** The page changed its language: the greeting and the questions come in the new one. A failure leaves them as they are. */
export function speakAgain(): void {
  if (running && state.loaded.value) void renew().catch((error) => console.debug('frontdesk: no session in the new language', error))
}

async function renew(): Promise<void> {
  const before = state.session.value
  const next = await api.startSession({
    token: before?.token,
    locale: state.askedLocale.value ?? navigator.language,
    page: place.page,
    referrer: place.referrer,
  })
  if (!running) return
  // Each page has a token of its own: it says also where the chat stands.
  if (before && before.visitor !== next.visitor) forgetHistory()
  state.session.value = next
  state.conversation.value = next.conversation ?? null
  store.set('session', next)
}

/** Over HTTP first, the newest page: it is whole before anything new is added to it, however much was said before. */
async function readHistory(): Promise<void> {
  const page = await api.messages(state.session.value?.token ?? '', 'before=latest')
  cursor = page.cursor
  changes = page.changes
  batch(() => {
    state.history.value = openedWith(page)
    state.conversation.value = page.conversation ?? null
    sendEchoed(page.messages)
  })
}

/** One page more of what was said before. A second call while it is on its way asks for nothing. */
export async function readOlder(): Promise<void> {
  const end = endOfOlder(state.history.value)
  if (end === undefined) return
  const mine = era
  state.history.value = { ...state.history.value, older: 'loading' }
  state.announcement.value = state.words.value.olderLoading
  try {
    const page = await api.messages(state.session.value?.token ?? '', `before=${end}`)
    if (mine !== era) return
    batch(() => {
      state.history.value = withOlder(state.history.value, page)
      state.announcement.value = state.words.value.olderCame(page.messages.length)
      sendEchoed(page.messages)
    })
  } catch (error) {
    if (!(error instanceof ApiError)) throw error
    if (mine !== era) return
    batch(() => {
      state.history.value = { ...state.history.value, older: 'failed' }
      state.olderProblem.value = error.status ? error.message : ''
      state.announcement.value = ''
    })
  }
}

function onFrame(frame: ServerFrame): void {
  if (frame.type === 'conversation') state.conversation.value = frame.conversation
  else if (frame.type === 'typing') showTyping(frame.name)
  else if (frame.type === 'messages') {
    const known = new Set(state.messages.value.map((message) => message.id))
    // What changed far above what is on screen is no news.
    const read = cursor
    take(frame.messages, frame.cursor)
    const fresh = frame.messages.filter((message) => message.author !== 'customer' && message.seq > read && !known.has(message.id))
    if (fresh.length) arrived(fresh)
  }
}

function onPage(page: MessagePage): void {
  changes = page.changes
  onFrame({ type: 'messages', messages: [...(page.changed ?? []), ...page.messages], cursor: page.cursor })
  if (!page.more) onFrame({ type: 'conversation', conversation: page.conversation ?? null })
}

function take(messages: readonly ChatMessage[], next: number): void {
  cursor = Math.max(cursor, next)
  if (!messages.length) return
  batch(() => {
    state.history.value = withNews(state.history.value, messages)
    sendEchoed(messages)
  })
}

function arrived(fresh: readonly ChatMessage[]): void {
  clearTimeout(typingTimer)
  state.typist.value = undefined
  state.announcement.value = fresh.map((message) => `${speaker(message)}: ${spoken(message)}`).join('\n')
  // The page that shows the chat learns that something was said, not what: its scripts must not read conversations.
  for (const message of fresh) tellHost({ type: 'event', name: 'message', detail: { author: message.author } })
}

export function speaker(message: ChatMessage): string {
  const words = state.words.value
  if (message.author === 'customer') return words.you
  if (message.author === 'agent') return message.name ?? words.agent
  return message.name ?? (message.author === 'bot' ? words.bot : (state.session.value?.brand.name ?? words.title))
}

function spoken(message: ChatMessage): string {
  return message.parts
    .map((part) => (part.type === 'text' || part.type === 'buttons' ? part.text : part.type === 'media' ? part.media.name : ''))
    .join(' ')
}

function showTyping(name: string | undefined): void {
  clearTimeout(typingTimer)
  const words = state.words.value
  state.typist.value =
    name ?? state.conversation.value?.agent ?? (state.conversation.value?.status === 'assigned' ? words.agent : words.bot)
  typingTimer = setTimeout(() => {
    state.typist.value = undefined
  }, TYPING_MS)
}

/** A signed link died: one page of messages brings a new one. */
export async function refreshLinks(seq: number): Promise<void> {
  const page = await api.messages(state.session.value?.token ?? '', `after=${seq - 1}`).catch(() => undefined)
  if (page) take(page.messages, page.cursor)
}

export function markSeen(): void {
  const last = state.messages.value.at(-1)?.seq ?? 0
  if (!state.open.value || document.hidden || last <= state.seen.value) return
  state.seen.value = last
  store.set('seen', last)
}

function forgetHistory(): void {
  cursor = 0
  changes = undefined
  era++
  batch(() => {
    state.history.value = NO_HISTORY
    state.conversation.value = null
    state.seen.value = 0
  })
  store.remove('seen')
}

/** The shop's own log-out: nothing of this visitor stays in this browser. */
export function logOut(): void {
  connection.stop()
  endMarks()
  clearTimeout(beginAgain?.timer)
  running = false
  batch(() => {
    forgetHistory()
    forgetOutbox()
    state.uploads.value = []
    state.draft.value = ''
    state.session.value = undefined
    state.loaded.value = false
  })
  for (const key of store.keys('')) store.remove(key)
  if (state.open.value) startChat()
}
