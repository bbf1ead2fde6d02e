// The socket: hints that something changed. What is on screen is read again; a lost hint is caught by polling.
import type { ConsoleFrame } from '#http/console/protocol.ts'
import { createStore } from './store.ts'

export type LiveState = 'connecting' | 'open' | 'lost'
export const liveState = createStore<LiveState>('connecting')

/** Who types in which conversation, until when. */
export interface Typing {
  conversation: string
  name?: string
  until: number
}
export const typing = createStore<Typing | null>(null)
const TYPING_MS = 6000

/** One second, doubled up to thirty, the later half by chance: a restarted server is not stormed. */
export function backOff(attempt: number, random: () => number): number {
  const full = Math.min(30_000, 1000 * 2 ** attempt)
  return full / 2 + (full / 2) * random()
}

export function readFrame(data: unknown): ConsoleFrame | null {
  if (typeof data !== 'string') return null
  try {
    const frame = JSON.parse(data) as ConsoleFrame
    return frame.type === 'changed' || frame.type === 'progress' || frame.type === 'typing' ? frame : null
  } catch {
    return null
  }
}

export interface LiveOptions {
  /** Something changed: the conversations named, or with an empty set only the lists. */
  changed(conversations: Set<string>): void
  /** A message of this conversation got further, and nothing else changed. */
  progressed(conversation: string): void
  /** Connected again after a break: anything may have changed. */
  resumed(): void
  random(): number
}

/** Connects and stays connected; the function it returns ends it. */
export function startLive(options: LiveOptions): () => void {
  const address = new URL('/console/api/socket', location.href)
  address.protocol = address.protocol.replace('http', 'ws')
  let socket: WebSocket | undefined
  let attempt = 0
  let ended = false
  let timer: ReturnType<typeof setTimeout> | undefined
  const hints = gather(options.changed)

  const connect = () => {
    clearTimeout(timer)
    socket = new WebSocket(address)
    socket.onopen = () => {
      if (attempt > 0) options.resumed()
      attempt = 0
      liveState.set('open')
    }
    socket.onmessage = (event) => {
      const frame = readFrame(event.data)
      if (frame?.type === 'changed') hints.add(frame.conversation)
      if (frame?.type === 'progress') options.progressed(frame.conversation)
      if (frame?.type === 'typing') typing.set({ conversation: frame.conversation, name: frame.name, until: Date.now() + TYPING_MS })
    }
    socket.onclose = () => {
      if (ended) return
      liveState.set('lost')
      timer = setTimeout(connect, backOff(attempt++, options.random))
    }
  }
  const online = () => {
    if (liveState.get() === 'lost') connect()
  }
  addEventListener('online', online)
  connect()
  return () => {
    ended = true
    clearTimeout(timer)
    hints.cancel()
    removeEventListener('online', online)
    socket?.close()
    liveState.set('connecting')
  }
}

/** Hints that come together become one round of reading. */
function gather(changed: LiveOptions['changed']) {
  let pending: Set<string> | undefined
  let timer: ReturnType<typeof setTimeout> | undefined
  return {
    add(conversation: string | undefined) {
      if (!pending) {
        pending = new Set()
        timer = setTimeout(() => {
          const batch = pending ?? new Set<string>()
          pending = undefined
          changed(batch)
        }, 100)
      }
      if (conversation) pending.add(conversation)
    },
    cancel() {
      clearTimeout(timer)
      pending = undefined
    },
  }
}
