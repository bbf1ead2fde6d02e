// Commands from keys and from the palette, run by whichever part of the screen is there to do so.
import { useEffectEvent, useLayoutEffect } from 'react'
import { type Chord, type Command, type Key, readKey } from './keymap.ts'
import { createStore } from './store.ts'

/** Returns true when it did something. */
type Handler = (command: Command) => boolean

const handlers: Handler[] = []

/** The dialogs that keys open. One at a time. */
export type OpenDialog = 'palette' | 'help' | 'transfer' | 'snooze' | 'followup' | 'resolve' | null
export const openDialog = createStore<OpenDialog>(null)

/** The innermost part of the screen that knows the command runs it. */
export function run(command: Command): boolean {
  return [...handlers].reverse().some((handler) => handler(command))
}

export function useCommands(handler: Handler): void {
  const latest = useEffectEvent(handler)
  // In the layout phase: what is on screen answers to its keys from the first frame on.
  useLayoutEffect(() => {
    const own: Handler = (command) => latest(command)
    handlers.push(own)
    return () => {
      handlers.splice(handlers.indexOf(own), 1)
    }
  }, [])
}

/** Letters in a box to tick are nobody's text. */
const FIELD = 'input:not([type="checkbox"], [type="radio"]), textarea, select, [contenteditable="true"]'
const CONTROL = 'button, a, input, summary, [role="button"], [role="option"], video, audio'

export function keyOf(event: KeyboardEvent): Key {
  const target = event.target instanceof Element ? event.target : null
  // 229: Safari says so for the key that ends a composition.
  const composing = event.isComposing || event.keyCode === 229
  const row = target?.closest('[data-selected="true"]')
  return {
    key: event.key,
    mod: event.metaKey || event.ctrlKey,
    alt: event.altKey,
    inField: Boolean(target?.closest(FIELD)),
    onControl: Boolean(target?.closest(CONTROL)) && !row,
    composing,
  }
}

/** Listens for keys while mounted. Dialogs keep their keys to themselves. */
export function useKeys(): void {
  useLayoutEffect(() => {
    let chord: Chord = null
    const listen = (event: KeyboardEvent) => {
      if (event.defaultPrevented || document.querySelector('[data-dialog]')) return
      const read = readKey(keyOf(event), chord, event.timeStamp)
      chord = read.chord
      if (read.command && run(read.command)) event.preventDefault()
    }
    addEventListener('keydown', listen)
    return () => removeEventListener('keydown', listen)
  }, [])
}
