// Tells the server how far this browser got: what is here is delivered, what the visitor had before their eyes is read.
// Agents see it beside each message. Only ever upwards; said again after a break, since nobody answers.
import { effect } from '@preact/signals'
import type { ChatMessage, SeenRequest } from '#http/chat/protocol.ts'
import { connected, messages, seen } from './state.ts'

export interface Marks {
  delivered: number
  read: number
}

const NONE: Marks = { delivered: 0, read: 0 }
/** Words that come in a row are told of together. */
const PAUSE_MS = 500
/** A server that did not take it is not asked again at once. */
const AGAIN_MS = 10_000

/** How far we are with what others said; our own words need no receipt. */
export function marksOf(list: readonly ChatMessage[], seenSeq: number): Marks {
  const theirs = list.filter((message) => message.author !== 'customer').map((message) => message.seq)
  return { delivered: Math.max(0, ...theirs), read: Math.max(0, ...theirs.filter((seq) => seq <= seenSeq)) }
}

/** The next thing worth saying; read says delivered, too. */
export function wordOf(told: Marks, now: Marks): SeenRequest | undefined {
  if (now.read > told.read) return { seq: now.read, state: 'read' }
  return now.delivered > Math.max(told.delivered, told.read) ? { seq: now.delivered, state: 'delivered' } : undefined
}

/** `tell` resolves with false when it surely did not arrive. Returns the function that ends it. */
export function startMarks(tell: (word: SeenRequest) => Promise<boolean>): () => void {
  let told = NONE
  let timer: ReturnType<typeof setTimeout> | undefined
  const say = async () => {
    timer = undefined
    const word = connected.peek() && wordOf(told, marksOf(messages.peek(), seen.peek()))
    if (!word) return
    told = { ...told, [word.state === 'read' ? 'read' : 'delivered']: word.seq }
    if (await tell(word)) return plan()
    told = NONE
    plan(AGAIN_MS)
  }
  const plan = (ms = PAUSE_MS) => {
    timer ??= setTimeout(() => void say(), ms)
  }
  const end = effect(() => {
    if (!connected.value) told = NONE
    else if (wordOf(told, marksOf(messages.value, seen.value))) plan()
  })
  return () => {
    clearTimeout(timer)
    end()
  }
}
