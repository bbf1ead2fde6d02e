// Moves the outbox: keeps it in storage, sends what is next, and hears what became of it.
import { batch, effect } from '@preact/signals'
import type { ChatMessage, SendRequest, Uploaded } from '#http/chat/protocol.ts'
import { backoffMs } from './backoff.ts'
import type { SendOutcome } from './connection.ts'
import { newClientId } from './ids.ts'
import { store } from './net.ts'
import { nextToSend, type OutboxAction, type OutboxItem, reduceOutbox, restoreOutbox } from './outbox.ts'
import { connected, messages, outbox, words } from './state.ts'

/** One key for each entry, so that two tabs of one shop never write over each other's. */
const PREFIX = 'out:'
type Send = (request: SendRequest) => Promise<SendOutcome>

let send: Send | undefined
let stopEffects: (() => void)[] = []
let failures = 0
let retryTimer: ReturnType<typeof setTimeout> | undefined

export function sendText(text: string): void {
  queue({ clientId: newClientId(), text })
}

export function sendPress(id: string, label: string): void {
  queue({ clientId: newClientId(), press: { id, label } })
}

export function sendFile(file: Uploaded): void {
  queue({ clientId: newClientId(), file: { id: file.id } }, file)
}

export function retry(clientId: string): void {
  apply({ type: 'retried', clientId, fresh: newClientId() })
}

export function discard(clientId: string): void {
  apply({ type: 'discarded', clientId })
}

export function sendEchoed(echoed: readonly ChatMessage[]): void {
  if (outbox.value.length) apply({ type: 'echoed', messages: echoed })
}

export function restoreSending(): void {
  const stored = store.keys(PREFIX).map((key) => store.get<OutboxItem>(key))
  outbox.value = restoreOutbox(stored)
  persist([])
}

export function forgetOutbox(): void {
  for (const stop of stopEffects) stop()
  stopEffects = []
  clearRetry()
  outbox.value = []
}

export function startSending(by: Send): void {
  send = by
  if (stopEffects.length) return
  stopEffects = [
    effect(() => {
      if (connected.value && nextToSend(outbox.value)) queueMicrotask(pump)
    }),
    // Back on line: what waited for its next attempt goes at once.
    effect(() => {
      if (connected.value) clearRetry()
    }),
  ]
}

function clearRetry(): void {
  clearTimeout(retryTimer)
  retryTimer = undefined
}

function queue(request: SendRequest, file?: Uploaded): void {
  apply({ type: 'queued', request, now: new Date(), after: messages.peek().at(-1)?.seq ?? 0, file })
}

function apply(action: OutboxAction): void {
  const before = outbox.value
  outbox.value = reduceOutbox(before, action)
  persist(before)
}

/** Writes what changed and removes what left; also anything in storage that a reload has dropped. */
function persist(before: readonly OutboxItem[]): void {
  const kept = new Set(outbox.value.map((item) => PREFIX + item.request.clientId))
  const gone = before.length ? before.map((item) => PREFIX + item.request.clientId) : store.keys(PREFIX)
  for (const key of gone) if (!kept.has(key)) store.remove(key)
  for (const item of outbox.value) if (!before.includes(item)) store.set(PREFIX + item.request.clientId, item)
}

async function pump(): Promise<void> {
  const item = nextToSend(outbox.value)
  if (!send || !item || !connected.value || retryTimer) return
  const { clientId } = item.request
  apply({ type: 'sending', clientId })
  settle(clientId, await send(item.request))
}

function settle(clientId: string, outcome: SendOutcome): void {
  if (outcome.type === 'lost') {
    const wait = outcome.afterMs ?? backoffMs(failures++, Math.random())
    retryTimer = setTimeout(() => {
      retryTimer = undefined
      void pump()
    }, wait)
    apply({ type: 'lost', clientId })
    return
  }
  failures = 0
  batch(() => {
    if (outcome.type === 'accepted') apply({ type: 'accepted', clientId })
    else apply({ type: 'refused', clientId, reason: outcome.message || words.value.failed })
  })
}
