// A press on a card is answered within three seconds, in the answer to Feishu's own call: with what came of it, where that is known by
// then. So the answer waits – after the commit – for the word to the agent that follows from the press.
import type { Locale, Text } from '#core/message.ts'

/** Feishu counts three seconds, the journey included. */
const WAIT_MS = 2_000
/** Presses whose call broke off before its answer are let go. */
const MOST = 500
/** A toast is a line or two. */
const TOAST_MAX = 200

const RECEIVED: Text = { zh: '收到，正在处理…', en: 'Received, working on it…' }

interface Pressed {
  card: string
  answer: Promise<unknown>
  settle(answer: unknown): void
  isSettled: boolean
}

export interface Presses {
  /** A press came that this process has to answer. */
  open(callback: string, card: string): void
  /** What to answer: at the latest after two seconds. */
  answer(callback: string): Promise<unknown>
  /** Says it in the answer that waits here. False: none does, or it is too long for one. */
  toast(callback: string, text: string): boolean
  /** Until no press on this card waits: what is drawn before the answer would be undone by it. */
  answered(card: string | undefined): Promise<void>
}

export function createPresses(locale: Locale, waitMs = WAIT_MS): Presses {
  const waiting = new Map<string, Pressed>()
  const settleIn = (callback: string, answer: unknown) => {
    const pressed = waiting.get(callback)
    if (!pressed || pressed.isSettled) return false
    pressed.isSettled = true
    pressed.settle(answer)
    return true
  }
  return {
    open(callback, card) {
      const { promise, resolve } = Promise.withResolvers<unknown>()
      waiting.set(callback, { card, answer: promise, settle: resolve, isSettled: false })
      if (waiting.size > MOST) waiting.delete(waiting.keys().next().value as string)
    },
    async answer(callback) {
      const timer = setTimeout(() => settleIn(callback, toastOf(RECEIVED[locale])), waitMs)
      const answer = await waiting.get(callback)?.answer
      clearTimeout(timer)
      waiting.delete(callback)
      return answer ?? {}
    },
    toast: (callback, text) => text.length <= TOAST_MAX && settleIn(callback, text === '' ? {} : toastOf(text)),
    async answered(card) {
      const open = [...waiting.values()].filter((pressed) => pressed.card === card && !pressed.isSettled)
      if (open.length === 0) return
      const late = Promise.withResolvers<void>()
      const timer = setTimeout(late.resolve, waitMs)
      await Promise.race([Promise.all(open.map((pressed) => pressed.answer)), late.promise])
      clearTimeout(timer)
    },
  }
}

function toastOf(content: string): unknown {
  return { toast: { type: 'info', content } }
}

/** Written when it is read: the call is answered only after its events are committed. */
export function lateJson(answer: () => Promise<unknown>): Response {
  const body = new ReadableStream<Uint8Array>(
    {
      async pull(controller) {
        controller.enqueue(new TextEncoder().encode(JSON.stringify(await answer())))
        controller.close()
      },
    },
    { highWaterMark: 0 },
  )
  return new Response(body, { headers: { 'content-type': 'application/json; charset=utf-8' } })
}
